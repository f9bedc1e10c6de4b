/** What `--check` says of the files that a configuration names: read as they would be at a start, and closed again. */
import { accessSync, constants } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { ConfigPath, Finding } from '../config/error.ts';
import { accessOf } from './api-service.ts';
import { nveTokensOf } from './nve-tokens.ts';
import { tlsFiles, tlsOf } from './tls-files.ts';
import { type FileText, readFiles, type Understood } from './watched-file.ts';

export interface CheckedFiles {
  /** With these nvad would not start. */
  readonly errors: readonly Finding[];
  readonly notes: readonly Finding[];
}

interface Named {
  /** The key that names them. */
  readonly path: ConfigPath;
  readonly files: readonly string[];
  readonly understand: (files: readonly FileText[]) => Understood<unknown>;
}

export function checkFiles(config: Config): CheckedFiles {
  const errors: Finding[] = [];
  const notes: Finding[] = [];
  for (const { path, files, understand } of namedBy(config)) {
    const closed = files.filter(isForbidden);
    // Whoever checks need not be who runs nvad.
    for (const file of closed) {
      const reason = `${file} cannot be read by you, and so was not checked`;
      notes.push({ code: 'note', path, reason, suggestion: 'check as the user who starts nvad' });
    }
    if (closed.length > 0) continue;
    const read = readFiles(files, understand);
    if (!read.ok) errors.push(...read.reasons.map((reason): Finding => ({ code: 'file', path, reason })));
    else notes.push(...(read.notes ?? []).map((reason): Finding => ({ code: 'note', path, reason })));
  }
  return { errors, notes };
}

function namedBy({ api, authority }: Config): Named[] {
  const nves = authority?.nveProtocol;
  return [
    { path: ['api', 'tokens'], files: listOf(api.tokens), understand: accessOf },
    { path: ['api', 'tls'], files: api.tls === undefined ? [] : tlsFiles(api.tls), understand: tlsOf },
    { path: ['nveProtocol', 'tokens'], files: listOf(nves?.tokens), understand: nveTokensOf },
    { path: ['nveProtocol', 'tls'], files: nves?.tls === undefined ? [] : tlsFiles(nves.tls), understand: tlsOf },
  ].filter(({ files }) => files.length > 0);
}

const listOf = (file: string | undefined) => (file === undefined ? [] : [file]);

function isForbidden(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}
