/**
 * Practice: a speaker that nobody sees reflects routes between clients on paper, so that the machine code of the hot path
 * is there before the first neighbour comes. V8 compiles what has run often enough; without practice a reflector meets
 * the largest storm of its life, that after its start, in interpreted code, which takes nearly twice as long.
 *
 * Two speakers practise in turn, and differ in what they meet. Of what it has seen once alone (one function in a place, a
 * field that was never set again) V8 makes machine code that is thrown away at the first speaker that is another one.
 */
import { systemClock } from '../session/clock.ts';
import { PaperConnection, PaperTransport, PaperTurns } from '../session/paper.ts';
import type { PathAttributes } from '../wire/attribute/path-attributes.ts';
import { concat } from '../wire/bytes.ts';
import { extendedCommunity, parseRouteTarget } from '../wire/community/extended/extended.ts';
import type { ExtendedCommunity } from '../wire/community/extended/octets.ts';
import { Family } from '../wire/constants.ts';
import { defaultContext } from '../wire/context.ts';
import { ZERO_ESI } from '../wire/esi.ts';
import { vniLabel } from '../wire/label.ts';
import { encodeKeepalive } from '../wire/message/keepalive.ts';
import { encodeOpen } from '../wire/message/open.ts';
import { encodeUpdate } from '../wire/message/update.ts';
import type { EvpnNlri } from '../wire/nlri/evpn/evpn.ts';
import { Speaker, type SpeakerHandler, type SpeakerModules } from './speaker.ts';

/** How long {@link warmUp} may take. */
export interface WarmUpOptions {
  /** Milliseconds of work in all; default 600. */
  readonly duration?: number;
  /** Milliseconds of work between which others get their turn; default 10. */
  readonly slice?: number;
  /** Ends it early: asked before it begins, and before each slice. */
  readonly enough?: () => boolean;
  /** Where the speaker that this is for has them: new ones of the same classes, that let everything pass. */
  readonly modules?: () => RehearsedModules;
}

/** What a speaker may be given that its hot path calls. */
export type RehearsedModules = Pick<SpeakerModules, 'admission' | 'decided'>;

const ASN = 65_000;
const REFLECTOR = '192.0.2.1';
const CLIENTS = 16;
/** Octets that a reader that is slow takes until it is full. */
const ROOM = 1 << 17;
/** IANA: BGP Tunnel Encapsulation Attribute Tunnel Types. */
const VXLAN = 8;

const silent: SpeakerHandler = {
  established() {},
  down() {},
  retention() {},
  routeLimit() {},
  deferral() {},
  malformed() {},
  peerEvent() {},
  refused() {},
  heldBack() {},
  unprotected() {},
  tooSlow() {},
};

/**
 * Runs the way of an UPDATE until it is compiled. Touches neither sockets nor anybody's routes. Resolves, when done, to the
 * octets that were written to nobody.
 */
export async function warmUp({
  duration = 600,
  slice = 10,
  enough = () => false,
  modules = () => ({}),
}: WarmUpOptions = {}): Promise<number> {
  if (enough()) return 0;
  const rehearsals: Rehearsal[] = [];
  for (const cast of casts) rehearsals.push(await Rehearsal.begin(cast, modules()));
  let left = duration;
  for (let steps = 0; left > 0 && !enough(); ) {
    const begun = performance.now();
    while (performance.now() - begun < slice) rehearsals[steps++ % rehearsals.length]?.step();
    left -= performance.now() - begun;
    await new Promise(setImmediate);
  }
  for (const rehearsal of rehearsals) await rehearsal.end();
  return rehearsals.reduce((sum, { written }) => sum + written, 0);
}

/** Who takes part in a rehearsal, and what each of them announces. */
interface Cast {
  readonly networks: number;
  /** Of each client in each network. */
  readonly routes: number;
  /** Every other client says what it wants (RFC 4684). */
  readonly constrained: boolean;
  /** Every fourth client has to be waited for. */
  readonly slow: boolean;
}

const casts: readonly Cast[] = [
  // Many attribute sets, and routes that are told apart.
  { networks: 32, routes: 8, constrained: true, slow: false },
  // More in one go than a buffer and a write hold.
  { networks: 5, routes: 100, constrained: false, slow: true },
];

class Rehearsal {
  readonly #cast: Cast;
  readonly #turns = new PaperTurns();
  readonly #transport = new PaperTransport();
  readonly #connections: PaperConnection[] = [];
  readonly #announcements: readonly Uint8Array[];
  readonly #withdrawals: readonly Uint8Array[];
  readonly #speaker: Speaker;
  #steps = 0;

