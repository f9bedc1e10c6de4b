/**
 * Octets that other implementations made and judged, where they are at hand: BGP_VECTORS names their folder, else it is
 * looked for beside the checkout. They come with the program that scores a decoder, which asks ours as any user would; the
 * cases where we differ are in docs/standards.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../../..');
const folder = process.env['BGP_VECTORS'] ?? join(root, '../shared/vectors');
const score = join(folder, 'score.mjs');
/** Of 100 cases. */
const LEAST_SCORE = 99;
const LEAST_ROUND_TRIPS = 1000;

it(`octets of others are answered as they say in ${LEAST_SCORE} of 100 cases`, (context) => {
  if (!existsSync(score)) {
    const reason = `octets of others are not tested: there is no ${score}; BGP_VECTORS names their folder`;
    // Vitest's default reporter leaves a skipped test's reason out.
    process.stderr.write(`${reason}\n`);
    context.skip(reason);
  }
  // The sources, as a build may be older than they are.
  const decode = [process.execPath, join(root, 'src/bgp-ts/cli/main.ts'), 'decode', '--jsonl'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [score, '--verbose', '--min', String(LEAST_SCORE), '--', ...decode],
    { encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  expect(status, stdout + stderr).toBe(0);
  expect(Number(/^round trips held: (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThanOrEqual(LEAST_ROUND_TRIPS);
});
