import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import { isRoot } from '../support/namespace.ts';

const config = `
domain: dc1
asn: 65000
routerId: 10.0.0.1
nves: [{ prefix: 10.0.0.0/24 }]
api: { listen: "127.0.0.1:8080" }
`;

/** nvad as a process in a network of its own: needs root, and is skipped without. */
describe.runIf(isRoot)('neighbours of the machine that nvad starts on', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.clear());

  it('are asked once for a session, within the prefixes of the NVEs; who has none is no peer', async () => {
    const [nva, host] = [bench.namespace('nva'), bench.namespace('host')];
    nva.link('eth0', host, 'eth0');
    nva.ip('address', 'add', '10.0.0.1/24', 'dev', 'eth0');
    nva.ip('address', 'add', '10.9.0.1/24', 'dev', 'eth0');
    host.ip('address', 'add', '10.0.0.50/24', 'dev', 'eth0');
    host.ip('address', 'add', '10.9.0.50/24', 'dev', 'eth0');
    expect(await host.succeeds('ping', '-q', '-c', '1', '-W', '5', '10.0.0.1')).toBe(true);
    expect(await host.succeeds('ping', '-q', '-c', '1', '-W', '5', '10.9.0.1')).toBe(true);

    const nvad = await bench.nvad(nva, config).up();
    expect(await nvad.logged(/^asking /)).toMatchObject({ peers: ['10.0.0.50'] });
    await expect.poll(() => nvad.get('/v1/peers'), { timeout: 5000 }).toEqual({ peers: [] });

    // It may still come by itself.
    const client = bench.client(host, { localAddress: '10.0.0.50', host: '10.0.0.1' });
    await client.establish({ asn: 65000, id: '10.0.0.50' });
    expect(await nvad.get('/v1/peers')).toMatchObject({ peers: [{ address: '10.0.0.50', state: 'Established' }] });
  });
});
