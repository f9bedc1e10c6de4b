/**
 * The policies of a neighbour domain as they were applied, so that what turns out badly is taken back. They are kept as
 * texts: what a verdict says of file and line stays true, and a version is read like any file.
 */
import { createHash } from 'node:crypto';

/** A policy file as it was when it was applied. */
export interface PolicyText {
  readonly file: string;
  readonly text: string;
}

/** What is in force together; a direction without a policy accepts everything that is shared. */
export interface PolicyTexts {
  readonly import?: PolicyText;
  readonly export?: PolicyText;
}

export interface PolicyVersion {
  /** Never the same again; 0 is what the configuration's files said before anything was applied. */
  readonly version: number;
  /** When it was applied, in milliseconds since the epoch. */
  readonly appliedAt: number;
  readonly texts: PolicyTexts;
  /** The version whose texts it has again. */
  readonly rollbackTo?: number;
  /** SHA-256 of what the configuration's files said then. */
  readonly configured: string;
}

export interface PolicyStore {
  /** The oldest first; empty for a domain that nothing was saved for. */
  load(domain: string): readonly PolicyVersion[];
  /** In the place of all that was saved for the domain. Throws when it cannot be written. */
  save(domain: string, versions: readonly PolicyVersion[]): void;
}

/** Of each domain, beside the one that is in force; the oldest go. */
const earlierVersions = 10;

export type Versioned =
  | { readonly ok: true; readonly versions: readonly PolicyVersion[]; readonly current: PolicyVersion }
  | { readonly ok: false; readonly code: 'unchanged' | 'no-such-version' | 'nothing-before'; readonly reason: string };

/** Of all domains. What it has answered with is saved. */
export class PolicyHistory {
  readonly #store: PolicyStore;

  constructor(store: PolicyStore) {
    this.#store = store;
  }

  /** Those that are kept, the oldest first; the last is in force. Empty while nothing but the configuration has said any. */
  versions(domain: string): readonly PolicyVersion[] {
    return this.#store.load(domain);
  }

  /**
   * What is in force after a start or a reload: what was applied last, until the configuration's files say something else than
   * they did then; that is a version of its own.
   */
  settle(domain: string, configured: PolicyTexts, now: number): PolicyTexts {
    const versions = this.versions(domain);
    const last = versions.at(-1);
    if (last === undefined) return configured;
    if (last.configured === digestOf(configured)) return last.texts;
    const next = withTexts(versions, configured, now, configured);
    // The same as what is in force: the next reload is to know that the files say it.
    const renewed = [...versions.slice(0, -1), { ...last, configured: digestOf(configured) }];
    this.#store.save(domain, next.ok ? next.versions : renewed);
    return configured;
  }

  /** Makes `texts`, which were checked before, what is in force from `now` on. */
  apply(domain: string, texts: PolicyTexts, now: number, configured: PolicyTexts): Versioned {
    const kept = this.versions(domain);
    const first: PolicyVersion = { version: 0, appliedAt: now, texts: configured, configured: digestOf(configured) };
    return this.#saved(domain, withTexts(kept.length > 0 ? kept : [first], texts, now, configured));
  }

  /** As {@link rolledBack}. What had been valid may not be any more: the texts are to be checked again. */
  rollBack(domain: string, now: number, to?: number): Versioned {
    return this.#saved(domain, rolledBack(this.versions(domain), now, to));
  }

  #saved(domain: string, versioned: Versioned): Versioned {
    if (versioned.ok) this.#store.save(domain, versioned.versions);
    return versioned;
  }
}

/** With the version that is in force once `texts` are. */
export function withTexts(
  versions: readonly PolicyVersion[],
  texts: PolicyTexts,
  now: number,
  configured: PolicyTexts,
): Versioned {
  const last = versions.at(-1);
  if (last !== undefined && sameTexts(last.texts, texts)) {
    return { ok: false, code: 'unchanged', reason: `version ${last.version}, which is in force, says the same` };
  }
  const version = (last?.version ?? 0) + 1;
  return withVersion(versions, { version, appliedAt: now, texts, configured: digestOf(configured) });
}

/**
 * With a new version that has the texts of an earlier one again; of the last before the one in force where `to` is left
 * out. So a rollback can itself be taken back.
 */
export function rolledBack(versions: readonly PolicyVersion[], now: number, to?: number): Versioned {
  const last = versions.at(-1);
  const wanted = to === undefined ? versions.at(-2) : versions.find(({ version }) => version === to);
  if (last === undefined || (wanted === undefined && to === undefined)) {
    return { ok: false, code: 'nothing-before', reason: 'no version is kept from before the one in force' };
  }
  if (wanted === undefined) {
    const reason = `version ${to} is not kept; kept are ${versions[0]!.version} to ${last.version}`;
    return { ok: false, code: 'no-such-version', reason };
  }
  if (sameTexts(wanted.texts, last.texts)) {
    const reason = `version ${wanted.version} says what is in force already`;
    return { ok: false, code: 'unchanged', reason };
  }
  const { texts, version: rollbackTo } = wanted;
  const { configured } = last;
  return withVersion(versions, { version: last.version + 1, appliedAt: now, texts, rollbackTo, configured });
}

function withVersion(versions: readonly PolicyVersion[], current: PolicyVersion): Versioned {
  return { ok: true, versions: [...versions.slice(-earlierVersions), current], current };
}

function digestOf(texts: PolicyTexts): string {
  const both = [texts.import, texts.export].map((one) => (one === undefined ? null : [one.file, one.text]));
  return createHash('sha256').update(JSON.stringify(both)).digest('hex');
}

/** The names of files count: verdicts name them. */
export function sameTexts(a: PolicyTexts, b: PolicyTexts): boolean {
  const same = (one?: PolicyText, other?: PolicyText) => one?.file === other?.file && one?.text === other?.text;
  return same(a.import, b.import) && same(a.export, b.export);
}
