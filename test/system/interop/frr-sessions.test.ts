import { describe, expect } from 'vitest';
import { Bench } from '../support/bench.ts';
import { frrName, hasFrr } from '../support/frr.ts';
import { isRoot } from '../support/namespace.ts';
import { reflector, TwoNves } from '../support/two-nves.ts';
import { interop } from './support/matrix.ts';

const config = `
domain: dc1
asn: 65000
routerId: ${reflector}
listen: ["${reflector}:179"]
nves: [{ prefix: 10.0.0.0/24 }]
api: { listen: "127.0.0.1:8080" }
`;

describe.runIf(isRoot && hasFrr)('sessions with FRR', () => {
  const peer = frrName();

  interop({ peer, what: 'Session over IPv4, dynamic prefix', standard: 'RFC 4271' }, async ({ test }) => {
    const bench = new Bench();
    test.onTestFinished(() => bench.clear());
    const overlay = new TwoNves(bench);
    await bench.nvad(overlay.nva, config).up();
    overlay.startRouters();
    await overlay.inState('Established', 10_000);
    expect(await overlay.routers[0]?.show('show version')).toContain(peer.replace(' ', 'outing '));
  });
});
