/** The file of attachments: JSON, written whole and put in place of the old one. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AttachmentStore, NveMemory } from '../nve/attachment-store.ts';

/** Of the file's form. One that is newer is not understood, and not overwritten. */
const VERSION = 1;

export class StateFile implements AttachmentStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  load(): NveMemory {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { attachments: [], networks: [] };
      throw error;
    }
    let found: Partial<NveMemory & { readonly version: unknown }> | null;
    try {
      found = JSON.parse(text);
    } catch {
      throw new Error(`${this.#path} is not JSON; mend it, or remove it and attach anew`);
    }
    if (found?.version !== VERSION)
      throw new Error(`${this.#path} has the version ${String(found?.version)}, and this nved reads ${VERSION}`);
    const { crossings = [] } = found;
    if (!Array.isArray(found.attachments) || !Array.isArray(found.networks) || !Array.isArray(crossings))
      throw new Error(`${this.#path} lacks attachments or networks; mend it, or remove it and attach anew`);
    return { attachments: found.attachments, networks: found.networks, crossings };
  }

  save({ attachments, networks, crossings = [] }: NveMemory): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    const next = `${this.#path}.next`;
    const fd = openSync(next, 'w', 0o600);
    try {
      writeSync(fd, `${JSON.stringify({ version: VERSION, attachments, networks, crossings }, null, 1)}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(next, this.#path);
  }
}
