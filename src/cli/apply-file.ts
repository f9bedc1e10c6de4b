/** The file that `nvactl apply` takes: its form, the changes that it means, and where in it each of them stands. */
import { z } from 'zod';
import { Change } from '../api/contract/apply.ts';
import { AttachmentPut, attachmentId } from '../api/contract/attachments.ts';
import { NvePut } from '../api/contract/nves.ts';
import { nveName, objectName } from '../api/contract/scalars.ts';
import { VirtualNetworkPut } from '../api/contract/virtual-networks.ts';
import { readDocument } from '../config/document.ts';
import { byPlace, type ConfigError, type ConfigPath, type Finding } from '../config/error.ts';
import { explain } from '../config/explain.ts';
import { keysAt } from '../config/known-keys.ts';
import { fileError, located } from '../config/load.ts';

/** Lists of objects, each of which is put. In the order in which one needs the other. */
const lists = { virtualNetworks: 'virtual-network', nves: 'nve', attachments: 'attachment' } as const;

const changeList = z.array(Change);
const fileSchema = z.strictObject({
  virtualNetworks: z.array(VirtualNetworkPut.extend({ name: objectName })).optional(),
  nves: z.array(NvePut.extend({ name: nveName })).optional(),
  attachments: z.array(AttachmentPut.extend({ network: objectName, id: attachmentId })).optional(),
  changes: changeList.optional(),
});

export interface ApplyFile {
  readonly changes: readonly Change[];
  /** A part of a change, in the file: `path` begins with the number of the change, as in the API's `changes`. */
  locate(path: ConfigPath, reason: string): ConfigError;
}

export type ReadApplyFile =
  | { readonly ok: true; readonly file: ApplyFile }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** Reads YAML or JSON: lists of what should be, or `changes` as the API takes them, or these alone as a list. */
export function readApplyFile(file: string, text: string): ReadApplyFile {
  const document = readDocument(text);
  const faults: ConfigError[] = document.faults.map((fault) => ({ file, path: '', ...fault }));
  if (faults.length > 0) return { ok: false, errors: faults.sort(byPlace) };
  const data = document.data ?? {};
  const schema = Array.isArray(data) ? changeList : fileSchema;
  const result = schema.safeParse(data);
  if (!result.success) {
    const errors = result.error.issues
      .flatMap((issue) => explain(issue, data, (path) => keysAt(schema, path)))
      .map((finding) => located(finding, file, document));
    return { ok: false, errors: errors.sort(byPlace) };
  }
  const found = Array.isArray(result.data) ? result.data.map((change, i) => ({ change, at: [i] })) : parts(result.data);
  if (found.length === 0) {
    const suggestion = 'give it a list of changes, or a map with virtualNetworks, nves, attachments or changes';
    return { ok: false, errors: [{ ...fileError(file, 'there is nothing in it to apply'), suggestion }] };
  }
  const locate = ([index, ...rest]: ConfigPath, reason: string): ConfigError => {
    const at = typeof index === 'number' ? (found[index]?.at ?? []) : [];
    // What stands in a list of objects is the value itself.
    const within = typeof at[0] === 'string' && at[0] !== 'changes' && rest[0] === 'value' ? rest.slice(1) : rest;
    const finding: Finding = { code: 'value', path: [...at, ...within], reason };
    return located(finding, file, document);
  };
  return { ok: true, file: { changes: found.map(({ change }) => change), locate } };
}

function parts(data: z.output<typeof fileSchema>): { readonly change: Change; readonly at: ConfigPath }[] {
  const puts = Object.entries(lists).flatMap(([list, kind]) =>
    (data[list as keyof typeof lists] ?? []).map((value, i) => ({
      change: { op: 'put', kind, value } as Change,
      at: [list, i],
    })),
  );
  return [...puts, ...(data.changes ?? []).map((change, i) => ({ change, at: ['changes', i] }))];
}
