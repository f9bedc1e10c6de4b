import { afterAll, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import { isRoot } from '../support/namespace.ts';

/** Two domains whose passwords towards each other differ (RFC 2385). */
describe.runIf(isRoot)('a neighbour domain with another password', () => {
  const benches = [new Bench(), new Bench()] as const;
  const config = (us: 1 | 2, password: string) => `
domain: dc${us}
asn: 6500${us}
routerId: 10.0.0.${us}
listen: ["127.0.0.${us}:179"]
nves: [{ prefix: 127.0.1${us}.0/24, passive: true }]
virtualNetworks: [{ name: web, vni: 1217 }]
federation:
  - { domain: dc${3 - us}, address: 127.0.0.${3 - us}, asn: 6500${3 - us}, password: ${password}, virtualNetworks: [{ name: web }] }
api: { listen: "127.0.0.${us}:808${us}" }
`;
  afterAll(() => Promise.all(benches.map((bench) => bench.clear())));

  it('is named in the log before whoever else it might be', async () => {
    const net = benches[0].namespace('pass');
    const [first] = await Promise.all([
      benches[0].nvad(net, config(1, 'sesame')).up(),
      benches[1].nvad(net, config(2, 'simsim')).up(),
    ]);
    const line = await first.logged(/^segments with a wrong or missing TCP-MD5 key were dropped/, { within: 30_000 });
    expect(line['peers']).toEqual(['127.0.0.2']);
    expect(line.msg).toContain('likely the password of 127.0.0.2 is not the same on both sides');
  });
});
