import { type ConfigChange, difference, type NeighbourField } from '../config/difference.ts';
import { byPlace, type ConfigError, formatConfigError } from '../config/error.ts';
import { type LoadedConfig, type LoadResult, locate } from '../config/load.ts';
import { logWarnings, placedWarnings } from './config-warnings.ts';
import type { Daemon } from './daemon.ts';
import type { Logging } from './logging.ts';

export interface ReloadModules {
  readonly logging: Logging;
  readonly daemon: Pick<Daemon, 'reload'>;
  readonly load: () => Promise<LoadResult>;
}

/**
 * Reads the file again and applies what differs. The answer is the configuration that nvad runs on from now:
 * the new one, or when anything about it is refused the old one, with every reason in the log.
 */
export async function reload(current: LoadedConfig, modules: ReloadModules): Promise<LoadedConfig> {
  const logger = modules.logging.logger('config');
  const result = await modules.load();
  if (!result.ok) return refused(current, result.errors, modules);
  const next = result.loaded;
  const compared = difference(current.config, next.config);
  if (!compared.ok) {
    return refused(current, compared.findings.map((finding) => locate(finding, next)).sort(byPlace), modules);
  }
  const { changes } = compared;
  const errors = await modules.daemon.reload(next, changes);
  if (errors.length > 0) return refused(current, errors, modules);
  // Levels set at run time stay unless the file changed them.
  for (const change of changes) if (change.kind === 'log-levels') modules.logging.configure(change);
  for (const change of changes) logger.info(describeChange(change));
  logWarnings(logger, placedWarnings(next));
  logger.info({ file: next.file, changes: changes.length }, 'configuration reloaded');
  return next;
}

function refused(current: LoadedConfig, errors: readonly ConfigError[], { logging }: ReloadModules): LoadedConfig {
  const logger = logging.logger('config');
  for (const error of errors) logger.error({ code: error.code }, formatConfigError(error));
  logger.error(
    { file: current.file, errors: errors.length },
    'configuration refused; nvad goes on with the one it has',
  );
  return current;
}

/** A change as a sentence for the log; never with a password in it. */
function describeChange(change: ConfigChange): string {
  switch (change.kind) {
    case 'neighbour-added':
      return `${change.role} ${nameOf(change.neighbour)} added`;
    case 'neighbour-removed':
      return `${change.role} ${nameOf(change.neighbour)} removed`;
    case 'neighbour-changed': {
      const session = change.newSession ? 'its session is made anew' : 'its session stays';
      return `${change.role} ${nameOf(change.neighbour)} changed (${change.fields.map(keyOf).join(', ')}); ${session}`;
    }
    case 'listener-added':
      return `listening on ${change.listen.text} as well`;
    case 'listener-removed':
      return `no longer listening on ${change.listen.text}`;
    case 'network-added':
      return `virtual network ${change.network.name} added`;
    case 'network-removed':
      return `virtual network ${change.network.name} removed`;
    case 'network-changed':
      return `virtual network ${change.network.name} changed (${change.fields.join(', ')})`;
    case 'nve-added':
      return `nve ${change.nve.name} declared`;
    case 'nve-removed':
      return `nve ${change.nve.name} no longer declared`;
    case 'nve-changed':
      return `declaration of nve ${change.nve.name} changed (${change.fields.join(', ')})`;
    case 'admission':
      return `admission is ${change.admission} now`;
    case 'mac-mobility':
      return `a MAC address is a duplicate after ${change.macMobility.moves} moves in ${change.macMobility.seconds} s now`;
    case 'nve-protocol':
      return change.now === undefined ? 'NVE protocol switched off' : `NVE protocol on ${change.now.listen.text}`;
    case 'domain-added':
      return `neighbour domain ${change.domain.neighbour.domain} added`;
    case 'domain-removed':
      return `neighbour domain ${change.domain.neighbour.domain} removed`;
    case 'domain-changed': {
      const sessions = change.isAnother ? 'its sessions are made anew' : 'its sessions stay';
      return `neighbour domain ${change.domain.neighbour.domain} changed; ${sessions}`;
    }
    case 'log-levels':
      return 'log levels changed';
  }
}

/** As the file calls it. */
function keyOf(field: NeighbourField): string {
  if (field === 'bgpRole') return 'role';
  return field === 'role' ? 'nves or nvas' : field;
}

function nameOf(neighbour: Extract<ConfigChange, { kind: 'neighbour-added' }>['neighbour']): string {
  return neighbour.kind === 'static' ? neighbour.address : neighbour.prefix;
}
