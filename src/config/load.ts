import { buildConfig } from './build.ts';
import type { Config } from './config.ts';
import { contradictions } from './contradictions.ts';
import { type ConfigDocument, readDocument } from './document.ts';
import { byPlace, type ConfigError, type Finding, formatPath, type Place, type PlaceQuery } from './error.ts';
import { explain } from './explain.ts';
import { knownKeys } from './known-keys.ts';
import { takeRefused } from './refusals.ts';
import { configSchema } from './schema.ts';

/** A valid configuration that still knows where in its file each value stands. */
export interface LoadedConfig {
  /** The file as the operator named it. */
  readonly file: string;
  readonly config: Config;
  /** Where the value at the path (or its key) stands, or the nearest one around it when it is a default. */
  place(at: PlaceQuery): Place;
}

export type LoadResult =
  | { readonly ok: true; readonly loaded: LoadedConfig }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** Reads a whole file; rejects with an error that has a `code` such as ENOENT. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

/** Far above the largest real configuration (50,000 peers are 3 MB), far below what hurts. */
const sizeLimit = 16 * 1024 * 1024;

/** Reads and validates a configuration file. All faults of the file are reported together, in its own order. */
export async function loadConfig(file: string, readFile: ReadFile): Promise<LoadResult> {
  const read = await readText(file, readFile);
  return read.ok ? parseConfig(file, read.text) : read;
}

/** A configuration file's text, or why there is none. */
export async function readText(
  file: string,
  readFile: ReadFile,
): Promise<
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly errors: readonly ConfigError[] }
> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    return { ok: false, errors: [fileError(file, `cannot be read: ${readProblem(error)}`)] };
  }
  if (bytes.length > sizeLimit) return { ok: false, errors: [fileError(file, 'is larger than 16 MiB')] };
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { ok: false, errors: [fileError(file, 'is not UTF-8 text')] };
  }
}

/** Validates the text of a configuration; `file` is its name in messages and where relative paths start. */
export function parseConfig(file: string, text: string): LoadResult {
  const document = readDocument(text);
  const errors: ConfigError[] = document.faults.map((fault) => ({ file, path: '', ...fault }));
  if (document.data === undefined) return { ok: false, errors: errors.sort(byPlace) };
  if (document.data === null) {
    const empty = fileError(file, 'is empty');
    return { ok: false, errors: [{ ...empty, suggestion: 'it needs at least domain, asn and routerId' }] };
  }
  const { findings, config } = validate(document, file);
  errors.push(...findings.map((finding) => located(finding, file, document)));
  if (errors.length > 0 || config === undefined) return { ok: false, errors: errors.sort(byPlace) };
  return { ok: true, loaded: { file, config, place: document.place } };
}

/** Gives a finding about a loaded configuration its place in the file. */
export function locate(finding: Finding, loaded: LoadedConfig): ConfigError {
  return located(finding, loaded.file, loaded);
}

function validate(document: ConfigDocument, file: string): { findings: Finding[]; config?: Config } {
  const { data } = document;
  const refused = takeRefused(data);
  const result = configSchema.safeParse(data);
  const issues = result.success ? [] : result.error.issues;
  const wrong = issues
    .flatMap((issue) => explain(issue, data, knownKeys))
    .filter((finding) => !refused.some((other) => formatPath(other.path) === formatPath(finding.path)));
  const all = [...refused, ...wrong, ...contradictions(data)];
  const findings = all.filter((finding) => finding.code !== 'missing' || !isMisspelt(finding, all));
  return result.success && findings.length === 0 ? { findings, config: buildConfig(result.data, file) } : { findings };
}

/** Whether what is missing is there under a misspelt name, about which there is a finding already. */
export function isMisspelt(missing: Finding, findings: readonly Finding[]): boolean {
  const name = formatPath(missing.path);
  return findings.some(({ path, meant }) => {
    if (meant === undefined) return false;
    const around = path.slice(0, -1);
    // An entry that has neither address nor prefix is itself what is missing.
    return formatPath([...around, meant]) === name || (formatPath(around) === name && /^(address|prefix)$/.test(meant));
  });
}

/** Gives a finding its place in the file that the places are of. */
export function located(finding: Finding, file: string, places: { place(at: PlaceQuery): Place }): ConfigError {
  const { code, path, reason, suggestion } = finding;
  const place = places.place(finding);
  return { code, file, ...place, path: formatPath(path), reason, ...(suggestion === undefined ? {} : { suggestion }) };
}

/** About the file as a whole. */
export function fileError(file: string, reason: string): ConfigError {
  return { code: 'file', file, line: 0, column: 0, path: '', reason };
}

const readProblems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
};

/** Why a file cannot be read, as the end of a sentence. */
export function readProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return readProblems[code] ?? (error instanceof Error ? error.message : String(error));
}
