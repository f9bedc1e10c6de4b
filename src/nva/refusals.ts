/** Why a route of a virtual network may not be used: the numbers that the route table keeps, and what they say to people. */

export const Refusal = {
  UndeclaredNetwork: 1,
  WrongService: 2,
  WrongVni: 3,
  WrongL3Vni: 4,
  WrongEncapsulation: 5,
  NotRegistered: 6,
  RegisteredElsewhere: 7,
  WrongSession: 8,
  Frozen: 9,
  SeveralNetworks: 10,
  WrongRouteTarget: 11,
} as const;
export type Refusal = (typeof Refusal)[keyof typeof Refusal];

export interface RefusalText {
  /** Stable name. */
  readonly code: string;
  readonly reason: string;
  /** How to settle it. */
  readonly remedy: string;
}

const texts: Readonly<Record<Refusal, RefusalText>> = {
  [Refusal.UndeclaredNetwork]: {
    code: 'undeclared-network',
    reason: 'no declared virtual network has one of its route targets',
    remedy: 'declare the network with this route target, or set admission: open',
  },
  [Refusal.WrongService]: {
    code: 'wrong-service',
    reason: 'the network that its route targets name has the other service',
    remedy: 'announce MAC addresses in a network with L2 service and prefixes in one with L3 service',
  },
  [Refusal.WrongVni]: {
    code: 'wrong-vni',
    reason: 'its VNI is not that of the network that its route targets name',
    remedy: 'give the NVE the VNI of the network, or the network that of the NVE',
  },
  [Refusal.WrongL3Vni]: {
    code: 'wrong-l3-vni',
    reason: 'its second VNI is not that of the network that routes for this one',
    remedy: 'declare the network with L3 service and name it as l3 of this one, or correct the NVE',
  },
  [Refusal.WrongEncapsulation]: {
    code: 'wrong-encapsulation',
    reason: 'none of its encapsulations is allowed in the network',
    remedy: 'allow the encapsulation in the network, or change that of the NVE',
  },
  [Refusal.NotRegistered]: {
    code: 'not-registered',
    reason: 'the orchestrator has not registered it, which the trust of the network asks for',
    remedy: 'attach it by the API, or find out what the NVE announces there',
  },
  [Refusal.RegisteredElsewhere]: {
    code: 'registered-elsewhere',
    reason: 'it is registered at another NVE',
    remedy: 'move the attachment if it has moved; else find out why this NVE announces it',
  },
  [Refusal.WrongSession]: {
    code: 'wrong-session',
    reason: 'it came in by a session that is not that of the NVE of its next hop',
    remedy: 'name the peering address of the NVE as its session, or find out who announces for it',
  },
  [Refusal.SeveralNetworks]: {
    code: 'several-networks',
    reason: 'its route targets name networks that do not belong together',
    remedy: 'announce it with the route targets of one network, and of the one that routes for it',
  },
  [Refusal.WrongRouteTarget]: {
    code: 'wrong-route-target',
    reason: 'its VNI is that of a declared network, and its route targets are not',
    remedy: 'give the NVE the route targets of the network, or the network those of the NVE',
  },
  [Refusal.Frozen]: {
    code: 'duplicate-mac',
    reason: 'the MAC address moved too often between NVEs and is frozen where it was (RFC 7432 §15.1)',
    remedy: 'find the two hosts or the loop, then release the conflict',
  },
};

/** Of routes of type 3, which say that an NVE is in a network, where the words for an address would not fit. */
const textsOfPresence: Partial<typeof texts> = {
  [Refusal.NotRegistered]: {
    code: 'not-registered',
    reason: "the NVE is in the network by its own word alone, and the network's trust asks for an attachment there",
    remedy: 'attach something there by the API, or take the network off that NVE',
  },
  [Refusal.WrongSession]: {
    code: 'wrong-session',
    reason: 'that the NVE is in the network came in by a session that is not its own',
    remedy: 'name the peering address of the NVE as its session, or find out who announces for it',
  },
};

/** What a number means of a route of this type; undefined for one that is none of ours. */
export function refusalText(refusal: number, routeType?: number): RefusalText | undefined {
  return (routeType === 3 ? textsOfPresence[refusal as Refusal] : undefined) ?? texts[refusal as Refusal];
}
