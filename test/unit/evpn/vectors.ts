/** UPDATEs of other implementations, where they are at hand (see test/unit/bgp-ts/wire/vectors.test.ts). */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fromHex } from 'bgp-ts';

const folder = process.env['BGP_VECTORS'] ?? join(import.meta.dirname, '../../../../shared/vectors');
const file = join(folder, 'decode.jsonl');

/** By their ids; undefined where they are not at hand. */
export const vectors: ReadonlyMap<string, Uint8Array> | undefined = existsSync(file)
  ? new Map(
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly id: string; readonly hex: string })
        .map(({ id, hex }) => [id, fromHex(hex) as Uint8Array]),
    )
  : undefined;
