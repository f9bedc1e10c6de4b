import { dirname, resolve } from 'node:path';
import type { Nve } from '../nva/model.ts';
import { defaultMacMobility } from '../nva/settings.ts';
import { parsePeerAddress, parseTunnelAddress } from './address.ts';
import { buildNeighbourDomain } from './build-federation.ts';
import { buildNetwork } from './build-network.ts';
import {
  type ApiConfig,
  type AuthorityConfig,
  type BfdConfig,
  type Config,
  type DynamicNeighbour,
  defaultApiListen,
  defaultBfd,
  defaultBgpPort,
  defaultGracefulRestart,
  defaultHoldTime,
  defaultListen,
  defaultRouteWarning,
  defaultSelectionDeferralTime,
  type FederationConfig,
  type GracefulRestart,
  type LogConfig,
  type NveConfig,
  type NveProtocolConfig,
  type RouteLimit,
  type StaticNeighbour,
  type StoreConfig,
} from './config.ts';
import { parseDomainId } from './domain-id.ts';
import { parseApiEndpoint, parseTcpEndpoint } from './endpoint.ts';
import { parseMac } from './mac.ts';
import { valid } from './parsed.ts';
import { parsePrefix } from './prefix.ts';
import type { ConfigFile } from './schema.ts';

type NveEntry = NonNullable<ConfigFile['nves']>[number];
type NvaEntry = NonNullable<ConfigFile['nvas']>[number];
type BfdEntry = NonNullable<ConfigFile['bfd']>;
type FederationEntry = NonNullable<ConfigFile['federation']>[number];

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
    domainId: file.domainId === undefined ? `${file.asn}:0` : valid(parseDomainId(file.domainId)),
    ...(file.bfd === undefined ? {} : { bfd: bfd(file.bfd) }),
    federation: (file.federation ?? []).map((entry) => federation(entry, file.asn, path)),
    ...(file.virtualNetworks === undefined ? {} : { authority: authority(file, file.virtualNetworks, path) }),
    gracefulRestart: { ...gracefulRestart, selectionDeferralTime },
    api: api(file.api, path),
    store: store(file.store, path),
    log: log(file.log),
    ...(file.user === undefined ? {} : { user: file.user }),
    ...(file.group === undefined ? {} : { group: file.group }),
  };
}

function bfd({ address, interval = defaultBfd.interval, multiplier = defaultBfd.multiplier }: BfdEntry): BfdConfig {
  return { address: valid(parsePeerAddress(address)).text, interval, multiplier };
}

/** Seconds after which what a neighbour domain has said is less preferred, when its session is lost. */
const STALE_AT_ONCE = 1;

function federation(entry: FederationEntry, asn: number, path: string): FederationConfig {
  const neighbour = buildNeighbourDomain(entry, { asn, path });
  const addresses = Array.isArray(entry.address) ? entry.address : [entry.address];
  // Its routes are kept as long as is said of the domain, whoever of its NVA was lost.
  const { keepStale: longLivedStaleTime } = neighbour;
  const enabled = longLivedStaleTime > 0;
  const stays = { ...defaultGracefulRestart, enabled, staleTime: STALE_AT_ONCE, longLivedStaleTime };
  const sessions = addresses.map((address) => {
    const session = staticNeighbour(entry, address, entry.asn, stays);
    // Twice what is taken, so that what is beyond a limit is counted and not at once the end.
    return { ...session, maxRoutes: { limit: Math.min(0xffffffff, 2 * neighbour.limits.routes) } };
  });
  return { neighbour, sessions };
}

function authority(
  file: ConfigFile,
  networks: NonNullable<ConfigFile['virtualNetworks']>,
  path: string,
): AuthorityConfig {
  const { moves = defaultMacMobility.moves, seconds = defaultMacMobility.seconds } = file.macMobility ?? {};
  return {
    networks: networks.map((entry) => buildNetwork(entry, file.asn)),
    admission: file.admission ?? 'declared',
    macMobility: { moves, seconds },
    ...(file.nveProtocol === undefined ? {} : { nveProtocol: nveProtocol(file.nveProtocol, path) }),
  };
}

function api(entry: ConfigFile['api'], path: string): ApiConfig {
  const { listen = defaultApiListen, tls, tokens, audit } = entry ?? {};
  const at = (file: string) => resolve(dirname(path), file);
  return {
    listen: apiListen(listen, path),
    ...(tls === undefined ? {} : { tls: tlsFiles(tls, at) }),
    ...(tokens === undefined ? {} : { tokens: at(tokens) }),
    ...(audit === undefined ? {} : { audit: at(audit) }),
  };
}

