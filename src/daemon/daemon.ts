/** The composition root: the only place that builds everything. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from '@prometheus-io/client';
import { Family, type Listener, type Neighbour, Speaker, systemClock, TcpTransport, warmUp } from 'bgp-ts';
import { type LibcLoad, readMd5Drops } from 'bgp-ts/linux';
import { watchEventLoopDelay } from '../api/event-loop-delay.ts';
import { explainSource } from '../api/explain/explain-source.ts';
import { federationSource } from '../api/federation/federation-source.ts';
import {
  registerFederationMetrics,
  registerNvaMetrics,
  registerProcessMetrics,
  registerSourceMetrics,
} from '../api/metrics.ts';
import { type NvaApiSource, nvaApiSource } from '../api/nva/nva-api-source.ts';
import { speakerSource } from '../api/speaker/speaker-source.ts';
import type { Config, Neighbour as NeighbourConfig } from '../config/config.ts';
import type { ConfigChange } from '../config/difference.ts';
import { overlaps, type TcpEndpoint } from '../config/endpoint.ts';
import type { ConfigError } from '../config/error.ts';
import { type LoadedConfig, locate } from '../config/load.ts';
import { neighboursOf, type PeerRole } from '../config/members.ts';
import type { Federation } from '../federation/federation.ts';
import type { Change } from '../nva/model.ts';
import type { Nva } from '../nva/nva.ts';
import type { NvaStore } from '../nva/nva-store.ts';
import { refusalText } from '../nva/refusals.ts';
import { NvaStoreError } from '../nva/store-error.ts';
import { memoryStore } from '../store/memory.ts';
import { openSqlite } from '../store/sqlite.ts';
import type { OpenedStore, Store } from '../store/store.ts';
import { watchAbsences } from './absence-watch.ts';
import { acquaintances } from './acquaintances.ts';
import { type ApiFault, type ApiService, makeApi } from './api-service.ts';
import { askNeighbour } from './ask-neighbour.ts';
import { declarations, makeAuthority, refusalErrors } from './authority.ts';
import { changeNetworksAndNves, unservedError } from './authority-reload.ts';
import { bgpLog } from './bgp-log.ts';
import { systemClock as daemonClock } from './clock.ts';
import { logWarnings } from './config-warnings.ts';
import { count } from './count.ts';
import { changeFederation, makeFederation, readNeighbourhoods } from './federation-service.ts';
import { GatewayWatch } from './gateway-watch.ts';
import { saidGoodbye } from './goodbye.ts';
import { Lifetime } from './lifetime.ts';
import { listenError } from './listen-error.ts';
import type { Logging } from './logging.ts';
import { type MissingPeer, watchMd5Drops } from './md5-watch.ts';
import { messageOf } from './message-of.ts';
import { dialFrom, dynamicNeighbours, policyOf, staticNeighbour } from './neighbours.ts';
import { nvaLog } from './nva-log.ts';
import { NveService } from './nve-service.ts';
import { PolicyService } from './policy-service.ts';
import { type Protector, protectedPeers, protectionErrors, protector } from './protection.ts';
import { type PeerReadiness, readiness } from './readiness.ts';

/** A running nvad, as signals see it. */
export interface Daemon {
  /**
   * Becomes what `next` says, by doing exactly `changes`. When it answers errors (a new listener that cannot be
   * bound), everything is as it was.
   */
  reload(next: LoadedConfig, changes: readonly ConfigChange[]): Promise<readonly ConfigError[]>;
  /**
   * Cease/administrative shutdown to every peer (RFC 9003 text from `reason`), then closes every socket. Peers that
   * negotiated it keep what they learnt from nvad for its restart time (RFC 8538).
   */
  stop(reason: string): Promise<void>;
  /** One line for the service manager: what is listened on, how many peers. */
  status(): string;
}

export interface DaemonModules {
  readonly logging: Logging;
  readonly version: string;
  /**
   * Gives up the privileges of start-up. Call it when every socket is bound and before any file is opened that
   * must stay writable. An answer is an error of the configuration: the configured user could not be taken, and
   * going on would leave nvad with more rights than it should have.
   */
  readonly bound: () => Promise<ConfigError | undefined>;
  /** For what Node has no words for. */
  readonly libc: () => LibcLoad;
  /** Tells the service manager what happens during a long start. */
  readonly status: (text: string) => void;
}

