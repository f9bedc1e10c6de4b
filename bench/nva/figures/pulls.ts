/**
 * Questions of NVEs that pull at a steady rate, each for an address that the NVE has not asked for before, while attachments
 * move: how long an answer takes, and whether all answers are right. One NVE more asks through the client library, some of
 * all questions, and keeps the answers: they have to become right when what they say changes.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../../test/system/support/until.ts';
import { cpuSecondsOf } from '../../run/process-figures.ts';
import type { Comparison } from '../model.ts';
import { AskingNve, type HeardAnswer } from '../observer/asking-nve.ts';
import { nveClient } from '../observer/push-nve.ts';
import { pace } from '../pace.ts';
import { ownDelay, type Percentiles, percentilesOf } from '../percentiles.ts';
import { good, type Site } from '../site.ts';
import { Tenures } from '../tenures.ts';

export interface PullOptions {
  /** Of all NVEs together. */
  readonly perSecond: number;
  readonly movesPerSecond: number;
  /** Seconds at the same rates before that: nvad's code for it is not compiled. */
  readonly warmUp: number;
  readonly seconds: number;
  /** NVEs that ask and keep nothing. */
  readonly clients: number;
  /** Milliseconds that it may take until answers that were right once are right again. */
  readonly within: number;
}

/** Milliseconds. */
export interface PullFigures {
  readonly answered: Percentiles;
  /** The same of the questions before. */
  readonly early: Percentiles;
  /** Of the NVE that asks through the client library and keeps what it is told. */
  readonly library: Percentiles;
  /** How late the process was that asked, which is in the figures before. */
  readonly ownDelay: Omit<Percentiles, 'count'>;
  /** Of one core. */
  readonly cpu: number;
  /** Answers that the NVE that keeps them was told of as changed. */
  readonly changed: number;
  readonly comparison: Comparison;
}

/** Of all questions, those that are asked through the client library. */
const LIBRARY = 1 / 20;

export async function pullAll(site: Site, options: PullOptions): Promise<PullFigures> {
  const { model, daemon } = site;
  const { attachments, nves } = model.shape;
  const [network] = model.networks;
  if (network === undefined) throw new Error('there is no network to ask about');
  const { name } = network;
  const askers = await Promise.all(
    Array.from({ length: options.clients }, (_, i) =>
      AskingNve.join(`asks${i}`, `10.3.0.${i + 1}`, name, site.underlay.nva),
    ),
  );
  let changed = 0;
  let joined = false;
  const keeper = nveClient('keeps', '10.3.1.1', site.underlay.nva);
  keeper.start();
  keeper.join(name, 'pull', {
    complete: () => {
      joined = true;
    },
    answerChanged: () => changed++,
  });
  await until(() => joined, { within: 20_000, what: 'the NVE that keeps its answers to join' });

  const tenures = new Tenures(model);
  const answers: HeardAnswer[] = [];
  let asked = 0;
  // Each goes round all addresses from a place of its own.
  const ask = () => {
    const who = asked % askers.length;
    const i = (Math.floor(asked / askers.length) + Math.floor((who * attachments) / askers.length)) % attachments;
    asked++;
    askers[who]?.ask(model.ip(i), i);
  };
  const kept: HeardAnswer[] = [];
  let keeps = 0;
  const askAndKeep = () => {
    const subject = keeps++ % attachments;
    const before = performance.now();
    void keeper.resolve(name, model.ip(subject)).then((answer) => {
      const right = answer.status === 'unreachable' || answer.status === 'refused' ? undefined : answer;
      kept.push({ subject, asked: before, heard: performance.now(), answer: right });
    });
  };

  const api = site.connect();
  let move = Promise.resolve();
  let moves = 0;
  const mover = () => {
    const i = (moves++ * 7919) % attachments;
    move = move.then(async () => {
      const to = (model.place(i) + 1) % nves;
      tenures.moves(i, to, performance.now());
      good(await api.request('POST', '/v1/apply', { changes: [model.put(i, to)] }));
      tenures.moved(i, performance.now());
      model.attach(i, to);
    });
  };

  const cpu = cpuSecondsOf(daemon.pid);
  const late = ownDelay();
  const began = performance.now();
  const begins = began + 1000 * options.warmUp;
  const seconds = options.warmUp + options.seconds;
  await Promise.all([
    pace(options.perSecond * (1 - LIBRARY), seconds, ask),
    pace(options.perSecond * LIBRARY, seconds, askAndKeep),
    pace(options.movesPerSecond, seconds, mover),
  ]);
  const delayed = late();
  const share = (cpuSecondsOf(daemon.pid) - cpu) / ((performance.now() - began) / 1000);
  // What comes late waits no longer for being read.
  await delay(200);
  const isAnswered = () => {
    for (const nve of askers) answers.push(...nve.answers());
    return answers.length === asked && kept.length === keeps;
  };
  await until(isAnswered, {
    within: options.within,
    every: 100,
    what: () => `all answers: there are ${answers.length} of ${asked}, and ${kept.length} of ${keeps} that are kept`,
  });
  await move;
  api.close();

  const wrong = [...answers, ...kept].filter(({ subject, asked, heard, answer }) => {
    return answer?.status !== 'found' || !tenures.allows(subject, answer.mapping.nve, asked, heard);
  });
  // What an NVE keeps must become right without being asked.
  const keptNow = () => {
    let compared = 0;
    const wrongNow: string[] = [];
    for (let i = 0; i < attachments; i++) {
      const answer = keeper.cached(name, model.ip(i));
      if (answer === undefined) continue;
      compared++;
      if (answer.status === 'found' && answer.mapping.nve === model.tunnel(model.place(i))) continue;
      wrongNow.push(`${model.ip(i)} is kept as ${JSON.stringify(answer)}`);
    }
    return { compared, wrong: wrongNow };
  };
  await until(() => keptNow().wrong.length === 0, { within: options.within, every: 200 }).catch(() => undefined);
  const left = keptNow();
  for (const nve of askers) nve.stop();
  keeper.stop();
  const took = (some: readonly HeardAnswer[], isMeasured: boolean) =>
    percentilesOf(some.filter(({ asked }) => asked >= begins === isMeasured).map(({ asked, heard }) => heard - asked));
  return {
    answered: took(answers, true),
    early: took(answers, false),
    library: took(kept, true),
    ownDelay: delayed,
    cpu: share,
    changed,
    comparison: {
      compared: answers.length + kept.length + left.compared,
      wrong: wrong.length + left.wrong.length,
      examples: [
        ...wrong
          .slice(0, 5)
          .map(({ subject, answer }) => `${model.ip(subject)} was answered with ${JSON.stringify(answer)}`),
        ...left.wrong.slice(0, 5),
      ],
    },
  };
}
