/** What path attribute type codes are called that have no row in the registry (IANA, BGP Path Attributes). */
const names: Readonly<Record<number, string>> = {
  11: 'DPA (deprecated)',
  12: 'ADVERTISER (deprecated)',
  13: 'RCID_PATH (deprecated)',
  19: 'SAFI Specific Attribute (deprecated)',
  20: 'Connector (deprecated)',
  21: 'AS_PATHLIMIT (deprecated)',
  24: 'Traffic Engineering',
  27: 'PE Distinguisher Labels',
  28: 'Entropy Label Capability (deprecated)',
  33: 'BGPsec_PATH',
  34: 'BGP Community Container',
  37: 'SFP',
  38: 'BFD Discriminator',
  41: 'BIER',
  129: 'ATTR_SET (development)',
  255: 'development',
};

/** For people: a name, or `attribute 99`. */
export function attributeName(code: number): string {
  return names[code] ?? `attribute ${code}`;
}
