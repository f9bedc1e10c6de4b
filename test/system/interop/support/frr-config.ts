import { reflector } from '../../support/underlay.ts';

export interface BgpdOptions {
  /** Default 65000. */
  readonly asn?: number;
  readonly id: string;
  /** Lines that belong to no neighbour. */
  readonly options?: readonly string[];
  /** Lines of each neighbour, besides its activation; default: nvad inside the AS, nothing tuned. */
  readonly neighbours?: Readonly<Record<string, readonly string[]>>;
  /** Lines of the address family that belong to a neighbour. */
  readonly evpnNeighbours?: Readonly<Record<string, readonly string[]>>;
  /** Lines of the address family; default `advertise-all-vni`. */
  readonly evpn?: readonly string[];
  readonly more?: string;
}

/** bgpd.conf of a router that speaks EVPN alone. */
export function bgpd({
  asn = 65000,
  id,
  options = [],
  neighbours,
  evpnNeighbours = {},
  evpn,
  more = '',
}: BgpdOptions): string {
  const all = Object.entries(neighbours ?? { [reflector]: [`remote-as ${asn}`] });
  const own = all.flatMap(([address, lines]) => lines.map((line) => ` neighbor ${address} ${line}`));
  const active = all.map(([address]) => `  neighbor ${address} activate`);
  const extra = Object.entries(evpnNeighbours).flatMap(([address, lines]) =>
    lines.map((line) => `  neighbor ${address} ${line}`),
  );
  return `
router bgp ${asn}
 bgp router-id ${id}
 no bgp default ipv4-unicast
${[...options.map((line) => ` ${line}`), ...own].join('\n')}
 address-family l2vpn evpn
${[...active, ...extra, ...(evpn ?? ['advertise-all-vni']).map((line) => `  ${line}`)].join('\n')}
 exit-address-family
exit
${more}`;
}