export type StartResult =
  | { readonly ok: true; readonly daemon: Daemon }
  /** Nothing is left running. Each error has its place in the file. */
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

export type StartDaemon = (loaded: LoadedConfig, modules: DaemonModules) => Promise<StartResult>;

/** Milliseconds between two looks whether what there is to be known is known. */
const CONVERGENCE_LOOK = 100;
/** NVEs that a restarted nvad dials at most, and for how long after they were last seen, in milliseconds. */
const MAX_KNOWN_NVES = 10_000;
const NVE_MEMORY = 7 * 24 * 3_600_000;

/**
 * Builds and starts everything that the configuration asks for: the API, the BGP listeners with their peers, and, when
 * privileges are given up, the store.
 */
export const startDaemon: StartDaemon = async (loaded, modules) => {
  const { config } = loaded;
  const { logging, version } = modules;
  const startedAt = systemClock.now();
  const bgp = logging.logger('bgp');
  let store: Store | undefined;
  let lifetime: Lifetime | undefined;

  const means = protector(modules.libc());
  const unprotected = protectionErrors(loaded, means);
  if (unprotected.length > 0) return { ok: false, errors: unprotected };

  const log = bgpLog(bgp, () => systemClock.now());
  const nvaLines = nvaLog(logging.logger('nva'));
  let nvaApi: NvaApiSource | undefined;
  let current = config;
  const transport = new TcpTransport(means.ok ? { security: means.security } : {});
  const health =
    config.bfd === undefined
      ? undefined
      : new GatewayWatch(config.bfd, {
          clock: systemClock,
          logger: logging.logger('federation'),
          changed: () => federation.gatewaysMayHaveChanged(),
        });
  const federation: Federation = makeFederation(config, {
    clock: systemClock,
    transport,
    logger: logging.logger('federation'),
    config: () => current,
    store: () => (store as Store).maintenance,
    ...(health && { health }),
  });
  const nva = makeAuthority(config, {
    now: () => systemClock.now(),
    converged: () => hasConverged(),
    beyond: federation,
    handler: {
      ...nvaLines,
      applied(events) {
        nvaLines.applied(events);
        nvaApi?.applied();
      },
    },
  });
  const speaker = new Speaker(
    { asn: config.asn, routerId: config.routerId, clusterId: config.clusterId, opensLater: true },
    {
      clock: systemClock,
      transport,
      random: Math.random,
      defer: setImmediate,
      admission: nva.admission,
      decided: (changes) => {
        nva.decided(changes);
        federation.decided(changes);
      },
      isHeld: federation.isHeld,
      groupsOf: federation.groupsOf,
      guests: federation.guests,
      handler: {
        ...log,
        established(neighbour, negotiated) {
          log.established(neighbour, negotiated);
          if (neighbour.policy.reflection === 'client') nva.found(neighbour.address);
          if (neighbour.prefix !== undefined) remember(store, neighbour, bgp);
          lifetime?.established(neighbour.address);
          federation.gatewaysMayHaveChanged();
        },
        down(neighbour, reason) {
          log.down(neighbour, reason);
          // Who took its leave is not to be dialled after our restart.
          if (neighbour.prefix !== undefined && saidGoodbye(reason)) forget(store, neighbour.address, bgp);
          lifetime?.ended(neighbour.address);
          federation.gatewaysMayHaveChanged();
        },
        deferral(event) {
          log.deferral(event);
          if (event.type === 'selected') for (const address of event.missing) lifetime?.ended(address);
        },
      },
    },
  );

  const beyond = await readNeighbourhoods(loaded, readFile);
  if (!beyond.ok) return { ok: false, errors: beyond.errors };
  logWarnings(logging.logger('federation'), beyond.warnings);

  const registry = new Registry();
  const eventLoop = watchEventLoopDelay();
  let api: ApiService | undefined;
  let converged = false;
  /** Everyone who is to be waited for is known. */
  let open = false;

  const abandon = async (errors: readonly ConfigError[]): Promise<StartResult> => {
    eventLoop.stop();
    await Promise.all([api?.close(), speaker.stop('nvad could not start'), federation.stop('nvad could not start')]);
    store?.close();
    return { ok: false, errors };
  };

  const source = speakerSource(
    { version, domain: config.domain, startedAt },
    {
      speaker,
      domains: () => new Map([...federation.borders].map((border) => [border.config.domain, border.outer])),
      now: () => systemClock.now(),
      readiness: () => {
        const now = systemClock.now();
        const peers = [...speaker.neighbours].map((neighbour) => readinessOf(neighbour, now));
        const listening = open && speaker.listening.length > 0;
        const { settled, awaited } = speaker;
        const view = { listening, age: now - startedAt, settled, awaited, peers };
        const found = readiness(view, converged);
        converged ||= found.ready;
        return found;
      },
      forgotten: (address) => forget(store, address, bgp),
      apiAddress: () => config.api.listen.text,
      logLevels: () => logging.levels(),
      setLogLevel: (component, level) => {
        logging.setLevel(component, level);
      },
      md5Drops: readMd5Drops,
      explainRefusal: (refusal) => refusalText(refusal)?.reason ?? 'it is not admitted',
    },
  );
  let lookedAt = Number.NEGATIVE_INFINITY;
  const hasConverged = () => {
    // Nobody may ask whether nvad is ready, and NVEs wait for it all the same.
    if (!converged && systemClock.now() - lookedAt >= CONVERGENCE_LOOK) {
      lookedAt = systemClock.now();
      source.readiness();
    }
    return converged;
  };
  registerProcessMetrics(registry);
  registerSourceMetrics(registry, source);
  nvaApi = nvaApiSource(config.asn, { nva, store: () => store?.nva, peer: source.peer });
  registerNvaMetrics(registry, nvaApi);
  const federationApi = federationSource(config.domain, federation);
  registerFederationMetrics(registry, federationApi);
  const policies = new PolicyService({
    federation,
    home: () => ({ asn: config.asn, domainId: config.domainId, networks: nva.networks() }),
    // Nothing is asked before what should be is loaded, from the store.
    store: () => store as Store,
    now: () => systemClock.now(),
    logger: logging.logger('federation'),
  });
  const explain = explainSource({
    domain: config.domain,
    source,
    nvaSource: nvaApi,
    nva,
    federation,
    speaker,
    ask: (border, wireVni, address) => askNeighbour(border.config, config.domain, wireVni, address),
  });
  const made = makeApi(config.api, {
    source,
    nva: nvaApi,
    federation: federationApi,
    policies,
    explain,
    registry,
    readEventLoopDelay: eventLoop.read,
    libc: modules.libc,
    log: logging.logger('api'),
  });
  if (!made.ok) return abandon([apiError(made.fault, loaded)]);
  api = made.service;
  const outcome = await api.listen();
  if (!outcome.ok) {
    const error = Object.assign(new Error(outcome.reason), { code: outcome.code });
    const attempt = { path: ['api', 'listen'], text: config.api.listen.text, reloading: false };
    return abandon([listenError(error, attempt, loaded)]);
  }

  // A peer that is refused may stay away for minutes: who comes in from now on waits until everyone is known.
  const { errors } = await bindAll(speaker, config.listen, loaded, false);
  if (errors.length > 0) return abandon(errors);

  const stillPrivileged = await modules.bound();
  if (stillPrivileged !== undefined) return abandon([stillPrivileged]);
  const opened = openStore(config);
  if (!opened.ok) {
    const { reason, suggestion } = opened.fault;
    return abandon([locate({ code: 'system', path: ['store', 'path'], reason, suggestion }, loaded)]);
  }
  store = opened.store;
  const declared = declarations(config);
  const refusals = begin(nva, speaker, store.nva, declared);
  if (refusals instanceof NvaStoreError) {
    const { message: reason, suggestion } = refusals;
    return abandon([locate({ code: 'system', path: ['store', 'path'], reason, suggestion }, loaded)]);
  }
  if (refusals.length > 0) return abandon(refusalErrors(refusals, declared, loaded));
  const unaudited = api.audit();
  if (unaudited !== undefined) return abandon([apiError(unaudited, loaded)]);
  const orphans = [...nva.registry.orphans()].length;
  if (orphans > 0) {
    const what = 'of networks or NVEs that are not declared: kept, and not announced until these are back';
    logging.logger('nva').warn({ attachments: orphans }, `${count(orphans, 'attachment')} ${what}`);
  }
  const nveProtocol = new NveService({
    authority: nva,
    logger: logging.logger('nva'),
    clock: daemonClock,
    now: () => systemClock.now(),
  });
  const unserved = await nveProtocol.become(config.authority?.nveProtocol);
  if (unserved !== undefined) return abandon([unservedError(unserved, loaded)]);
  lifetime = new Lifetime({ store, clock: systemClock, wallClock: Date.now, logger: bgp });
  const { restartTime, selectionDeferralTime } = config.gracefulRestart;
  const expected = lifetime.begin(restartTime);
  // Where nobody had a session, nobody keeps anything of ours, and there is nobody to wait for.
  if (
    expected !== undefined &&
    expected.length > 0 &&
    neighboursOf(config).some(({ neighbour }) => neighbour.gracefulRestart.enabled)
  ) {
    speaker.restarted({ expected, restartTime, deferralTime: selectionDeferralTime });
  }
  for (const { role, neighbour } of neighboursOf(config)) add(speaker, role, neighbour, config.listen);
  const settled = policies.settle(beyond.neighbourhoods);
  federation.begin(speaker, nva, settled);
  policies.enforce(settled);
  // After a restart all neighbours come at once; else there is time until the first has routes to tell.
  // With an authority that knows nothing yet: what is compiled for none would have to be compiled again.
  const rehearsed = () => makeAuthority({}, { now: () => 0, converged: () => false, handler: nvaLines });
  const practice = warmUp({ enough: () => speaker.table.paths > 0, modules: rehearsed });
  if (expected !== undefined && expected.length > 0) await practice;
  speaker.open();
  const dialled = dialKnown(speaker, store, config.listen, bgp);
  if (dialled > 0) bgp.info({ count: dialled }, `dialling ${count(dialled, 'NVE')} known from before`);
  const strangers = await acquaintances(speaker.listening);
  const asked = strangers.filter((address) => speaker.dialDynamic(address, dialFrom(address, config.listen), true));
  if (asked.length > 0)
    bgp.info({ peers: asked }, `asking ${count(asked.length, 'neighbour')} of this machine for a session`);

  open = true;
  const endLooks = lookAtConflicts(nva);
  const endAbsences = watchAbsences({ clock: systemClock, expected: () => expectedPeers(speaker), logger: bgp });
  const endWatch = watchMd5Drops({
    clock: systemClock,
    missing: () => missingPeers(speaker, federation, current),
    read: readMd5Drops,
    logger: bgp,
  });

  return {
    ok: true,
    daemon: {
      reload: async (next, changes) => {
        const read = await readNeighbourhoods(next, readFile);
        if (!read.ok) return read.errors;
        const errors = await reload(speaker, nva, nveProtocol, means, next, changes);
        if (errors.length > 0) return errors;
        current = next.config;
        logWarnings(logging.logger('federation'), read.warnings);
        const settled = policies.settle(read.neighbourhoods);
        await changeFederation(federation, changes, settled);
        policies.enforce(settled);
        return errors;
      },
      stop: async (reason) => {
        endWatch();
        endAbsences();
        endLooks();
        eventLoop.stop();
        lifetime?.end();
        nveProtocol.stop(reason);
        health?.stop();
        await Promise.all([federation.stop(reason), speaker.stop(reason)]);
        await api?.close();
        store?.close();
      },
      status: () => {
        const up = [...speaker.neighbours].filter(({ source: session }) => session !== undefined).length;
        const at = speaker.listening.map(({ address, port }) => `${address} port ${port}`).join(', ');
        return `listening on ${at}; ${count(up, 'peer')} established; API on ${config.api.listen.text}`;
      },
    },
  };
};

