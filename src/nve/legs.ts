/**
 * The namespaces that have a gateway's ends in neighbour domains' underlays, each kept as it is wanted by a reconciler of its
 * own. One that is not there yet is looked for until it is; the rest goes on meanwhile.
 */
import type { Kernel } from './kernel.ts';
import type { KernelState } from './kernel-state.ts';
import type { Problem } from './problem.ts';
import { Reconciler, type ReconcilerClock, type ReconcilerLog, type ReconcilerOptions } from './reconciler.ts';
import type { WantedOptions, WantedState } from './wanted.ts';
import type { LegOptions, LegState } from './wanted-crossing.ts';

export interface LegsModules {
  /** Of a network namespace of this machine. */
  readonly kernel: (namespace: string) => Kernel;
  readonly clock: ReconcilerClock;
  /** Of a network namespace, asked anew for each reconciliation. */
  readonly wanted: (namespace: string) => WantedState;
  /** What is known of an underlay has changed. */
  readonly changed: () => void;
  readonly log: ReconcilerLog;
}

interface Place {
  readonly namespace: string;
  readonly reconciler: Reconciler;
  /** Undefined until it has been read. */
  kernel: KernelState | undefined;
  /** As others were told of it. */
  underlays: string;
  saidMissing: boolean;
  cancel: (() => void) | undefined;
}

export class Legs {
  readonly #legs: readonly LegOptions[];
  readonly #options: ReconcilerOptions;
  readonly #modules: LegsModules;
  readonly #places: readonly Place[];
  #stopped = false;

  constructor(legs: readonly LegOptions[], options: ReconcilerOptions, modules: LegsModules) {
    this.#legs = legs;
    this.#options = options;
    this.#modules = modules;
    const namespaces = [...new Set(legs.flatMap(({ namespace }) => namespace ?? []))];
    this.#places = namespaces.map((namespace) => this.#place(namespace));
  }

  /** Reads them for the first time. */
  async start(): Promise<void> {
    await Promise.all(this.#places.map((place) => this.#begin(place)));
  }

  /** What is known of each leg; `here` is nved's own namespace. */
  states(here: KernelState | undefined): LegState[] {
    return this.#legs.map((leg) => {
      const kernel = leg.namespace === undefined ? here : this.kernelOf(leg.namespace);
      const underlay = kernel === undefined ? undefined : underlayOf(leg.tunnelAddress, kernel);
      return { leg, isThere: kernel !== undefined, underlay };
    });
  }

  /** Those that tunnels can end at: whose address is there, at a link that leads somewhere. */
  working(here: KernelState | undefined): LegOptions[] {
    return this.#legs.filter(({ namespace, tunnelAddress }) => {
      const kernel = namespace === undefined ? here : this.kernelOf(namespace);
      const link = kernel?.links.get(kernel.addresses.get(tunnelAddress) ?? '');
      return link?.up === true && link.carrier !== false;
    });
  }

  /** A namespace as it was read or made last; undefined before the first time. */
  kernelOf(namespace: string): KernelState | undefined {
    return this.#places.find((place) => place.namespace === namespace)?.kernel;
  }

  get problems(): readonly Problem[] {
    return this.#places.flatMap(({ reconciler }) => reconciler.problems);
  }

  /** What is wanted may have changed. */
  touch(): void {
    for (const { kernel, reconciler } of this.#places) if (kernel !== undefined) reconciler.touch();
  }

  /** Devices were made by nved's own namespace: who waits for one looks again. */
  madeMore(): void {
    for (const { reconciler } of this.#places)
      if (reconciler.problems.some(({ code }) => code === 'crossing')) reconciler.refresh();
  }

  async settled(): Promise<void> {
    for (const { kernel, reconciler } of this.#places) if (kernel !== undefined) await reconciler.settled();
  }

  /** Leaves all as it is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { cancel, reconciler } of this.#places) {
      cancel?.();
      await reconciler.stop();
    }
  }

  #place(namespace: string): Place {
    const { kernel, clock, wanted, log } = this.#modules;
    const place: Place = {
      namespace,
      kernel: undefined,
      underlays: '',
      saidMissing: false,
      cancel: undefined,
      reconciler: new Reconciler(this.#options, {
        kernel: kernel(namespace),
        clock,
        wanted: (state) => {
          this.#seen(place, state);
          return wanted(namespace);
        },
        log,
      }),
    };
    return place;
  }

  async #begin(place: Place): Promise<void> {
    const { clock, log } = this.#modules;
    const { namespace, reconciler } = place;
    try {
      this.#seen(place, await reconciler.start());
      reconciler.touch();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!place.saidMissing) log.failed(`reading the network namespace ${namespace}`, reason);
      place.saidMissing = true;
      if (!this.#stopped) place.cancel = clock.after(this.#options.retryAfter, () => void this.#begin(place));
    }
  }

  #seen(place: Place, kernel: KernelState): void {
    place.kernel = kernel;
    const legs = this.#legs.filter(({ namespace }) => namespace === place.namespace);
    const underlays = JSON.stringify([
      legs.map(({ tunnelAddress }) => underlayOf(tunnelAddress, kernel) ?? null),
      this.working(undefined).filter((leg) => legs.includes(leg)),
    ]);
    if (underlays === place.underlays) return;
    place.underlays = underlays;
    this.#modules.changed();
  }
}

/** The link that has a tunnel address. */
export function underlayOf(tunnelAddress: string, kernel: KernelState): WantedOptions['underlay'] {
  const device = kernel.addresses.get(tunnelAddress);
  const mtu = device === undefined ? undefined : kernel.links.get(device)?.mtu;
  return device === undefined || mtu === undefined ? undefined : { device, mtu };
}
