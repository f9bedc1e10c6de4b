/** What holds where neither configuration nor API says anything. */
import type { Encapsulation, Flooding, Service, Trust, VirtualNetwork } from './model.ts';

export const defaultService: Service = 'l2';
/** Those that carry a VNI of 24 bits. With MPLS it is a label of 20 bits, and so asked for by name. */
export const defaultEncapsulations: readonly Encapsulation[] = ['vxlan', 'vxlan-gpe', 'geneve', 'nvgre'];
export const defaultFlooding: Flooding = { kind: 'ingress-replication' };
export const defaultUnknownUnicast: VirtualNetwork['unknownUnicast'] = 'flood';
export const defaultTrust: Trust = 'nve';
