/** One run: a load against a reflector, in fresh namespaces, and the comparison of what came of it with the model. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildGenerator } from '../load/build.ts';
import { Generator, type StepOrder, type StepResult } from '../load/generator.ts';
import { HOLD_TIME, planText } from '../load/plan.ts';
import { type Comparison, compare } from '../model/compare.ts';
import { type StepKind, tellsOnce } from '../model/load.ts';
import { adverts, type Expected, type PreparedStep, type Scenario } from '../model/scenario.ts';
import type { LoopDelay, Reflector, RunningReflector } from '../reflector/reflector.ts';
import { type Answer, askDuring } from './asking.ts';
import { cpuSecondsOf, forgetPeak, memoryOf } from './process-figures.ts';
import { atRest } from './rest.ts';
import { buildSite } from './site.ts';

export interface StepFigures {
  readonly kind: StepKind;
  /** From the first octet sent to the last client complete. */
  readonly seconds: number;
  /** Routes that clients had to be told of, all clients together. */
  readonly adverts: number;
  /** Seconds of CPU, of the reflector and of the generator. */
  readonly cpu: number;
  readonly generatorCpu: number;
  /** Standing memory: octets that the reflector has when the step has come to rest; and the most it had until then. */
  readonly resident: number;
  readonly peak: number;
  readonly loopDelay?: LoopDelay;
  /** Messages that the clients received. */
  readonly updates: number;
  readonly octets: number;
  /** Longest time that the reflector was silent towards any client, in seconds, since the step before ended. */
  readonly silence: number;
  /** How long it took to answer what it was asked while the step ran, in seconds, ascending. */
  readonly answers?: readonly number[];
  readonly refusals: number;
  /** Times that a client was told what it knew already. */
  readonly repeats: number;
  /** Seconds from a change to its last reader, sorted, in equal steps from the least to the greatest. */
  readonly latency?: readonly number[];
}

export interface Run {
  /** Seconds from the first step on in which all sessions were watched for silence. */
  readonly watched: number;
  /** Longest silence after the last step, in seconds, while sessions were watched on. */
  readonly silenceAfterwards: number;
  /** Octets that the reflector had before anybody connected. */
  readonly start: number;
  readonly steps: readonly StepFigures[];
  readonly comparison: Comparison;
}

/** What is told while it runs. */
export interface MeasureOptions {
  /** Seconds that one step may take. */
  readonly bound: number;
  /** Seconds; default {@link QUIET}. */
  readonly quiet?: number;
  /** Seconds that sessions are watched for in all, from the first step on; default {@link WATCH}. */
  readonly watch?: number;
  /** Ends the run at once. */
  readonly signal: AbortSignal;
  readonly progress: (what: string) => void;
}

/** A run that gives no figure, and why. */
export class RunFailure extends Error {}

/** A reflector may take a pause between two rounds; a step is over when nobody was told anything for so many seconds. */
const QUIET = 0.5;

/** More than half the hold time: in less, no session could be silent for longer than it may. */
const WATCH = HOLD_TIME / 2 + 0.5;

