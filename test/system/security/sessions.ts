/** What has to be true of every case, whatever the router is. */
import { expect, it } from 'vitest';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { type Case, cases, type PeerView } from './underlay.ts';

/** @param can whether the router is up to a case. */
export function sessionsAreAsConfigured(nvad: () => Nvad, can: (one: Case) => boolean = () => true): void {
  const peers = async () => {
    const { peers: all } = await nvad().get<{ peers: PeerView[] }>('/v1/peers');
    return new Map(all.map((peer) => [peer.address, peer]));
  };

  it.each(cases.filter((one) => one.comesUp && can(one)))('comes up with $name', async ({ router, ours }) => {
    await until(async () => (await peers()).get(router)?.state === 'Established', {
      within: 30_000,
      what: () => `a session with ${router}; the log says\n${nvad().messages().join('\n')}`,
    });
    expect((await peers()).get(router)).toMatchObject({
      tcpMd5: ours.password !== undefined,
      ttlSecurity: ours.hops ?? null,
    });
  });

  it('does not come up where the two sides differ, which is counted and told', async () => {
    const unequal = cases.filter(({ comesUp }) => !comesUp);
    for (const reason of ['missing', 'unexpected', 'wrong']) {
      const name = `nvad_tcp_md5_dropped_segments_total{reason="${reason}"}`;
      await until(async () => (await figure(nvad(), name)) > 0, { within: 30_000, what: name });
    }
    const line = await nvad().logged(/^segments with a wrong or missing TCP-MD5 key were dropped/, { within: 30_000 });
    for (const { router } of unequal) expect(line['peers']).toContain(router);
    const found = await peers();
    for (const { router } of unequal) {
      expect(found.get(router)?.state).not.toBe('Established');
      expect(found.get(router)?.counters.sessions).toBe(0);
    }
  });
}

async function figure(nvad: Nvad, name: string): Promise<number> {
  const { text } = await nvad.http('/metrics');
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}
