import { dirname } from 'node:path';
import type { LibcLoad } from 'bgp-ts/linux';
import type { DestinationStream } from 'pino';
import type { Config } from '../config/config.ts';
import { byPlace, type ConfigError, type Finding, formatConfigError } from '../config/error.ts';
import { configJsonSchema } from '../config/json-schema.ts';
import { type LoadedConfig, type LoadResult, loadConfig, locate, type ReadFile } from '../config/load.ts';
import type { LogLevel } from '../config/log.ts';
import { remarks, warnings } from '../config/notes.ts';
import { type Account, resolveAccount } from './account.ts';
import { parseArguments } from './arguments.ts';
import type { CheckedFiles } from './check-files.ts';
import type { DaemonClock } from './clock.ts';
import { logWarnings, placedWarnings } from './config-warnings.ts';
import type { StartDaemon } from './daemon.ts';
import { readNeighbourhoods } from './federation-service.ts';
import { Lifecycle, type SignalSource } from './lifecycle.ts';
import { Logging, logStyle } from './logging.ts';
import { dropPrivileges, type PrivilegeSystem } from './privileges.ts';
import { reload } from './reload.ts';
import { summarise } from './summary.ts';
import { createNotifier } from './systemd.ts';

/** Everything that nvad takes from the process and the machine around it. */
export interface Host {
  /** The arguments after the program's name. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly version: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether a person looks at the log. */
  readonly terminal: boolean;
  readonly logDestination: () => DestinationStream;
  readonly readFile: ReadFile;
  /** Reads the files that a configuration names. */
  readonly checkFiles: (config: Config) => CheckedFiles;
  readonly isFolder: (path: string) => Promise<boolean>;
  readonly signals: SignalSource;
  readonly clock: DaemonClock;
  readonly libc: () => LibcLoad;
  readonly system: PrivilegeSystem;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}

/** 0 ended in order · 1 failed while running · 2 usage or configuration, and nothing was started. */
export type ExitCode = 0 | 1 | 2;

/** Milliseconds for the goodbyes to all peers; short of the 90 s after which a service manager kills. */
const stopTimeout = 10_000;

