import type { Config } from '../config/config.ts';
import { count } from './count.ts';

/** One line that tells a valid configuration from another at a glance. */
export function summarise(config: Config): string {
  const prefixes = config.nves.filter(({ kind }) => kind === 'dynamic').length;
  const silent = config.nves.filter(({ kind }) => kind === 'sessionless').length;
  const nves = config.nves.length - prefixes - silent;
  const { authority } = config;
  return [
    `domain ${config.domain}`,
    `AS ${config.asn}`,
    `router id ${config.routerId}`,
    `listening on ${config.listen.map(({ text }) => text).join(', ')}`,
    count(prefixes, 'NVE prefix', 'NVE prefixes'),
    count(nves, 'NVE', 'NVEs'),
    ...(silent === 0 ? [] : [count(silent, 'NVE without BGP', 'NVEs without BGP')]),
    count(config.nvas.length, 'other replica', 'other replicas'),
    ...(authority === undefined ? [] : [count(authority.networks.length, 'virtual network', 'virtual networks')]),
    ...(authority?.nveProtocol === undefined ? [] : [`NVE protocol on ${authority.nveProtocol.listen.text}`]),
    `API on ${config.api.listen.text}`,
    `store ${config.store.kind}`,
  ].join(', ');
}
