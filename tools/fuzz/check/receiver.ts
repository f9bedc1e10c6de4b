/**
 * A neighbour that is sent routes: keeps its Adj-RIB-In as the messages say, and holds each message to what its class may
 * be told. Its socket takes everything, and says that it is full when it is asked to.
 */
import type { MemberSink } from '../../../src/bgp-ts/egress/member.ts';
import type { NeighbourClass, NeighbourTraits } from '../../../src/bgp-ts/egress/neighbour-class.ts';
import type { PathAttributes } from '../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { toHex } from '../../../src/bgp-ts/wire/bytes.ts';
import { AttributeFlag } from '../../../src/bgp-ts/wire/constants.ts';
import { type DecodeContext, defaultContext } from '../../../src/bgp-ts/wire/context.ts';
import { Framer } from '../../../src/bgp-ts/wire/framer.ts';
import { decodeUpdate } from '../../../src/bgp-ts/wire/message/update.ts';
import { Broken } from './broken.ts';
import { local } from './local.ts';
import { fieldsOf, type HeldFamilyId, type Routes, withoutNlri } from './routes.ts';
import { show } from './show.ts';

export interface ReceiverOptions {
  readonly family: HeldFamilyId;
  readonly addPath?: boolean;
  /** Asked after each write. */
  readonly isFull?: () => boolean;
}

export class Receiver implements MemberSink {
  readonly to: NeighbourClass;
  readonly routes: Routes = new Map();
  /** Messages End-of-RIB. */
  ends = 0;
  buffered = 0;
  readonly #options: ReceiverOptions;
  readonly #decode: DecodeContext;
  readonly #framer = new Framer();

  constructor(traits: NeighbourTraits, options: ReceiverOptions) {
    // the number is of the implementation alone
    this.to = { ...traits, index: 0 };
    this.#options = options;
    this.#framer.extended = traits.maxMessage > 4096;
    this.#decode = {
      ...defaultContext,
      asn4: traits.asn4,
      session: traits.kind === 'ebgp' ? 'ebgp' : 'ibgp',
      extendedMessages: traits.maxMessage > 4096,
      addPath: new Set(options.addPath === true ? [options.family] : []),
    };
  }

  write(bytes: Uint8Array, messages: number): boolean {
    const { to } = this;
    let count = 0;
    const fault = this.#framer.push(bytes, (octets, from, upTo) => {
      count++;
      this.#hear(octets.slice(from, upTo));
    });
    if (fault !== undefined) throw new Broken('emitted-header', `to ${classOf(to)}: ${show(fault)}`);
    if (count !== messages) throw new Broken('emitted-count', `to ${classOf(to)}: ${count} messages for ${messages}`);
    if (this.#options.isFull?.() !== true) return true;
    this.buffered = bytes.length;
    return false;
  }

  writeRefresh(): boolean {
    throw new Broken('emitted-refresh', 'ROUTE-REFRESH to a neighbour that did not negotiate it');
  }

  /** One emitted UPDATE, read as its receiver would. */
  #hear(bytes: Uint8Array): void {
    const { to, routes } = this;
    const { family, addPath } = this.#options;
    const { update, faults } = decodeUpdate(bytes, this.#decode);
    if (faults.length > 0) {
      throw new Broken('emitted-faulty', `to ${classOf(to)}: ${show(faults[0])} in ${toHex(bytes)}`);
    }
    const { mpUnreachNlri, ...attributes } = update.attributes;
    const foreign = [mpUnreachNlri, attributes.mpReachNlri].some((field) => field && field.family !== family);
    if (update.nlri.length > 0 || update.withdrawn.length > 0 || foreign) {
      throw new Broken('emitted-family', `to ${classOf(to)}: ${toHex(bytes)}`);
    }
    if (attributes.mpReachNlri === undefined && mpUnreachNlri?.nlri.length === 0) this.ends++;
    const { withdrawn, announced } = fieldsOf(family, bytes, addPath);
    if (announced.length > 0) checkStanding(to, attributes);
    const name = addPath === true ? 'path' : 'key';
    for (const nlri of withdrawn) routes.delete(nlri[name]);
    const held = withoutNlri(attributes);
    for (const nlri of announced) routes.set(nlri[name], { nlri: nlri.nlri, attributes: held });
  }
}

export const classOf = ({ kind, asn4, maxMessage }: NeighbourTraits): string =>
  `${kind} with AS numbers of ${asn4 ? 4 : 2} octets and messages of ${maxMessage}`;

/** What must and must not stand beside routes that go to `to`, whoever sent them. */
function checkStanding(to: NeighbourClass, attributes: PathAttributes): void {
  const { unknown = [], asPath = [], localPref, originatorId, clusterList } = attributes;
  const wrong = (what: string) => new Broken('emitted-attributes', `to ${classOf(to)}: ${what}: ${show(attributes)}`);
  // RFC 4271 §5: only transitive ones go on, and marked
  const passedOn = AttributeFlag.Transitive | AttributeFlag.Partial;
  if (unknown.some(({ flags }) => (flags & passedOn) !== passedOn)) throw wrong('an unrecognised attribute');
  if (attributes.nextHop !== undefined) throw wrong('NEXT_HOP');
  if (to.kind !== 'ebgp') {
    // RFC 4271 §5.1.5
    if (localPref === undefined) throw wrong('no LOCAL_PREF');
    // RFC 4456 §8: the two come together
    const reflected = originatorId !== undefined && clusterList !== undefined;
    if (reflected && clusterList[0] !== '10.0.0.1') throw wrong('reflected without our CLUSTER_ID in front');
    return;
  }
  const isPassedThrough = to.isRouteServerClient === true;
  const multiExitDisc = isPassedThrough ? undefined : attributes.multiExitDisc;
  const inner = { localPref, originatorId, clusterList, multiExitDisc };
  for (const [name, value] of Object.entries(inner)) if (value !== undefined) throw wrong(name);
  const [first] = asPath;
  // RFC 7947 §2.2.2: to clients of a route server others come without us; nothing goes out without an AS.
  const begins = isPassedThrough ? first !== undefined : first?.type === 'sequence' && first.asns[0] === local.asn;
  if (!begins) throw wrong('the first AS of AS_PATH');
  // RFC 4360 §6: the bit that says non-transitive
  const inward = attributes.extendedCommunities?.filter(
    (community) => (Number.parseInt(community.slice(0, 1), 16) & 4) !== 0,
  );
  if (inward !== undefined && inward.length > 0) throw wrong('a non-transitive extended community');
}