  private constructor(cast: Cast, modules: RehearsedModules) {
    this.#cast = cast;
    this.#speaker = new Speaker(
      { asn: ASN, routerId: REFLECTOR },
      {
        clock: systemClock,
        transport: this.#transport,
        random: Math.random,
        defer: this.#turns.defer,
        handler: silent,
        ...modules,
      },
    );
    const clients = Array.from({ length: CLIENTS }, (_, client) => client);
    this.#announcements = clients.map((client) => announcement(client, cast));
    this.#withdrawals = clients.map((client) => withdrawal(client, cast));
  }

  static async begin(cast: Cast, modules: RehearsedModules): Promise<Rehearsal> {
    const rehearsal = new Rehearsal(cast, modules);
    rehearsal.#speaker.addDynamic({ prefix: '192.0.2.0/24', reflection: 'client' });
    await rehearsal.#speaker.listen(REFLECTOR, 179);
    for (let client = 0; client < CLIENTS; client++) rehearsal.#connect(client);
    rehearsal.#settle();
    return rehearsal;
  }

  /** Everybody announces everything, or withdraws it. */
  step(): void {
    const octets = this.#steps++ % 2 === 0 ? this.#announcements : this.#withdrawals;
    this.#connections.forEach(({ handler }, client) => {
      handler?.data(octets[client] as Uint8Array);
    });
    this.#settle();
  }

  /** Until everybody has read everything. */
  #settle(): void {
    do this.#turns.settle();
    while (this.#connections.reduce((drained, connection) => connection.drain() || drained, false));
  }

  get written(): number {
    return this.#connections.reduce((sum, { written }) => sum + written, 0);
  }

  async end(): Promise<void> {
    const ended = this.#speaker.stop('');
    for (const { handler } of this.#connections) handler?.close();
    await ended;
  }

  #connect(client: number): void {
    const { constrained, slow } = this.#cast;
    const room = slow && client % 4 === 0 ? ROOM : Number.POSITIVE_INFINITY;
    const connection = new PaperConnection(addressOf(client), REFLECTOR, room);
    this.#connections.push(connection);
    this.#transport.incoming(connection);
    const constrains = constrained && client % 2 === 1;
    const families = constrains ? [Family.Evpn, Family.RtConstrain] : [Family.Evpn];
    const open = encodeOpen({
      myAs: ASN,
      holdTime: 0,
      bgpId: addressOf(client),
      capabilities: [
        ...families.map((value) => ({ kind: 'multiprotocol', value }) as const),
        { kind: 'fourOctetAs', value: ASN },
      ],
    });
    connection.handler?.data(open);
    connection.handler?.data(encodeKeepalive());
    if (constrains) connection.handler?.data(memberships(client, this.#cast));
  }
}

const encapsulation = extendedCommunity({ kind: 'encapsulation', tunnelType: VXLAN });
const addressOf = (client: number): string => `192.0.2.${client + 10}`;
const targetOf = (network: number) => parseRouteTarget(`${ASN}:${network + 1}`) as ExtendedCommunity;

/** One UPDATE a network. */
function updates({ networks }: Cast, message: (network: number) => Uint8Array): Uint8Array {
  return concat(Array.from({ length: networks }, (_, network) => message(network)));
}

function announcement(client: number, cast: Cast): Uint8Array {
  return updates(cast, (network) => {
    const nextHop = addressOf(client);
    const communities = [targetOf(network), encapsulation];
    return update({
      origin: 'igp',
      asPath: [],
      localPref: 100,
      extendedCommunities: communities,
      mpReachNlri: { family: Family.Evpn, nextHop, nlri: routes(client, network, cast) },
    });
  });
}

function withdrawal(client: number, cast: Cast): Uint8Array {
  return updates(cast, (network) =>
    update({ mpUnreachNlri: { family: Family.Evpn, nlri: routes(client, network, cast) } }),
  );
}

/** Two of three networks, by their route targets (RFC 4684 §4). */
function memberships(client: number, { networks }: Cast): Uint8Array {
  const nlri = Array.from({ length: networks }, (_, network) => network)
    .filter((network) => (network + client) % 3 !== 0)
    .map((network) => {
      const target = { length: 96, originAs: ASN, routeTarget: targetOf(network) };
      return { kind: 'rt-constrain', family: Family.RtConstrain, ...target } as const;
    });
  const mpReachNlri = { family: Family.RtConstrain, nextHop: addressOf(client), nlri };
  return update({ origin: 'igp', asPath: [], localPref: 100, mpReachNlri });
}

function routes(client: number, network: number, { routes: count }: Cast): readonly EvpnNlri[] {
  const rd = { type: 1, address: addressOf(client), assigned: network + 1 } as const;
  return Array.from({ length: count }, (_, route) => ({
    kind: 'mac-ip-advertisement',
    family: Family.Evpn,
    type: 2,
    rd,
    esi: ZERO_ESI,
    ethernetTag: 0,
    mac: `02:00:00:${hex(client)}:${hex(network)}:${hex(route)}`,
    ...(route % 2 === 0 && { ip: `198.51.100.${route}` }),
    label1: vniLabel(network + 1),
  }));
}

const update = (attributes: PathAttributes): Uint8Array =>
  encodeUpdate({ withdrawn: [], attributes, nlri: [] }, defaultContext);
const hex = (octet: number): string => octet.toString(16).padStart(2, '0');
