/** What a neighbour domain has, as octets: hosts behind its NVEs, in networks that are shared or that are not. */
import { macIp, macOf, rd } from '../../test/system/support/evpn-routes.ts';
import { announce, encapsulationVxlan, routeTarget, withdraw } from '../../test/system/support/messages.ts';

export const neighbourAsn = 65_100;
const FIRST_VNI = 2000;
/** Octets of an UPDATE besides its routes, and of a route: all fit into 4,096. */
const ROUTES_PER_UPDATE = 100;

export const vniOf = (network: number): number => FIRST_VNI + network;
const tunnelOf = (nve: number): string => `10.80.${nve >> 8}.${(nve & 255) + 1}`;

export interface FarDomain {
  readonly networks: number;
  /** Each is in every network. */
  readonly nves: number;
  readonly routes: number;
}

export interface Teller {
  /** Of the AS that is told in AS_PATH; 0: none, as an NVE of our own domain says it. */
  readonly asn: number;
  /** In front of the colon of route targets. */
  readonly targetAsn: number;
}

const MILLION = 1_000_000;

function* groups({ networks, nves, routes }: FarDomain) {
  const count = Math.ceil(routes / (networks * nves));
  for (let group = 0; group * count < routes; group++) {
    const first = group * count;
    const hosts = Array.from({ length: Math.min(count, routes - first) }, (_, i) => MILLION + first + i);
    yield { network: group % networks, nve: Math.floor(group / networks), hosts };
  }
}

function* updates(domain: FarDomain) {
  for (const { network, nve, hosts } of groups(domain)) {
    for (let at = 0; at < hosts.length; at += ROUTES_PER_UPDATE) {
      const nlri = hosts
        .slice(at, at + ROUTES_PER_UPDATE)
        .map((host) =>
          macIp({ rd: rd(`10.90.0.${(nve % 250) + 1}`, network), mac: macOf(host), labels: [vniOf(network)] }),
        );
      yield { network, nve, nlri };
    }
  }
}

/** All routes, as UPDATEs one after the other. */
export function announceAll(domain: FarDomain, { asn, targetAsn }: Teller): Uint8Array {
  return joined(updates(domain), ({ network, nve, nlri }) =>
    announce(nlri, {
      nextHop: tunnelOf(nve),
      extendedCommunities: [routeTarget(targetAsn, vniOf(network)), encapsulationVxlan],
      ...(asn !== 0 && { asPath: [asn], localPref: null }),
    }),
  );
}

export function withdrawAll(domain: FarDomain): Uint8Array {
  return joined(updates(domain), ({ nlri }) => withdraw(nlri));
}

function joined<T>(all: Iterable<T>, octetsOf: (one: T) => Uint8Array): Uint8Array {
  return Buffer.concat([...all].map(octetsOf));
}
