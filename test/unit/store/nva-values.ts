/** Objects of the NVA for tests, each whole and different by its number. */
import type { Actor, Attachment, NvaEvent, Nve, VirtualNetwork } from '../../../src/nva/model.ts';
import type { NvaTransaction, StoredAttachment } from '../../../src/nva/nva-store.ts';

const octet = (value: number) => (value & 0xff).toString(16).padStart(2, '0');

export const network = (name: string, vni: number, change: Partial<VirtualNetwork> = {}): VirtualNetwork => ({
  name,
  vni,
  service: 'l2',
  routeTargets: [`65000:${vni}`],
  acl: [],
  flooding: { kind: 'ingress-replication' },
  encapsulations: ['vxlan'],
  unknownUnicast: 'flood',
  trust: 'nve',
  ...change,
});

export const nve = (number: number, change: Partial<Nve> = {}): Nve => ({
  name: `nve${number}`,
  tunnelAddress: `10.0.${number >> 8}.${number & 0xff}`,
  kind: 'agent',
  encapsulations: ['vxlan'],
  ...change,
});

export const attachment = (number: number, change: Partial<Attachment> = {}): Attachment => ({
  network: 'web',
  id: `port-${number}`,
  nve: 'nve1',
  mac: `02:00:00:${octet(number >> 16)}:${octet(number >> 8)}:${octet(number)}`,
  ips: [`172.${16 + (number >> 16)}.${(number >> 8) & 0xff}.${number & 0xff}`],
  prefixes: [],
  vap: `tap${number}`,
  sticky: false,
  role: 'tenant',
  state: 'associated',
  ...change,
});

export const stored = (number: number, change: Partial<StoredAttachment> = {}): StoredAttachment => ({
  attachment: attachment(number),
  sequence: 0,
  registered: true,
  attached: false,
  ...change,
});

export const alice: Actor = { name: 'alice', via: 'api' };

export const event = (id: number, change: Partial<NvaEvent> = {}): NvaEvent => ({
  id,
  at: 1_795_000_000_000 + id,
  by: alice,
  change: { op: 'put', kind: 'attachment', value: attachment(id) },
  ...change,
});

export const transaction = (parts: Partial<NvaTransaction>): NvaTransaction => ({
  networks: [],
  nves: [],
  attachments: [],
  events: [],
  ...parts,
});