/** What the store cannot give is an error of the configuration, which names it. */
function begin(nva: Nva, speaker: Speaker, store: NvaStore, declared: readonly Change[]) {
  try {
    return nva.begin(speaker, store, declared);
  } catch (error) {
    if (error instanceof NvaStoreError) return error;
    throw error;
  }
}

/** Told within two seconds: conflicts are found by looking for them. */
function lookAtConflicts(nva: Nva): () => void {
  const timer = setInterval(() => nva.look(), 2000);
  timer.unref();
  return () => clearInterval(timer);
}

function openStore(config: Config): OpenedStore {
  const { store } = config;
  if (store.kind === 'memory') return { ok: true, store: memoryStore() };
  return openSqlite(store.path, { synchronous: store.synchronous });
}

/** Binds all or none. */
async function bindAll(
  speaker: Speaker,
  endpoints: readonly TcpEndpoint[],
  loaded: LoadedConfig,
  reloading: boolean,
): Promise<{ readonly errors: readonly ConfigError[] }> {
  const listeners: Listener[] = [];
  const errors: ConfigError[] = [];
  for (const endpoint of endpoints) {
    try {
      listeners.push(await speaker.listen(endpoint.host, endpoint.port, protectedPeers(loaded.config)));
    } catch (error) {
      const index = loaded.config.listen.findIndex(({ text }) => text === endpoint.text);
      errors.push(listenError(error, { path: ['listen', index], text: endpoint.text, reloading }, loaded));
    }
  }
  if (errors.length > 0) for (const listener of listeners.splice(0)) await speaker.unlisten(listener);
  return { errors };
}

