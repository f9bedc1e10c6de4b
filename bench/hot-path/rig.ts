/**
 * The way of an UPDATE from one client to all others, in one process and without sockets or time: a whole speaker, whose
 * clients hand it prepared octets and count what they are written.
 */
import { type Clock, encodeKeepalive, Speaker, type SpeakerHandler } from '../../src/bgp-ts/index.ts';
import { PaperConnection, PaperTransport, PaperTurns } from '../../src/bgp-ts/session/paper.ts';
import { openOf } from '../load/plan.ts';
import { addressText, asn, clusterId, routerId, underlayOf } from '../model/addresses.ts';
import type { Scenario } from '../model/scenario.ts';
import type { Span } from '../model/streams.ts';

/** What one read of a socket gives. */
const READ = 65_536;

/** Stands still, so that no budget of time is ever used up. */
const clock: Clock = { now: () => 0, setTimer: () => ({ cancel() {} }) };

const silent: SpeakerHandler = {
  established() {},
  down: (_, reason) => {
    throw new Error(`a session ended: ${JSON.stringify(reason)}`);
  },
  retention() {},
  routeLimit() {},
  deferral() {},
  malformed: (_, { faults }) => {
    throw new Error(`an UPDATE with faults: ${JSON.stringify(faults)}`);
  },
  peerEvent() {},
  refused: (_, reason) => {
    throw new Error(`a connection was refused: ${reason}`);
  },
  heldBack() {},
  unprotected() {},
  tooSlow() {},
};

export class Rig {
  readonly #connections: PaperConnection[] = [];
  readonly #turns = new PaperTurns();
  readonly #transport = new PaperTransport();
  readonly #speaker: Speaker;
  readonly #scenario: Scenario;

  private constructor(scenario: Scenario) {
    this.#scenario = scenario;
    const { clients } = underlayOf(scenario.load.population);
    this.#speaker = new Speaker(
      { asn, routerId, clusterId },
      {
        clock,
        transport: this.#transport,
        random: () => 0.5,
        defer: this.#turns.defer,
        handler: silent,
      },
    );
    this.#speaker.addDynamic({ prefix: clients, reflection: 'client' });
  }

  /** With all clients of the scenario established. */
  static async established(scenario: Scenario): Promise<Rig> {
    const rig = new Rig(scenario);
    const { population } = scenario.load;
    const { reflector } = underlayOf(population);
    await rig.#speaker.listen(reflector, 179);
    for (let client = 0; client < population.clients; client++) {
      const connection = new PaperConnection(addressText(client, population.ip), reflector);
      rig.#connections.push(connection);
      rig.#transport.incoming(connection);
      connection.handler?.data(openOf(client, false));
      connection.handler?.data(encodeKeepalive());
    }
    rig.#turns.settle();
    return rig;
  }

  /** Octets written to all clients so far. */
  get written(): number {
    return this.#connections.reduce((sum, { written }) => sum + written, 0);
  }

  /** Hands over what each client sends, read by read, as if all sockets had something, until there is nothing to do. */
  play(spans: readonly (Span | undefined)[]): void {
    const { streams } = this.#scenario;
    const longest = Math.max(...spans.map((span) => span?.length ?? 0));
    for (let at = 0; at < longest; at += READ) {
      spans.forEach((span, client) => {
        if (span === undefined || at >= span.length) return;
        const end = span.offset + Math.min(span.length, at + READ);
        this.#connections[client]?.handler?.data(streams.subarray(span.offset + at, end));
      });
      this.#turns.settle();
    }
  }
}
