/** What `--check` says of the files that a configuration names: read as they would be at a start, and closed again. */
import { accessSync, constants } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { ConfigPath, Finding } from '../config/error.ts';
import { accessOf } from './api-service.ts';
import { nveTokensOf } from './nve-tokens.ts';
import { type TlsTexts, tlsKeys, tlsOf } from './tls-files.ts';
import { type FileText, readText, type Understood } from './watched-file.ts';

export interface CheckedFiles {
  /** With these nvad would not start. */
  readonly errors: readonly Finding[];
  readonly notes: readonly Finding[];
}

/** Files that mean something together. */
interface Named {
  /** The key that names them, or has the keys that do. */
  readonly path: ConfigPath;
  readonly files: readonly NamedFile[];
  readonly understand: (files: readonly FileText[]) => Understood<unknown>;
}

interface NamedFile {
  readonly file: string;
  /** The key that names it. */
  readonly path: ConfigPath;
}

export function checkFiles(config: Config): CheckedFiles {
  const errors: Finding[] = [];
  const notes: Finding[] = [];
  for (const { path, files, understand } of namedBy(config)) {
    const texts: FileText[] = [];
    for (const one of files) {
      const text = readText(one.file);
      if (typeof text !== 'string') texts.push(text);
      else if (!isForbidden(one.file)) errors.push({ code: 'file', path: one.path, reason: text });
      else {
        // Whoever checks need not be who runs nvad.
        const reason = `${one.file} cannot be read by you, and so was not checked`;
        notes.push({ code: 'note', path: one.path, reason, suggestion: 'check as the user who starts nvad' });
      }
    }
    if (texts.length < files.length) continue;
    const understood = understand(texts);
    if (!understood.ok) errors.push(...understood.reasons.map((reason): Finding => ({ code: 'file', path, reason })));
    else notes.push(...(understood.notes ?? []).map((reason): Finding => ({ code: 'note', path, reason })));
  }
  notes.push(...neighbourTokens(config));
  return { errors, notes };
}

/** nvad starts without them, and reads them when it asks. */
function neighbourTokens({ federation }: Config): Finding[] {
  return federation.flatMap(({ neighbour: { domain, api } }, i): Finding[] => {
    const reason = api === undefined ? undefined : readText(api.token);
    if (typeof reason !== 'string') return [];
    const suggestion = `until it can be, nvactl explain --at ${domain} has no answer`;
    return [{ code: 'note', path: ['federation', i, 'api', 'token'], reason, suggestion }];
  });
}

function namedBy({ api, authority }: Config): Named[] {
  const nves = authority?.nveProtocol;
  return [
    ...tokens(['api', 'tokens'], api.tokens, accessOf),
    ...tls(['api', 'tls'], api.tls),
    ...tokens(['nveProtocol', 'tokens'], nves?.tokens, nveTokensOf),
    ...tls(['nveProtocol', 'tls'], nves?.tls),
  ];
}

function tokens(path: ConfigPath, file: string | undefined, understand: Named['understand']): Named[] {
  return file === undefined ? [] : [{ path, files: [{ file, path }], understand }];
}

function tls(path: ConfigPath, texts: TlsTexts | undefined): Named[] {
  if (texts === undefined) return [];
  const files = tlsKeys.flatMap((key) => {
    const file = texts[key];
    return file === undefined ? [] : [{ file, path: [...path, key] }];
  });
  return [{ path, files, understand: tlsOf }];
}

function isForbidden(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}
