/**
 * Questions of NVEs that pull at a steady rate, each for an address that the NVE has not asked for before, while attachments
 * move: how long an answer takes, and whether all answers that an NVE keeps are right in the end.
 */
import type { NveClient } from '../../../src/nve-protocol/client/index.ts';
import { until } from '../../../test/system/support/until.ts';
import { cpuSecondsOf } from '../../run/process-figures.ts';
import type { Comparison } from '../model.ts';
import { nveClient } from '../observer/push-nve.ts';
import { pace } from '../pace.ts';
import { ownDelay, type Percentiles, percentilesOf } from '../percentiles.ts';
import { good, type Site } from '../site.ts';

export interface PullOptions {
  /** Of all NVEs together. */
  readonly perSecond: number;
  readonly movesPerSecond: number;
  /** Seconds at the same rates before that: nvad's code for it is not compiled. */
  readonly warmUp: number;
  readonly seconds: number;
  readonly clients: number;
  /** Milliseconds that it may take until answers that were right once are right again. */
  readonly within: number;
}

/** Milliseconds. */
export interface PullFigures {
  readonly answered: Percentiles;
  /** The same of the questions before. */
  readonly early: Percentiles;
  /** How late the process was that asked, which is in the figure before. */
  readonly ownDelay: Omit<Percentiles, 'count'>;
  /** Of one core. */
  readonly cpu: number;
  /** Answers that NVEs were told of as changed. */
  readonly changed: number;
  readonly comparison: Comparison;
}

export async function pullAll(site: Site, options: PullOptions): Promise<PullFigures> {
  const { model, daemon } = site;
  const { attachments, nves } = model.shape;
  const [network] = model.networks;
  if (network === undefined) throw new Error('there is no network to ask about');
  let changed = 0;
  let joined = 0;
  const clients = Array.from({ length: options.clients }, (_, i): NveClient => {
    const client = nveClient(`asks${i}`, `10.3.0.${i + 1}`, site.underlay.nva);
    client.start();
    client.join(network.name, 'pull', {
      complete: () => joined++,
      answerChanged: () => changed++,
    });
    return client;
  });
  await until(() => joined === clients.length, { within: 20_000, what: 'NVEs that have joined' });

  const took: number[] = [];
  const early: number[] = [];
  let begins = 0;
  const wrong: string[] = [];
  let failed = 0;
  let asked = 0;
  const ask = () => {
    const who = asked % clients.length;
    // Each goes round all addresses from a place of its own.
    const i = (Math.floor(asked / clients.length) + Math.floor((who * attachments) / clients.length)) % attachments;
    asked++;
    const ip = model.ip(i);
    const before = performance.now();
    const was = model.place(i);
    void (clients[who] as NveClient).resolve(network.name, ip).then((answer) => {
      (before < begins ? early : took).push(performance.now() - before);
      const now = model.place(i);
      const right = (place: number) => answer.status === 'found' && answer.mapping.nve === model.tunnel(place);
      if (answer.status === 'found' && (right(now) || right(was) || movedLately.has(i))) return;
      if (failed++ < 5) wrong.push(`${ip} was answered with ${JSON.stringify(answer)}`);
    });
  };

  const api = site.connect();
  const movedLately = new Set<number>();
  let move = Promise.resolve();
  let moves = 0;
  const mover = () => {
    const i = (moves++ * 7919) % attachments;
    const to = (model.place(i) + 1) % nves;
    movedLately.add(i);
    move = move.then(async () => {
      good(await api.request('POST', '/v1/apply', { changes: [model.put(i, to)] }));
      model.attach(i, to);
      setTimeout(() => movedLately.delete(i), 1000);
    });
  };

  const cpu = cpuSecondsOf(daemon.pid);
  const late = ownDelay();
  const began = performance.now();
  begins = began + 1000 * options.warmUp;
  await Promise.all([
    pace(options.perSecond, options.warmUp + options.seconds, ask),
    pace(options.movesPerSecond, options.warmUp + options.seconds, mover),
  ]);
  await until(() => took.length + early.length === asked, { within: options.within, what: 'all answers' });
  const delayed = late();
  const share = (cpuSecondsOf(daemon.pid) - cpu) / ((performance.now() - began) / 1000);
  await move;
  api.close();

  // What an NVE keeps must become right without being asked.
  const wrongNow = () => {
    let compared = 0;
    const examples: string[] = [];
    let count = 0;
    for (const client of clients) {
      for (let i = 0; i < attachments; i++) {
        const answer = client.cached(network.name, model.ip(i));
        if (answer === undefined) continue;
        compared++;
        if (answer.status === 'found' && answer.mapping.nve === model.tunnel(model.place(i))) continue;
        if (count++ < 5) examples.push(`${model.ip(i)} is kept as ${JSON.stringify(answer)}`);
      }
    }
    return { compared, wrong: count, examples };
  };
  await until(() => wrongNow().wrong === 0, { within: options.within, every: 200 }).catch(() => undefined);
  const kept = wrongNow();
  for (const client of clients) client.stop();
  return {
    answered: percentilesOf(took),
    early: percentilesOf(early),
    ownDelay: delayed,
    cpu: share,
    changed,
    comparison: {
      compared: asked + kept.compared,
      wrong: failed + kept.wrong,
      examples: [...wrong, ...kept.examples],
    },
  };
}
