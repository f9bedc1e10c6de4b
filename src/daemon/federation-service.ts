/** Where the daemon meets federation: what the configuration says of neighbour domains, and what is logged of them. */
import type { Clock, DomainId, Transport } from 'bgp-ts';
import type { Config, FederationConfig } from '../config/config.ts';
import type { ConfigChange } from '../config/difference.ts';
import type { ConfigError } from '../config/error.ts';
import { type LoadedConfig, locate, type ReadFile, readText } from '../config/load.ts';
import { type PolicyUse, readPolicy, type SharedWith } from '../config/policy-file.ts';
import { isNva, isUnderlay } from '../config/underlay.ts';
import { textOfRouteTarget } from '../evpn/route-target.ts';
import {
  Federation,
  type FederationHandler,
  type GatewayHealth,
  type Neighbourhood,
} from '../federation/federation.ts';
import type { Maintenance, MaintenanceStore } from '../federation/maintenance.ts';
import type { Direction, NeighbourDomain, Share } from '../federation/model.ts';
import { type CompiledPolicy, compilePolicy } from '../federation/policy/compile.ts';
import type { PolicyText, PolicyTexts } from '../federation/policy/history.ts';
import { insideTargets, sharedNetworks, wantedShares } from '../federation/shares.ts';
import type { VirtualNetwork } from '../nva/model.ts';
import { NvaStoreError } from '../nva/store-error.ts';
import { bgpLog } from './bgp-log.ts';
import type { Logger } from './logging.ts';
import { staticNeighbour } from './neighbours.ts';

export interface FederationServiceModules {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly logger: Logger;
  /** What holds now. */
  readonly config: () => Config;
  readonly health?: GatewayHealth;
  /** Once it is open. */
  readonly store: () => MaintenanceStore;
}

export function makeFederation(
  { asn, routerId, domainId }: Config,
  { clock, transport, logger, config, health, store }: FederationServiceModules,
): Federation {
  return new Federation(
    { asn, routerId, domainId },
    {
      clock,
      transport,
      random: Math.random,
      defer: setImmediate,
      worked: () => performance.eventLoopUtilization().active,
      handler: federationLog(logger, () => clock.now()),
      isUnderlay: (address) => isUnderlay(config(), address),
      isNva: (address) => isNva(config(), address),
      ...(health && { health }),
      kept: () => readOrNot(store(), logger),
    },
  );
}

/** A store that cannot be read costs no more than what was kept in it. */
function readOrNot({ load, save }: MaintenanceStore, logger: Logger): MaintenanceStore {
  return {
    save,
    load(domain) {
      try {
        return load(domain);
      } catch (error) {
        if (!(error instanceof NvaStoreError)) throw error;
        logger.error({ domain }, `${domain} is neither frozen nor drained, whatever was said: ${error.message}`);
        return undefined;
      }
    },
  };
}

const maintenanceText: Readonly<Record<Maintenance['state'], string>> = {
  none: 'is released: everything crosses again',
  frozen: 'is frozen: nothing changes until it is released',
  draining: 'is being drained: it is told nothing any more, and its routes are preferred least',
  drained: 'is drained: its routes are withdrawn',
};

function federationLog(logger: Logger, now: () => number): FederationHandler {
  return {
    speaker: (domain) => bgpLog(logger, now, domain),
    limited(domain, { type, network, routes, limit, isTaken }) {
      const of = network === undefined ? '' : ` of ${network}`;
      const fields = { domain, event: type, network, routes, limit };
      switch (type) {
        case 'near-limit':
          logger.warn(fields, `${routes} routes${of} are taken from ${domain}, near the limit of ${limit}`);
          break;
        case 'well-below':
          logger.info(fields, `${routes} routes${of} are taken from ${domain}, well below the limit again`);
          break;
        case 'exceeded':
          logger.warn(
            fields,
            isTaken
              ? `more than ${limit} routes${of} are taken from ${domain}, which is only warned of`
              : `no more than ${limit} routes${of} are taken from ${domain}: there are more`,
          );
          break;
        case 'has-room':
          logger.info(
            fields,
            isTaken
              ? `${routes} routes${of} are taken from ${domain}, fewer than the limit of ${limit} again`
              : `there is room for routes${of} of ${domain} again: those that were refused are looked at anew`,
          );
      }
    },
    gateway(address, { state, reason }) {
      const level = state === 'dead' ? 'warn' : 'info';
      logger[level]({ gateway: address, state }, `gateway ${address} is ${state}: ${reason}`);
    },
    maintenance(domain, { state }) {
      logger.info({ domain, state }, `${domain} ${maintenanceText[state]}`);
    },
    resumed(domain, { state, since }) {
      const at = new Date(since).toISOString();
      logger.warn(
        { domain, state, since: at },
        `${domain} is ${state} since ${at}: nothing crosses until it is released`,
      );
    },
    elected(domain, network, gateway) {
      const fields = { domain, network, gateway };
      if (gateway === undefined) logger.warn(fields, `${network} has no gateway to ${domain} that is alive`);
      else logger.info(fields, `${network} goes to ${domain} by gateway ${gateway}`);
    },
  };
}

