/** Everything attached by the API in transactions, until everybody knows everything; then a start with all of it in the store. */
import { until } from '../../../test/system/support/until.ts';
import { cpuSecondsOf, memoryOf } from '../../run/process-figures.ts';
import type { Comparison } from '../model.ts';
import { good, type Site } from '../site.ts';

export interface AttachOptions {
  /** Attachments of one transaction. */
  readonly batch: number;
  /** Milliseconds that it may take until everybody knows everything. */
  readonly within: number;
}

/** Milliseconds, but for what says otherwise. */
export interface AttachFigures {
  /** Until the last transaction was acknowledged. */
  readonly acknowledged: number;
  /** Until who was told last knew everything, by observer. */
  readonly complete: Readonly<Record<string, number>>;
  /** Seconds of CPU that nvad took. */
  readonly cpu: number;
  /** Octets that nvad has then. */
  readonly resident: number;
  readonly comparison: Comparison;
}

export async function attachAll(site: Site, { batch, within }: AttachOptions): Promise<AttachFigures> {
  const { model, daemon } = site;
  const { attachments, nves } = model.shape;
  const bodies: unknown[] = [];
  for (let from = 0; from < attachments; from += batch) {
    const changes = Array.from({ length: Math.min(batch, attachments - from) }, (_, i) => {
      model.attach(from + i, (from + i) % nves);
      return model.put(from + i, (from + i) % nves);
    });
    bodies.push({ changes });
  }
  const cpu = cpuSecondsOf(daemon.pid);
  // Two, so that the next transaction is there when one is done.
  const connections = [site.connect(), site.connect()];
  const began = performance.now();
  const rest = bodies.values();
  await Promise.all(
    connections.map(async (api) => {
      for (const body of rest) good(await api.request('POST', '/v1/apply', body));
    }),
  );
  const acknowledged = performance.now() - began;
  for (const api of connections) api.close();
  await site.told(within);
  return {
    acknowledged,
    complete: completeSince(site, began),
    cpu: cpuSecondsOf(daemon.pid) - cpu,
    resident: memoryOf(daemon.pid).resident,
    comparison: await site.compare(),
  };
}

/** For those who know everything now, when they were told of it last. */
function completeSince({ push, bgpLastChange, asked }: Site, began: number): Readonly<Record<string, number>> {
  return {
    ...Object.fromEntries(push.map(({ name, lastChange }) => [name, lastChange - began])),
    bgp: bgpLastChange - began,
    // These are asked from time to time.
    ...Object.fromEntries(Object.entries(asked).map(([name, at]) => [name, at - began])),
  };
}

/** Milliseconds from the start of the process. */
export interface StartFigures {
  /** Until nvad says that it is ready. */
  readonly ready: number;
  /** Until those who come as soon as they can know everything. */
  readonly complete: Readonly<Record<string, number>>;
  readonly comparison: Comparison;
}

export async function startAgain(site: Site, within: number): Promise<StartFigures> {
  const { daemon } = site;
  for (const nve of site.push) nve.stop();
  site.push = [];
  site.bgp?.destroy();
  site.bgp = undefined;
  await daemon.stop();
  const began = performance.now();
  daemon.start();
  site.joinPush();
  // Neighbours that were there before are waited for: this one comes as soon as it can, and so does FRR.
  const [ready] = await Promise.all([daemon.ready(within), site.joinBgpSoon(within)]);
  await site.told(within);
  const complete = completeSince(site, began);
  await until(() => site.push.every((nve) => nve.complete), { within, what: 'NVEs that know everything' });
  return { ready, complete, comparison: await site.compare() };
}
