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
