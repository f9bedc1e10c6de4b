/** Where clients and the reflector are. Clients have addresses of one prefix, which the generator's namespace takes as its own. */
import type { ClientIndex, Population } from './population.ts';

export const asn = 65000;
export const clusterId = '10.9.255.77';
export const routerId = '10.9.255.1';

/** Addresses of one IP version: the clients' prefix, and both ends of the link. */
export interface Underlay {
  readonly clients: string;
  readonly reflector: string;
  readonly generator: string;
  readonly linkPrefix: number;
}

const underlays: Readonly<Record<4 | 6, Underlay>> = {
  4: { clients: '10.9.0.0/17', reflector: '10.9.128.1', generator: '10.9.128.2', linkPrefix: 30 },
  6: { clients: 'fd09::/96', reflector: 'fd09:0:0:1::1', generator: 'fd09:0:0:1::2', linkPrefix: 64 },
};

export const underlayOf = ({ ip }: Pick<Population, 'ip'>): Underlay => underlays[ip];

/** BGP Identifier of a client: an IPv4 address, one after the other. */
export function identifier(client: ClientIndex): readonly number[] {
  return [10, 9, (client + 1) >> 8, (client + 1) & 255];
}

/** Address of a client, which is its next hop too; its last four octets are the identifier. */
export function addressOctets(client: ClientIndex, ip: 4 | 6): readonly number[] {
  const id = identifier(client);
  return ip === 4 ? id : [0xfd, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...id];
}

export function addressText(client: ClientIndex, ip: 4 | 6): string {
  const id = identifier(client).join('.');
  return ip === 4 ? id : `fd09::${id}`;
}