/** A neighbourhood with the policies that the configuration's files say. */
export interface ConfiguredNeighbourhood extends Neighbourhood {
  readonly texts: PolicyTexts;
}

export type ReadNeighbourhoods =
  | {
      readonly ok: true;
      readonly neighbourhoods: readonly ConfiguredNeighbourhood[];
      readonly warnings: readonly ConfigError[];
    }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** With the files that the configuration names. */
export async function readNeighbourhoods(loaded: LoadedConfig, readFile: ReadFile): Promise<ReadNeighbourhoods> {
  const errors: ConfigError[] = [];
  const warnings: ConfigError[] = [];
  const neighbourhoods: ConfiguredNeighbourhood[] = [];
  for (const [i, entry] of loaded.config.federation.entries()) {
    const policies: { import?: CompiledPolicy; export?: CompiledPolicy } = {};
    const texts: { import?: PolicyText; export?: PolicyText } = {};
    for (const direction of ['import', 'export'] as const) {
      const file = entry.neighbour.policy[direction];
      if (file === undefined) continue;
      const text = await readText(file, readFile);
      if (!text.ok) {
        const path = ['federation', i, 'policy', direction];
        const reason = `${file} ${text.errors[0]?.reason ?? 'cannot be read'}`;
        errors.push(locate({ code: 'file', path, reason, suggestion: 'name a file that is there' }, loaded));
        continue;
      }
      const { asn, domainId, authority } = loaded.config;
      const use = policyUse(entry.neighbour, direction, { asn, domainId, networks: authority?.networks ?? [] });
      const read = readPolicy(file, text.text, use);
      if (!read.ok) errors.push(...read.errors);
      else {
        policies[direction] = compilePolicy(read.policy);
        texts[direction] = { file, text: text.text };
        warnings.push(...read.warnings);
      }
    }
    neighbourhoods.push({ ...neighbourhood(entry, loaded.config, policies), texts });
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, neighbourhoods, warnings };
}

function neighbourhood(
  { neighbour, sessions }: FederationConfig,
  { listen }: Config,
  policies: Neighbourhood['policies'],
): Neighbourhood {
  return { neighbour, sessions: sessions.map((session) => staticNeighbour('domain', session, listen)), policies };
}

/** What is known of our own domain where a policy is read. */
export interface PolicyHome {
  readonly asn: number;
  readonly domainId: DomainId;
  readonly networks: Iterable<VirtualNetwork>;
}

/** What a domain's policy may name, and what can be in its routes. */
export function policyUse(
  neighbour: Pick<NeighbourDomain, 'networks' | 'domainId'>,
  direction: Direction,
  { asn, domainId, networks }: PolicyHome,
): PolicyUse {
  const declared = new Map([...networks].map((network) => [network.name, network]));
  const shares = wantedShares(neighbour.networks, declared.values(), asn);
  // Those that share an address are seen, and so named, by that alone.
  const named = ({ gateways }: Pick<Share, 'gateways'>) => {
    const address = gateways.anycast?.[direction];
    return address === undefined ? gateways[direction] : [address];
  };
  const shared = [...shares].map(([name, share]): [string, SharedWith] => {
    const { service, l3 } = declared.get(name) ?? {};
    const isRouted = l3 !== undefined && shares.has(l3);
    return [name, { gateways: named(share), ...(service !== undefined && { service }), ...(isRouted && { isRouted }) }];
  });
  const isImport = direction === 'import';
  const inside = isImport ? insideTargets(declared.values(), sharedNetworks(neighbour, declared, asn)) : [];
  return {
    direction,
    networks: new Map(shared),
    destination: isImport ? domainId : neighbour.domainId,
    forgedTargets: new Set([...inside].map(textOfRouteTarget)),
  };
}

/** Makes exactly the difference of neighbour domains to what runs; `next` has been read with the files that it names. */
export async function changeFederation(
  federation: Federation,
  changes: readonly ConfigChange[],
  next: readonly Neighbourhood[],
): Promise<void> {
  const of = ({ neighbour: { domain } }: FederationConfig) =>
    next.find(({ neighbour }) => neighbour.domain === domain) as Neighbourhood;
  for (const change of changes) {
    switch (change.kind) {
      case 'domain-removed':
        await federation.remove(change.domain.neighbour.domain, 'removed from the configuration');
        break;
      case 'domain-added':
        federation.add(of(change.domain));
        break;
      case 'domain-changed':
        if (change.isAnother) await federation.replace(of(change.domain), 'changed in the configuration');
        else federation.become(of(change.domain));
    }
  }
}
