import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';

const config = (nves: readonly string[]) => `
domain: dc1
asn: 65000
routerId: 10.0.0.1
listen: ["127.0.0.1:179"]
nves:
${nves.map((nve) => `  - { ${nve} }`).join('\n')}
`;

const address = (i: number) => `127.1.${i >> 8}.${i & 255}`;
const each = (count: number, password: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `address: ${address(i)}, passive: true, password: "${password(i)}"`);

/** The kernel gives each socket a bounded memory for its keys, and a namespace of recent kernels has a bound of its own. */
describe.runIf(isRoot)('more TCP-MD5 keys than the kernel takes', () => {
  let bench: Bench;
  let net: Namespace;
  let isBounded: boolean;
  beforeEach(async () => {
    bench = new Bench();
    net = bench.namespace('lo');
    isBounded = await net.succeeds('sysctl', '-q', '-w', 'net.core.optmem_max=8192');
  });
  afterEach(() => bench.clear());

  const full = (place: string) =>
    new RegExp(
      `nvad\\.yaml:\\d+:\\d+: ${place}\\.password cannot be had: the kernel takes no more than \\d+ TCP-MD5 keys for one ` +
        'listener; raise net\\.core\\.optmem_max with sysctl, or give the peers of one prefix one password',
    );

  it('are an error of the configuration when nvad starts', async ({ skip }) => {
    skip(!isBounded, 'this kernel has one bound for all namespaces');
    const nvad = bench.nvad(net, config(each(200, (i) => `of ${i}`)));
    expect(await nvad.exit()).toEqual({ code: 2, signal: null });
    expect(nvad.stderr).toMatch(full('nves\\[\\d+\\]'));
  });

  it('refuse a new configuration, and the old one goes on', async ({ skip }) => {
    skip(!isBounded, 'this kernel has one bound for all namespaces');
    const nvad = await bench.nvad(net, config(each(3, (i) => `of ${i}`))).up();
    nvad.configure(config(each(200, (i) => `of ${i}`)));
    nvad.signal('SIGHUP');
    await nvad.logged(/^configuration refused; nvad goes on/);
    expect(nvad.messages().join('\n')).toMatch(full('nves\\[\\d+\\]'));
    const { peers } = await nvad.get<{ peers: { address: string }[] }>('/v1/peers');
    expect(peers.map((peer) => peer.address).sort()).toEqual([0, 1, 2].map(address));
  });

  it('are not needed where all peers of a prefix have its password', async () => {
    const nves = ['prefix: 127.1.0.0/16, password: "of all"', ...each(200, () => 'of all')];
    await bench.nvad(net, config(nves)).up();
  });
});
