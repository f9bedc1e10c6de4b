/** What is said of the authority over virtual networks where there is none, and of who may speak the NVE protocol. */
import { isLoopback } from './address.ts';
import { parseTcpEndpoint } from './endpoint.ts';
import type { Finding } from './error.ts';
import { asMap, contradiction, type Raw } from './raw.ts';

const needsNetworks = {
  admission: 'says what becomes of routes of undeclared networks',
  macMobility: 'says when a MAC address that moves within a network is a duplicate',
  nveProtocol: 'serves NVEs with what is known of networks',
} as const;

export function authorityContradictions(file: Raw): Finding[] {
  return [...withoutNetworks(file), ...openDoor(file)];
}

function withoutNetworks(file: Raw): Finding[] {
  if (file.virtualNetworks !== undefined) return [];
  return (Object.keys(needsNetworks) as (keyof typeof needsNetworks)[])
    .filter((key) => file[key] !== undefined)
    .map((key) => ({
      code: 'contradiction',
      path: [key],
      atKey: true,
      reason: `${key} ${needsNetworks[key]}, but without virtualNetworks nvad is a plain reflector`,
      suggestion: `leave ${key} out, or add virtualNetworks, if only as an empty list`,
    }));
}

/** Whoever gets in can attach tenants: that is not for everybody who reaches the port. */
function openDoor(file: Raw): Finding[] {
  const { listen, tls, tokens } = asMap(file.nveProtocol);
  const parsed = typeof listen === 'string' ? parseTcpEndpoint(listen) : undefined;
  if (parsed?.ok !== true || isLoopback(parsed.value.host)) return [];
  if (asMap(tls).clientCa !== undefined || tokens !== undefined) return [];
  const reason = `whoever reaches ${parsed.value.text} could speak for any NVE: nveProtocol has neither tls.clientCa nor tokens`;
  return [contradiction(['nveProtocol', 'listen'], reason, 'give one of them, or listen on 127.0.0.1')];
}
