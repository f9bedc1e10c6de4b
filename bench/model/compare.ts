/** Whether every client holds what it must, route by route and with its attributes, after each step of a run. */
import { isMedOfZero } from './attributes.ts';
import { ABSENT } from './forms.ts';
import { hexOf } from './octets.ts';
import type { ClientIndex } from './population.ts';
import { Replay, SeenAttributes } from './replay.ts';
import { interestOf, type Scenario } from './scenario.ts';

/** What a run left behind. */
export interface Received {
  /** The octets that a client received, in pieces of whole messages. */
  readonly pieces: (client: ClientIndex) => Iterable<Buffer>;
  /** By step and client: how many of them came up to the end of the step. */
  readonly marks: readonly (readonly number[])[];
}

/** How a reflector may differ from the model without being wrong. */
export interface Leniency {
  /** It sends a client's own routes back to it. */
  readonly echoes: boolean;
  /** It sends everything to everybody; what they are not interested in was not kept, and is not looked at. */
  readonly sendsEverything: boolean;
  /** It adds a MULTI_EXIT_DISC of 0 where there was none. */
  readonly addsMed: boolean;
}

export interface Comparison {
  /** Pairs of client and route that were looked at, over all steps. */
  readonly compared: number;
  readonly wrong: number;
  /** The first few of what is wrong, in words. */
  readonly examples: readonly string[];
  /** By step: announcements and withdrawals that changed nothing at their reader. */
  readonly repeats: readonly number[];
  /** Routes that came back to the client that announced them. */
  readonly echoed: number;
}

const MOST_EXAMPLES = 5;

export function compare(scenario: Scenario, { pieces, marks }: Received, leniency: Leniency): Comparison {
  const { load, routes, forms, steps } = scenario;
  const { population } = load;
  const isIn = interestOf(population);
  const seen = new SeenAttributes(forms, (attribute) => leniency.addsMed && isMedOfZero(attribute));
  const replay = new Replay(population, routes, seen);
  const repeats = steps.map(() => 0);
  const examples: string[] = [];
  let compared = 0;
  let wrong = 0;
  let echoed = 0;
  const complain = (text: () => string) => {
    wrong++;
    if (examples.length < MOST_EXAMPLES) examples.push(text());
  };
  const name = (form: number) => (form < 0 ? `attributes of no route: ${seen.strange[-form - 1]}` : forms.textOf(form));

  const look = (client: ClientIndex, at: number) => {
    const expected = steps[at]?.forms as Int32Array;
    const { held } = replay;
    for (const { first, count, network } of population.groups) {
      const wanted = isIn(client, network);
      if (!wanted && leniency.sendsEverything) continue;
      for (let route = first; route < first + count; route++) {
        const form = expected[route];
        const own = forms.announcerOf(form) === client;
        const right = wanted && !own ? form : ABSENT;
        if (held[route] === right) continue;
        if (own && leniency.echoes && held[route] === form) {
          echoed++;
          continue;
        }
        complain(() => {
          const octets = hexOf(routes.octets.subarray(route * routes.size, (route + 1) * routes.size));
          const what = `holds ${octets} with ${name(held[route])} instead of ${name(right)}`;
          return `after ${steps[at]?.step.kind}, client ${client} ${what}`;
        });
      }
      compared += count;
    }
  };

  /** A client that left is not looked at any more, one that reads slowly not before it has caught up, if it has to. */
  const isLookedAt = (client: ClientIndex, at: number) => {
    const left = steps.findIndex(({ step }) => step.kind === 'leave' && step.client === client);
    if (left >= 0 && at >= left) return false;
    if (load.slow?.client !== client) return true;
    return at >= steps.findIndex(({ step }) => step.kind === 'catch-up');
  };

  for (let client = 0; client < population.clients; client++) {
    replay.clear((network) => isIn(client, network));
    let step = 0;
    let position = 0;
    // Marks lie between messages, so a piece is cut where steps end.
    const endSteps = () => {
      while (step < steps.length && position === (marks[step]?.[client] as number)) {
        repeats[step] = (repeats[step] ?? 0) + replay.repeats;
        replay.repeats = 0;
        if (isLookedAt(client, step)) look(client, step);
        step++;
      }
    };
    endSteps();
    for (const piece of pieces(client)) {
      for (let at = 0; at < piece.length; ) {
        const next = Math.min(piece.length, at + ((marks[step]?.[client] ?? Number.POSITIVE_INFINITY) - position));
        replay.read(piece, at, next);
        position += next - at;
        at = next;
        endSteps();
      }
    }
    if (step < steps.length) complain(() => `client ${client} received ${position} octets, fewer than were counted`);
    if (replay.strange > 0) {
      complain(() => `client ${client} got ${replay.strange} routes not of this load; ${replay.firstStrange}`);
    }
  }
  return { compared, wrong, examples, repeats, echoed };
}
