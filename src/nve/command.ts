/** What nved does to the kernel, as values; and the lines by which `ip`, `bridge` and `nft` are told so, in batches. */

import { parseDestinationKey } from './destination.ts';
import { filterTransaction } from './filter.ts';
import type { BridgePort } from './kernel-state.ts';
import { FILTER_TABLE, HOSTS_TABLE } from './names.ts';
import type { WantedNetwork } from './wanted.ts';
import type { WantedGateway } from './wanted-router.ts';

/** What makes a VXLAN device and cannot be changed in one that is there. */
export type VxlanIdentity = Pick<WantedNetwork, 'vni' | 'local' | 'group' | 'mac'>;

export type Command =
  | { readonly op: 'add-bridge'; readonly device: string; readonly mac: string }
  | { readonly op: 'add-vxlan'; readonly device: string; readonly identity: VxlanIdentity }
  /** By what it is made of: its tunnels' source, its type of service, whether it learns. */
  | { readonly op: 'set-vxlan'; readonly device: string; readonly set: VxlanSettings }
  | { readonly op: 'set-snooping-off'; readonly device: string }
  | { readonly op: 'set-link'; readonly device: string; readonly set: LinkSettings }
  | { readonly op: 'set-port'; readonly device: string; readonly set: BridgePort }
  | { readonly op: 'delete-link'; readonly device: string }
  /** In a bridge: whatever port had the address loses it. */
  | { readonly op: 'set-bridge-entry'; readonly bridge: string; readonly device: string; readonly mac: string }
  | { readonly op: 'delete-bridge-entry'; readonly bridge: string; readonly device: string; readonly mac: string }
  /** In a VXLAN device: the one destination of a host. */
  | { readonly op: 'set-tunnel'; readonly device: string; readonly mac: string; readonly to: string }
  /** One more of several destinations. */
  | { readonly op: 'add-tunnel'; readonly device: string; readonly mac: string; readonly to: string }
  | { readonly op: 'delete-tunnel'; readonly device: string; readonly mac: string; readonly to: string }
  | { readonly op: 'set-neighbour'; readonly device: string; readonly ip: string; readonly mac: string }
  | { readonly op: 'delete-neighbour'; readonly device: string; readonly ip: string }
  /** One end in this namespace, and the other in that of a router. */
  | { readonly op: 'add-gateway'; readonly gateway: WantedGateway }
  /** Two devices that lead to each other, the second in another namespace where one is named. */
  | {
      readonly op: 'add-pair';
      readonly device: string;
      readonly peer: string;
      readonly namespace: string | undefined;
    }
  /** In, or about, a router's namespace. */
  | {
      readonly op: 'router';
      readonly namespace: string;
      readonly program: Batch['program'];
      readonly line: string;
      /** Run in the router's namespace. */
      readonly inside: boolean;
    }
  /** A whole filter, or none. */
  | { readonly op: 'set-filter'; readonly which: 'filter' | 'hostFilter'; readonly text: string | undefined };

export interface VxlanSettings {
  readonly local?: string;
  readonly tos?: number;
  readonly learning?: boolean;
}

export interface LinkSettings {
  readonly mtu?: number;
  readonly up?: true;
  /** Null: out of the bridge that it is in. */
  readonly master?: string | null;
  /** No IPv6 addresses by itself. */
  readonly ownIpv6?: false;
}

export const VXLAN_PORT = 4789;

/** Lines for one start of one program, in order. */
export interface Batch {
  readonly program: 'ip' | 'bridge' | 'nft' | 'sysctl';
  /** Of a router, where it is not the one that nved runs in. */
  readonly namespace: string | undefined;
  readonly text: string;
  /** Commands of which it consists, in the order of its lines. */
  readonly commands: readonly Command[];
}

/** Commands as batches: as few as their order allows. */
export function batches(commands: readonly Command[]): Batch[] {
  const found: { program: Batch['program']; namespace: string | undefined; lines: string[]; commands: Command[] }[] =
    [];
  for (const command of commands) {
    const [program, line] = render(command);
    const namespace = command.op === 'router' && command.inside ? command.namespace : undefined;
    const last = found.at(-1);
    if (last?.program === program && last.namespace === namespace) {
      last.lines.push(line);
      last.commands.push(command);
    } else found.push({ program, namespace, lines: [line], commands: [command] });
  }
  return found.map(({ lines, ...batch }) => ({ ...batch, text: `${lines.join('\n')}\n` }));
}

