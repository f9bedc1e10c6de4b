import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Message } from '../../../src/nve-protocol/wire/registry.ts';

/** The examples of docs/nve-protocol.md: what other implementations are written by. */
const page = readFileSync(join(import.meta.dirname, '../../../docs/nve-protocol.md'), 'utf8');

export const specification = page;

export interface Golden {
  readonly message: Message;
  /** With the length in front. */
  readonly frame: Uint8Array;
}

export const golden: readonly Golden[] = [...page.matchAll(/^```json\n(.*)\n```\n\n```hex\n([\s\S]*?)\n```$/gm)].map(
  ([, json = '', hex = '']) => ({
    message: JSON.parse(json) as Message,
    frame: Uint8Array.from(hex.split(/\s+/), (octet) => Number.parseInt(octet, 16)),
  }),
);
