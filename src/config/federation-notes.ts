/** What the neighbour domains of a valid file probably do not mean. Pure. */
import type { Direction, Share, ShareAll } from '../federation/model.ts';
import { isVni } from '../federation/shares.ts';
import type { VirtualNetwork } from '../nva/model.ts';
import type { Config } from './config.ts';
import type { ConfigPath, Finding } from './error.ts';
import { isAt, isUnderlay } from './underlay.ts';

/** What may still come by the API or a session is no fault, but more often it is a slip. */
export function federationNotes(config: Config): Finding[] {
  return [...neighboursInside(config), ...ofShares(config)];
}

/** What has the address of an NVE of ours is taken to be one, or to be forged (docs/federation.md). */
function neighboursInside({ nves, federation }: Config): Finding[] {
  return federation.flatMap(({ neighbour: { domain }, sessions }, i) =>
    sessions.flatMap(({ address }, j): Finding[] => {
      const holders = nves.filter((nve) => isAt(nve, address));
      const holder = holders.find(({ kind }) => kind !== 'dynamic') ?? holders[0];
      if (holder === undefined) return [];
      const whose =
        holder.kind === 'dynamic'
          ? `lies in ${holder.prefix}, a prefix of nves`
          : `is the tunnel address of our NVE ${holder.nve?.name}`;
      const reason = `${address} is given for the NVA of ${domain}, and ${whose}: routes from there that name it are refused`;
      const suggestion = 'name the other side, or leave its addresses out of nves';
      return [{ code: 'note', path: ['federation', i, 'address', j], reason, suggestion }];
    }),
  );
}

function ofShares(config: Config): Finding[] {
  // Of what is missing in `nves` it is said once, of whatever shares.
  const told = new Set<string>();
  const declared = new Map(config.authority?.networks.map((network) => [network.name, network]));
  return config.federation.flatMap(({ neighbour: { networks } }, i) => {
    const path: ConfigPath = ['federation', i, 'virtualNetworks'];
    if ('gateways' in networks) {
      return [
        ...ofGateways(networks.gateways, path, config, told),
        ...ofRouterMacs(networks.gateways, path, config),
        ...ofSegment(networks, undefined, path),
        ...outOfRange(networks, declared.values(), path),
      ];
    }
    return networks.flatMap((share, j) => {
      const network = declared.get(share.network);
      return [
        ...(network === undefined ? [notDeclared(share.network, [...path, j, 'name'])] : []),
        ...ofGateways(share.gateways, [...path, j], config, told),
        ...(network === undefined || isRouted(network) ? ofRouterMacs(share.gateways, [...path, j], config) : []),
        ...ofSegment(share, network, [...path, j]),
      ];
    });
  });
}

function notDeclared(network: string, path: ConfigPath): Finding {
  const reason = `the network ${network} is not declared, and is shared from when the API makes it`;
  return { code: 'note', path, reason, suggestion: 'declare it in virtualNetworks, or share another' };
}

/** Of a gateway with an end in either underlay, the other domain's is known from its own word alone, by the NVE protocol. */
function ofGateways(gateways: Share['gateways'], path: ConfigPath, config: Config, told: Set<string>): Finding[] {
  const isTold = gateways.import.length > 0 && config.authority?.nveProtocol !== undefined;
  const seen = new Set<string>();
  return (['import', 'export'] as const).flatMap((direction) =>
    gateways[direction].flatMap((address, i): Finding[] => {
      if (seen.has(address) || told.has(address)) return [];
      const wrong = isUnderlay(config, address)
        ? undeclared(address, config)
        : direction === 'export' && isTold
          ? undefined
          : noNve(address);
      if (wrong === undefined) return [];
      (isUnderlay(config, address) ? told : seen).add(address);
      const members = gateways.anycast?.[direction] === undefined ? [] : ['members'];
      const at = [...path, 'gateways', ...placeOf(gateways, direction), ...members, i];
      return [{ code: 'note', path: at, ...wrong }];
    }),
  );
}

