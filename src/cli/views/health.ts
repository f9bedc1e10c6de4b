import type { Health } from '../../api/contract/health.ts';
import { formatAge, formatDuration } from '../format/duration.ts';
import type { Paint } from '../format/paint.ts';
import { formatFields } from '../format/table.ts';
import { paintState } from './peers.ts';

const mebibytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** `now` is milliseconds since 1970. */
export function viewHealth(health: Health, now: number, paint: Paint): string {
  const { readiness, counts, memory, eventLoopDelay } = health;
  const reasons = readiness.reasons.map(({ text }) => text).join('; ');
  return formatFields(
    [
      ['nvad', `${health.version}, up ${formatDuration(health.uptimeSeconds)}`],
      ['ready', readiness.ready ? paint.good('yes') : `${paint.bad('no')}: ${reasons}`],
      ['domain', `${health.domain}, AS ${health.asn}`],
      ['router id', `${health.routerId}, cluster ${health.clusterId}`],
      ['peers', `${counts.peersEstablished} of ${counts.peers} established`],
      ['routes', `${counts.routes}, ${counts.paths} paths, ${counts.attributeSets} attribute sets`],
      ...health.listeners.map(({ purpose, address }) => [`${purpose} listens at`, address] as const),
      ...health.replicas.map(
        ({ address, state, since }) =>
          ['replica', `${address} ${paintState(state, paint)} for ${formatAge(since, now)}`] as const,
      ),
      ['memory', `${mebibytes(memory.rssBytes)}, heap ${mebibytes(memory.heapUsedBytes)}`],
      ['event loop delay', `mean ${eventLoopDelay.meanMs} ms, p99 ${eventLoopDelay.p99Ms} ms`],
    ],
    paint,
  );
}
