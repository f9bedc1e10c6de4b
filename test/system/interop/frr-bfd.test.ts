/** BFD against FRR's bfdd: one hop, and several with a router between. */
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { diagnostics } from '../../../src/bfd/wire.ts';
import { Bench } from '../support/bench.ts';
import { BfdHere } from '../support/bfd.ts';
import { Frr, frrName, hasFrr } from '../support/frr.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { until } from '../support/until.ts';
import { interop } from './support/matrix.ts';

interface Peer {
  readonly status?: string;
  readonly 'remote-diagnostic'?: string;
  readonly 'remote-transmit-interval'?: number;
}

const usual = { interval: 100, multiplier: 3 };
const timing = 'receive-interval 100\n  transmit-interval 100\n  detect-multiplier 3';

const ways = [
  { what: 'one hop, over IPv4', standard: 'RFC 5881', ours: '10.0.0.1', theirs: '10.0.0.2', multihop: false },
  { what: 'one hop, over IPv6', standard: 'RFC 5881', ours: 'fd00::1', theirs: 'fd00::2', multihop: false },
  { what: 'several hops, over IPv4', standard: 'RFC 5883', ours: '10.0.0.1', theirs: '10.0.1.2', multihop: true },
] as const;

describe.runIf(isRoot && hasFrr)('BFD with FRR', () => {
  describe.each(ways)('$what', ({ what, standard, ours, theirs, multihop }) => {
    const peerWords = `peer ${ours} ${multihop ? 'multihop ' : ''}local-address ${theirs}${multihop ? '' : ' interface underlay'}`;
    let bench: Bench;
    let here: BfdHere;
    let router: Namespace;
    let frr: Frr;

    beforeEach(() => {
      bench = new Bench();
      const nva = bench.namespace('nva');
      router = bench.namespace('frr');
      if (multihop) between(nva, router);
      else {
        nva.link('underlay', router, 'underlay');
        address(nva, '10.0.0.1/24', 'fd00::1/64');
        address(router, '10.0.0.2/24', 'fd00::2/64');
      }
      here = new BfdHere(bench, nva);
      const bfdd = `bfd\n ${peerWords}\n  ${timing}\n`;
      frr = new Frr({ bgpd: 'hostname nve', bfdd }, router);
      bench.defer(() => frr.stop());
    });

    afterEach(() => bench.clear());

    /** A router with two links. */
    const between = (nva: Namespace, far: Namespace) => {
      const middle = bench.namespace('middle');
      nva.link('underlay', middle, 'near');
      far.link('underlay', middle, 'far');
      middle.sysctl('net.ipv4.ip_forward', 1);
      address(nva, '10.0.0.1/24');
      middle.ip('address', 'add', '10.0.0.254/24', 'dev', 'near');
      middle.ip('address', 'add', '10.0.1.254/24', 'dev', 'far');
      address(far, '10.0.1.2/24');
      nva.ip('route', 'add', 'default', 'via', '10.0.0.254');
      far.ip('route', 'add', 'default', 'via', '10.0.1.254');
    };

    const row = (happens: string, run: () => Promise<void>) =>
      interop({ peer: frrName(), what: `BFD, ${what}: ${happens}`, standard }, run);

    const watched = () => here.watch({ ...usual, address: theirs, local: ours, multihop });
    const peers = async () => (await frr.json<readonly Peer[]>('show bfd peers')) ?? [];
    const theyAre = (status: string) =>
      until(async () => (await peers())[0]?.status === status, {
        within: 20_000,
        what: () => `${status} at FRR, which says\n${frr.log}`,
      });

    row('up, at the interval of both', async () => {
      watched();
      await here.next({ kind: 'up', diagnostic: diagnostics.none });
      await theyAre('up');
      await until(async () => (await peers())[0]?.['remote-transmit-interval'] === 100, { within: 5000 });
      expect([...here.service.dropped.values()].every((count) => count === 0)).toBe(true);
    });

    row('down when bfdd is killed, up when it is back', async () => {
      const watch = watched();
      await here.next({ kind: 'up' });
      await theyAre('up');
      await frr.killBfdd();
      await here.next({ kind: 'down', diagnostic: diagnostics.detectionTimeExpired });
      frr.startBfdd();
      await here.next({ kind: 'up' });
      expect(watch.state).toBe('Up');
    });

    row('down when the link is cut, up when it is mended', async () => {
      watched();
      await here.next({ kind: 'up' });
      await theyAre('up');
      router.ip('link', 'set', 'underlay', 'down');
      await here.next({ kind: 'down', diagnostic: diagnostics.detectionTimeExpired });
      router.ip('link', 'set', 'underlay', 'up');
      if (multihop) router.ip('route', 'replace', 'default', 'via', '10.0.1.254');
      if (ours.includes(':')) router.ip('address', 'replace', 'fd00::2/64', 'dev', 'underlay', 'nodad');
      await here.next({ kind: 'up' });
      await theyAre('up');
    });

    row('each side hears that the other shuts the session down', async () => {
      const watch = watched();
      await here.next({ kind: 'up' });
      await theyAre('up');
      await frr.configure('bfd', peerWords, 'shutdown');
      await here.next({
        kind: 'down',
        diagnostic: diagnostics.neighbourSignalledDown,
        remoteState: 'AdminDown',
      });
      await frr.configure('bfd', peerWords, 'no shutdown');
      await here.next({ kind: 'up' });
      await theyAre('up');
      const before = here.events.length;
      watch.close();
      await theyAre('down');
      expect((await peers())[0]?.['remote-diagnostic']).toBe('administratively down');
      expect(here.events).toHaveLength(before);
    });
  });
});

function address(namespace: Namespace, ...addresses: readonly string[]): void {
  for (const one of addresses)
    namespace.ip('address', 'add', one, 'dev', 'underlay', ...(one.includes(':') ? ['nodad'] : []));
}