/** Rejects with {@link RunFailure} when there is no figure to be had, and takes everything away that it made. */
export async function measure(scenario: Scenario, reflector: Reflector, options: MeasureOptions): Promise<Run> {
  const { population, silent = false } = scenario.load;
  const { bound, quiet = QUIET, watch = WATCH } = options;
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'nvad-bench-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));

  options.progress('starts');
  const site = buildSite(population, stack);
  const dut = await reflector.start(site, folder, stack, silent);
  const files = { streams: join(folder, 'streams'), plan: join(folder, 'plan') };
  const rtConstrain = reflector.rtConstrain && population.interest !== undefined && !silent;
  const { sendsEverything } = reflector.leniency;
  writeFileSync(files.streams, scenario.streams);
  writeFileSync(files.plan, planText(scenario, { streams: files.streams, rtConstrain, sendsEverything }));
  const generator = new Generator(buildGenerator(), files.plan, site.generator.prefix);
  stack.defer(() => generator.kill());
  const interrupt = () => void generator.kill();
  options.signal.addEventListener('abort', interrupt);
  stack.defer(() => options.signal.removeEventListener('abort', interrupt));
  options.signal.throwIfAborted();

  const start = memoryOf(dut.pid).resident;
  forgetPeak(dut.pid);
  const nobody: readonly Expected[] = Array(population.clients).fill({ reach: 0, unreach: 0 });
  const run = async (order: StepOrder) => {
    try {
      return await generator.step(order);
    } catch (error) {
      options.signal.throwIfAborted();
      throw new RunFailure(`${(error as Error).message}; ${reflector.title} said: ${dut.log()}`);
    }
  };
  if (!scenario.steps.some(({ step }) => step.kind === 'announce' && step.cold === true)) {
    options.progress('connects');
    const settles = options.quiet ?? reflector.settles;
    const connected = await run({ options: ['cold', 'connect 64', `quiet ${settles}`], spans: [], expected: nobody });
    if (connected.timedOut) throw new RunFailure('not all sessions came up within 60 s');
  }
  if (rtConstrain) await run({ options: [`quiet ${quiet}`], spans: scenario.memberships, expected: nobody });

  const begun = performance.now();
  const steps: Omit<StepFigures, 'repeats'>[] = [];
  const results: StepResult[] = [];
  for (const prepared of scenario.steps) {
    const { kind } = prepared.step;
    options.progress(kind);
    const before = cpuSecondsOf(dut.pid);
    await dut.loopDelay?.();
    // The first question costs more than all others: that of a connection.
    await dut.ask?.();
    forgetPeak(dut.pid);
    const { done: result, answers } = await asking(dut, () => run(orderOf(prepared, bound, quiet)));
    const loopDelay = await dut.loopDelay?.();
    if (result.timedOut) {
      const waiting = `${result.incomplete} of ${population.clients} clients had not got everything`;
      const sessions = `${result.established} sessions came up, ${result.refusals} connections were turned away`;
      throw new RunFailure(`${kind} took more than ${bound} s: ${waiting}; ${sessions}`);
    }
    const cpu = cpuSecondsOf(dut.pid) - before;
    await atRest(() => memoryOf(dut.pid).resident);
    const { resident, peak } = memoryOf(dut.pid);
    steps.push({
      kind,
      adverts: adverts(prepared),
      cpu,
      resident,
      peak,
      ...figuresOf(result),
      ...(answers !== undefined && { answers: whileItRan(answers, result) }),
      ...(loopDelay !== undefined && { loopDelay: { p99Ms: loopDelay.p99Ms, maxMs: loopDelay.maxMs } }),
    });
    results.push(result);
  }
  const left = watch - (performance.now() - begun) / 1000;
  const afterwards = left > 0 ? await run({ options: [`quiet ${left}`], spans: [], expected: nobody }) : { silence: 0 };
  const watched = (performance.now() - begun) / 1000;
  options.signal.throwIfAborted();
  options.progress('compares');
  const comparison = compare(
    scenario,
    { pieces: await generator.received(), marks: results.map(({ kept }) => kept) },
    reflector.leniency,
  );
  if (comparison.wrong > 0) {
    throw new RunFailure(`${comparison.wrong} routes are not as they must be:\n${comparison.examples.join('\n')}`);
  }
  // Where routes were sent twice, counting may have ended too early.
  const byLast = scenario.steps.map(
    ({ step, endsWithLast }, at) => endsWithLast || (tellsOnce(step.kind) && (comparison.repeats[at] ?? 0) > 0),
  );
  return {
    start,
    watched,
    silenceAfterwards: afterwards.silence,
    steps: steps.map((figures, at) => {
      // Of changes the generator knows better: to be told of an old one again is a repeat too.
      const repeats = results[at]?.repeats ?? comparison.repeats[at] ?? 0;
      return { ...figures, repeats, ...(byLast[at] && { seconds: results[at]?.last ?? 0 }) };
    }),
    comparison,
  };
}

async function asking<T>(
  { ask }: RunningReflector,
  work: () => Promise<T>,
): Promise<{ readonly done: T; readonly answers?: readonly Answer[] }> {
  return ask === undefined ? { done: await work() } : askDuring(ask, work);
}

/** What was asked when everybody had everything already says nothing of the step. */
function whileItRan(answers: readonly Answer[], { seconds }: StepResult): readonly number[] {
  const asked = answers.filter((answer) => answer.asked <= seconds);
  return asked.map((answer) => answer.seconds).sort((a, b) => a - b);
}

function orderOf({ step, spans, expected, changes }: PreparedStep, bound: number, quiet: number): StepOrder {
  const options = [`timeout ${bound}`, `quiet ${quiet}`];
  if (step.kind === 'announce' && step.cold === true) options.push('cold', 'connect 100000');
  if (step.kind === 'leave') options.push(`leave ${step.client}`);
  if (step.kind === 'catch-up') options.push('keep', 'unthrottle');
  if (step.kind === 'churn' && changes !== undefined) {
    options.push(`timeout ${bound + step.changes / step.rate}`);
    options.push(`churn ${step.rate} ${changes.offset} ${step.changes}`);
  }
  return { options, spans, expected };
}

function figuresOf({ seconds, cpu, updates, octets, silence, refusals, latency }: StepResult) {
  return { seconds, generatorCpu: cpu, updates, octets, silence, refusals, ...(latency !== undefined && { latency }) };
}
