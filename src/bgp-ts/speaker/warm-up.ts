/**
 * Practice: a speaker that nobody sees reflects routes between clients on paper, so that the machine code of the hot path
 * is there before the first neighbour comes. V8 compiles what has run often enough; without practice a reflector meets
 * the largest storm of its life, that after its start, in interpreted code, which takes nearly twice as long.
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
  /** Milliseconds of work in all; default 300. */
  readonly duration?: number;
  /** Milliseconds of work between which others get their turn; default 10. */
  readonly slice?: number;
  /** Ends it early: asked before each slice. */
  readonly enough?: () => boolean;
  /** Where the speaker that this is for has them: of the same classes, that let everything pass. */
  readonly modules?: Pick<SpeakerModules, 'admission' | 'decided'>;
}

const ASN = 65_000;
const REFLECTOR = '192.0.2.1';
const CLIENTS = 16;
const NETWORKS = 8;
const ROUTES = 32;
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
  duration = 300,
  slice = 10,
  enough = () => false,
  modules = {},
}: WarmUpOptions = {}): Promise<number> {
  const rehearsal = await Rehearsal.begin(modules);
  let left = duration;
  while (left > 0 && !enough()) {
    const begun = performance.now();
    while (performance.now() - begun < slice) rehearsal.round();
    left -= performance.now() - begun;
    await new Promise(setImmediate);
  }
  await rehearsal.end();
  return rehearsal.written;
}

class Rehearsal {
  readonly #turns = new PaperTurns();
  readonly #transport = new PaperTransport();
  readonly #connections: PaperConnection[] = [];
  readonly #announcements: readonly Uint8Array[];
  readonly #withdrawals: readonly Uint8Array[];
  readonly #speaker: Speaker;

  private constructor(modules: Pick<SpeakerModules, 'admission' | 'decided'>) {
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
    this.#announcements = clients.map((client) => announcement(client));
    this.#withdrawals = clients.map((client) => withdrawal(client));
  }

  static async begin(modules: Pick<SpeakerModules, 'admission' | 'decided'>): Promise<Rehearsal> {
    const rehearsal = new Rehearsal(modules);
    rehearsal.#speaker.addDynamic({ prefix: '192.0.2.0/24', reflection: 'client' });
    await rehearsal.#speaker.listen(REFLECTOR, 179);
    for (let client = 0; client < CLIENTS; client++) rehearsal.#connect(client);
    rehearsal.#turns.settle();
    return rehearsal;
  }

  /** Everybody announces everything, then withdraws it. */
  round(): void {
    for (const octets of [this.#announcements, this.#withdrawals]) {
      this.#connections.forEach(({ handler }, client) => {
        handler?.data(octets[client] as Uint8Array);
      });
      this.#turns.settle();
    }
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
    const connection = new PaperConnection(addressOf(client), REFLECTOR);
    this.#connections.push(connection);
    this.#transport.incoming(connection);
    // Every other client says what it wants (RFC 4684).
    const constrained = client % 2 === 1;
    const families = constrained ? [Family.Evpn, Family.RtConstrain] : [Family.Evpn];
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
    if (constrained) connection.handler?.data(memberships(client));
  }
}

const encapsulation = extendedCommunity({ kind: 'encapsulation', tunnelType: VXLAN });
const addressOf = (client: number): string => `192.0.2.${client + 10}`;
const targetOf = (network: number) => parseRouteTarget(`${ASN}:${network + 1}`) as ExtendedCommunity;

/** One UPDATE a network. */
function updates(message: (network: number) => Uint8Array): Uint8Array {
  return concat(Array.from({ length: NETWORKS }, (_, network) => message(network)));
}

function announcement(client: number): Uint8Array {
  return updates((network) => {
    const nextHop = addressOf(client);
    const communities = [targetOf(network), encapsulation];
    return update({
      origin: 'igp',
      asPath: [],
      localPref: 100,
      extendedCommunities: communities,
      mpReachNlri: { family: Family.Evpn, nextHop, nlri: routes(client, network) },
    });
  });
}

function withdrawal(client: number): Uint8Array {
  return updates((network) => update({ mpUnreachNlri: { family: Family.Evpn, nlri: routes(client, network) } }));
}

/** Two of three networks, by their route targets (RFC 4684 §4). */
function memberships(client: number): Uint8Array {
  const nlri = Array.from({ length: NETWORKS }, (_, network) => network)
    .filter((network) => (network + client) % 3 !== 0)
    .map((network) => {
      const target = { length: 96, originAs: ASN, routeTarget: targetOf(network) };
      return { kind: 'rt-constrain', family: Family.RtConstrain, ...target } as const;
    });
  const mpReachNlri = { family: Family.RtConstrain, nextHop: addressOf(client), nlri };
  return update({ origin: 'igp', asPath: [], localPref: 100, mpReachNlri });
}

function routes(client: number, network: number): readonly EvpnNlri[] {
  const rd = { type: 1, address: addressOf(client), assigned: network + 1 } as const;
  return Array.from({ length: ROUTES }, (_, route) => ({
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