function add(speaker: Speaker, role: PeerRole, neighbour: NeighbourConfig, listen: readonly TcpEndpoint[]): void {
  if (neighbour.kind === 'dynamic') speaker.addDynamic(dynamicNeighbours(role, neighbour));
  else speaker.addStatic(staticNeighbour(role, neighbour, listen));
}

function remove(speaker: Speaker, neighbour: NeighbourConfig): void {
  const reason = 'removed from the configuration';
  if (neighbour.kind === 'dynamic') speaker.removeDynamic(neighbour.prefix, reason);
  else speaker.removeStatic(neighbour.address, reason);
}

async function reload(
  speaker: Speaker,
  nva: Nva,
  nveProtocol: NveService,
  means: Protector,
  next: LoadedConfig,
  changes: readonly ConfigChange[],
): Promise<readonly ConfigError[]> {
  const unprotected = protectionErrors(next, means);
  if (unprotected.length > 0) return unprotected;
  const { listen } = next.config;
  const removed = changes.flatMap((change) => (change.kind === 'listener-removed' ? [change.listen] : []));
  const added = changes.flatMap((change) => (change.kind === 'listener-added' ? [change.listen] : []));
  const before = [...speaker.listening];
  const closing = before.filter(({ address, port }) =>
    removed.some((old) => old.host === address && old.port === port),
  );
  // An old listener goes first only where it is in the way of a new one: it may not be possible to have it back.
  const inTheWay = closing.filter(({ address, port }) =>
    removed.some((old) => old.host === address && old.port === port && added.some((one) => overlaps(old, one))),
  );
  for (const listener of inTheWay) await speaker.unlisten(listener);
  const back = removed.filter((old) => inTheWay.some(({ address, port }) => old.host === address && old.port === port));
  const { errors } = await bindAll(speaker, added, next, true);
  if (errors.length > 0) return [...errors, ...(await bindAll(speaker, back, next, true)).errors];
  const refused = await changeNetworksAndNves(changes, next, { nva, nves: nveProtocol });
  if (refused.length > 0) {
    const bound = [...speaker.listening].filter(({ address, port }) =>
      added.some((one) => one.host === address && one.port === port),
    );
    for (const listener of bound) await speaker.unlisten(listener);
    return [...refused, ...(await bindAll(speaker, back, next, true)).errors];
  }
  for (const listener of closing) if (!inTheWay.includes(listener)) await speaker.unlisten(listener);
  for (const change of changes) {
    switch (change.kind) {
      case 'neighbour-added':
        add(speaker, change.role, change.neighbour, listen);
        break;
      case 'neighbour-removed':
        remove(speaker, change.neighbour);
        break;
      case 'neighbour-changed':
        if (change.newSession) {
          remove(speaker, change.before);
          // The old session's NOTIFICATION is on its way; a moment lets it arrive before the new connection.
          await delay(50);
          add(speaker, change.role, change.neighbour, listen);
        } else {
          const { neighbour } = change;
          const key = neighbour.kind === 'dynamic' ? neighbour.prefix : neighbour.address;
          speaker.setPolicy(key, policyOf(change.role, neighbour));
        }
        break;
    }
  }
  return [];
}

