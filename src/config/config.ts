import type { DomainId } from 'bgp-ts';
import type { NeighbourDomain } from '../federation/model.ts';
import type { Nve, VirtualNetwork } from '../nva/model.ts';
import type { Admission, MacMobility } from '../nva/settings.ts';
import type { TcpEndpoint, UnixEndpoint } from './endpoint.ts';
import type { LogComponent, LogFormat, LogLevel } from './log.ts';

/**
 * A validated configuration with its defaults filled in and every address in canonical form. Index `i` of a
 * list is index `i` in the file, so that the place of `nves[i]` can be asked for.
 */
export interface Config {
  /** NV Domain name. */
  readonly domain: string;
  /** The domain's AS number, 1 to 4294967295 (RFC 6793). */
  readonly asn: number;
  /** BGP Identifier as a dotted quad, never 0.0.0.0 (RFC 6286 §2.1). */
  readonly routerId: string;
  /** CLUSTER_ID as a dotted quad (RFC 4456 §7); {@link routerId} unless configured. */
  readonly clusterId: string;
  /** BGP listeners; none overlaps another. */
  readonly listen: readonly TcpEndpoint[];
  /** Route-reflector clients, and NVEs without a BGP session. */
  readonly nves: readonly NveConfig[];
  /** The other replicas of this domain's NVA: non-client iBGP. */
  readonly nvas: readonly StaticNeighbour[];
  /** Of our domain in D-PATH (RFC 10039 §4). */
  readonly domainId: DomainId;
  /** Absent: gateways are not watched by BFD. */
  readonly bfd?: BfdConfig;
  /** Neighbour domains; index `i` is `federation[i]` in the file. */
  readonly federation: readonly FederationConfig[];
  /** Absent: nvad is a plain reflector, and passes on whatever its NVEs announce. */
  readonly authority?: AuthorityConfig;
  /** What holds for neighbours that say nothing else, and for restarts of nvad. */
  readonly gracefulRestart: GracefulRestart & {
    /** Seconds that a restarted nvad waits at most for its peers to tell their routes, before it tells any. */
    readonly selectionDeferralTime: number;
  };
  readonly api: ApiConfig;
  readonly store: StoreConfig;
  readonly log: LogConfig;
  /** Whom a daemon started as root becomes once its sockets are bound: name or number. */
  readonly user?: string;
  /** The group taken with {@link user}; that user's own group unless configured. */
  readonly group?: string;
}

/** How gateways are watched (RFC 5883). */
export interface BfdConfig {
  /** Ours, from which they are asked: one of those that an nved has among its `nvas`. */
  readonly address: string;
  /** Milliseconds. */
  readonly interval: number;
  readonly multiplier: number;
}

/** A neighbour domain, and one BGP session for each address of its NVA. */
export interface FederationConfig {
  readonly neighbour: NeighbourDomain;
  readonly sessions: readonly StaticNeighbour[];
}

/** Where the HTTP API is, and who may ask. Paths are absolute. */
export interface ApiConfig {
  /** On this machine alone, unless there are tokens or client certificates. */
  readonly listen: TcpEndpoint | UnixEndpoint;
  /** The file that says who may ask what. */
  readonly tokens?: string;
  /** PEM files. With `clientCa` a client may show a certificate that it has signed. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa?: string };
  /** The file to which each change is added. */
  readonly audit?: string;
}

/** What nvad goes by as the authority over its domain's virtual networks. */
export interface AuthorityConfig {
  /** Index `i` is `virtualNetworks[i]` in the file. More may come by the API. */
  readonly networks: readonly VirtualNetwork[];
  readonly admission: Admission;
  readonly macMobility: MacMobility;
  /** Absent: NVEs are heard by BGP only. */
  readonly nveProtocol?: NveProtocolConfig;
}

/** Where NVEs that do not speak BGP are served, and who they must be. Paths are absolute. */
export interface NveProtocolConfig {
  readonly listen: TcpEndpoint;
  /** PEM files. With `clientCa` an NVE may show a certificate that it has signed. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa?: string };
  /** The file with the tokens that let an NVE in. */
  readonly tokens?: string;
  /** The protocol's own bounds where absent. */
  readonly limits: {
    /** At a time. */
    readonly connections?: number;
    /** Octets of a message from an NVE. */
    readonly messageSize?: number;
    /** Taken from one NVE. */
    readonly messagesPerSecond?: number;
  };
}

export type NveConfig = Neighbour | SessionlessNve;

/** An NVE that does not speak BGP: nvad announces for it. */
export interface SessionlessNve {
  readonly kind: 'sessionless';
  readonly nve: Nve;
}

export type Neighbour = DynamicNeighbour | StaticNeighbour;

/** RFC 4724, RFC 8538, RFC 9494; times in seconds. */
export interface GracefulRestart {
  /** Whether routes of a lost session may stay for a while, on either side. */
  readonly enabled: boolean;
  /** How long nvad may take to be back, as its peers are told: 0 to 4095. */
  readonly restartTime: number;
  /** How long routes are kept that their peer has not confirmed. */
  readonly staleTime: number;
  /** And how long then as the least preferred (RFC 9494): 24 bits, 0 = not at all. */
  readonly longLivedStaleTime: number;
}

