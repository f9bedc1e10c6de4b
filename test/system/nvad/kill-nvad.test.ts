import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';

/** How often nvad is killed; 200 before a release. */
const KILLS = Number(process.env['NVAD_KILLS'] ?? 5);

const config = `
domain: dc1
asn: 65000
routerId: 10.255.0.1
listen: ["127.0.0.1:179"]
virtualNetworks: []
api: { listen: "127.0.0.1:8080", audit: audit.jsonl }
store: { kind: sqlite, path: state.db }
`;

const POPULATION = 300;
const hex = (octet: number) => octet.toString(16).padStart(2, '0');

interface Page {
  readonly attachments: readonly {
    readonly id: string;
    readonly nve: string;
    readonly status: { readonly sequence: number };
  }[];
  readonly event: number;
}

/** nvad as a process in a network of its own: needs root, and is skipped without. */
describe.runIf(isRoot)('nvad that is killed under load', () => {
  let bench: Bench;
  let net: Namespace;
  beforeAll(() => {
    bench = new Bench();
    net = bench.namespace('lo');
  });
  afterAll(() => bench.clear());

  it(`has all that it acknowledged, at ${KILLS} instants`, { timeout: 30_000 + KILLS * 10_000 }, async () => {
    /** By attachment: at which NVE it was acknowledged, and with which sequence number. */
    const acknowledged = new Map<string, { nve: string; sequence: number }>();
    /** What was asked for and not answered: it may or may not be so. */
    let open: { readonly id: string; readonly nve: string } | undefined;
    let step = 0;
    let events = 0;
    for (let kill = 0; kill <= KILLS; kill++) {
      const nvad = await bench.nvad(net, config).up();
      if (kill === 0) {
        await nvad.http('/v1/virtual-networks/web', 'PUT', { vni: 100 });
        for (const n of [1, 2, 3])
          await nvad.http(`/v1/nves/leaf${n}`, 'PUT', { tunnelAddress: `10.0.0.${n}`, kind: 'static' });
      }
      const page = await nvad.get<Page>('/v1/virtual-networks/web/attachments?limit=1000');
      const found = new Map(page.attachments.map(({ id, nve, status: { sequence } }) => [id, { nve, sequence }]));
      for (const [id, kept] of acknowledged) {
        if (id !== open?.id) expect([id, found.get(id)]).toEqual([id, kept]);
        else expect(found.get(id)?.sequence).toBeGreaterThanOrEqual(kept.sequence);
      }
      if (open !== undefined) {
        const now = found.get(open.id);
        if (now !== undefined) acknowledged.set(open.id, now);
        open = undefined;
      }
      expect(found.size).toBe(acknowledged.size);
      expect(page.event).toBeGreaterThanOrEqual(events);
      events = page.event;
      if (kill === KILLS) break;
      const end = delay(50 + Math.random() * 400).then(() => nvad.kill());
      try {
        for (;;) {
          const n = (step * 7) % POPULATION;
          const id = `vm-${n}`;
          // Elsewhere than in the round before, so that each is a move.
          const nve = `leaf${1 + ((n + Math.floor(step / POPULATION)) % 3)}`;
          const mac = `02:00:00:00:${hex(n >> 8)}:${hex(n & 0xff)}`;
          step++;
          open = { id, nve };
          const { status, text } = await nvad.http(`/v1/virtual-networks/web/attachments/${id}`, 'PUT', { nve, mac });
          if (status !== 200 && status !== 201) throw new Error(text);
          acknowledged.set(id, { nve, sequence: (JSON.parse(text) as Page['attachments'][number]).status.sequence });
          events++;
          open = undefined;
        }
      } catch {
        // The answer was not heard.
      }
      await end;
    }
    expect(acknowledged.size).toBeGreaterThan(50);
  });
});
