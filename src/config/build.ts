import { dirname, resolve } from 'node:path';
import { parsePeerAddress } from './address.ts';
import {
  type Config,
  type DynamicNeighbour,
  defaultApiListen,
  defaultBgpPort,
  defaultGracefulRestart,
  defaultHoldTime,
  defaultListen,
  defaultRouteWarning,
  defaultSelectionDeferralTime,
  type GracefulRestart,
  type LogConfig,
  type Neighbour,
  type RouteLimit,
  type StaticNeighbour,
  type StoreConfig,
} from './config.ts';
import { parseApiEndpoint, parseTcpEndpoint } from './endpoint.ts';
import type { Parsed } from './parsed.ts';
import { parsePrefix } from './prefix.ts';
import type { ConfigFile } from './schema.ts';

type NveEntry = NonNullable<ConfigFile['nves']>[number];
type NvaEntry = NonNullable<ConfigFile['nvas']>[number];

/**
 * The configuration that a valid file means: defaults filled in, addresses canonical, relative paths starting
 * at the file's folder. Only for what the schema and the contradictions have let through.
 */
export function buildConfig(file: ConfigFile, path: string): Config {
  const { selectionDeferralTime = defaultSelectionDeferralTime, ...ofAll } = file.gracefulRestart ?? {};
  const gracefulRestart = over(defaultGracefulRestart, ofAll);
  return {
    domain: file.domain,
    asn: file.asn,
    routerId: file.routerId,
    clusterId: file.clusterId ?? file.routerId,
    listen: (file.listen ?? [defaultListen]).map((text) => valid(parseTcpEndpoint(text))),
    nves: (file.nves ?? []).map((entry) => nve(entry, file.asn, gracefulRestart)),
    nvas: (file.nvas ?? []).map((entry) => staticNeighbour(entry, entry.address, file.asn, gracefulRestart)),
    gracefulRestart: { ...gracefulRestart, selectionDeferralTime },
    api: { listen: apiListen(file.api?.listen ?? defaultApiListen, path) },
    store: store(file.store, path),
    log: log(file.log),
    ...(file.user === undefined ? {} : { user: file.user }),
    ...(file.group === undefined ? {} : { group: file.group }),
  };
}

function nve(entry: NveEntry, asn: number, ofAll: GracefulRestart): Neighbour {
  if (entry.address !== undefined) return staticNeighbour(entry, entry.address, entry.asn ?? asn, ofAll);
  const dynamic: DynamicNeighbour = {
    kind: 'dynamic',
    prefix: valid(parsePrefix(entry.prefix ?? '')).text,
    asn: entry.asn ?? asn,
    ...(entry.passive === true && { passive: true }),
    ...options(entry, ofAll),
  };
  return dynamic;
}

function staticNeighbour(
  entry: NveEntry | NvaEntry,
  address: string,
  asn: number,
  ofAll: GracefulRestart,
): StaticNeighbour {
  return {
    kind: 'static',
    address: valid(parsePeerAddress(address)).text,
    asn,
    port: entry.port ?? defaultBgpPort,
    passive: entry.passive ?? false,
    ...options(entry, ofAll),
  };
}

function options(entry: NveEntry | NvaEntry, ofAll: GracefulRestart) {
  const { ttlSecurity } = entry;
  return {
    holdTime: entry.holdTime ?? defaultHoldTime,
    ...(entry.sendHoldTime === undefined ? {} : { sendHoldTime: entry.sendHoldTime }),
    ...(entry.maxRoutes === undefined ? {} : { maxRoutes: routeLimit(entry.maxRoutes) }),
    gracefulRestart: over(ofAll, entry.gracefulRestart),
    ...(entry.description === undefined ? {} : { description: entry.description }),
    ...(entry.password === undefined ? {} : { password: entry.password }),
    ...(ttlSecurity === undefined ? {} : { ttlSecurity: ttlSecurity === true ? 1 : ttlSecurity }),
    ...(entry.addPath === undefined ? {} : { addPath: entry.addPath }),
    ...('interest' in entry && entry.interest !== undefined ? { interest: entry.interest } : {}),
    ...('interestLost' in entry && entry.interestLost !== undefined ? { interestLost: entry.interestLost } : {}),
    ...('role' in entry && entry.role !== undefined ? { role: entry.role } : {}),
    ...('strictRole' in entry && entry.strictRole !== undefined ? { strictRole: entry.strictRole } : {}),
  };
}

/** Written as a number alone it warns of nothing. */
function routeLimit(entry: NonNullable<NveEntry['maxRoutes']>): RouteLimit {
  if (typeof entry === 'number') return { limit: entry };
  const { limit, warning = defaultRouteWarning, restart } = entry;
  return { limit, warning, ...(restart === undefined ? {} : { restart }) };
}

function over(base: GracefulRestart, patch: NveEntry['gracefulRestart']): GracefulRestart {
  const given = Object.entries(patch ?? {}).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
}

function apiListen(text: string, path: string): Config['api']['listen'] {
  const endpoint = valid(parseApiEndpoint(text));
  if (endpoint.kind === 'tcp') return endpoint;
  const socket = resolve(dirname(path), endpoint.path);
  return { kind: 'unix', path: socket, text: `unix:${socket}` };
}

function store(entry: ConfigFile['store'], path: string): StoreConfig {
  if (entry === undefined || entry.kind === 'memory') return { kind: 'memory' };
  return { kind: 'sqlite', path: resolve(dirname(path), entry.path) };
}

function log(entry: ConfigFile['log']): LogConfig {
  const levels = Object.entries(entry?.levels ?? {}).filter(([, level]) => level !== undefined);
  return {
    level: entry?.level ?? 'info',
    levels: Object.fromEntries(levels),
    ...(entry?.format === undefined ? {} : { format: entry.format }),
  };
}

function valid<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw new Error(`a value that was validated does not parse: ${parsed.reason}`);
}
