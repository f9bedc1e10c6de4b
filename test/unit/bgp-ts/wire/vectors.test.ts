/**
 * Octets that other implementations made and judged, where they are at hand: BGP_VECTORS names their folder, else it is
 * looked for beside the checkout. Not every source reads the RFCs alike, so a share of agreement is asked for here and
 * what differs is in the documentation.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { type Answer, answer } from '../../../../src/bgp-ts/cli/answer.ts';
import { parseQuestion } from '../../../../src/bgp-ts/cli/question.ts';

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly context?: unknown;
  readonly disputed?: unknown;
  readonly expect: { readonly valid: boolean | null; readonly action?: string };
  readonly check?: { readonly violations?: readonly string[]; readonly evpn?: unknown };
}

const { BGP_VECTORS } = process.env;
const folder = BGP_VECTORS ?? join(import.meta.dirname, '../../../../../shared/vectors');
const file = join(folder, 'decode.jsonl');
const there = existsSync(file);
const lines = there ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];

function ask(line: string): Answer {
  const question = parseQuestion(line);
  if ('reason' in question) throw new Error(question.reason);
  return answer(question);
}

const title = there ? 'octets of others' : `octets of others: skipped, as ${file} is not there`;

describe.skipIf(!there)(title, () => {
  it('are answered without an exception, and what is accepted comes back from its encoding', () => {
    let roundTrips = 0;
    for (const line of lines) {
      const { id, kind, context } = JSON.parse(line) as Case;
      const first = ask(line);
      if (first.reencoded === undefined) continue;
      const second = ask(JSON.stringify({ id, kind, context, hex: first.reencoded }));
      expect([id, second.outcome, second.reencoded]).toEqual([id, 'accept', first.reencoded]);
      roundTrips++;
    }
    expect(roundTrips).toBeGreaterThanOrEqual(1000);
  });

  it('the EVPN routes of all that is valid are the ones that a third reader found', () => {
    let compared = 0;
    for (const line of lines) {
      const { id, disputed, expect: wanted, check } = JSON.parse(line) as Case;
      if (disputed || wanted.valid !== true || !check?.evpn || check.violations?.length) continue;
      expect([id, ask(line).evpn ?? []]).toEqual([id, check.evpn]);
      compared++;
    }
    expect(compared).toBeGreaterThan(50);
  });

  it('accepted and refused agree with the sources in at least 97 of 100 cases', () => {
    let judged = 0;
    const differ: string[] = [];
    for (const line of lines) {
      const { id, disputed, expect: wanted, check } = JSON.parse(line) as Case;
      if (disputed || typeof wanted.valid !== 'boolean' || check?.violations?.length) continue;
      judged++;
      const { outcome } = ask(line);
      const accepted = outcome === 'accept' || (outcome === 'attribute-discard' && /discard/.test(wanted.action ?? ''));
      if (accepted !== wanted.valid) differ.push(`${id}: ${outcome}`);
    }
    expect(judged).toBeGreaterThan(500);
    expect(differ.length / judged, differ.join('\n')).toBeLessThan(0.03);
  });
});
