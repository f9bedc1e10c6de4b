import type { LocalIdentity } from '../../../src/bgp-ts/rib/assess.ts';

/** Who takes the routes in and passes them on. */
export const local = {
  asn: 65000,
  routerId: 0x0a000001,
  clusterId: 0x0a000001,
  domainIds: ['65000:1'],
} as const satisfies LocalIdentity;
