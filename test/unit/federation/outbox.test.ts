import {
  decodeUpdate,
  defaultContext,
  encodeAttributes,
  type MpReachNlri,
  type MpUnreachNlri,
  type OwnSource,
} from 'bgp-ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { reachHead } from '../../../src/evpn/re-originate.ts';
import { Outbox } from '../../../src/federation/outbox.ts';

const context = { ...defaultContext, extendedMessages: true };

function sink() {
  const updates: Uint8Array[] = [];
  const source = { originate: (update: Uint8Array) => void updates.push(update) } as unknown as OwnSource;
  return { updates, source };
}

/** A type-2 NLRI, known by its MAC address. */
function nlriOf(n: number): Uint8Array {
  const nlri = new Uint8Array(35);
  nlri.set([2, 33]);
  nlri[24] = 48;
  nlri.set([2, 0, 0, n >> 16, (n >> 8) & 255, n & 255], 25);
  return nlri;
}

const others = (localPref: number) => encodeAttributes({ origin: 'igp', asPath: [], localPref }, context);

/** What UPDATEs say, in order, each of which decodes without a fault. */
function said(updates: readonly Uint8Array[]): string[] {
  return updates.flatMap((bytes) => {
    const { update, faults } = decodeUpdate(bytes, context);
    expect(faults).toEqual([]);
    const { mpReachNlri, mpUnreachNlri, localPref } = update.attributes;
    const macs = (attribute: MpReachNlri | MpUnreachNlri | undefined) =>
      (attribute?.nlri ?? []).map((route) => (route as unknown as { mac: string }).mac.slice(9));
    return [...macs(mpReachNlri).map((mac) => `+${mac} ${localPref}`), ...macs(mpUnreachNlri).map((mac) => `-${mac}`)];
  });
}

const macOf = (n: number): string =>
  [n >> 16, (n >> 8) & 255, n & 255].map((octet) => octet.toString(16).padStart(2, '0')).join(':');

it('routes with one set of attributes share an UPDATE, and what is new comes before what is gone', () => {
  const { updates, source } = sink();
  const outbox = new Outbox();
  const [one, other] = [1, 2].map((n) => ({ reach: reachHead('10.0.0.1'), others: others(n) }));
  outbox.withdraw(source, nlriOf(9), 35);
  outbox.announce(source, one!, nlriOf(1), 35);
  outbox.announce(source, other!, nlriOf(2), 35);
  outbox.announce(source, one!, nlriOf(3), 35);
  outbox.flush();
  expect(updates).toHaveLength(3);
  expect(said(updates)).toEqual(['+00:00:01 1', '+00:00:03 1', '+00:00:02 2', '-00:00:09']);
  outbox.flush();
  expect(updates).toHaveLength(3);
});

it('however many there are, all are said once, in UPDATEs that are no longer than one may be', () => {
  const counts = fc.record({
    announced: fc.nat(6000),
    withdrawn: fc.nat(6000),
    sources: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(counts, ({ announced, withdrawn, sources }) => {
      const sinks = Array.from({ length: sources }, sink);
      const plans = sinks.map((_, i) => ({ reach: reachHead('2001:db8::1'), others: others(i) }));
      const outbox = new Outbox();
      for (let n = 0; n < announced; n++) {
        outbox.announce(sinks[n % sources]!.source, plans[n % sources]!, nlriOf(n), 35);
      }
      for (let n = 0; n < withdrawn; n++) outbox.withdraw(sinks[n % sources]!.source, nlriOf(announced + n), 35);
      outbox.flush();
      const all = sinks.flatMap(({ updates }, i) => {
        for (const update of updates) expect(update.length).toBeLessThanOrEqual(65_535);
        const lines = said(updates);
        expect(lines.every((line) => line.startsWith('-') || line.endsWith(` ${i}`))).toBe(true);
        return lines.map((line) => line.split(' ')[0]);
      });
      const numbers = (count: number, from: number, sign: string) =>
        Array.from({ length: count }, (_, n) => `${sign}${macOf(from + n)}`);
      expect(all.sort()).toEqual([...numbers(announced, 0, '+'), ...numbers(withdrawn, announced, '-')].sort());
    }),
    { numRuns: 10 },
  );
});
