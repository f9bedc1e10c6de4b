/**
 * Gateways that share an address (anycast): whoever sends to them sees one end of tunnels, and the underlay leads each packet
 * to one of those that are there. So what is said of that end has to hold for all of them. Pure.
 */
import type { Encapsulation } from '../evpn/encapsulation.ts';
import type { GatewayEnd } from './judge.ts';
import type { ShareGateways } from './model.ts';

/** One of those that share an address. */
export interface AnycastMember extends GatewayEnd {
  /** It is there, and packets may come to it. */
  readonly serves: boolean;
}

/** What the address that they share is to those who send to it. */
export function anycastEnd(tunnelAddress: string, members: readonly AnycastMember[]): GatewayEnd {
  const serving = members.filter(({ serves }) => serves);
  // Of one that is away as well, so that it does not change what is said when it comes back.
  const macs = new Set(members.flatMap(({ routerMac }) => routerMac ?? []));
  const [routerMac] = serving.every((member) => member.routerMac !== undefined) && macs.size === 1 ? macs : [];
  const encapsulations = commonTo(serving);
  return {
    tunnelAddress,
    ...(routerMac !== undefined && { routerMac }),
    ...(macs.size > 1 && { routerMacsDiffer: true }),
    ...(encapsulations.length > 0 && { encapsulations }),
  };
}

/** Those that all can do of whom it is known. */
function commonTo(members: readonly GatewayEnd[]): readonly Encapsulation[] {
  const [first = [], ...others] = members.flatMap(({ encapsulations }) =>
    encapsulations === undefined ? [] : [encapsulations],
  );
  return first.filter((one) => others.every((can) => can.includes(one)));
}

/** Whether gateways of ours share an address, in either direction. */
export function isAnycast({ anycast }: ShareGateways, address: string): boolean {
  return anycast !== undefined && (anycast.import === address || anycast.export === address);
}