function apiError({ path, reason }: ApiFault, loaded: LoadedConfig): ConfigError {
  return locate({ code: 'system', path, reason, suggestion: 'correct the file that it names' }, loaded);
}

function remember(store: Store | undefined, neighbour: Neighbour, logger: ReturnType<Logging['logger']>): void {
  try {
    store?.rememberNve({ address: neighbour.address, seen: systemClock.now() });
  } catch (error) {
    // A full disk must not cost a session: what is lost is a quicker return after a restart.
    const { address } = neighbour;
    logger.error({ peer: address }, `${address} could not be remembered in the store: ${messageOf(error)}`);
  }
}

function forget(store: Store | undefined, address: string, logger: ReturnType<Logging['logger']>): void {
  try {
    store?.forgetNve(address);
  } catch (error) {
    logger.error({ peer: address }, `${address} could not be forgotten in the store: ${messageOf(error)}`);
  }
}

/** Dials the NVEs that were here before a restart: they may have given up dialling us. */
function dialKnown(
  speaker: Speaker,
  store: Store,
  listen: readonly TcpEndpoint[],
  logger: ReturnType<Logging['logger']>,
): number {
  const oldest = systemClock.now() - NVE_MEMORY;
  const known = store.knownNves(MAX_KNOWN_NVES);
  let dialled = 0;
  for (const { address, seen } of known) {
    if (seen >= oldest && speaker.dialDynamic(address, dialFrom(address, listen))) dialled++;
  }
  try {
    for (const { address, seen } of known) if (seen < oldest) store.forgetNve(address);
  } catch (error) {
    const who = 'NVEs that were not seen for long';
    logger.error(`${who} could not be forgotten in the store: ${messageOf(error)}`);
  }
  return dialled;
}

