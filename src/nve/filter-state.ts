/** What nft says of nved's tables. */
import { FILTER_TABLE } from './names.ts';

/** The prefix of the name of an empty chain that carries the fingerprint, since comments of tables are not in the JSON. */
export const FINGERPRINT = 'is_';

/** From `nft -j list chains`: the fingerprint of a table of nved's; empty when it has none, undefined without a table. */
export function parseFilter(report: unknown, of: 'bridge' | 'inet', tableName = FILTER_TABLE): string | undefined {
  let table = false;
  const { nftables } = record(report);
  for (const item of Array.isArray(nftables) ? nftables : []) {
    const { family, table: holder, name } = record(record(item)['chain']);
    if (family !== of || holder !== tableName || typeof name !== 'string') continue;
    if (name.startsWith(FINGERPRINT)) return name.slice(FINGERPRINT.length);
    table = true;
  }
  return table ? '' : undefined;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
