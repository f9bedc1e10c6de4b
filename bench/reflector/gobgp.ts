/** GoBGP, with one peer group for all clients. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asn, clusterId, routerId } from '../model/addresses.ts';
import { startDaemon, versionOf } from './daemon.ts';
import type { Reflector } from './reflector.ts';

const program = '/usr/bin/gobgpd';
const version = versionOf(program, /version (\S+)/);
const GROUP = 'nves';

const configFor = (clients: string) => ({
  global: { config: { as: asn, 'router-id': routerId, port: 179 } },
  'peer-groups': [
    {
      config: { 'peer-group-name': GROUP, 'peer-as': asn },
      'route-reflector': {
        config: { 'route-reflector-client': true, 'route-reflector-cluster-id': clusterId },
      },
      'afi-safis': [{ config: { 'afi-safi-name': 'l2vpn-evpn' } }],
    },
  ],
  'dynamic-neighbors': [{ config: { prefix: clients, 'peer-group': GROUP } }],
});

export const gobgp: Reflector = {
  name: 'gobgp',
  title: `GoBGP ${version ?? ''}`.trim(),
  missing: version === undefined ? 'gobgpd is not installed' : undefined,
  leniency: { echoes: false, sendsEverything: true, addsMed: false },
  rtConstrain: false,
  derivesInterest: false,
  settles: 0.5,
  limit: { adverts: 12_000_000, why: 'it would take minutes' },
  start: (site, folder, stack) => {
    const config = join(folder, 'gobgpd.json');
    writeFileSync(config, JSON.stringify(configFor(site.underlay.clients)));
    const script = `exec ${program} -t json -f '${config}' --api-hosts=127.0.0.1:50051 -l warn --log-plain`;
    return startDaemon(script, site, stack);
  },
};
