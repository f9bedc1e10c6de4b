/** Everything that doubles when it is full, beyond what it has room for at first. */
import { expect, it } from 'vitest';
import { Distributor } from '../../../../src/bgp-ts/egress/distributor.ts';
import { ClassIndex } from '../../../../src/bgp-ts/egress/neighbour-class.ts';
import { outboundForm } from '../../../../src/bgp-ts/egress/outbound.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { Framer } from '../../../../src/bgp-ts/wire/framer.ts';
import { decodeUpdate } from '../../../../src/bgp-ts/wire/message/update.ts';
import { announcement, local, macIp, plain, rib, sourceOf, withdrawal } from '../rib/kit.ts';

it('holds for 300 sources, 20,000 routes in one decision and a megabyte on its way out', () => {
  const t = rib();
  const distributor = new Distributor(
    { family: Family.Evpn },
    {
      ...t,
      outbound: (set, to) => outboundForm(set, to, local),
      now: () => 0,
      hopeless: () => undefined,
      classIndex: new ClassIndex(),
    },
  );
  const held = new Map<string, string>();
  const framer = new Framer();
  let markers = 0;
  const sink = {
    buffered: 0,
    write(bytes: Uint8Array) {
      const fault = framer.push(bytes, (b, start, end) => {
        const { update, faults } = decodeUpdate(b.slice(start, end), defaultContext);
        expect(faults).toEqual([]);
        const { mpReachNlri, mpUnreachNlri, originatorId } = update.attributes;
        if (mpReachNlri === undefined && mpUnreachNlri?.nlri.length === 0) markers++;
        for (const route of mpUnreachNlri?.nlri ?? []) held.delete((route as { mac: string }).mac);
        for (const route of mpReachNlri?.nlri ?? []) held.set((route as { mac: string }).mac, originatorId ?? '');
      });
      expect(fault).toBeUndefined();
      return true;
    },
    writeRefresh: () => true,
  };
  const turn = () => {
    while (distributor.distribute());
    while (distributor.pump());
  };
  const to = { kind: 'client', asn4: true, maxMessage: 4096, localAsn: 65000 } as const;
  distributor.join(to, { source: 999, endOfRib: new Uint8Array(0) }, sink);
  const sources = [...new Array(300).keys()].map((i) => ({ ...sourceOf(i % 200), index: i }));
  const keysOf = (i: number) => [...new Array(67).keys()].map((n) => macIp(i * 67 + n));
  for (const [i, source] of sources.entries())
    t.receive(source, announcement(keysOf(i), { ...plain, localPref: 100 + i }));
  expect([t.table.paths, t.table.pendingDecisions, t.table.pathsOf(299)]).toEqual([20_100, 20_100, 67]);
  turn();
  expect([held.size, t.table.emitted, t.table.bestOf(299), distributor.announced]).toEqual([
    20_100, 20_100, 67, 20_100,
  ]);
  for (const [i, source] of sources.entries()) {
    if (i % 2 === 0) t.receive(source, withdrawal(keysOf(i)));
    else t.drop(source);
  }
  turn();
  expect([held.size, t.table.paths, t.table.tombstones, t.table.emitted]).toEqual([0, 0, 0, 0]);
  expect([t.attributes.size, t.attributes.blockBytes, t.riders.size, markers]).toEqual([0, 0, 0, 0]);
  // What was freed is used again: the table does not grow for as many routes as it had.
  const { bytesHeld, end } = t.table;
  for (const [i, source] of sources.entries()) t.receive(source, announcement(keysOf(299 - i)));
  turn();
  expect([t.table.routes, t.table.bytesHeld, t.table.end, held.size]).toEqual([20_100, bytesHeld, end, 20_100]);
});
