/** Where a run starts from: files of inputs, and the octets that other implementations made, where they are at hand. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { concat, fromHex, u16 } from '../../src/bgp-ts/wire/bytes.ts';
import { type Input, readInput, writeInput } from './input.ts';

export interface NamedInput {
  readonly name: string;
  readonly input: Input;
}

/** Every `*.hex` in `folder`; none when there is no such folder. Throws for a file that holds no input. */
export function readFolder(folder: string): NamedInput[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.hex'))
    .sort()
    .map((name) => {
      const input = readInput(readFileSync(join(folder, name), 'utf8'));
      if (input === undefined) throw new Error(`${join(folder, name)} holds no input`);
      return { name: name.slice(0, -'.hex'.length), input };
    });
}

/** Writes `name-HASH.hex`, or `name.hex` when `exact`; returns the file's path. */
export function writeFile(folder: string, name: string, input: Input, comment: string, exact = false): string {
  mkdirSync(folder, { recursive: true });
  const text = writeInput(input, comment);
  const hash = createHash('sha256').update(writeInput(input, '')).digest('hex').slice(0, 8);
  const path = join(folder, exact ? `${name}.hex` : `${name}-${hash}.hex`);
  writeFileSync(path, text);
  return path;
}

interface Vector {
  readonly kind?: string;
  readonly hex?: string;
  readonly context?: { readonly asn4?: boolean; readonly session?: string; readonly addpath?: unknown };
}

const MARKER = new Uint8Array(16).fill(0xff);

/** The message that a vector is or that it can be put into, or undefined. */
function messageOf({ kind, hex }: Vector): Uint8Array | undefined {
  const bytes = fromHex(hex ?? '');
  if (bytes === undefined || bytes.length > 60_000) return undefined;
  const inUpdate = (field: Uint8Array) =>
    concat([MARKER, Uint8Array.of(...u16(23 + field.length), 2, 0, 0, ...u16(field.length)), field]);
  switch (kind) {
    case 'message':
    case 'open':
      return bytes;
    case 'attribute-block':
      return inUpdate(bytes);
    case 'nlri-evpn': {
      const head = Uint8Array.of(0x90, 14, ...u16(9 + bytes.length), 0, 25, 70, 4, 192, 0, 2, 1, 0);
      return inUpdate(concat([head, bytes, Uint8Array.of(0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100)]));
    }
    default:
      return undefined;
  }
}

/** Inputs from `decode.jsonl` in `folder`; none when it is not there. */
export function readVectors(folder: string): Input[] {
  const file = join(folder, 'decode.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const vector = JSON.parse(line) as Vector;
      const bytes = messageOf(vector);
      if (bytes === undefined) return [];
      const { asn4, session, addpath } = vector.context ?? {};
      const kind = session === 'ebgp' ? 'ebgp' : 'ibgp';
      const large = bytes.length > 4096;
      const context = addpath
        ? 'add-path'
        : large
          ? 'ibgp-extended'
          : asn4 === false
            ? (`${kind}-2octet` as const)
            : kind;
      return [{ context, bytes } satisfies Input];
    });
}
