/**
 * What a command does to the kernel's state, as far as nved looks at it. nved keeps what it knows of the kernel up to date
 * with it, so that a change of one mapping does not cost reading all of them back.
 */
import { type Command, VXLAN_PORT } from './command.ts';
import { fingerprint } from './filter.ts';
import { ALL_MACS, type BridgePort, type KernelLink, type KernelState } from './kernel-state.ts';
import type { RouterState } from './router-state.ts';

/** The state of a kernel that can change. */
export class KernelModel implements KernelState {
  readonly links: Map<string, KernelLink>;
  readonly bridgeFdb: Map<string, Map<string, string>>;
  readonly vxlanFdb: Map<string, Map<string, Set<string>>>;
  readonly neighbours: Map<string, Map<string, string>>;
  readonly addresses: ReadonlyMap<string, string>;
  readonly forwarding: ReadonlyMap<string, boolean>;
  readonly routers: ReadonlyMap<string, RouterState>;
  filter?: string;
  hostFilter?: string;
  machineFilter?: string;

  constructor(state: KernelState) {
    this.links = new Map(state.links);
    this.bridgeFdb = new Map([...state.bridgeFdb].map(([key, macs]) => [key, new Map(macs)]));
    this.vxlanFdb = new Map(
      [...state.vxlanFdb].map(([key, macs]) => [key, new Map([...macs].map(([mac, to]) => [mac, new Set(to)]))]),
    );
    this.neighbours = new Map([...state.neighbours].map(([key, ips]) => [key, new Map(ips)]));
    this.addresses = state.addresses;
    this.forwarding = state.forwarding;
    this.routers = state.routers;
    if (state.filter !== undefined) this.filter = state.filter;
    if (state.hostFilter !== undefined) this.hostFilter = state.hostFilter;
    if (state.machineFilter !== undefined) this.machineFilter = state.machineFilter;
  }

