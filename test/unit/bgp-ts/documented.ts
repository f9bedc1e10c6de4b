/** What a library gives and where it is declared, read from its sources: enough of TypeScript for how these are written. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Export {
  readonly name: string;
  readonly file: string;
  /** The doc comment that stands directly before the declaration, without its stars; undefined where none does. */
  readonly doc: string | undefined;
}

/** Every name that the file gives, through re-exports as well. */
export function exportsOf(file: string): Export[] {
  const source = readFileSync(file, 'utf8');
  const beside = (path: string) => join(dirname(file), path);
  const found: Export[] = [];
  for (const [, names = '', from = ''] of source.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';/gm)) {
    for (const item of names.split(',')) {
      const [, original, renamed] = /^\s*(?:type )?(\w+)(?: as (\w+))?\s*$/.exec(item) ?? [];
      if (original === undefined) continue;
      found.push({ ...declared(beside(from), original), name: renamed ?? original });
    }
  }
  for (const [, from = ''] of source.matchAll(/^export \* from '([^']+)';/gm)) found.push(...exportsOf(beside(from)));
  const own = /^export (?:abstract )?(?:async )?(?:const|function|class|interface|type) (\w+)/gm;
  const names = new Set([...source.matchAll(own)].map(([, name = '']) => name));
  for (const name of names) found.push({ name, file, doc: docOf(source, name) });
  return found;
}

function declared(file: string, name: string): Export {
  return { name, file, doc: docOf(readFileSync(file, 'utf8'), name) };
}

/** The comment before the first declaration of `name`, of which an overloaded function has several. */
export function docOf(source: string, name: string): string | undefined {
  const at = new RegExp(
    `^export (?:abstract )?(?:async )?(?:const|function|class|interface|type) ${name}\\b`,
    'm',
  ).exec(source);
  if (at === null) return undefined;
  // the last comment before it, with nothing but one line's end between
  const [, doc] = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n$/.exec(source.slice(0, at.index)) ?? [];
  return doc
    ?.split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join(' ')
    .trim();
}

/** Whether a comment says more than the name does. */
export function saysSomething(doc: string | undefined, name: string): boolean {
  if (doc === undefined) return false;
  const words = doc
    .replaceAll(/\{@link ([\w.]+)\}/g, '$1')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  // what the name already says is no documentation
  const nameWords = name.split(/(?=[A-Z])|_/).map((word) => word.toLowerCase());
  return words.filter((word) => !nameWords.includes(word.toLowerCase())).length >= 3;
}

export interface DocumentedMember {
  readonly name: string;
  /** Its own comment, or the one that speaks for it; undefined where there is none. */
  readonly doc: string | undefined;
}

const member =
  /^ {2}(?:(?:public|static|async|override|readonly|get|set|declare) )*(?:\[)?([a-zA-Z]\w*)\]?[?!]?(?:[:(<]| =)/;

/**
 * The fields and methods that an exported interface or class shows. One has a comment of its own, or is named in
 * `backquotes` by the comment of the type, or by that of a member above it without an empty line between: a group that is
 * told in one sentence. A constructor, and a second overload, need none.
 */
export function membersOf(source: string, name: string): DocumentedMember[] {
  const head = new RegExp(`^export (?:abstract )?(?:interface|class|type) ${name}\\b[^;]*?\\{\\n`, 'm').exec(source);
  if (head === null) return [];
  const from = head.index + head[0].length;
  const lines = source.slice(from, source.indexOf('\n}', from)).split('\n');
  const typeDoc = docOf(source, name);
  const members = new Map<string, DocumentedMember>();
  let comment: string[] = [];
  let group = '';
  for (const line of lines) {
    if (line === '') group = '';
    const found = member.exec(line)?.[1];
    if (/^ {2}(?:\/\*\*| \*)/.test(line)) comment.push(line.replace(/^\s*(?:\/\*\*|\*\/|\* ?)|\*\/$/g, '').trim());
    else if (found !== undefined && found !== 'constructor') {
      const own = comment.join(' ').trim();
      if (own !== '') group = `${group} ${own}`;
      const shared = [typeDoc, group].find((text) => text?.includes(`\`${found}\``));
      if (!members.has(found)) members.set(found, { name: found, doc: own === '' ? shared?.trim() : own });
    }
    if (!/^ {2}(?:\/\*\*| \*)/.test(line)) comment = [];
  }
  return [...members.values()];
}

/**
 * Whether a function's comment has to speak of what may go wrong: it throws, is an encoder, or gives faults; as far as its
 * own text shows. Constants and types never have to.
 */
export function mayFail(source: string, name: string): boolean {
  const [, signature = '', body = ''] =
    new RegExp(`^export (?:async )?function ${name}\\b([\\s\\S]*?)\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(source) ?? [];
  const result = signature.slice(signature.lastIndexOf('):'));
  return (
    /\bthrow /.test(body) || (signature !== '' && name.startsWith('encode')) || /Result|Decoded|Fault/.test(result)
  );
}
