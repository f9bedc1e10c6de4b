import pino from 'pino';
import pretty from 'pino-pretty';
import type { LogConfig } from '../config/config.ts';
import {
  isLogComponent,
  isLogLevel,
  type LogComponent,
  type LogFormat,
  type LogLevel,
  logComponents,
  logLevels,
} from '../config/log.ts';

/** One component's log. Fields first, then the sentence: `logger.info({ peer }, 'session established')`. */
export type Logger = pino.Logger;

export interface LoggingOptions {
  readonly level: LogLevel;
  readonly levels: LogConfig['levels'];
  readonly format: LogFormat;
  /** Only for `pretty`. */
  readonly colour: boolean;
}

export interface LoggingModules {
  /** Takes one line a call. */
  readonly destination: pino.DestinationStream;
}

/** Why a level was not set. */
export interface LevelFault {
  readonly code: 'unknown-component' | 'unknown-level';
  /** A sentence that names what would be right. */
  readonly reason: string;
}

/**
 * All logs of the process: one pino logger for each component, each with a level of its own that may change at
 * any time. A child made from a component's logger keeps the level it was made with (pino copies it), so bind
 * fields in the call rather than in long-lived children.
 */
export class Logging {
  readonly #loggers = new Map<LogComponent, Logger>();

  constructor(options: LoggingOptions, modules: LoggingModules) {
    const destination =
      options.format === 'pretty' ? prettyStream(options.colour, modules.destination) : modules.destination;
    for (const component of logComponents) {
      const logger = pino(
        {
          level: options.levels[component] ?? options.level,
          base: { component },
          timestamp: pino.stdTimeFunctions.isoTime,
          formatters: { level: (label) => ({ level: label }) },
        },
        destination,
      );
      this.#loggers.set(component, logger);
    }
  }

  logger(component: LogComponent): Logger {
    return this.#loggers.get(component)!;
  }

  /** The level of every component now. */
  levels(): Readonly<Record<LogComponent, LogLevel>> {
    return Object.fromEntries(logComponents.map((component) => [component, this.logger(component).level])) as Record<
      LogComponent,
      LogLevel
    >;
  }

  /** Sets one component's level, or with `*` everyone's. Names come from people, so both are checked. */
  setLevel(component: string, level: string): LevelFault | undefined {
    if (!isLogLevel(level)) {
      return {
        code: 'unknown-level',
        reason: `${JSON.stringify(level)} is no log level; levels are ${logLevels.join(', ')}`,
      };
    }
    if (component !== '*' && !isLogComponent(component)) {
      const known = logComponents.join(', ');
      return {
        code: 'unknown-component',
        reason: `${JSON.stringify(component)} logs nothing; components are ${known} and *`,
      };
    }
    for (const name of component === '*' ? logComponents : [component]) this.logger(name).level = level;
    return undefined;
  }

  /** Levels as a configuration gives them: components without a level of their own take the common one. */
  configure(config: Pick<LogConfig, 'level' | 'levels'>): void {
    for (const component of logComponents) this.logger(component).level = config.levels[component] ?? config.level;
  }
}

function prettyStream(colour: boolean, destination: pino.DestinationStream): pino.DestinationStream {
  const format = pretty.prettyFactory({
    colorize: colour,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'component',
    messageFormat: '{component}: {msg}',
    singleLine: true,
  });
  return {
    write(line: string) {
      destination.write(format(line));
    },
  };
}

/** Milliseconds for a slow reader of the log, at the end of the process. */
const LAST_LINES = 1000;

/** Where lines go, and how what still waits gets there. */
export interface DescriptorDestination {
  readonly destination: pino.DestinationStream;
  /** Writes what waits at once: for a process that ends this moment. It may overtake a line that is being written. */
  flush(): void;
  /** Takes no more lines, and is done when all are written in order, or a second has passed. */
  end(): Promise<void>;
}

/**
 * A file descriptor as a destination that never holds up the caller: lines wait in memory while the reader is
 * slow, and are dropped beyond 4 MiB rather than delaying a keepalive.
 */
export function descriptorDestination(fd: number): DescriptorDestination {
  const stream = pino.destination({ dest: fd, sync: false, maxLength: 4 * 1024 * 1024 });
  // A reader that went away (EPIPE) must not end a router.
  stream.on('error', () => {});
  return {
    destination: stream,
    flush: () => {
      try {
        stream.flushSync();
      } catch {
        // Nothing was opened yet, or nobody reads: in both cases there is nobody to tell.
      }
    },
    end: () =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, LAST_LINES);
        stream.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        stream.end();
      }),
  };
}

/** Which form and colour to use: what is configured, else by the terminal (https://no-color.org). */
export function logStyle(
  config: LogConfig,
  terminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Pick<LoggingOptions, 'format' | 'colour'> {
  const noColour = (environment['NO_COLOR'] ?? '') !== '';
  return { format: config.format ?? (terminal ? 'pretty' : 'json'), colour: terminal && !noColour };
}