function tlsFiles(
  { certificate, key, clientCa }: NonNullable<NonNullable<ConfigFile['api']>['tls']>,
  at: (file: string) => string,
): NonNullable<ApiConfig['tls']> {
  const files = { certificate: at(certificate), key: at(key) };
  return clientCa === undefined ? files : { ...files, clientCa: at(clientCa) };
}

function nveProtocol(entry: NonNullable<ConfigFile['nveProtocol']>, path: string): NveProtocolConfig {
  const { tls, tokens, limits } = entry;
  const at = (file: string) => resolve(dirname(path), file);
  return {
    listen: valid(parseTcpEndpoint(entry.listen)),
    ...(tls === undefined ? {} : { tls: tlsFiles(tls, at) }),
    ...(tokens === undefined ? {} : { tokens: at(tokens) }),
    limits: given(limits),
  };
}

function nve(entry: NveEntry, asn: number, ofAll: GracefulRestart): NveConfig {
  const { address, kind = 'bgp' } = entry;
  if (kind !== 'bgp') return { kind: 'sessionless', nve: declared(entry, entry.tunnelAddress ?? '') };
  if (address !== undefined) {
    const isDeclared = nveKeys.some((key) => entry[key] !== undefined);
    const neighbour = staticNeighbour(entry, address, entry.asn ?? asn, ofAll);
    return isDeclared ? { ...neighbour, nve: declared(entry, neighbour.address) } : neighbour;
  }
  const dynamic: DynamicNeighbour = {
    kind: 'dynamic',
    prefix: valid(parsePrefix(entry.prefix ?? '')).text,
    asn: entry.asn ?? asn,
    ...(entry.passive === true && { passive: true }),
    ...options(entry, ofAll),
  };
  return dynamic;
}

/** Keys that say more of an NVE than how to reach it. */
const nveKeys = ['name', 'tunnelAddress', 'encapsulations', 'routerMac'] as const;

/** `address`: of its session, or else of its tunnels. */
function declared({ name, kind = 'bgp', tunnelAddress, encapsulations, routerMac }: NveEntry, address: string): Nve {
  const tunnelEnd = valid(parseTunnelAddress(tunnelAddress ?? address)).text;
  return {
    name: name ?? address,
    tunnelAddress: tunnelEnd,
    kind,
    ...(kind === 'bgp' && tunnelEnd !== address ? { session: address } : {}),
    encapsulations: encapsulations ?? (kind === 'static' ? ['vxlan'] : []),
    ...(routerMac === undefined ? {} : { routerMac: valid(parseMac(routerMac)) }),
  };
}

function staticNeighbour(
  entry: NveEntry | NvaEntry | FederationEntry,
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

function options(entry: NveEntry | NvaEntry | FederationEntry, ofAll: GracefulRestart) {
  const { ttlSecurity } = entry;
  return {
    holdTime: entry.holdTime ?? defaultHoldTime,
    ...(entry.sendHoldTime === undefined ? {} : { sendHoldTime: entry.sendHoldTime }),
    ...('maxRoutes' in entry && entry.maxRoutes !== undefined ? { maxRoutes: routeLimit(entry.maxRoutes) } : {}),
    gracefulRestart: 'gracefulRestart' in entry ? over(ofAll, entry.gracefulRestart) : ofAll,
    ...(entry.description === undefined ? {} : { description: entry.description }),
    ...(entry.password === undefined ? {} : { password: entry.password }),
    ...(ttlSecurity === undefined ? {} : { ttlSecurity: ttlSecurity === true ? 1 : ttlSecurity }),
    ...('addPath' in entry && entry.addPath !== undefined ? { addPath: entry.addPath } : {}),
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
  return { ...base, ...given(patch) };
}

function apiListen(text: string, path: string): Config['api']['listen'] {
  const endpoint = valid(parseApiEndpoint(text));
  if (endpoint.kind === 'tcp') return endpoint;
  const socket = resolve(dirname(path), endpoint.path);
  return { kind: 'unix', path: socket, text: `unix:${socket}` };
}

function store(entry: ConfigFile['store'], path: string): StoreConfig {
  if (entry === undefined || entry.kind === 'memory') return { kind: 'memory' };
  return { kind: 'sqlite', path: resolve(dirname(path), entry.path), synchronous: entry.synchronous ?? 'normal' };
}

function log(entry: ConfigFile['log']): LogConfig {
  return {
    level: entry?.level ?? 'info',
    levels: given(entry?.levels),
    ...(entry?.format === undefined ? {} : { format: entry.format }),
  };
}

/** The keys that have a value. */
function given<T>(map: Readonly<Record<string, T>> | undefined): Readonly<Record<string, NonNullable<T>>> {
  const entries = Object.entries(map ?? {}).filter((entry): entry is [string, NonNullable<T>] => entry[1] != null);
  return Object.fromEntries(entries);
}
