import type { DaemonClock } from './clock.ts';
import type { Logger } from './logging.ts';

const stopSignals = ['SIGTERM', 'SIGINT'] as const;
export type StopSignal = (typeof stopSignals)[number];
type Signal = StopSignal | 'SIGHUP';

/** Where signals come from; `process` is one. */
export interface SignalSource {
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

export interface LifecycleOptions {
  /** Milliseconds that a graceful stop may take before nvad ends anyway. */
  readonly stopTimeout: number;
}

export interface LifecycleModules {
  readonly signals: SignalSource;
  readonly clock: DaemonClock;
  readonly logger: Logger;
  /** Ends the process at once; for a second stop signal while the first is being obeyed. */
  readonly exit: (code: number) => void;
}

/** What the signals do. Neither may be called while it still runs. */
export interface LifecycleHooks {
  /** SIGHUP. A failure leaves everything as it was, and is the hook's to report. */
  reload(): Promise<void>;
  /** SIGTERM and SIGINT: says goodbye to every peer and closes everything. */
  stop(signal: StopSignal): Promise<void>;
}

/**
 * Signals from the first moment to the last. It listens as soon as it is built, so that a signal during
 * start-up is neither lost nor deadly: {@link run} obeys it as soon as there is something to reload or stop.
 */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  readonly #modules: LifecycleModules;
  readonly #listeners: ReadonlyMap<Signal, () => void>;
  #hooks: LifecycleHooks | undefined;
  #finish: (code: number) => void = () => {};
  #stopping: StopSignal | undefined;
  #reloadAsked = false;
  #reloading = false;

  constructor(options: LifecycleOptions, modules: LifecycleModules) {
    this.#options = options;
    this.#modules = modules;
    this.#listeners = new Map<Signal, () => void>([
      ['SIGHUP', () => this.#onReload()],
      ...stopSignals.map((signal) => [signal, () => this.#onStop(signal)] as const),
    ]);
    for (const [signal, listener] of this.#listeners) modules.signals.on(signal, listener);
  }

  /** Whether a stop was asked for; start-up may look and save itself the trouble. */
  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Obeys signals until the stop is done. The answer is the exit code: 0 stopped in order, 1 not. */
  run(hooks: LifecycleHooks): Promise<number> {
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#hooks = hooks;
      if (this.#stopping !== undefined) this.#stop(this.#stopping);
      else if (this.#reloadAsked) this.#onReload();
    });
  }

  /** Stops listening to signals. */
  close(): void {
    for (const [signal, listener] of this.#listeners) this.#modules.signals.off(signal, listener);
  }

  #onReload(): void {
    if (this.#stopping !== undefined) return;
    this.#reloadAsked = true;
    if (this.#hooks === undefined || this.#reloading) return;
    this.#reloading = true;
    this.#reload(this.#hooks).finally(() => {
      this.#reloading = false;
      if (this.#stopping !== undefined) this.#stop(this.#stopping);
    });
  }

  /** Signals during a reload ask for one more, since the file may have changed after it was read. */
  async #reload(hooks: LifecycleHooks): Promise<void> {
    while (this.#reloadAsked && this.#stopping === undefined) {
      this.#reloadAsked = false;
      try {
        await hooks.reload();
      } catch (error) {
        this.#modules.logger.error({ err: error }, 'the reload failed');
      }
    }
  }

  #onStop(signal: StopSignal): void {
    if (this.#stopping !== undefined) {
      this.#modules.logger.warn({ signal }, 'second signal: ending without waiting for peers');
      this.#modules.exit(1);
      return;
    }
    this.#stopping = signal;
    this.#modules.clock.after(this.#options.stopTimeout, () => {
      this.#modules.logger.error({ signal, milliseconds: this.#options.stopTimeout }, 'the stop took too long');
      this.#modules.exit(1);
    });
    // A reload under way is finished first, so that stop finds one configuration and not a mixture.
    if (!this.#reloading) this.#stop(signal);
  }

  #stop(signal: StopSignal): void {
    if (this.#hooks === undefined) return;
    this.#modules.logger.info({ signal }, 'stopping');
    this.#hooks.stop(signal).then(
      () => this.#finish(0),
      (error: unknown) => {
        this.#modules.logger.error({ err: error }, 'the stop failed');
        this.#finish(1);
      },
    );
  }
}
