import { describe, expect, it } from 'vitest';
import { Distributor } from '../../../../src/bgp-ts/egress/distributor.ts';
import { type Interest, interestIn, nothing } from '../../../../src/bgp-ts/egress/interest.ts';
import type { Member, MemberSink } from '../../../../src/bgp-ts/egress/member.ts';
import { ClassIndex } from '../../../../src/bgp-ts/egress/neighbour-class.ts';
import { outboundForm } from '../../../../src/bgp-ts/egress/outbound.ts';
import type { Source } from '../../../../src/bgp-ts/rib/source.ts';
import { endOfRib } from '../../../../src/bgp-ts/speaker/end-of-rib.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { Framer } from '../../../../src/bgp-ts/wire/framer.ts';
import { decodeUpdate } from '../../../../src/bgp-ts/wire/message/update.ts';
import { announcement, local, macIp, plain, rib, sourceOf, withdrawal } from '../rib/kit.ts';

const target = (n: number) => `0002fde8${n.toString(16).padStart(8, '0')}`;
const wanted = () => interestIn([{ bits: 64, octets: target(1) }]);
const routeOf = (key: number, network: number, nextHop = '10.0.1.1') =>
  announcement([macIp(key)], { ...plain, extendedCommunities: [target(network)] }, nextHop);

/** A neighbour whose socket is full after so many writes. */
class Reader implements MemberSink {
  readonly routes = new Set<string>();
  writes = Number.POSITIVE_INFINITY;
  #open = true;
  #taken: Uint8Array[] = [];
  readonly #framer = new Framer();

  get buffered(): number {
    return this.#taken.length;
  }
  write(bytes: Uint8Array): boolean {
    this.#taken.push(bytes);
    if (--this.writes <= 0) this.#open = false;
    if (this.#open) this.#read();
    return this.#open;
  }
  writeRefresh(bytes: Uint8Array): boolean {
    return this.write(bytes);
  }
  drain(): void {
    this.writes = Number.POSITIVE_INFINITY;
    this.#open = true;
    this.#read();
  }
  #read(): void {
    for (const bytes of this.#taken.splice(0)) {
      this.#framer.push(bytes, (message, start, end) => {
        const { mpReachNlri, mpUnreachNlri } = decodeUpdate(message.slice(start, end), defaultContext).update
          .attributes;
        for (const nlri of mpUnreachNlri?.nlri ?? []) if ('mac' in nlri) this.routes.delete(nlri.mac);
        for (const nlri of mpReachNlri?.nlri ?? []) if ('mac' in nlri) this.routes.add(nlri.mac);
        return true;
      });
    }
  }
}

describe('a neighbour that loses its interest', () => {
  it('is told of what changes behind the walk that withdraws', () => {
    const t = rib();
    const distributor = new Distributor(
      { family: Family.Evpn },
      {
        attributes: t.attributes,
        table: t.table,
        outbound: (set, to) => outboundForm(set, to, local),
        now: () => 0,
        hopeless: () => expect.unreachable(),
        classIndex: new ClassIndex(),
      },
    );
    const join = (source: Source, interest: Interest, sink: MemberSink): Member =>
      distributor.join(
        { kind: 'client', asn4: true, maxMessage: 4096, localAsn: 65000 },
        {
          source: source.index,
          endOfRib: endOfRib(Family.Evpn),
          selection: { interest, cannot: 0, holdEndOfRib: false },
        },
        sink,
      );
    const turn = () => {
      while (distributor.distribute());
      while (distributor.pump());
    };
    const announcer = sourceOf(1);
    // Several blocks of the table.
    for (let key = 0; key < 5000; key++) t.receive(announcer, routeOf(key, 1));
    const [reader, slow] = [new Reader(), new Reader()];
    const member = join(sourceOf(2), wanted(), reader);
    join(sourceOf(3), wanted(), slow);
    turn();
    expect(reader.routes.size).toBe(5000);
    // One that lags keeps the log, so that no second walk puts right what the first left.
    slow.writes = 1;
    t.receive(announcer, routeOf(4999, 1, '10.0.1.7'));
    turn();
    t.receive(announcer, routeOf(4999, 1, '10.0.1.8'));
    turn();
    member.setInterest(nothing);
    reader.writes = 1;
    turn();
    expect([member.blocked, member.walking]).toEqual([true, true]);
    t.receive(announcer, withdrawal([macIp(4500)]));
    t.receive(announcer, routeOf(4600, 3));
    turn();
    reader.drain();
    member.writable();
    turn();
    expect([...reader.routes]).toEqual([]);
  });
});
