import { afterAll, beforeAll, describe } from 'vitest';
import { Bench } from '../support/bench.ts';
import { Frr, hasFrr } from '../support/frr.ts';
import { isRoot } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { sessionsAreAsConfigured } from './sessions.ts';
import { type Case, cases, config, underlay } from './underlay.ts';

/** What an operator of FRR writes for one session. */
function neighbour({ nvad, router, dials, theirs: { password, hops } }: Case): string[] {
  return [
    `neighbor ${nvad} remote-as 65000`,
    `neighbor ${nvad} timers connect 1`,
    ...(dials === 'router' ? [`neighbor ${nvad} update-source ${router}`] : [`neighbor ${nvad} passive`]),
    ...(password === undefined ? [] : [`neighbor ${nvad} password ${password}`]),
    ...(hops === undefined ? [] : [`neighbor ${nvad} ttl-security hops ${hops}`]),
  ];
}

const bgpd = `
hostname nve
router bgp 65000
 bgp router-id 10.0.0.99
 no bgp default ipv4-unicast
 ${cases.flatMap(neighbour).join('\n ')}
 !
 address-family l2vpn evpn
${cases.map(({ nvad }) => `  neighbor ${nvad} activate`).join('\n')}
 exit-address-family
!`;

describe.runIf(isRoot && hasFrr)('a session with FRR', () => {
  const bench = new Bench();
  let nvad: Nvad;
  beforeAll(async () => {
    const { nva, router } = underlay(bench);
    nvad = await bench.nvad(nva, config).up();
    const frr = new Frr({ bgpd }, router);
    bench.defer(() => frr.stop());
  });
  afterAll(() => bench.clear());

  sessionsAreAsConfigured(() => nvad);
});
