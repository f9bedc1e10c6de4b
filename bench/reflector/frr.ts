/**
 * FRR's bgpd, alone: no zebra, no kernel routes. Configured for speed: all clients in one peer group, so that it packs
 * once for all, and no delay but one.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asn, clusterId, routerId } from '../model/addresses.ts';
import { startDaemon, versionOf } from './daemon.ts';
import type { Reflector } from './reflector.ts';

const program = '/usr/lib/frr/bgpd';
const version = versionOf(program, /version (\S+)/);

/**
 * Seconds that a new client waits for others, to be told everything together with them. Without it a cold start of 500
 * clients takes 50 s instead of 3; once all are there it makes no difference.
 */
const COALESCE = 1;

const configFor = (clients: string) => `
router bgp ${asn}
 bgp router-id ${routerId}
 no bgp default ipv4-unicast
 bgp cluster-id ${clusterId}
 coalesce-time ${1000 * COALESCE}
 neighbor NVE peer-group
 neighbor NVE remote-as ${asn}
 neighbor NVE passive
 neighbor NVE advertisement-interval 0
 bgp listen limit 5000
 bgp listen range ${clients} peer-group NVE
 address-family l2vpn evpn
  neighbor NVE activate
  neighbor NVE route-reflector-client
 exit-address-family
`;

/** A folder of its own, which its user may read too; then the daemon in place of the shell. */
const scriptFor = (config: string) => `
mkdir -p /var/run/frr
mount -t tmpfs -o mode=0755 frr /var/run/frr
cp '${config}' /var/run/frr/bgpd.conf
chown -R frr:frr /var/run/frr
exec ${program} --no_kernel --no_zebra -f /var/run/frr/bgpd.conf -P 0 --log stdout --log-level warnings
`;

export const frr: Reflector = {
  name: 'frr',
  title: `FRR ${version ?? ''}`.trim(),
  missing: version === undefined ? 'bgpd of FRR is not installed' : undefined,
  leniency: { echoes: true, sendsEverything: true, addsMed: true },
  rtConstrain: false,
  derivesInterest: false,
  settles: 2 * COALESCE,
  start: (site, folder, stack) => {
    const config = join(folder, 'bgpd.conf');
    writeFileSync(config, configFor(site.underlay.clients));
    return startDaemon(scriptFor(config), site, stack);
  },
};