  /** Does the command, or answers why the kernel would refuse it. */
  apply(command: Command): string | undefined {
    switch (command.op) {
      case 'add-bridge':
        return this.#add({ ...newLink(command.device, 'bridge', command.mac), multicastSnooping: false });
      case 'add-vxlan': {
        const { vni, local, group, mac } = command.identity;
        for (const { vxlan, name } of this.links.values())
          if (vxlan?.vni === vni && vxlan.port === VXLAN_PORT) return `${name} has the VNI ${vni} already`;
        const vxlan = { vni, local, port: VXLAN_PORT, learning: false, tos: 0, ...(group !== undefined && { group }) };
        const refused = this.#add({ ...newLink(command.device, 'vxlan', mac), vxlan });
        if (refused === undefined && group !== undefined)
          this.vxlanFdb.set(command.device, new Map([[ALL_MACS, new Set([group.address])]]));
        return refused;
      }
      case 'set-vxlan':
        return this.#change(command.device, (link) =>
          link.vxlan === undefined ? 'no VXLAN device' : { ...link, vxlan: { ...link.vxlan, ...command.set } },
        );
      case 'set-snooping-off':
        return this.#change(command.device, (link) => ({ ...link, multicastSnooping: false }));
      case 'set-link':
        return this.#setLink(command.device, command.set);
      case 'set-port':
        return this.#change(command.device, (link) =>
          link.port === undefined ? 'no port of a bridge' : { ...link, port: { ...link.port, ...command.set } },
        );
      case 'delete-link':
        return this.#delete(command.device);
      case 'set-bridge-entry': {
        if (this.links.get(command.device)?.master !== command.bridge) return `${command.device} is not in its bridge`;
        inner(this.bridgeFdb, command.bridge).set(command.mac, command.device);
        return undefined;
      }
      case 'delete-bridge-entry': {
        if (this.bridgeFdb.get(command.bridge)?.get(command.mac) !== command.device) return 'no such entry';
        this.bridgeFdb.get(command.bridge)?.delete(command.mac);
        return undefined;
      }
      case 'set-tunnel':
      case 'add-tunnel': {
        const { device, mac, to, op } = command;
        if (this.links.get(device)?.kind !== 'vxlan') return `no VXLAN device ${device}`;
        const macs = inner(this.vxlanFdb, device);
        if (op === 'set-tunnel') macs.set(mac, new Set([to]));
        else macs.set(mac, new Set([...(macs.get(mac) ?? []), to]));
        return undefined;
      }
      case 'delete-tunnel': {
        const destinations = this.vxlanFdb.get(command.device)?.get(command.mac);
        if (destinations?.delete(command.to) !== true) return 'no such entry';
        if (destinations.size === 0) this.vxlanFdb.get(command.device)?.delete(command.mac);
        return undefined;
      }
      case 'set-neighbour':
        if (!this.links.has(command.device)) return `no device ${command.device}`;
        inner(this.neighbours, command.device).set(command.ip, command.mac);
        return undefined;
      case 'delete-neighbour':
        return this.neighbours.get(command.device)?.delete(command.ip) === true ? undefined : 'no such entry';
      case 'add-gateway':
        return this.#add(newLink(command.gateway.port, 'veth', ''));
      case 'add-pair': {
        const { device, peer, namespace } = command;
        if (namespace === undefined && this.links.has(peer)) return `${peer} exists`;
        const refused = this.#add(newLink(device, 'veth', ''));
        return refused ?? (namespace === undefined ? this.#add(newLink(peer, 'veth', '')) : undefined);
      }
      case 'router':
        // What routers' namespaces are like is read again.
        return undefined;
      case 'set-filter':
        if (command.text === undefined) delete this[command.which];
        else this[command.which] = fingerprint(command.text);
        return undefined;
    }
  }

  #add(link: KernelLink): string | undefined {
    if (this.links.has(link.name)) return `${link.name} exists`;
    this.links.set(link.name, link);
    return undefined;
  }

  #change(device: string, change: (link: KernelLink) => KernelLink | string): string | undefined {
    const link = this.links.get(device);
    if (link === undefined) return `no device ${device}`;
    const changed = change(link);
    if (typeof changed === 'string') return changed;
    this.links.set(device, changed);
    return undefined;
  }

  #setLink(device: string, set: Extract<Command, { op: 'set-link' }>['set']): string | undefined {
    if (typeof set.master === 'string' && !this.links.has(set.master)) return `no device ${set.master}`;
    return this.#change(device, (link) => {
      const changed: { -readonly [Key in keyof KernelLink]: KernelLink[Key] } = { ...link };
      if (set.mtu !== undefined) changed.mtu = set.mtu;
      if (set.up !== undefined) changed.up = true;
      if (set.ownIpv6 !== undefined) changed.ownIpv6 = false;
      if (set.master !== undefined && set.master !== link.master) {
        this.#leave(device, link.master);
        delete changed.master;
        delete changed.port;
        if (set.master !== null) {
          changed.master = set.master;
          changed.port = NEW_PORT;
        }
      }
      return changed;
    });
  }

  #leave(device: string, bridge: string | undefined): void {
    const macs = bridge === undefined ? undefined : this.bridgeFdb.get(bridge);
    for (const [mac, port] of macs ?? []) if (port === device) macs?.delete(mac);
  }

  #delete(device: string): string | undefined {
    const link = this.links.get(device);
    if (link === undefined) return `no device ${device}`;
    this.#leave(device, link.master);
    for (const other of this.links.values()) {
      if (other.master !== device) continue;
      const { master: _master, port: _port, ...rest } = other;
      this.links.set(other.name, rest);
    }
    this.links.delete(device);
    this.bridgeFdb.delete(device);
    this.vxlanFdb.delete(device);
    this.neighbours.delete(device);
    return undefined;
  }
}

/** As the kernel makes one. */
const NEW_PORT: BridgePort = {
  learning: true,
  flood: true,
  neighSuppress: false,
  isolated: false,
  broadcast: true,
};

function newLink(name: string, kind: string, address: string): KernelLink {
  return { name, kind, address, up: false, mtu: 1500, ownIpv6: true };
}

function inner<V>(map: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let found = map.get(key);
  if (found === undefined) {
    found = new Map();
    map.set(key, found);
  }
  return found;
}
