/**
 * Two readings of the same EVPN routes, made comparable: tshark's, out of its JSON, and that of `bgp-ts decode`. Fields
 * that a route type does not have are absent. Labels are given by their upper 20 bits: tshark reads most of them so,
 * since MP_REACH_NLRI stands before the community that says VXLAN.
 */
export interface RouteReading {
  readonly type: number;
  /** Eight octets in hexadecimal. */
  readonly rd?: string | undefined;
  readonly esi?: string | undefined;
  readonly tag?: number | undefined;
  readonly mac?: string | undefined;
  /** Of a host, a prefix or an originator. */
  readonly address?: string | undefined;
  readonly prefixLength?: number | undefined;
  readonly gateway?: string | undefined;
  readonly labels?: readonly number[] | undefined;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type Fields = { readonly [key: string]: Json };

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All values that stand under a key, at any depth, in order; several under one key one after the other. */
export function valuesOf(value: Json, key: string): Json[] {
  if (Array.isArray(value)) return value.flatMap((one: Json) => valuesOf(one, key));
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name !== key) return valuesOf(inner, key);
    return Array.isArray(inner) ? [...(inner as readonly Json[])] : [inner];
  });
}

const present = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

export function tsharkReading(nlri: Json): RouteReading {
  const text = (name: string) => valuesOf(nlri, name)[0] as string | undefined;
  const number = (name: string) => (text(name) === undefined ? undefined : Number(text(name)));
  const octets = (name: string) => text(name)?.replaceAll(':', '');
  const bits20 = ['bgp.evpn.nlri.mpls_ls1', 'bgp.evpn.nlri.mpls_ls2', 'bgp.update.path_attribute.mpls_label_value'];
  const labels = [
    ...bits20.flatMap((name) => valuesOf(nlri, name).map(Number)),
    ...valuesOf(nlri, 'bgp.evpn.nlri.vni').map((vni) => Number(vni) >> 4),
  ];
  return present({
    type: number('bgp.evpn.nlri.rt') ?? Number.NaN,
    rd: octets('bgp.evpn.nlri.rd'),
    esi: octets('bgp.evpn.nlri.esi'),
    tag: number('bgp.evpn.nlri.etag'),
    mac: text('bgp.evpn.nlri.mac_addr'),
    address: text('bgp.evpn.nlri.ip.addr') ?? text('bgp.evpn.nlri.ipv6.addr'),
    prefixLength: number('bgp.evpn.nlri.prefix_len'),
    gateway: text('bgp.evpn.nlri.ipv4.gtw_addr') ?? text('bgp.evpn.nlri.ipv6.gtw_addr'),
    labels: labels.length === 0 ? undefined : labels,
  });
}

/** What `bgp-ts decode --json` says of a route of types 1 to 5. */
export interface DecodedRoute {
  readonly type: number;
  readonly rd: { readonly type: number; readonly asn?: number; readonly address?: string; readonly assigned: number };
  readonly esi?: string | undefined;
  readonly ethernetTag?: number;
  readonly mac?: string | undefined;
  readonly ip?: string;
  readonly originator?: string;
  readonly prefix?: string;
  readonly gateway?: string | undefined;
  readonly label?: number;
  readonly label1?: number;
  readonly label2?: number;
}

export function ownReading(route: DecodedRoute): RouteReading {
  const [network, length] = route.prefix?.split('/') ?? [];
  const labels = [route.label, route.label1, route.label2].filter((label) => label !== undefined);
  const isPrefix = route.type === 5;
  return present({
    type: route.type,
    rd: rdOctets(route.rd),
    esi: route.esi,
    tag: route.ethernetTag,
    mac: route.mac,
    address: route.ip ?? route.originator ?? network,
    prefixLength: length === undefined ? undefined : Number(length),
    gateway: route.gateway,
    // tshark takes a type 5's label whole
    labels: labels.length === 0 ? undefined : labels.map((label) => (isPrefix ? label : label >> 4)),
  });
}

/** RFC 4364 §4.2. */
function rdOctets({ type, asn = 0, address, assigned }: DecodedRoute['rd']): string {
  const octets = Buffer.alloc(8);
  octets.writeUInt16BE(type, 0);
  if (type === 0) {
    octets.writeUInt16BE(asn, 2);
    octets.writeUInt32BE(assigned, 4);
  } else {
    if (address === undefined) octets.writeUInt32BE(asn, 2);
    else octets.set(address.split('.').map(Number), 2);
    octets.writeUInt16BE(assigned, 6);
  }
  return octets.toString('hex');
}