/** nvad from its command line to its exit code. What it does between start and stop is `start`'s. */
export async function run(host: Host, start: StartDaemon): Promise<ExitCode> {
  const request = parseArguments(host.argv, host.version);
  switch (request.kind) {
    case 'text':
      host.stdout(request.text);
      return 0;
    case 'usage':
      host.stderr(request.text);
      return 2;
    case 'print-schema':
      host.stdout(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
      return 0;
    case 'check': {
      const result = await loadConfig(request.config, host.readFile);
      if (!result.ok) return refuse(host, result.errors);
      const files = host.checkFiles(result.loaded.config);
      const policies = await readNeighbourhoods(result.loaded, host.readFile);
      const errors = files.errors.map((finding) => locate(finding, result.loaded));
      if (!policies.ok) return refuse(host, [...errors, ...policies.errors]);
      if (errors.length > 0) return refuse(host, errors);
      const notes = [...(await notesOn(result.loaded, host, files.notes)), ...policies.warnings];
      for (const note of notes) host.stderr(`${formatNote(note)}\n`);
      host.stdout(`${request.config}: ok: ${summarise(result.loaded.config)}\n`);
      return 0;
    }
    case 'run':
      return serve(host, start, async () =>
        withLogLevel(await loadConfig(request.config, host.readFile), request.logLevel),
      );
  }
}

async function serve(host: Host, start: StartDaemon, load: () => Promise<LoadResult>): Promise<ExitCode> {
  const result = await load();
  if (!result.ok) return refuse(host, result.errors);
  let current = result.loaded;
  const { config } = current;
  const account = resolveAccount(config, await accountSource(host));
  if (!account.ok) return refuse(host, [locate(account.finding, current)]);

  const style = logStyle(config.log, host.terminal, host.environment);
  const logging = new Logging({ ...config.log, ...style }, { destination: host.logDestination() });
  const logger = logging.logger('daemon');
  const lifecycle = new Lifecycle(
    { stopTimeout },
    { signals: host.signals, clock: host.clock, logger, exit: host.exit },
  );
  const warn = (reason: string) => logger.warn(reason);
  const notifier = createNotifier({ ...host, warn });
  const bound = once(() => giveUpPrivileges(current, account.account, host, logging));

  logger.info({ version: host.version, file: current.file, pid: host.pid }, `nvad starts: ${summarise(config)}`);
  logWarnings(logger, placedWarnings(current));
  const { version, libc } = host;
  const started = await start(current, { logging, version, bound, libc, status: notifier.status });
  if (!started.ok) {
    lifecycle.close();
    return refuse(host, started.errors);
  }
  const { daemon } = started;
  const stillPrivileged = await bound();
  if (stillPrivileged !== undefined) {
    await daemon.stop('nvad could not give up its privileges');
    lifecycle.close();
    return refuse(host, [stillPrivileged]);
  }
  notifier.ready(daemon.status());
  notifier.startWatchdog();
  logger.info(`nvad is ready: ${daemon.status()}`);

  const code = await lifecycle.run({
    async reload() {
      notifier.reloading();
      try {
        current = await reload(current, { logging, daemon, load });
      } finally {
        notifier.ready(daemon.status());
      }
    },
    async stop(signal) {
      notifier.stopping();
      await daemon.stop(`nvad of domain ${config.domain} was stopped (${signal})`);
    },
  });
  notifier.stopWatchdog();
  lifecycle.close();
  if (code === 0) logger.info('nvad ended');
  return code === 0 ? 0 : 1;
}

async function giveUpPrivileges(
  loaded: LoadedConfig,
  account: Account | undefined,
  host: Host,
  logging: Logging,
): Promise<ConfigError | undefined> {
  const logger = logging.logger('daemon');
  const result = await dropPrivileges(account, host);
  if (!result.ok) return locate({ code: 'system', path: ['user'], reason: result.reason }, loaded);
  const { uid, threads, threadsWithCapabilities, warnings: failures } = result.report;
  for (const warning of failures) logger.warn(warning);
  if (threadsWithCapabilities.length > 0) {
    if (uid === 0) logger.info('started as root; set user in the configuration to drop all privileges');
    const sentence = `${threadsWithCapabilities.length} of ${threads} threads keep capabilities, none of which runs nvad's code`;
    logger.debug({ uid, threads: threadsWithCapabilities }, sentence);
  } else {
    logger.info({ uid }, 'no thread has a capability');
  }
  return undefined;
}

/** What is worth saying about a valid configuration on this machine. */
async function notesOn(loaded: LoadedConfig, host: Host, onFiles: readonly Finding[]): Promise<readonly ConfigError[]> {
  const { config } = loaded;
  const folder = config.store.kind === 'sqlite' ? dirname(config.store.path) : undefined;
  // nvad makes the folder itself where there is one to make it in.
  const lacks = folder !== undefined && !(await host.isFolder(folder)) && !(await host.isFolder(dirname(folder)));
  const missing = lacks ? dirname(folder) : undefined;
  // Whoever checks need not be root.
  const account = resolveAccount(config, { ...(await accountSource(host)), uid: 0 });
  const findings = [
    ...warnings(config),
    ...remarks(config, missing),
    ...(account.ok ? [] : [account.finding]),
    ...onFiles,
  ];
  return findings.map((finding) => locate(finding, loaded)).sort(byPlace);
}

function formatNote(note: ConfigError): string {
  return formatConfigError({ ...note, reason: `note: ${note.reason}` });
}

async function accountSource(host: Host) {
  const text = async (path: string) => {
    try {
      return new TextDecoder().decode(await host.readFile(path));
    } catch {
      return '';
    }
  };
  return { uid: host.system.uid, passwd: await text('/etc/passwd'), group: await text('/etc/group') };
}

function refuse(host: Host, errors: readonly ConfigError[]): ExitCode {
  for (const error of [...errors].sort(byPlace)) host.stderr(`${formatConfigError(error)}\n`);
  return 2;
}

/** The command line's level takes the place of the file's, at every reload too. */
function withLogLevel(result: LoadResult, level: LogLevel | undefined): LoadResult {
  if (!result.ok || level === undefined) return result;
  const { loaded } = result;
  const config: LoadedConfig['config'] = { ...loaded.config, log: { ...loaded.config.log, level } };
  return { ok: true, loaded: { ...loaded, config } };
}

/** The same promise however often it is asked for. */
function once<T>(call: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined;
  return () => {
    promise ??= call();
    return promise;
  };
}
