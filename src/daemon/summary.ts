import type { Config } from '../config/config.ts';
import { count } from './count.ts';

/** One line that tells a valid configuration from another at a glance. */
export function summarise(config: Config): string {
  const prefixes = config.nves.filter(({ kind }) => kind === 'dynamic').length;
  const silent = config.nves.filter(({ kind }) => kind === 'sessionless').length;
  const nves = count(config.nves.length - prefixes, 'NVE', 'NVEs');
  const { authority, federation } = config;
  const domains = federation.map(({ neighbour }) => neighbour.domain);
  const policies = new Set(federation.flatMap(({ neighbour: { policy } }) => Object.values(policy)));
  return [
    `domain ${config.domain}`,
    `AS ${config.asn}`,
    `router id ${config.routerId}`,
    `listening on ${config.listen.map(({ text }) => text).join(', ')}`,
    count(prefixes, 'NVE prefix', 'NVE prefixes'),
    silent === 0 ? nves : `${nves} (${silent} without BGP)`,
    count(config.nvas.length, 'other replica', 'other replicas'),
    ...(authority === undefined ? [] : [count(authority.networks.length, 'virtual network', 'virtual networks')]),
    ...(domains.length === 0 ? [] : [`${count(domains.length, 'neighbour domain')} (${domains.join(', ')})`]),
    ...(policies.size === 0 ? [] : [count(policies.size, 'policy file')]),
    ...(authority?.nveProtocol === undefined ? [] : [`NVE protocol on ${authority.nveProtocol.listen.text}`]),
    `API on ${config.api.listen.text}`,
    `store ${config.store.kind}`,
  ].join(', ');
}
