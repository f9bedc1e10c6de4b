/** Whatever bytes come in, the peer stays a peer. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeRouteRefresh } from '../../../../src/bgp-ts/wire/message/route-refresh.ts';
import { Bench } from './bench.ts';
import { bytes, endOfRibHex, keepaliveHex, notificationHex, openOf } from './hand-peer.ts';

const messages = [
  openOf(),
  openOf({ holdTime: 0 }),
  openOf({ capabilities: [] }),
  bytes(keepaliveHex),
  bytes(endOfRibHex),
  bytes(notificationHex(6, 2, '03627965')),
  encodeRouteRefresh({ family: 6470, subtype: 0 }),
  bytes('00'.repeat(19)),
];

/** Messages in any order, with octets changed, cut into reads of any size, on one or two connections. */
const anyTraffic = fc.array(
  fc.record({
    connection: fc.nat(1),
    message: fc.constantFrom(...messages),
    change: fc.option(fc.record({ at: fc.nat(60), value: fc.nat(255) }), { freq: 2 }),
    cut: fc.option(fc.nat(60)),
    pass: fc.constantFrom(0, 1, 10_000, 100_000),
  }),
  { maxLength: 15 },
);

it('any traffic leaves a peer that the next good connection establishes', () => {
  fc.assert(
    fc.property(anyTraffic, (traffic) => {
      const bench = new Bench({ passive: true, damping: false });
      bench.peer.start();
      const hands = [bench.dial(), bench.dial()];
      for (const { connection, message, change, cut, pass } of traffic) {
        const octets = Uint8Array.from(message);
        if (change !== null && change.at < octets.length) octets[change.at] = change.value;
        const at = cut === null ? octets.length : Math.min(cut, octets.length);
        bench.send(hands[connection], octets.subarray(0, at));
        bench.send(hands[connection], octets.subarray(at));
        bench.clock.advance(pass);
      }
      for (const hand of hands) hand.connection.destroy();
      bench.clock.advance(300_000);
      expect(bench.peer.state).toBe('Active');
      const { lines } = bench.recorder;
      const count = (start: string) => lines.filter((line) => line.startsWith(start)).length;
      expect(count('established')).toBe(count('down'));

      const good = bench.dial();
      bench.send(good, openOf());
      bench.send(good, keepaliveHex);
      expect(bench.peer.state).toBe('Established');
      void bench.peer.stop();
      bench.clock.advance(10_000);
      expect(bench.clock.pending).toBe(0);
    }),
    { numRuns: 300 },
  );
});
