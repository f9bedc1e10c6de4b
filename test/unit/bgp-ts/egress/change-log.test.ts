import { describe, expect, it } from 'vitest';
import { ChangeLog } from '../../../../src/bgp-ts/egress/change-log.ts';
import type { EncodedBatch } from '../../../../src/bgp-ts/egress/encoded-batch.ts';

const batch = (version: number, octets: number): EncodedBatch => ({
  version,
  bytes: new Uint8Array(octets),
  runs: new Int32Array(0),
  subjects: [],
  announced: 0,
  withdrawn: 0,
});

function logOf(limit: number, ...sizes: number[]): ChangeLog {
  const log = new ChangeLog(limit);
  for (const [i, size] of sizes.entries()) log.append(batch(i + 1, size));
  return log;
}

const state = ({ begin, end, bytes, appended }: ChangeLog) => [begin, end, bytes, appended];

describe('ChangeLog', () => {
  it('keeps batches in order, up to its limit', () => {
    expect(state(logOf(100, 40, 60))).toEqual([0, 2, 100, 100]);
    const log = logOf(100, 40, 60, 30);
    expect(state(log)).toEqual([1, 3, 90, 130]);
    expect([log.at(1).version, log.at(2).version]).toEqual([2, 3]);
  });

  it('keeps the newest batch, however large it is', () => {
    expect(state(logOf(100, 10, 20, 500))).toEqual([2, 3, 500, 530]);
    expect(state(logOf(100, 500, 10))).toEqual([1, 2, 10, 510]);
  });

  it('takes no empty batch', () => {
    expect(state(logOf(100, 0, 10, 0))).toEqual([0, 1, 10, 10]);
  });

  it('forgets what everyone has read, and no more than it has', () => {
    const log = logOf(100, 10, 20, 30);
    log.trim(2);
    expect(state(log)).toEqual([2, 3, 30, 60]);
    log.trim(1);
    expect(state(log)).toEqual([2, 3, 30, 60]);
    log.trim(9);
    expect(state(log)).toEqual([3, 3, 0, 60]);
  });

  it('says where a reader goes on, or that it cannot', () => {
    const log = logOf(100, 40, 60, 30);
    // The batch that led to version 1 is gone: whoever holds version 0 lacks it, whoever holds 1 does not.
    expect([0, 1, 2, 3, 9].map((version) => log.positionAfter(version))).toEqual([-1, 1, 2, 3, 3]);
    log.trim(3);
    expect([2, 3].map((version) => log.positionAfter(version))).toEqual([-1, 3]);
    expect(new ChangeLog(100).positionAfter(7)).toBe(0);
  });
});
