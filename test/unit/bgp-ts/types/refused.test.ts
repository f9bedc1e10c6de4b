import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import {
  announcedRoutes,
  decodeUpdate,
  defaultContext,
  type EvpnNlri,
  encodeUpdate,
  Family,
  type Nlri,
  type PathAttributes,
  withdrawnRoutes,
} from '../../../../src/bgp-ts/index.ts';
import { kept, macIp, prefix } from './kept.ts';

const root = join(import.meta.dirname, '../../../..');
const directive = /^ *\/\/ @ts-expect-error (.+)$/;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'refused-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Errors of `refused.ts` when nothing in it is expected: line and message of each, those of the files around it too. */
async function errorsUnexpected(lines: readonly string[]): Promise<string[]> {
  const fromHere = (text: string) => text.replaceAll("'../../../../src", `'${root}/src`);
  writeFileSync(join(folder, 'refused.ts'), fromHere(lines.join('\n')).replaceAll('@ts-expect-error', ''));
  writeFileSync(join(folder, 'kept.ts'), fromHere(readFileSync(join(import.meta.dirname, 'kept.ts'), 'utf8')));
  const compilerOptions = {
    noEmit: true,
    composite: false,
    declaration: false,
    rewriteRelativeImportExtensions: false,
    noErrorTruncation: true,
    typeRoots: [join(root, 'node_modules/@types')],
  };
  const settings = { extends: join(root, 'tsconfig.base.json'), compilerOptions, files: ['refused.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  try {
    await promisify(execFile)(process.execPath, [tsc, '--pretty', 'false', '-p', folder]);
  } catch (error) {
    const { stdout } = error as { readonly stdout: string };
    return stdout.split('\n').filter((line) => /^\S.*error TS/.test(line));
  }
  return [];
}

describe('what must not compile', () => {
  it('does not, for the reason that is meant', async () => {
    const lines = readFileSync(join(import.meta.dirname, 'refused.ts'), 'utf8').split('\n');
    const meant = lines.flatMap((line, i) => {
      const [, words] = directive.exec(line) ?? [];
      return words === undefined ? [] : [{ line: i + 2, words }];
    });
    expect(meant.length).toBeGreaterThan(30);
    const found = (await errorsUnexpected(lines)).map((error) => {
      const [, line, message] = /refused\.ts\((\d+),\d+\): error (.+)$/.exec(error) ?? [undefined, '0', error];
      return { line: Number(line), message };
    });
    expect(found.map(({ line }) => line)).toEqual(meant.map(({ line }) => line));
    meant.forEach(({ words }, i) => {
      expect(found[i]?.message).toContain(words);
    });
  });
});

describe('what compiles', () => {
  it('is encoded, and read again with the types it had', () => {
    const bytes = encodeUpdate(kept, defaultContext);
    const { update } = decodeUpdate(bytes, defaultContext);
    expect(update).toEqual(kept);
    expectTypeOf(announcedRoutes(update)).toEqualTypeOf<readonly Nlri[]>();
    expectTypeOf(announcedRoutes(update, Family.Evpn)).toEqualTypeOf<readonly EvpnNlri[]>();
    expectTypeOf(update.attributes).toEqualTypeOf<PathAttributes>();
    expectTypeOf<'igp' | 'egp' | 'incomplete' | undefined>().toEqualTypeOf(update.attributes.origin);
  });

  it('the routes of a family are asked for by it', () => {
    const mixed = {
      withdrawn: [prefix],
      attributes: { ...kept.attributes, mpUnreachNlri: { family: Family.Evpn, nlri: [macIp] } },
      nlri: [prefix],
    } as const;
    expect(announcedRoutes(mixed)).toEqual([macIp, prefix]);
    expect(announcedRoutes(mixed, Family.Evpn).map(({ type }) => type)).toEqual([2]);
    expect(announcedRoutes(mixed, Family.Ipv4Unicast).map((route) => route.prefix)).toEqual(['192.0.2.0/24']);
    expect(withdrawnRoutes(mixed)).toEqual([prefix, macIp]);
    expect(withdrawnRoutes(mixed, Family.Evpn)).toEqual([macIp]);
    expect(withdrawnRoutes(mixed, Family.Ipv6Unicast)).toEqual([]);
  });
});