/** RFC 4486 §4. */
export interface RouteLimit {
  /** Most routes that the peer may announce. */
  readonly limit: number;
  /** Percent of it with which a warning is logged; never when absent. */
  readonly warning?: number;
  /** Seconds for which a peer that had more is kept down; absent: it may come back as after any other failure. */
  readonly restart?: number | 'never';
}

interface NeighbourOptions {
  /** The AS the peer must have; the domain's own unless configured. */
  readonly asn: number;
  /** Seconds offered in OPEN: 0 (no keepalives) or 3 to 65535 (RFC 4271 §4.2). */
  readonly holdTime: number;
  /**
   * Seconds for which the peer's socket may take nothing before the session ends (RFC 9687), 0 = for ever; absent: the
   * greater of 480 and twice the hold time that was negotiated, as the RFC recommends.
   */
  readonly sendHoldTime?: number;
  /** Unlimited when absent. */
  readonly maxRoutes?: RouteLimit;
  /** The file's own with what the neighbour says over it. */
  readonly gracefulRestart: GracefulRestart;
  readonly description?: string;
  /** TCP-MD5 key, 1 to 80 octets (RFC 2385). */
  readonly password?: string;
  /** Most hops away that the peer may be, 1 = directly connected (RFC 5082). */
  readonly ttlSecurity?: number;
  /** What is offered of RFC 7911; `receive` when absent, which costs nothing where a peer sends one path a route. */
  readonly addPath?: AddPathOffer;
  /** What the peer is sent if it does not speak RT-Constrain; `all` when absent. */
  readonly interest?: Interest;
  /** With `interest: derived`, what becomes of routes that the peer is interested in no more; `withdraw` when absent. */
  readonly interestLost?: InterestLost;
  /** What nvad is to the peer, for one of another AS (RFC 9234 §4.1). */
  readonly role?: BgpRoleName;
  /** Whether a peer that announces no role is refused. */
  readonly strictRole?: boolean;
}

export const addPathOffers = ['none', 'receive', 'send', 'both'] as const;
export type AddPathOffer = (typeof addPathOffers)[number];
export const defaultAddPath: AddPathOffer = 'receive';

/** Every route, or those with a route target of the VNIs that the peer announces routes of itself. */
export const interests = ['all', 'derived'] as const;
export type Interest = (typeof interests)[number];
export const defaultInterest: Interest = 'all';
export const interestsLost = ['withdraw', 'keep'] as const;
export type InterestLost = (typeof interestsLost)[number];
export const defaultInterestLost: InterestLost = 'withdraw';

export const bgpRoles = ['provider', 'customer', 'peer', 'route-server', 'route-server-client'] as const;
export type BgpRoleName = (typeof bgpRoles)[number];

/** Any peer that connects from the prefix. nvad connects only to those that it knows, or hears, to be there. */
export interface DynamicNeighbour extends NeighbourOptions {
  readonly kind: 'dynamic';
  /** Canonical, without host bits. The longest prefix that holds a peer's address is the one that counts. */
  readonly prefix: string;
  /** nvad connects to nobody of the prefix. */
  readonly passive?: true;
}

/** One peer by its address, which takes precedence over every prefix. */
export interface StaticNeighbour extends NeighbourOptions {
  readonly kind: 'static';
  /** Canonical. */
  readonly address: string;
  /** TCP port that nvad connects to. */
  readonly port: number;
  /** nvad waits for the peer to connect and never does so itself. */
  readonly passive: boolean;
  /** Where the file says more of the NVE than how to reach it; absent: it is what its session shows. */
  readonly nve?: Nve;
}

/** `sqlite`: the path is absolute. */
/** What a change waits for before it is answered: that the system has it, or that the disk has. */
export const synchronousModes = ['normal', 'full'] as const;
export type Synchronous = (typeof synchronousModes)[number];

export type StoreConfig =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string; readonly synchronous: Synchronous };

export interface LogConfig {
  readonly level: LogLevel;
  /** Components whose level differs from {@link level}. */
  readonly levels: Readonly<Partial<Record<LogComponent, LogLevel>>>;
  /** Absent: `pretty` on a terminal, `json` elsewhere. */
  readonly format?: LogFormat;
}

/** Seconds, RFC 4271 §10. */
export const defaultHoldTime = 90;
export const defaultBgpPort = 179;
export const defaultGracefulRestart: GracefulRestart = {
  enabled: true,
  restartTime: 120,
  staleTime: 360,
  longLivedStaleTime: 0,
};
/** As long as readiness waits: who is not back by then is likely gone. */
export const defaultSelectionDeferralTime = 30;
/** Percent, where a route limit is written out. */
export const defaultRouteWarning = 75;
/** Milliseconds, and packets that may be missed. */
export const defaultBfd = { interval: 100, multiplier: 3 } as const;
export const defaultListen = '[::]:179';
export const defaultApiListen = '127.0.0.1:8080';
