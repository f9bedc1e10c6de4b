import type { Config } from '../config/config.ts';
import { count } from './count.ts';

/** One line that tells a valid configuration from another at a glance. */
export function summarise(config: Config): string {
  const prefixes = config.nves.filter(({ kind }) => kind === 'dynamic').length;
  const nves = config.nves.length - prefixes;
  return [
    `domain ${config.domain}`,
    `AS ${config.asn}`,
    `router id ${config.routerId}`,
    `listening on ${config.listen.map(({ text }) => text).join(', ')}`,
    count(prefixes, 'NVE prefix', 'NVE prefixes'),
    count(nves, 'NVE', 'NVEs'),
    count(config.nvas.length, 'other replica', 'other replicas'),
    `API on ${config.api.listen.text}`,
    `store ${config.store.kind}`,
  ].join(', ');
}
