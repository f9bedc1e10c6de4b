/** Keeps the kernel as it is wanted: one reconciliation at a time, changes that come meanwhile in the next. */
import { batches, render } from './command.ts';
import type { Kernel } from './kernel.ts';
import { KernelModel } from './kernel-model.ts';
import type { KernelState } from './kernel-state.ts';
import type { Problem } from './problem.ts';
import { reconcile } from './reconcile.ts';
import type { WantedNetwork, WantedState } from './wanted.ts';

/** Times in milliseconds. */
export interface ReconcilerOptions {
  /** After which the kernel is read anew though nothing is known to have happened to it. */
  readonly lookEvery: number;
  /** After a command failed, before the next try. */
  readonly retryAfter: number;
}

export interface ReconcilerModules {
  readonly kernel: Kernel;
  readonly clock: ReconcilerClock;
  /** Asked anew for each reconciliation. */
  readonly wanted: (kernel: KernelState) => WantedState;
  readonly log: ReconcilerLog;
}

export interface ReconcilerClock {
  /** Calls once after so many milliseconds; the answer cancels. */
  after(milliseconds: number, call: () => void): () => void;
}

export interface ReconcilerLog {
  /** Commands were done. */
  changed(commands: number): void;
  failed(what: string, reason: string): void;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #modules: ReconcilerModules;
  #model: KernelModel | undefined;
  /** How often it was said that the kernel is not as it was read. */
  #outdated = 0;
  #problems: readonly Problem[] = [];
  #dirty = false;
  #running: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #unwatch: (() => void) | undefined;
  #stopped = false;
  /** Networks that the model is as they want it. */
  #done = new WeakSet<WantedNetwork>();
  /** How often something was said to have changed, and up to which time the kernel shows it. */
  #touches = 0;
  #reflected = 0;
  /** In the order in which they came. */
  readonly #waiting: { readonly touches: number; readonly resolve: () => void }[] = [];
  #failedBefore = false;
  /** A look at the kernel is due in a moment. */
  #soon = false;

  constructor(options: ReconcilerOptions, modules: ReconcilerModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** Reads the kernel for the first time. */
  async start(): Promise<KernelState> {
    const state = await this.#modules.kernel.read();
    this.#model = new KernelModel(state);
    this.#unwatch = this.#modules.kernel.watch(() => this.#somethingHappened());
    // What happens before the watch has begun to hear is found by a second look.
    this.#again(this.#options.retryAfter);
    return state;
  }

  /** What kept wanted state from being made, the last time. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** What is wanted may have changed. */
  touch(): void {
    this.#dirty = true;
    this.#touches++;
    if (this.#running !== undefined || this.#stopped) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#dirty) this.touch();
    });
  }

  /** What is wanted, and what the kernel is like, may have changed. */
  refresh(): void {
    this.#forget();
    this.touch();
  }

  #forget(): void {
    this.#model = undefined;
    this.#outdated++;
  }

  /** Waits until the kernel is as it is wanted now, as far as it can be; not for what comes meanwhile. */
  settled(): Promise<void> {
    if (this.#reflected >= this.#touches || this.#stopped) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ touches: this.#touches, resolve });
    return promise;
  }

  #reflect(touches: number): void {
    this.#reflected = touches;
    while ((this.#waiting[0]?.touches ?? Number.POSITIVE_INFINITY) <= touches) this.#waiting.shift()?.resolve();
  }

  /** Leaves the kernel as it is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#dirty = false;
    this.#cancel?.();
    this.#unwatch?.();
    await this.#running;
    this.#reflect(this.#touches);
  }

  /** Our own changes are among what happens, and others' may come while we make ours: the look tells them apart. */
  #somethingHappened(): void {
    if (this.#soon) return;
    this.#again(SETTLE);
    this.#soon = true;
  }

  #again(milliseconds: number): void {
    this.#cancel?.();
    this.#soon = false;
    if (this.#stopped) return;
    this.#cancel = this.#modules.clock.after(milliseconds, () => {
      this.#forget();
      this.#again(this.#options.lookEvery);
      this.touch();
    });
  }

  async #run(): Promise<void> {
    const { kernel, wanted, log } = this.#modules;
    // What comes in the same turn of the event loop is one change.
    await new Promise((resume) => setImmediate(resume));
    this.#dirty = false;
    let touches = this.#touches;
    try {
      let model = this.#model;
      if (model === undefined) {
        const outdated = this.#outdated;
        model = new KernelModel(await kernel.read());
        // What changed while it was read may not be in it: it is read once more after this.
        if (outdated === this.#outdated) this.#model = model;
        this.#done = new WeakSet();
      }
      touches = this.#touches;
      const state = wanted(model);
      const { commands, problems } = reconcile(state, model, this.#done);
      this.#problems = [...state.problems, ...problems];
      const troubled = new Set(problems.map(({ network }) => network));
      for (const network of state.networks) if (!troubled.has(network.name)) this.#done.add(network);
      if (commands.length === 0) {
        this.#failedBefore = false;
        return;
      }
      const failures = await kernel.run(batches(commands));
      const failed = new Set(failures.map(({ command }) => command));
      for (const command of commands) if (!failed.has(command)) model.apply(command);
      // What is in routers' namespaces is not in the model.
      if (commands.some(({ op }) => op === 'router')) this.#model = undefined;
      if (failures.length > 0) this.#done = new WeakSet();
      if (commands.length > failures.length) log.changed(commands.length - failures.length);
      for (const { command, reason } of failures.slice(0, MOST_LINES)) log.failed(render(command)[1], reason);
      // What is known of the kernel may be outdated: the first time, that is all there is to it.
      if (failures.length > 0) this.#again(this.#failedBefore ? this.#options.retryAfter : SETTLE);
      this.#failedBefore = failures.length > 0;
    } catch (error) {
      log.failed('reading the kernel', error instanceof Error ? error.message : String(error));
      this.#model = undefined;
      this.#again(this.#options.retryAfter);
    } finally {
      this.#reflect(touches);
    }
  }
}

/** Milliseconds: links come with several events. */
const SETTLE = 100;

/** In the log, for the failures of one reconciliation. */
const MOST_LINES = 10;
