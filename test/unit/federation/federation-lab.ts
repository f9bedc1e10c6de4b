/**
 * Our domain beside one neighbour domain on a network without sockets: the speaker and the NVA are real, NVEs and the
 * neighbour's NVA are played by hand.
 */
import { type EvpnNlri, extendedCommunity, type PathAttributes, type StaticNeighbour } from 'bgp-ts';
import { Federation } from '../../../src/federation/federation.ts';
import type { MaintenanceStore } from '../../../src/federation/maintenance.ts';
import { defaultLimits, defaultRate, type NeighbourDomain } from '../../../src/federation/model.ts';
import { Nva } from '../../../src/nva/nva.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { announcement, withdrawal } from '../bgp-ts/rib/kit.ts';
import { Lab, type Router } from '../bgp-ts/speaker/kit.ts';
import { ListStore, orchestrator, put, web } from '../nva/kit.ts';

const NEIGHBOUR = '10.9.0.2';

const dc2: NeighbourDomain = {
  domain: 'dc2',
  asn: 65002,
  domainId: '65002:0',
  networks: [
    { network: 'web', remote: { vni: 2010, routeTarget: '65002:2010' }, gateways: { export: [], import: [] } },
  ],
  keepStale: 300,
  limits: defaultLimits,
  rate: { import: defaultRate, export: defaultRate },
  policy: {},
};

const octet = (value: number) => value.toString(16).padStart(2, '0');

/** A MAC address in `web`, as it is called inside or on the wire. */
export function host(n: number, side: 'inside' | 'wire'): EvpnNlri {
  const [address, label1] = side === 'inside' ? ['10.0.0.2', 10] : [NEIGHBOUR, 2010];
  return {
    family: 6470,
    kind: 'mac-ip-advertisement',
    type: 2,
    rd: { type: 1, address, assigned: 7 },
    esi: '00'.repeat(10),
    ethernetTag: 0,
    mac: `02:00:00:00:${octet(n >> 8)}:${octet(n & 255)}`,
    label1,
  };
}

export function attributesOf(side: 'inside' | 'wire'): PathAttributes {
  const [asn, local] = side === 'inside' ? [65000, 10] : [65002, 2010];
  const target = { encoding: 'as2', asn, local } as const;
  return {
    origin: 'igp',
    asPath: side === 'inside' ? [] : [{ type: 'sequence', asns: [65002] }],
    ...(side === 'inside' && { localPref: 100 }),
    extendedCommunities: [
      extendedCommunity({ kind: 'route-target', transitive: true, value: target }),
      extendedCommunity({ kind: 'encapsulation', tunnelType: 8 }),
    ],
  };
}

export interface FederationLab {
  readonly lab: Lab;
  readonly federation: Federation;
  readonly nva: Nva;
  /** As it is configured with the neighbour. */
  readonly session: StaticNeighbour;
  /** Lines of what federation told its owner. */
  readonly told: string[];
  /** The neighbour's NVA comes up. */
  joinNeighbour(): Router;
  /** An NVE of ours. */
  joinNve(address?: string): Router;
  announce(router: Router, side: 'inside' | 'wire', ...what: readonly (number | PathAttributes)[]): void;
  withdraw(router: Router, side: 'inside' | 'wire', ...hosts: readonly number[]): void;
}

export async function federationLab(
  change: Partial<NeighbourDomain> = {},
  kept: MaintenanceStore = memoryStore().maintenance,
): Promise<FederationLab> {
  let lab: Lab | undefined;
  const now = () => lab?.clock.now() ?? 0;
  const silent = { applied: () => {}, conflict: () => {}, unannounced: () => {} };
  const nva = new Nva(
    { admission: 'declared' },
    {
      now,
      converged: () => true,
      handler: silent,
      get beyond() {
        return federation;
      },
    },
  );
  const told: string[] = [];
  const ours = new Lab(
    {},
    {
      admission: nva.admission,
      decided: (changes) => {
        nva.decided(changes);
        federation.decided(changes);
      },
      isHeld: (destination) => federation.isHeld(destination),
      groupsOf: (address) => federation.groupsOf(address),
      guests: { take: (connection) => federation.guests.take(connection), protectedPeers: [] },
    },
  );
  lab = ours;
  const ofNeighbours = { ...ours.handler };
  // As whoever owns the speaker does.
  const { established, down } = ofNeighbours;
  Object.assign(ours.handler, {
    established: (...told: Parameters<typeof established>) => {
      established(...told);
      nva.found(told[0].address);
      federation.gatewaysMayHaveChanged();
    },
    down: (...told: Parameters<typeof down>) => {
      down(...told);
      federation.gatewaysMayHaveChanged();
    },
  });
  const federation: Federation = new Federation(
    { asn: 65000, routerId: '10.0.0.1', domainId: '65000:0' },
    {
      clock: ours.clock,
      transport: ours.network.transport('10.0.0.1'),
      random: () => 0.5,
      defer: (run) => void ours.clock.setTimer(0, run),
      worked: () => 0,
      handler: {
        speaker: () => ofNeighbours,
        limited: (domain, { type }) => void told.push(`${type} ${domain}`),
        gateway: (address, { state }) => void told.push(`gateway ${address} ${state}`),
        elected: (domain, network, gateway) => void told.push(`${network} to ${domain} by ${gateway}`),
        maintenance: (domain, { state }) => void told.push(`${domain} ${state}`),
        resumed: (domain, { state }) => void told.push(`${domain} still ${state}`),
      },
      isUnderlay: (address) => address.startsWith('10.0.'),
      isNva: (address) => address === '192.0.2.77',
      kept: () => kept,
    },
  );
  await ours.speaker.listen('10.0.0.1', 179);
  ours.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client' });
  nva.begin(ours.speaker, new ListStore(), []);
  nva.apply([put(web)], orchestrator);
  const session: StaticNeighbour = {
    address: NEIGHBOUR,
    asn: 65002,
    reflection: 'non-client',
    passive: true,
    gracefulRestart: { enabled: true, restartTime: 120, longLivedStaleTime: 300, staleTime: 300, retainAlways: true },
  };
  federation.begin(ours.speaker, nva, [{ neighbour: { ...dc2, ...change }, sessions: [session], policies: {} }]);
  ours.settle();
  const nextHop = (side: 'inside' | 'wire') => (side === 'inside' ? '10.0.0.2' : NEIGHBOUR);
  return {
    lab: ours,
    federation,
    nva,
    session,
    told,
    joinNeighbour: () => ours.join(NEIGHBOUR, { asn: 65002 }),
    joinNve: (address = '10.0.0.2') => ours.join(address),
    announce: (router, side, ...what) => {
      const hosts = what.filter((one) => typeof one === 'number').map((n) => host(n, side));
      const more = what.filter((one) => typeof one !== 'number');
      router.say(announcement(hosts, Object.assign({}, attributesOf(side), ...more), nextHop(side)));
    },
    withdraw: (router, side, ...hosts) => router.say(withdrawal(hosts.map((n) => host(n, side)))),
  };
}

/** Until nothing is on its way: crossing takes a few turns. */
export function rest({ lab }: Pick<FederationLab, 'lab'>, milliseconds = 10): void {
  for (let turn = 0; turn < 10; turn++) lab.clock.advance(milliseconds / 10);
}
