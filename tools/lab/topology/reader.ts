import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Node as YamlNode,
} from 'yaml';
import type { Fault, FaultCode, Place } from '../fault.ts';

export type Entry = { readonly key: string; readonly keyNode: YamlNode; readonly value: YamlNode | null };

/**
 * Reads YAML node by node, so that each fault has its line and column. It collects faults rather than stopping at
 * the first one; a reading that failed gives undefined, and the caller goes on with what it has.
 */
export class Reader {
  readonly faults: Fault[] = [];
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, version: '1.2' });
    for (const error of this.#document.errors) {
      const { line, col } = this.#lines.linePos(error.pos[0]);
      const reason = (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
      this.faults.push({ code: 'syntax', at: { file, line, column: col }, reason: `not YAML: ${reason}` });
    }
  }

  get root(): YamlNode | null {
    return this.#document.contents as YamlNode | null;
  }

  place(node: YamlNode | null | undefined): Place {
    const offset = node?.range?.[0] ?? 0;
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  fault(code: FaultCode, node: YamlNode | null | undefined, reason: string): undefined {
    this.faults.push({ code, at: this.place(node), reason });
    return undefined;
  }

  /** The entries of a mapping, in order; duplicate keys were refused by the YAML parser. */
  entries(node: YamlNode | null, what: string): Entry[] | undefined {
    const value = this.#resolved(node);
    if (!isMap(value)) return this.fault('wrong-type', node, `${what} must be a mapping`);
    const entries: Entry[] = [];
    for (const pair of value.items) {
      const keyNode = pair.key as YamlNode;
      const key = isScalar(keyNode) ? String(keyNode.value) : undefined;
      if (key === undefined) this.fault('wrong-type', keyNode, `${what} has a key that is not a word`);
      else if (key === '<<') this.fault('not-supported', keyNode, 'merge keys (<<) are not read; write the keys out');
      else entries.push({ key, keyNode, value: pair.value as YamlNode | null });
    }
    return entries;
  }

  items(node: YamlNode | null, what: string): YamlNode[] | undefined {
    const value = this.#resolved(node);
    if (!isSeq(value)) return this.fault('wrong-type', node, `${what} must be a list`);
    return value.items as YamlNode[];
  }

  isMapping(node: YamlNode | null): boolean {
    return isMap(this.#resolved(node));
  }

  /** A text; numbers and booleans are taken as they are written, as containerlab does for `env` and `labels`. */
  text(node: YamlNode | null, what: string): string | undefined {
    const value = this.#resolved(node);
    if (!isScalar(value) || value.value === null) return this.fault('wrong-type', node, `${what} must be a text`);
    const text = typeof value.value === 'string' ? value.value : (value.source ?? String(value.value));
    // containerlab substitutes environment variables in the whole file before it parses it.
    if (/\$(\w|\{)/.test(text)) {
      return this.fault('not-supported', node, `${what} has a $VARIABLE; this runner does not substitute any`);
    }
    return text;
  }

  texts(node: YamlNode | null, what: string): { text: string; node: YamlNode }[] | undefined {
    const items = this.items(node, what);
    return items?.flatMap((item) => {
      const text = this.text(item, `each of ${what}`);
      return text === undefined ? [] : [{ text, node: item }];
    });
  }

  textMap(node: YamlNode | null, what: string): Record<string, string> | undefined {
    const entries = this.entries(node, what);
    if (!entries) return undefined;
    const map: Record<string, string> = {};
    for (const { key, value } of entries) {
      const text = this.text(value, `${what}.${key}`);
      if (text !== undefined) map[key] = text;
    }
    return map;
  }

  integer(node: YamlNode | null, what: string, min: number, max: number): number | undefined {
    const value = this.#resolved(node);
    const number = isScalar(value) ? value.value : undefined;
    if (typeof number !== 'number' || !Number.isInteger(number)) {
      return this.fault('wrong-type', node, `${what} must be a whole number`);
    }
    if (number < min || number > max) {
      return this.fault('bad-value', node, `${what} must be between ${min} and ${max}, not ${number}`);
    }
    return number;
  }

  #resolved(node: YamlNode | null): YamlNode | null | undefined {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }
}

/** The known key nearest to a misspelt one, if any is near enough to be what was meant. */
export function nearest(key: string, known: Iterable<string>): string | undefined {
  let best: { word: string; distance: number } | undefined;
  for (const word of known) {
    const distance = editDistance(key, word);
    if (distance <= Math.max(1, Math.floor(word.length / 3)) && distance < (best?.distance ?? Infinity)) {
      best = { word, distance };
    }
  }
  return best?.word;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + cost));
    }
    row = next;
  }
  return row[b.length] as number;
}
