/** Why a route does not cross. The sentences are what `explain` says, and counts go by the codes. */
export const refusals = {
  'not-shared': 'its route targets name no network that is shared',
  'type-stays': 'routes of this type stay in their domain (RFC 9014 §3)',
  'wrong-service': 'it is of a service that the shared network does not have',
  'wrong-vni': 'its VNI is not the one that the network has on this side',
  'no-vni': 'its encapsulation has no VNI that could be given another number',
  'esi-overlay-index': 'it leads by an Ethernet segment, and those stay in their domain',
  'came-from-there': 'it was learnt from there',
  'passed-here': 'it has been in our own domain already (D-PATH)',
  'as-loop': 'it has been in our own AS already (AS_PATH): counted for each session that tells it',
  'passed-there': 'it has been in that domain already (D-PATH or AS_PATH)',
  'no-export': 'it is not to be told any further (NO_EXPORT or NO_ADVERTISE, RFC 1997)',
  'next-hop-inside': 'its next hop lies in the underlay of our own domain',
  'inside-identifier': 'it has an identifier of our own domain in it',
  'no-gateway': 'no gateway of the network is alive',
  'no-router-mac': "it is about a prefix, and the Router's MAC that would lead there is not known",
  'router-macs-differ': "it is about a prefix, and gateways that share an address have different Router's MACs",
  'no-receiver': 'it floods by a tunnel of its domain that nobody over there could take part in',
  'too-long': 'its attributes leave no room for it in an UPDATE',
  policy: 'a rule of the policy refuses it',
  'over-network-limit': 'as many routes of the network are taken as may be',
  'over-limit': 'as many routes of the domain are taken as may be',
  'too-many-distinguishers': 'there is no route distinguisher of our own left for it',
  malformed: 'it is malformed and taken as withdrawn (RFC 7606 §2): counted each time, since its session began',
  drained: 'the neighbour is drained',
} as const;

export type Refusal = keyof typeof refusals;
