import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from 'yaml';
import { quote } from './address.ts';
import { type ConfigPath, formatPath, type Place, type PlaceQuery } from './error.ts';

/** A fault that has its place already, because it lies in the text rather than in a value. */
interface TextFault extends Place {
  readonly code: 'yaml' | 'duplicate-key';
  readonly reason: string;
  readonly suggestion?: string;
}

/** A YAML text as plain data that remembers where each value stood. */
export interface ConfigDocument {
  /** undefined when nothing but faults could be read. */
  readonly data: unknown;
  readonly faults: readonly TextFault[];
  /** The place of the value (or key) at the path; of the nearest value around it where the path leads nowhere. */
  place(finding: PlaceQuery): Place;
}

/** Deeper than any configuration is, and shallow enough for recursion. */
const depthLimit = 32;
/** Values after aliases are expanded, so that a few nested aliases cannot become gigabytes. */
const valueLimit = 200_000;

/** Reads one YAML 1.2 document. Duplicate keys, unknown tags, `<<` and aliases that explode are faults. */
export function readDocument(text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults: TextFault[] = [];
  const report = (code: TextFault['code'], offset: number, reason: string, suggestion?: string) =>
    faults.push({ code, ...placeAt(offset), reason, ...(suggestion === undefined ? {} : { suggestion }) });

  const open = document.errors.some(({ message }) => / end with a [\]}]$/.test(message))
    ? unclosed(document, text)
    : undefined;
  if (open !== undefined) {
    const closer = text[open] === '[' ? ']' : '}';
    report('yaml', open, `this ${text[open]} is never closed`, `end what it begins with ${closer}`);
  }
  for (const { message, code, pos } of [...document.errors, ...document.warnings]) {
    // What is wrong behind it may be so for that reason alone.
    if (open !== undefined && pos[0] >= open) continue;
    if (code === 'MULTIPLE_DOCS') report('yaml', pos[0], 'a second document starts here', 'a configuration is one');
    else report('yaml', pos[0], `not valid YAML: ${lowerFirst(message)}`, yamlHint(code, lineOf(text, pos[0])));
  }
  const root = document.contents as Node | null;
  const place = (finding: PlaceQuery): Place => placeAt(offsetOf(root, finding));
  if (document.errors.length > 0) return { data: undefined, faults, place };

  let values = 0;
  const data = (node: Node | null, path: ConfigPath): unknown => {
    const at = offset(node) ?? 0;
    if (path.length > depthLimit) throw new TooMuch(at, `the document is nested more than ${depthLimit} deep`);
    if (++values > valueLimit) throw new TooMuch(at, `the document holds more than ${valueLimit} values`);
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined) report('yaml', at, `no anchor &${node.source} stands before this alias`);
      return target === undefined ? undefined : data(target, path);
    }
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item, i) => data(item as Node, [...path, i]));
    if (!isMap(node)) return null;
    const object: Record<string, unknown> = {};
    const first = new Map<string, number>();
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const key = keyOf(pair);
      const keyAt = offset(pair.key) ?? at;
      if (key === undefined) {
        report('yaml', keyAt, 'a key must be text, not a list or a map');
        continue;
      }
      if (key === '<<') {
        report('yaml', keyAt, 'merge keys (<<) are not part of YAML 1.2', 'repeat the values instead');
        continue;
      }
      const before = first.get(key);
      if (before !== undefined) {
        const line = placeAt(before).line;
        report(
          'duplicate-key',
          keyAt,
          `${formatPath([...path, key])} is given twice`,
          `it stands in line ${line} already`,
        );
        continue;
      }
      first.set(key, keyAt);
      // defineProperty, because an assignment to __proto__ would vanish instead of being refused as unknown.
      const value = data(pair.value, [...path, key]);
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return object;
  };
  try {
    return { data: data(root, []), faults, place };
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    report('yaml', error.offset, error.message);
    return { data: undefined, faults, place };
  }
}

class TooMuch extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

function offset(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}

function keyOf(pair: Pair<Node, Node | null>): string | undefined {
  if (!isScalar(pair.key)) return undefined;
  return pair.key.value === null ? 'null' : String(pair.key.value);
}

function offsetOf(root: Node | null, { path, atKey }: PlaceQuery): number {
  let node = root;
  let best = offset(root) ?? 0;
  for (const [depth, part] of path.entries()) {
    if (isMap(node)) {
      const pair = (node.items as Pair<Node, Node | null>[]).find((item) => keyOf(item) === String(part));
      if (pair === undefined) return best;
      const keyAt = offset(pair.key) ?? best;
      if (atKey === true && depth === path.length - 1) return keyAt;
      node = pair.value;
      // A key without a value has its place after the colon, perhaps lines further down: the key says more.
      best = isScalar(node) && node.value === null && node.source === '' ? keyAt : (offset(node) ?? keyAt);
    } else if (isSeq(node) && typeof part === 'number' && part < node.items.length) {
      node = node.items[part] as Node;
      best = offset(node) ?? best;
    } else {
      return best;
    }
  }
  return best;
}

/** Where the innermost [ or { stands that nothing closes. */
function unclosed(document: Document, text: string): number | undefined {
  let found: number | undefined;
  visit(document, {
    Collection(_, node) {
      if (node.flow !== true || !node.range) return;
      const [start, end] = node.range;
      if (text.slice(start, end).trimEnd().at(-1) !== (isSeq(node) ? ']' : '}')) found = Math.max(found ?? 0, start);
    },
  });
  return found;
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function lineOf(text: string, at: number): string {
  const start = text.lastIndexOf('\n', Math.max(0, at - 1)) + 1;
  const end = text.indexOf('\n', at);
  return text.slice(start, end < 0 ? undefined : end);
}

function yamlHint(code: string, line: string): string | undefined {
  if (code === 'TAB_AS_INDENT') return 'indent with spaces';
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return 'check the indentation, and quote a value that holds ": "';
  const bare = /(?:^|[\s,[])(\[[0-9A-Fa-f:.]*\]:\d+)/.exec(line);
  if (bare?.[1] !== undefined) return `put ${quote(bare[1])} in quotes, since [ starts a list`;
  if (code === 'BAD_SCALAR_START') return 'put the value in quotes';
  return undefined;
}