type Said = Pick<Finding, 'reason' | 'suggestion'>;

const noNve = (address: string): Said => ({
  reason: `${address} is no NVE: none is declared there, and it is in no prefix of nves`,
  suggestion: 'declare the gateway in nves, or write its tunnel address',
});

/** Where NVEs are expected one that has no session is gone, unless it is said that it has none. */
function undeclared(address: string, { nves, authority }: Config): Said | undefined {
  if (nves.some((nve) => nve.kind !== 'dynamic' && isAt(nve, address))) return undefined;
  const session = authority?.nveProtocol === undefined ? 'a BGP session' : 'a session, by BGP or the NVE protocol';
  return {
    reason: `${address} lies in a prefix of nves and is not declared: it counts as dead until it has ${session}`,
    suggestion: 'where it has none, declare it in nves with kind static or agent',
  };
}

const isRouted = ({ service, l3 }: VirtualNetwork) => service === 'l3' || l3 !== undefined;

/** Where the gateways of a direction are written: those that share one address in both may be so for both at once. */
function placeOf({ anycast, ...lists }: Share['gateways'], direction: Direction): ConfigPath {
  const isForBoth = anycast !== undefined && anycast.import === anycast.export;
  return isForBoth && lists.import.join() === lists.export.join() ? [] : [direction];
}

/** Routed traffic to an address that gateways share has one inner destination, whichever of them it comes to. */
function ofRouterMacs(gateways: Share['gateways'], path: ConfigPath, { nves }: Config): Finding[] {
  const macs = new Map(
    nves.flatMap((one) =>
      'nve' in one && one.nve?.routerMac !== undefined ? [[one.nve.tunnelAddress, one.nve.routerMac] as const] : [],
    ),
  );
  const seen = new Set<string>();
  return (['import', 'export'] as const).flatMap((direction): Finding[] => {
    const address = gateways.anycast?.[direction];
    const declared = new Set(gateways[direction].flatMap((member) => macs.get(member) ?? []));
    if (address === undefined || declared.size < 2 || seen.has(address)) return [];
    seen.add(address);
    const reason = `${address} is shared by gateways with different Router's MACs: nothing that is routed crosses by them`;
    const at = [...path, 'gateways', ...placeOf(gateways, direction), 'anycast'];
    return [{ code: 'note', path: at, reason, suggestion: 'give them the same routerMac, or elect one of them' }];
  });
}

/** The segment is what our NVEs see of the hosts behind gateways (RFC 9014 §3.5). */
function ofSegment(
  { segment, gateways }: Share | ShareAll,
  network: VirtualNetwork | undefined,
  path: ConfigPath,
): Finding[] {
  const says = (reason: string, suggestion: string): Finding[] => [
    { code: 'note', path: [...path, 'interconnectSegment'], reason, suggestion },
  ];
  if (segment === undefined) return [];
  if (gateways.import.length === 0) {
    const reason = 'interconnectSegment does nothing: our NVEs see no gateways, which gateways.import would say';
    return says(reason, 'add gateways, or leave it out');
  }
  if (network?.service !== 'l3') return [];
  const reason = `interconnectSegment does nothing: ${network.name} has service l3, and no hosts by MAC address`;
  return says(reason, 'leave it out');
}

function outOfRange({ vniOffset }: ShareAll, networks: Iterable<VirtualNetwork>, path: ConfigPath): Finding[] {
  return [...networks]
    .filter(({ vni }) => !isVni(vni + vniOffset))
    .map(({ name, vni }) => {
      const reason = `${name} is not shared: with vniOffset its VNI ${vni} would be ${vni + vniOffset} on the wire`;
      const suggestion = 'take an offset with which it is at least 1 and at most 16777215';
      return { code: 'note', path: [...path, 'vniOffset'], reason, suggestion };
    });
}
