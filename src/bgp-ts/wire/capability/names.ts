/** What capability codes are called that have no row in the registry (IANA, Capability Codes). */
const names: Readonly<Record<number, string>> = {
  4: 'Multiple Routes to a Destination (deprecated)',
  66: 'Dynamic Capability (deprecated)',
  68: 'Multisession BGP',
  72: 'Routing Policy Distribution',
  77: 'Link-Local Next Hop',
  129: 'pre-standard Multiprotocol',
  131: 'Multisession BGP (Cisco)',
  184: 'pre-standard FQDN',
  185: 'Operational Message',
};

/** For people: a name, or `capability 200`. */
export function capabilityName(code: number): string {
  return names[code] ?? `capability ${code}`;
}
