/** BFD against FRR's bfdd: one hop, and several with a router between. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diagnostics } from '../../../src/bfd/wire.ts';
import { Bench } from '../support/bench.ts';
import { BfdHere } from '../support/bfd.ts';
import { Frr, hasFrr } from '../support/frr.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { until } from '../support/until.ts';

interface Peer {
  readonly status?: string;
  readonly 'remote-diagnostic'?: string;
  readonly 'remote-transmit-interval'?: number;
}

const usual = { interval: 100, multiplier: 3 };
const timing = 'receive-interval 100\n  transmit-interval 100\n  detect-multiplier 3';

const ways = [
  { what: 'a single hop', standard: 'RFC 5881', ours: '10.0.0.1', theirs: '10.0.0.2', multihop: false },
  { what: 'a single hop over IPv6', standard: 'RFC 5881', ours: 'fd00::1', theirs: 'fd00::2', multihop: false },
  { what: 'several hops', standard: 'RFC 5883', ours: '10.0.0.1', theirs: '10.0.1.2', multihop: true },
] as const;

describe.skipIf(!isRoot || !hasFrr)('BFD with FRR', () => {
  describe.each(ways)('over $what ($standard)', ({ ours, theirs, multihop }) => {
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

    const watched = () => here.watch({ ...usual, address: theirs, local: ours, multihop });
    const peers = async () => (await frr.json<readonly Peer[]>('show bfd peers')) ?? [];
    const theyAre = (status: string) =>
      until(async () => (await peers())[0]?.status === status, {
        within: 20_000,
        what: () => `${status} at FRR, which says\n${frr.log}`,
      });

    it('comes up at the interval of both', async () => {
      watched();
      expect(await here.event(1)).toMatchObject({ kind: 'up', diagnostic: diagnostics.none });
      await theyAre('up');
      await until(async () => (await peers())[0]?.['remote-transmit-interval'] === 100, { within: 5000 });
      expect(here.events).toHaveLength(1);
      expect([...here.service.dropped.values()].every((count) => count === 0)).toBe(true);
    });

    it('is down when bfdd was killed, and up again when it is back', async () => {
      const watch = watched();
      await here.event(1);
      await theyAre('up');
      await frr.killBfdd();
      expect(await here.event(2)).toMatchObject({ kind: 'down', diagnostic: diagnostics.detectionTimeExpired });
      frr.startBfdd();
      expect(await here.event(3)).toMatchObject({ kind: 'up' });
      expect(watch.state).toBe('Up');
    });

    it('is down on both sides when the link is cut, and up again when it is mended', async () => {
      watched();
      await here.event(1);
      await theyAre('up');
      router.ip('link', 'set', 'underlay', 'down');
      expect(await here.event(2)).toMatchObject({ kind: 'down', diagnostic: diagnostics.detectionTimeExpired });
      router.ip('link', 'set', 'underlay', 'up');
      if (multihop) router.ip('route', 'replace', 'default', 'via', '10.0.1.254');
      if (ours.includes(':')) router.ip('address', 'replace', 'fd00::2/64', 'dev', 'underlay', 'nodad');
      expect(await here.event(3)).toMatchObject({ kind: 'up' });
      await theyAre('up');
    });

    it('hears that FRR has shut the session down, and FRR hears it of us', async () => {
      const watch = watched();
      await here.event(1);
      await theyAre('up');
      await frr.configure('bfd', peerWords, 'shutdown');
      expect(await here.event(2)).toMatchObject({
        kind: 'down',
        diagnostic: diagnostics.neighbourSignalledDown,
        remoteState: 'AdminDown',
      });
      await frr.configure('bfd', peerWords, 'no shutdown');
      await here.event(3);
      await theyAre('up');
      watch.close();
      await theyAre('down');
      expect((await peers())[0]?.['remote-diagnostic']).toBe('administratively down');
      expect(here.events).toHaveLength(3);
    });
  });
});

function address(namespace: Namespace, ...addresses: readonly string[]): void {
  for (const one of addresses)
    namespace.ip('address', 'add', one, 'dev', 'underlay', ...(one.includes(':') ? ['nodad'] : []));
}
