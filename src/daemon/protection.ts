/** TCP-MD5 and GTSM: what the configuration asks for against what this machine can do. */
import type { ProtectedPeers, ProtectionFault } from 'bgp-ts';
import { type LibcLoad, LinuxTcpSecurity } from 'bgp-ts/linux';
import type { Config, Neighbour } from '../config/config.ts';
import type { ConfigError, ConfigPath, Finding } from '../config/error.ts';
import { type LoadedConfig, locate } from '../config/load.ts';
import { sessionsOf } from '../config/members.ts';

/** The means of this machine, or why there are none. */
export type Protector =
  | { readonly ok: true; readonly security: LinuxTcpSecurity }
  | { readonly ok: false; readonly reason: string };

export function protector(loaded: LibcLoad): Protector {
  return loaded.ok ? { ok: true, security: new LinuxTcpSecurity(loaded) } : loaded;
}

const keys = { md5Key: 'password', ttlSecurity: 'ttlSecurity' } as const;
const names = { md5Key: 'TCP-MD5', ttlSecurity: 'GTSM' } as const;

/**
 * Why sessions could not be protected as the configuration asks, each with the place of the key that asks; nothing when
 * they can. Whatever is asked is tried on sockets of its own, since a session must not come up without it.
 */
export function protectionErrors(loaded: LoadedConfig, means: Protector): readonly ConfigError[] {
  const asking = askingOf(loaded.config);
  const [first] = asking;
  if (first === undefined) return [];
  if (!means.ok) {
    const key = formatKey(first.path, first.option);
    const reason = `${key} needs ${names[first.option]}, for which nvad has no means here: ${means.reason}`;
    const suggestion = `run it on Linux with koffi, which "npm ci" installs, or leave ${keys[first.option]} out`;
    return [locate(finding([...first.path, keys[first.option]], reason, suggestion), loaded)];
  }
  const found = new Map<string, ConfigError>();
  for (const { host } of loaded.config.listen) {
    const fault = means.security.check(host, protectedPeers(loaded.config));
    // A machine without IPv6 says so when it is asked to listen.
    if (fault === undefined || fault.errno === 'EAFNOSUPPORT') continue;
    const at = asking.find(({ peers, option }) => peers === fault.peers && option === fault.option) ?? first;
    const reason = `${formatKey(at.path, at.option)} cannot be had: ${fault.reason}`;
    const error = locate(finding([...at.path, keys[at.option]], reason, suggestionFor(fault)), loaded);
    found.set(error.path, error);
  }
  return [...found.values()];
}

interface Asking {
  readonly path: ConfigPath;
  readonly option: ProtectionFault['option'];
  readonly peers: string;
}

function askingOf(config: Config): Asking[] {
  return sessionsOf(config).flatMap(({ neighbour, path }) =>
    (['md5Key', 'ttlSecurity'] as const).flatMap((option) =>
      neighbour[keys[option]] === undefined ? [] : [{ path, option, peers: peersOf(neighbour) }],
    ),
  );
}

/** What is asked of the peers of a configuration, those included of whom nothing is. */
export function protectedPeers(config: Config): ProtectedPeers[] {
  return sessionsOf(config).map(({ neighbour }) => ({
    peers: peersOf(neighbour),
    ...(neighbour.password !== undefined && { md5Key: neighbour.password }),
    ...(neighbour.ttlSecurity !== undefined && { ttlSecurity: neighbour.ttlSecurity }),
  }));
}

function peersOf(neighbour: Neighbour): string {
  return neighbour.kind === 'static' ? neighbour.address : neighbour.prefix;
}

function formatKey([list, i]: ConfigPath, option: ProtectionFault['option']): string {
  return `${list}[${i}].${keys[option]}`;
}

function finding(path: ConfigPath, reason: string, suggestion: string): Finding {
  return { code: 'system', path, reason, suggestion };
}

function suggestionFor({ errno, option }: ProtectionFault): string {
  if (errno === 'ENOPROTOOPT') return `use a kernel that has it, or leave ${keys[option]} out`;
  if (errno === 'ENOMEM' && option === 'md5Key') {
    return 'raise net.core.optmem_max with sysctl, or give the peers of one prefix one password';
  }
  return `leave ${keys[option]} out`;
}