const filterTables = { filter: FILTER_TABLE, hostFilter: HOSTS_TABLE } as const;

const onOff = (value: boolean) => (value ? 'on' : 'off');

/** One command as the line of a batch. */
export function render(command: Command): readonly [Batch['program'], string] {
  switch (command.op) {
    case 'add-bridge':
      return ['ip', `link add ${command.device} address ${command.mac} type bridge mcast_snooping 0`];
    case 'add-vxlan': {
      const { vni, local, group, mac } = command.identity;
      const flooded = group === undefined ? '' : ` group ${group.address} dev ${group.device}`;
      const kind = `type vxlan id ${vni} local ${local} dstport ${VXLAN_PORT} nolearning${flooded}`;
      return ['ip', `link add ${command.device} address ${mac} ${kind}`];
    }
    case 'set-vxlan': {
      const { local, tos, learning } = command.set;
      const words = [
        ...(local === undefined ? [] : [`local ${local}`]),
        ...(tos === undefined ? [] : [`tos 0x${tos.toString(16)}`]),
        ...(learning === undefined ? [] : [learning ? 'learning' : 'nolearning']),
      ];
      return ['ip', `link set ${command.device} type vxlan ${words.join(' ')}`];
    }
    case 'set-snooping-off':
      return ['ip', `link set ${command.device} type bridge mcast_snooping 0`];
    case 'set-link': {
      const { mtu, up, master, ownIpv6 } = command.set;
      const words = [
        ...(ownIpv6 === undefined ? [] : ['addrgenmode none']),
        ...(mtu === undefined ? [] : [`mtu ${mtu}`]),
        ...(master === undefined ? [] : [master === null ? 'nomaster' : `master ${master}`]),
        ...(up === undefined ? [] : ['up']),
      ];
      return ['ip', `link set ${command.device} ${words.join(' ')}`];
    }
    case 'set-port': {
      const { learning, flood, neighSuppress, isolated, broadcast } = command.set;
      const words = `learning ${onOff(learning)} flood ${onOff(flood)} neigh_suppress ${onOff(neighSuppress)} isolated ${onOff(isolated)}`;
      const more = broadcast === undefined ? '' : ` bcast_flood ${onOff(broadcast)} mcast_flood ${onOff(broadcast)}`;
      return ['ip', `link set ${command.device} type bridge_slave ${words}${more}`];
    }
    case 'delete-link':
      return ['ip', `link delete ${command.device}`];
    case 'set-bridge-entry':
      return ['bridge', `fdb replace ${command.mac} dev ${command.device} master static`];
    case 'delete-bridge-entry':
      return ['bridge', `fdb delete ${command.mac} dev ${command.device} master`];
    case 'set-tunnel':
      return ['bridge', `fdb replace ${tunnel(command)}`];
    case 'add-tunnel':
      return ['bridge', `fdb append ${tunnel(command)}`];
    case 'delete-tunnel':
      return ['bridge', `fdb delete ${tunnel(command)}`];
    case 'set-neighbour':
      return ['ip', `neighbour replace ${command.ip} lladdr ${command.mac} dev ${command.device} nud permanent`];
    case 'delete-neighbour':
      return ['ip', `neighbour delete ${command.ip} dev ${command.device}`];
    case 'add-gateway': {
      const { port, device, mac, namespace } = command.gateway;
      return ['ip', `link add ${port} type veth peer name ${device} address ${mac} netns ${namespace}`];
    }
    case 'add-pair': {
      const there = command.namespace === undefined ? '' : ` netns ${command.namespace}`;
      return ['ip', `link add ${command.device} type veth peer name ${command.peer}${there}`];
    }
    case 'router':
      return [command.program, command.line];
    case 'set-filter':
      return ['nft', filterTransaction(command.text, 'bridge', filterTables[command.which])];
  }
}

function tunnel({ device, mac, to }: { readonly device: string; readonly mac: string; readonly to: string }): string {
  const { address, vni } = parseDestinationKey(to);
  return `${mac} dev ${device} dst ${address}${vni === undefined ? '' : ` vni ${vni}`} self permanent`;
}