function* expectedPeers(speaker: Speaker): Iterable<Neighbour> {
  for (const neighbour of speaker.neighbours) {
    if (neighbour.prefix === undefined && neighbour.peer.options.passive !== true) yield neighbour;
  }
}

/** A prefix is always among them: who of it is missing, nobody knows. */
function missingPeers(speaker: Speaker, federation: Federation, config: Config): readonly MissingPeer[] {
  const speakers = [speaker, ...[...federation.borders].map(({ outer }) => outer)];
  const silent = speakers.flatMap(({ neighbours }) => [...neighbours].filter(({ source }) => source === undefined));
  const prefixes = config.nves.filter((nve) => nve.kind === 'dynamic');
  return [
    ...silent.map(({ address, policy }) => ({ name: address, hasPassword: policy.md5Key !== undefined })),
    ...prefixes.map(({ prefix, password }) => ({ name: prefix, hasPassword: password !== undefined })),
  ];
}

function readinessOf(neighbour: Neighbour, now: number): PeerReadiness {
  const { peer, source, negotiated, counts, prefix, policy } = neighbour;
  // Of those that a prefix admits, only the ones that were here before a restart are dialled, and not on trial.
  const isRemembered = peer.options.passive === false && !neighbour.tentative;
  return {
    address: neighbour.address,
    expected: policy.reflection === 'client' && (prefix === undefined || isRemembered),
    establishedFor: source === undefined ? undefined : now - peer.since,
    sendsEndOfRib: negotiated?.gracefulRestart !== undefined,
    endOfRib: counts.endsOfRib.has(Family.Evpn),
  };
}
