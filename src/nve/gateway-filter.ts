/**
 * What is filtered and translated where networks are joined, or let out: a table of nftables of the family `inet` in each
 * router that has such a role, and one on the machine. Both keep state, as masquerading does.
 */
import type { AclRule } from '../nva/model.ts';
import { aclRule, chain } from './filter.ts';

/** The gateway roles of one router. */
export interface RouterGateways {
  readonly joins: readonly { readonly device: string; readonly acl: readonly AclRule[] }[];
  readonly outside: { readonly device: string; readonly acl: readonly AclRule[] } | undefined;
}

/** One router's way out by the machine. */
export interface LetOut {
  readonly network: string;
  /** The machine's end of the pair that leads to the router. */
  readonly port: string;
  /** Of the machine, by which it goes on. */
  readonly device: string;
  /** Behind which the router masquerades. */
  readonly address: string;
}

const ANSWERS = 'ct state { established, related } accept';

/** The text for a router's table. */
export function routerFilter({ joins, outside }: RouterGateways): string | undefined {
  const filtered = [...joins, ...(outside === undefined ? [] : [outside])].filter(({ acl }) => acl.length > 0);
  if (filtered.length === 0 && outside === undefined) return undefined;
  const acl = ({ device }: { readonly device: string }) => `acl_${device}`;
  const through = [
    ANSWERS,
    // Who is outside begins nothing.
    ...(outside === undefined ? [] : [`iifname "${outside.device}" drop`]),
    ...filtered.flatMap((one) => [
      `iifname "${one.device}" jump ${acl(one)}`,
      `oifname "${one.device}" jump ${acl(one)}`,
    ]),
  ];
  return [
    chain('through', 'type filter hook forward priority 0; policy accept;', through),
    ...(outside === undefined ? [] : [masquerade([`oifname "${outside.device}"`])]),
    ...filtered.map((one) => chain(acl(one), undefined, one.acl.flatMap(aclRule))),
  ].join('\n');
}

/** The text for the machine's table: what comes from a router goes out by the one device, and never to the machine itself. */
export function machineFilter(outside: readonly LetOut[]): string {
  return [
    chain('inward', 'type filter hook input priority 0; policy accept;', [
      ...outside.map(({ port }) => `iifname "${port}" drop`),
    ]),
    chain('through', 'type filter hook forward priority 0; policy accept;', [
      ...outside.flatMap(({ port, device }) => [
        `iifname "${port}" oifname != "${device}" drop`,
        `oifname "${port}" ct state != { established, related } drop`,
      ]),
    ]),
    masquerade(outside.map(({ device, address }) => `ip saddr ${address} oifname "${device}"`)),
  ].join('\n');
}

const masquerade = (matches: readonly string[]) =>
  chain(
    'source',
    'type nat hook postrouting priority 100; policy accept;',
    matches.map((match) => `${match} masquerade`),
  );
