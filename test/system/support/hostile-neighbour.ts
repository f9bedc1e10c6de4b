/** A neighbour domain that behaves badly, in a process of its own, so that what it costs nvad is all that it costs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

const script = fileURLToPath(new URL('../fixtures/hostile-neighbour.ts', import.meta.url));

/**
 * `routes`: all its routes as fast as they are taken, and away with them, again and again; `flaps`: 10,000 MAC addresses a
 * second come and go; `malformed`: every malformed UPDATE that there is; `deaf`: reads nothing; `resets`: ten sessions a second.
 */
export const behaviours = ['routes', 'flaps', 'malformed', 'deaf', 'resets'] as const;
export type Behaviour = (typeof behaviours)[number];

export const hostileHosts = 100_000;
/** Of the network whose routes it has; its route target is of AS 65000. */
export const hostileVni = 100;

export interface HostileReport {
  sessions: number;
  /** Announced and withdrawn. */
  routes: number;
  /** Malformed UPDATEs. */
  cases: number;
  end: boolean;
}

export interface HostileOptions {
  readonly host: string;
  readonly localAddress: string;
  readonly asn: number;
  readonly behaviour: Behaviour;
}

/** The program's standard input and output are to be pipes. */
export const hostileStdio = ['pipe', 'pipe', 'inherit'] as const;

export class HostileNeighbour {
  /** One a second. */
  readonly reports: HostileReport[] = [];
  readonly #child: ChildProcess;

  /** @param child fixtures/hostile-neighbour.ts, however it was started, with `hostileStdio`. */
  constructor(child: ChildProcess) {
    this.#child = child;
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.reports.push(JSON.parse(line) as HostileReport);
    });
  }

  static in(namespace: Namespace, { host, localAddress, asn, behaviour }: HostileOptions): HostileNeighbour {
    const words = [process.execPath, script, host, localAddress, String(asn), behaviour];
    const [program, ...args] = [...namespace.prefix, ...words];
    return new HostileNeighbour(spawn(program as string, args, { stdio: [...hostileStdio] }));
  }

  /** Waits for a report that says so much. */
  async reported(isEnough: (report: HostileReport) => boolean, within = 60_000): Promise<HostileReport> {
    return until(() => this.reports.find(isEnough), {
      within,
      what: () => `what the neighbour is to do: ${JSON.stringify(this.reports.at(-1))}`,
    });
  }

  /** Has it hang up. */
  async stop(): Promise<HostileReport> {
    this.#child.stdin?.end();
    return this.reported(({ end }) => end, 30_000);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
