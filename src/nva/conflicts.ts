/**
 * What contradicts what should be. Nothing of it is kept: it is what the route table refuses, what is frozen, addresses that
 * two have, NVEs with no encapsulation in common, and those that nvad cannot announce, each found by an index of its own.
 */
import { type AttributeSet, emptySplit, type NlriSplit, type Speaker, splitEvpn } from 'bgp-ts';
import { carriesFramesOnly } from '../evpn/encapsulation.ts';
import { factsOfRoute, factsOfSet, type RouteFacts } from '../evpn/facts.ts';
import { isAnnouncedByNvad } from './announced.ts';
import type { Conflict, ConflictClaim } from './conflict.ts';
import { ConflictQuota } from './conflict-quota.ts';
import type { Encapsulation, Nve, VirtualNetwork } from './model.ts';
import type { NetworkIndex } from './network-index.ts';
import type { Claim, NetworkMappings } from './network-mappings.ts';
import { commonEncapsulation } from './nve-view.ts';
import { Refusal, type RefusalText, refusalText } from './refusals.ts';
import type { RefusedIndex } from './refused-index.ts';
import type { Registry } from './registry.ts';

export interface ConflictsModules {
  readonly registry: Registry;
  readonly networks: NetworkIndex;
  readonly speaker: Pick<Speaker, 'table' | 'attributes' | 'riders'>;
  /** Undefined while nothing can be refused: no network is declared, and admission is open. */
  readonly refused: () => RefusedIndex | undefined;
  readonly mappings: (network: string) => NetworkMappings | undefined;
  /** Where frozen MAC addresses are: `network mac` → tunnel address. */
  readonly frozen: ReadonlyMap<string, string>;
  /** What an NVE can do; undefined where it has not said. */
  readonly encapsulationsOf: (nve: Nve) => readonly Encapsulation[] | undefined;
  /** Its Router's MAC address; undefined where nobody has said one. */
  readonly routerMacOf: (nve: Nve) => string | undefined;
}

/** Type, length, value. */
const LONGEST_NLRI = 257;
/** Destinations with refused routes that are looked at for one list. */
const MAX_REFUSED = 200_000;
/** Of one conflict; whoever reads it needs no more to find the cause. */
const MAX_CLAIMS = 16;

export class Conflicts {
  readonly #modules: ConflictsModules;
  readonly #nlri = new Uint8Array(LONGEST_NLRI);
  readonly #split: NlriSplit = emptySplit();

  constructor(modules: ConflictsModules) {
    this.#modules = modules;
  }

