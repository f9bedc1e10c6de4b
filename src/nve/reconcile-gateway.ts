/** From the pairs of devices that gateway roles want, and what is there of them: what to do. Pure. */
import type { Command } from './command.ts';
import { filterTransaction, fingerprintOf } from './filter.ts';
import type { KernelState } from './kernel-state.ts';
import { joinDevice, joinedVni, OUTSIDE_DEVICE, outsidePort } from './names.ts';
import type { Problem } from './problem.ts';
import type { RouterLink } from './router-state.ts';
import type { WantedState } from './wanted.ts';
import { LINK_LENGTH, type WantedEnd, type WantedPair } from './wanted-gateway.ts';

export interface GatewayReconciliation {
  /** When routers' namespaces are there, and before what is in them. */
  readonly make: readonly Command[];
  readonly remove: readonly Command[];
  /** Devices of the machine's own that are nved's, and wanted. */
  readonly keep: readonly string[];
  readonly problems: readonly Problem[];
}

export function reconcileGateways(
  { gateways, routers }: Pick<WantedState, 'gateways' | 'routers'>,
  kernel: KernelState,
): GatewayReconciliation {
  const { pairs, outside, machineFilter: text } = gateways;
  const make: Command[] = [];
  // Before what leads there: nothing passes unfiltered.
  if (fingerprintOf(text) !== kernel.machineFilter) make.push(filterCommand(undefined, text));
  for (const { namespace, filter } of routers)
    if (fingerprintOf(filter) !== kernel.routers.get(namespace)?.filter) make.push(filterCommand(namespace, filter));
  for (const pair of pairs) make.push(...pairCommands(pair, kernel));
  const problems: Problem[] = [];
  for (const { network, port, device } of outside) {
    if (kernel.forwarding.get(port) !== true) make.push(command(undefined, 'sysctl', forwardingOf(port)));
    const problem = problemOutside(network, device, kernel.forwarding.get(device));
    if (problem !== undefined) problems.push(problem);
  }
  const ends = pairs.flatMap((pair) => pair.ends);
  const keep = ends.flatMap(({ namespace, device }) => (namespace === undefined ? [device] : []));
  return { make, remove: leftovers(ends, routers, kernel), keep, problems };
}

const forwardingOf = (device: string) => `net/ipv4/conf/${device}/forwarding=1`;

/** What the machine does with packets that come in by devices of others is not nved's to change. */
function problemOutside(network: string, device: string, forwards: boolean | undefined): Problem | undefined {
  if (forwards === true) return undefined;
  const reason =
    forwards === undefined
      ? `there is no device ${device} by which ${network} is to be let out`
      : `answers from outside are lost, because ${device} does not forward: sysctl -w ${forwardingOf(device)}`;
  return { network, code: 'outside', reason };
}

/** In a router's namespace, or on the machine. */
const command = (namespace: string | undefined, program: 'ip' | 'sysctl' | 'nft', line: string): Command => ({
  ...{ op: 'router', namespace: namespace ?? '', program, line, inside: namespace !== undefined },
});

const filterCommand = (namespace: string | undefined, text: string | undefined) =>
  command(namespace, 'nft', filterTransaction(text, 'inet'));

type FoundEnd = RouterLink | undefined;

function found({ namespace, device }: WantedEnd, { links, addresses, routers }: KernelState): FoundEnd {
  if (namespace !== undefined) return routers.get(namespace)?.links.get(device);
  const link = links.get(device);
  if (link === undefined) return undefined;
  const own = [...addresses].flatMap(([address, at]) => (at === device ? [`${address}/${LINK_LENGTH}`] : []));
  return { up: link.up, mtu: link.mtu, mac: link.address, addresses: new Set(own) };
}

function pairCommands({ ends, mtu }: WantedPair, kernel: KernelState): Command[] {
  const there = ends.map((end) => found(end, kernel));
  const isWhole = ends.every(({ mac }, index) => there[index]?.mac === mac);
  const misfit = isWhole ? undefined : ends.find((_, index) => there[index] !== undefined);
  const made = isWhole ? [] : [command(undefined, 'ip', `link add ${ends.map(endWords).join(' type veth peer ')}`)];
  return [
    // Its other end goes with it.
    ...(misfit === undefined ? [] : [command(misfit.namespace, 'ip', `link delete ${misfit.device}`)]),
    ...made,
    ...ends.flatMap((end, index) => endCommands(end, mtu, isWhole ? there[index] : undefined)),
  ];
}

const endWords = ({ namespace, device, mac }: WantedEnd) =>
  `name ${device} address ${mac}${namespace === undefined ? '' : ` netns ${namespace}`}`;

function endCommands({ namespace, device, address }: WantedEnd, mtu: number | undefined, now: FoundEnd): Command[] {
  const commands: Command[] = [];
  const isUp = now?.up === true;
  if (!isUp && namespace !== undefined)
    for (const key of ['rp_filter', 'send_redirects'])
      commands.push(command(namespace, 'sysctl', `net/ipv4/conf/${device}/${key}=0`));
  if (!isUp) commands.push(command(namespace, 'ip', `link set ${device} addrgenmode none`));
  if (!isUp || (mtu !== undefined && now.mtu !== mtu))
    commands.push(command(namespace, 'ip', `link set ${device}${mtu === undefined ? '' : ` mtu ${mtu}`} up`));
  if (address !== undefined && now?.addresses.has(address) !== true)
    commands.push(command(namespace, 'ip', `address add ${address} dev ${device}`));
  // The number of a way out has changed.
  for (const other of now?.addresses ?? [])
    if (other !== address) commands.push(command(namespace, 'ip', `address delete ${other} dev ${device}`));
  return commands;
}

/** Ends in routers that stay, of pairs that nobody wants any more: each pair by the end whose other does not go by itself. */
function leftovers(ends: readonly WantedEnd[], routers: WantedState['routers'], kernel: KernelState): Command[] {
  const wanted = new Set(ends.map(({ namespace, device }) => `${namespace} ${device}`));
  const has = (namespace: string, device: string) => kernel.routers.get(namespace)?.links.has(device) === true;
  return routers.flatMap(({ namespace, vni }) => {
    const stale = (device: string) => has(namespace, device) && !wanted.has(`${namespace} ${device}`);
    const joins = [...(kernel.routers.get(namespace)?.links.keys() ?? [])].filter((device) => {
      const other = joinedVni(device);
      if (other === undefined || !stale(device)) return false;
      return !routers.some((router) => router.vni === other && other < vni && has(router.namespace, joinDevice(vni)));
    });
    const out = stale(OUTSIDE_DEVICE) && !kernel.links.has(outsidePort(vni)) ? [OUTSIDE_DEVICE] : [];
    return [...joins, ...out].map((device) => command(namespace, 'ip', `link delete ${device}`));
  });
}
