/** Type octets (RFC 7153 §5.1), without the non-transitive bit. */
export const ExtendedType = { As2: 0x00, Ipv4: 0x01, As4: 0x02, Opaque: 0x03, Evpn: 0x06 } as const;

/** Subtypes of the three administrator types (RFC 7153 §5.2). */
export const AdministratorSubtype = { RouteTarget: 0x02, RouteOrigin: 0x03, LinkBandwidth: 0x04 } as const;

/** Subtypes of the opaque type. */
export const OpaqueSubtype = { Color: 0x0b, Encapsulation: 0x0c, DefaultGateway: 0x0d } as const;

/** Subtypes of the EVPN type. */
export const EvpnSubtype = {
  MacMobility: 0x00,
  EsiLabel: 0x01,
  EsImport: 0x02,
  RouterMac: 0x03,
  Layer2Attributes: 0x04,
  ETree: 0x05,
  DfElection: 0x06,
  ArpNd: 0x08,
  MulticastFlags: 0x09,
  EviRouteTargetAs2: 0x0a,
  EviRouteTargetIpv4: 0x0b,
  EviRouteTargetAs4: 0x0c,
} as const;
