/**
 * How long nvad takes to say what a rule would change that touches 10,000 of 200,000 routes to a neighbour domain, whether a
 * neighbour then hears exactly that, and for how long anybody else had to wait meanwhile.
 *
 *     node bench/federation/policy-diff.ts [--quick]     needs root, since everybody runs in a network namespace
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { PolicyTest } from '../../src/api/contract/policies.ts';
import { Bench } from '../../test/system/support/bench.ts';
import { macIp, macOf, rd } from '../../test/system/support/evpn-routes.ts';
import { announce } from '../../test/system/support/messages.ts';

export interface PolicyDiffRun {
  /** From the request to the answer, in seconds: of a rule that refuses, and of one that changes. */
  readonly refuses: number;
  readonly changes: number;
  /** Seconds that the slowest of the requests took that were made one after the other meanwhile. */
  readonly slowest: number;
  /** Seconds from the request to apply until the neighbour had heard all of it. */
  readonly applied: number;
  /** Routes that it heard of otherwise than was told before. */
  readonly wrong: number;
}

const NVE = '127.0.1.1';
const NEIGHBOUR = '127.0.2.1';
const PER_UPDATE = 80;
const policies = '/v1/federation/far/policies/export';

const config = `
domain: bench
asn: 65000
routerId: 10.0.0.1
listen: ["127.0.0.1:179"]
nves: [{ prefix: 127.0.1.0/24, passive: true }]
virtualNetworks: [{ name: web, vni: 100 }]
federation:
  - { domain: far, address: ${NEIGHBOUR}, asn: 65002, passive: true, virtualNetworks: [{ name: web }] }
api: { listen: "127.0.0.1:8080" }
`;
const rule = (then: string) => `rules: [{ match: { ip: 10.7.0.0/16 }, then: ${then} }]`;

/** One run, in a fresh namespace. `touched` of the routes are those that the rules are about. */
export async function policyDiffOnce(routes: number, touched: number): Promise<PolicyDiffRun> {
  const bench = new Bench();
  try {
    const net = bench.namespace('diff');
    const nvad = await bench.nvad(net, config).up();
    const neighbour = bench.client(net, { localAddress: NEIGHBOUR });
    neighbour.keepMessages = true;
    await neighbour.establish({ asn: 65002, id: '10.0.2.1' });
    neighbour.keepMessages = false;
    const nve = await bench.client(net, { localAddress: NVE }).establish({ asn: 65000, id: '10.0.1.1' });
    for (let at = 0; at < routes; at += PER_UPDATE) {
      const hosts = Array.from({ length: Math.min(PER_UPDATE, routes - at) }, (_, i) => at + i);
      const nlri = hosts.map((host) =>
        macIp({
          rd: rd('10.9.0.1', 1),
          mac: macOf(host),
          ...(host < touched && { ip: `10.7.${host >> 8}.${host & 255}` }),
        }),
      );
      nve.send(announce(nlri, { nextHop: '10.9.0.1' }));
    }
    await neighbour.holdsNumber(routes, 60_000);

    let isTesting = true;
    let slowest = 0;
    const others = (async () => {
      while (isTesting) {
        const begun = performance.now();
        await nvad.http('/v1/nves');
        slowest = Math.max(slowest, performance.now() - begun);
        await delay(5);
      }
    })();
    const test = async (then: string) => {
      const begun = performance.now();
      const { status, text } = await nvad.http(`${policies}/test`, 'POST', { text: rule(then) });
      if (status !== 200) throw new Error(`the test of a policy gave ${status}: ${text}`);
      return { told: JSON.parse(text) as PolicyTest, seconds: (performance.now() - begun) / 1000 };
    };
    const refuses = await test('refuse');
    const changes = await test('{ addCommunity: [65000:7] }');
    isTesting = false;
    await others;

    const before = new Set(neighbour.routes.keys());
    const announced = new Set<string>();
    neighbour.heard = (key) => announced.add(key);
    const begun = performance.now();
    const { status } = await nvad.http(policies, 'PUT', { text: rule('refuse') });
    if (status !== 200) throw new Error(`to apply a policy gave ${status}`);
    const { gained, lost, changed } = refuses.told;
    await neighbour.holdsNumber(routes + gained.count - lost.count, 60_000);
    const applied = (performance.now() - begun) / 1000;
    const gone = [...before].filter((key) => !neighbour.routes.has(key)).length;
    const wrong = Math.abs(gone - lost.count) + Math.abs(announced.size - gained.count - changed.count);
    return {
      refuses: refuses.seconds,
      changes: changes.seconds,
      slowest: slowest / 1000,
      applied,
      wrong: wrong + Math.abs(lost.count - touched) + Math.abs(changes.told.changed.count - touched),
    };
  } finally {
    await bench.clear();
  }
}

if (import.meta.main) {
  const size = process.argv.includes('--quick') ? 0.1 : 1;
  const { refuses, changes, slowest, applied, wrong } = await policyDiffOnce(200_000 * size, 10_000 * size);
  process.stdout.write(
    [
      `a rule that refuses ${10_000 * size} of ${200_000 * size} routes: told in ${refuses.toFixed(2)} s`,
      `one that changes them: told in ${changes.toFixed(2)} s (aim: under 2 s)`,
      `other requests meanwhile: ${(slowest * 1000).toFixed(1)} ms at most`,
      `applied, and heard by the neighbour: ${applied.toFixed(2)} s; ${wrong} routes otherwise than told`,
      '',
    ].join('\n'),
  );
  process.exitCode = wrong === 0 ? 0 : 1;
}