  /** Those there are, up to 700 of each kind and 200 of each of its sources; a `left-out` for each kind that has more. */
  *all(): Iterable<Conflict> {
    const quota = new ConflictQuota();
    for (const [key, holder] of this.#modules.frozen) {
      const [network, mac] = key.split(' ') as [string, string];
      if (quota.takes('duplicate-mac', holder)) yield this.frozen(network, mac, holder);
    }
    const isAll = yield* this.#quarantined(quota);
    for (const { name } of this.#modules.registry.networks()) {
      for (const found of [this.#duplicates(name), this.#unreachable(name), this.#unannounced(name)]) {
        for (const conflict of found) if (quota.takes(conflict.code, name)) yield conflict;
      }
    }
    yield* quota.leftOut(isAll);
  }

  /** Of a MAC address that is frozen at a tunnel address. */
  frozen(network: string, mac: string, holder: string): Conflict {
    const all = (this.#modules.mappings(network)?.claimsTo(mac) ?? []).flatMap(({ claims }) => claims);
    const others = all.filter(({ mapping }) => mapping.nve !== holder);
    const view = ({ mapping, source }: Claim): ConflictClaim => ({
      by: mapping.domain ?? source,
      nve: mapping.nve,
      mac,
      ...(mapping.kind === 'host' && { sequence: mapping.sequence }),
    });
    const text = refusalText(Refusal.Frozen);
    return {
      id: `duplicate-mac ${network} ${mac}`,
      code: 'duplicate-mac',
      network,
      reason: text?.reason ?? '',
      claims: [...others, ...all.filter(({ mapping }) => mapping.nve === holder)].map(view),
      done: `${mac} stays at ${holder}; what others announce of it is kept and sent to nobody`,
      remedy: text?.remedy ?? '',
      releasable: true,
    };
  }

  /** Routes that are refused, each with what it contradicts. Answers whether these are all. */
  *#quarantined(quota: ConflictQuota): Generator<Conflict, boolean> {
    let looked = 0;
    const { refused, speaker } = this.#modules;
    const { table, attributes, riders } = speaker;
    for (const destination of refused()?.destinations() ?? []) {
      if (++looked > MAX_REFUSED) return false;
      for (const path of table.pathsTo(destination)) {
        const set = attributes.get(path.set);
        const text = refusalText(set.refusal);
        // What is frozen is told once, with all its claims.
        if (text === undefined || set.refusal === Refusal.Frozen) continue;
        if (!quota.takes(text.code, set.source.address)) continue;
        const end = table.writeNlri(destination, this.#nlri, 0, riders.get(path.rider));
        splitEvpn(this.#nlri, 0, end, this.#split);
        const route = factsOfRoute(this.#nlri, this.#split);
        yield this.#quarantine(set, route, refusalText(set.refusal, route.type) ?? text, path.since);
      }
    }
    return true;
  }

  #quarantine(set: AttributeSet, route: RouteFacts, text: RefusalText, since: number): Conflict {
    const { registry } = this.#modules;
    const { l2, l3 } = this.#modules.networks.of(set.targets);
    const network = route.type === 5 ? (l3 ?? l2) : (l2 ?? l3);
    const facts = factsOfSet(set);
    const { mac, ip, prefix, label } = route;
    const address = [mac, ip, prefix, route.originator].filter((part) => part !== undefined).join(' ');
    const claim: ConflictClaim = {
      by: set.source.onBehalfOf ?? set.source.address,
      nve: facts.nextHop,
      routeType: route.type,
      ...(mac !== undefined && { mac }),
      ...(ip !== undefined && { ip }),
      ...(prefix !== undefined && { prefix }),
      ...(label !== undefined && { vni: label }),
      ...(facts.encapsulations.length > 0 && { encapsulations: facts.encapsulations }),
      ...(mac !== undefined && { sequence: facts.sequence }),
    };
    const registered =
      network === undefined
        ? []
        : new Set([
            ...(mac === undefined ? [] : registry.attachmentsOf(network.name, mac)),
            ...(ip === undefined ? [] : registry.attachmentsOf(network.name, ip)),
          ]);
    const contradicted = [...registered].map(
      ({ attachment, sequence }): ConflictClaim => ({
        by: 'orchestrator',
        nve: this.#modules.registry.nve(attachment.nve)?.tunnelAddress ?? attachment.nve,
        ...(attachment.mac !== undefined && { mac: attachment.mac }),
        ...(ip !== undefined && attachment.ips.includes(ip) && { ip }),
        sequence,
      }),
    );
    // Of presence nothing is registered: it is the NVE itself that is contradicted.
    const owner = text.code === 'wrong-session' ? this.#modules.registry.nveByTunnelAddress(facts.nextHop) : undefined;
    if (contradicted.length === 0 && owner !== undefined) {
      contradicted.push({ by: owner.session ?? owner.tunnelAddress, nve: owner.tunnelAddress });
    }
    return {
      id: [text.code, network?.name ?? '-', set.source.address, route.type, route.rd ?? '-', address || '-'].join(' '),
      code: text.code,
      ...(network && { network: network.name }),
      reason: text.reason,
      claims: [claim, ...contradicted],
      done: 'the route is kept and shown, and sent to nobody',
      remedy: text.remedy,
      releasable: false,
      since: since * 1000,
    };
  }

  /** Addresses that the orchestrator has given to more than one, and IP addresses that NVEs announce with several MAC addresses. */
  *#duplicates(network: string): Iterable<Conflict> {
    const told = new Set<string>();
    for (const [address, holders] of this.#modules.registry.sharedAddresses(network)) {
      const sharing = holders.filter(({ attachment }) => attachment.state === 'associated');
      if (sharing.length < 2) continue;
      told.add(address);
      yield {
        ...duplicate(network, address),
        reason: `${address} is attached ${sharing.length} times: ${sharing.map(({ attachment }) => attachment.id).join(', ')}`,
        claims: sharing.map(({ attachment, sequence }) => ({
          by: `attachment ${attachment.id}`,
          nve: this.#modules.registry.nve(attachment.nve)?.tunnelAddress ?? attachment.nve,
          ...(attachment.mac !== undefined && { mac: attachment.mac }),
          sequence,
        })),
        done: 'all are announced; the highest sequence number is followed (RFC 7432 §15)',
        remedy: 'detach all but one, or give them addresses of their own',
      };
    }
    const mappings = this.#modules.mappings(network);
    for (const [ip, holders] of mappings?.sharedIps() ?? []) {
      // A default gateway's is at every NVE that routes, with a MAC address of its own where they so choose (RFC 7432 §10.1).
      if (told.has(ip) || holders.every(({ destination }) => this.#isGateway(destination))) continue;
      const followed = mappings?.find(ip);
      const losers = holders.filter(({ best }) => best.mapping !== followed);
      const winners = holders.filter(({ best }) => best.mapping === followed);
      yield {
        ...duplicate(network, ip),
        reason: `${ip} is announced with ${holders.length} MAC addresses`,
        claims: [...losers.slice(0, MAX_CLAIMS - 1), ...winners].map(({ best: { mapping, source } }) => ({
          by: mapping.domain ?? source,
          nve: mapping.nve,
          ...(mapping.kind === 'host' && { mac: mapping.mac ?? '', sequence: mapping.sequence }),
          ip,
        })),
        done: `all are passed on; asked for ${ip}, nvad answers with ${followed?.nve}`,
        remedy: 'find the hosts by their MAC addresses, and give all but one another IP address',
        since: Math.max(...holders.slice(0, MAX_CLAIMS).map(({ best }) => best.since)) * 1000,
      };
    }
  }

  #isGateway(destination: number): boolean {
    const { table, attributes } = this.#modules.speaker;
    const set = table.sentSet(destination);
    return set >= 0 && factsOfSet(attributes.get(set)).defaultGateway;
  }

  /** NVEs whose attachments in a network nvad would announce and cannot. */
  *#unannounced(network: string): Iterable<Conflict> {
    const { registry, encapsulationsOf, routerMacOf } = this.#modules;
    const declared = registry.network(network);
    if (declared === undefined) return;
    for (const name of registry.nvesIn(network)) {
      const nve = registry.nve(name);
      // It announces by itself, unless nobody's word but the orchestrator's counts.
      if (nve === undefined || (nve.kind === 'bgp' && declared.trust !== 'orchestrator')) continue;
      const can = encapsulationsOf(nve);
      const obstacle = obstacleTo(declared, nve, can, routerMacOf(nve));
      if (obstacle === undefined) continue;
      const waiting = first(registry.attachmentsAt(network, name), (stored) =>
        // What waits for a word has no obstacle.
        isAnnouncedByNvad(declared, nve, stored, true),
      );
      if (waiting === undefined) continue;
      const { id, mac, ips, prefixes } = waiting.attachment;
      const [ip] = ips;
      const [prefix] = prefixes;
      yield {
        id: `not-announced ${network} ${name}`,
        code: 'not-announced',
        network,
        ...obstacle,
        claims: [
          {
            by: `attachment ${id}`,
            nve: nve.tunnelAddress,
            ...(mac !== undefined && { mac }),
            ...(ip !== undefined && { ip }),
            ...(prefix !== undefined && { prefix }),
            ...(can !== undefined && { encapsulations: can }),
          },
        ],
        done: `nothing that is attached at ${name} in ${network} is announced`,
        releasable: false,
      };
    }
  }

  /** Pairs of NVEs of a network that have no encapsulation in common. */
  *#unreachable(network: string): Iterable<Conflict> {
    const declared = this.#modules.registry.network(network);
    if (declared === undefined) return;
    const ends = new Map<string, readonly Encapsulation[]>();
    const { registry, encapsulationsOf } = this.#modules;
    for (const [address, announced] of this.#modules.mappings(network)?.ends() ?? []) {
      const nve = registry.nveByTunnelAddress(address);
      ends.set(address, (nve && encapsulationsOf(nve)) ?? [announced]);
    }
    for (const name of registry.nvesIn(network)) {
      const nve = registry.nve(name);
      const can = nve && encapsulationsOf(nve);
      if (nve !== undefined && can !== undefined) ends.set(nve.tunnelAddress, can);
    }
    // By what they can do, of which there are few kinds.
    const kinds = new Map<string, { readonly nves: string[]; readonly can: readonly Encapsulation[] }>();
    for (const [nve, can] of ends) {
      const key = can.join();
      const kind = kinds.get(key);
      if (kind === undefined) kinds.set(key, { nves: [nve], can });
      else kind.nves.push(nve);
    }
    const list = [...kinds.values()];
    for (const [i, a] of list.entries()) {
      for (const b of list.slice(a.nves.length > 1 ? i : i + 1)) {
        if (commonEncapsulation(declared.encapsulations, a.can, b.can) !== undefined) continue;
        yield {
          id: `no-common-encapsulation ${network} ${a.nves[0]} ${b.nves.at(-1)}`,
          code: 'no-common-encapsulation',
          network,
          reason: `of ${declared.encapsulations.join(', ')}, ${a.nves.join(', ')} and ${b.nves.join(', ')} have none in common`,
          claims: [
            { by: a.nves[0] as string, nve: a.nves[0] as string, encapsulations: a.can },
            { by: b.nves.at(-1) as string, nve: b.nves.at(-1) as string, encapsulations: b.can },
          ],
          done: 'neither is told of the other by the NVE protocol',
          remedy: 'allow an encapsulation in the network that both can do, or set one for the NVE',
          releasable: false,
        };
      }
    }
  }
}

const duplicate = (network: string, address: string) =>
  ({
    id: `duplicate-address ${network} ${address}`,
    code: 'duplicate-address',
    network,
    releasable: false,
  }) as const;

/** Why an NVE's attachments in a network have no routes, as a `Vrf` has it. */
function obstacleTo(
  { name, service, encapsulations: allowed }: VirtualNetwork,
  nve: Nve,
  can: readonly Encapsulation[] = allowed,
  routerMac: string | undefined,
): Pick<Conflict, 'reason' | 'remedy'> | undefined {
  const common = allowed.filter((one) => can.includes(one)).slice(0, 1);
  if (common.length === 0) {
    const reason = `NVE ${nve.name} can do ${can.join(', ')}, and ${name} allows ${allowed.join(', ')}`;
    return { reason, remedy: 'allow an encapsulation in the network that the NVE can do, or set one for the NVE' };
  }
  if (service !== 'l3' || routerMac !== undefined || !carriesFramesOnly(common)) return undefined;
  const reason = `NVE ${nve.name} has no router MAC, which routed traffic in ${common[0]} needs (RFC 9136 §4.4.1)`;
  return {
    reason,
    remedy: 'set routerMac for the NVE, or let the network prefer an encapsulation that carries packets',
  };
}

function first<T>(all: Iterable<T>, matches: (one: T) => boolean): T | undefined {
  for (const one of all) if (matches(one)) return one;
  return undefined;
}
