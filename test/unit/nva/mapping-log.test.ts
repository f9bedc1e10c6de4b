import { expect, it } from 'vitest';
import type { MappingChange } from '../../../src/nva/mapping.ts';
import { type MappingLog, MappingLogs } from '../../../src/nva/mapping-log.ts';

const change = (vni: number): MappingChange => ({
  set: { kind: 'flood', nve: '10.0.0.1', encapsulation: 'vxlan', vni },
});
const followed = (logs: MappingLogs) => {
  const log = logs.open();
  log.follow();
  return log;
};
const push = (log: MappingLog, changes: number) => {
  for (let i = 0; i < changes; i++) log.push(change(i));
};

it('of all tables together have a bound, and the longest gives way', () => {
  const logs = new MappingLogs(1000);
  const quiet = Array.from({ length: 50 }, () => followed(logs));
  for (const log of quiet) push(log, 4);
  const begin = quiet.map((log) => log.version - 4);
  const loud = followed(logs);
  const before = loud.version;
  push(loud, 100_000);
  expect(loud.version).toBe(before + 100_000);
  const lengths = () => [...quiet, loud].reduce((sum, { length }) => sum + length, 0);
  expect(lengths()).toBeLessThanOrEqual(1000);
  expect(loud.length).toBeGreaterThan(500);
  for (const [i, log] of quiet.entries()) expect(log.since(begin[i] as number, 10)?.changes.length).toBe(4);
  expect(loud.since(before, 10)).toBeUndefined();
  expect(loud.since(loud.version - 2, 10)?.changes).toEqual([change(99_998), change(99_999)]);
  // As many that are loud share what there is.
  for (let round = 0; round < 100; round++) for (const log of quiet) push(log, 10);
  expect(lengths()).toBeLessThanOrEqual(1000);
  for (const log of quiet) expect(log.length).toBeGreaterThan(0);
});

it('remembers nothing that was before anybody followed it, and its versions go on all the same', () => {
  const log = new MappingLogs(1000).open();
  const begin = log.version;
  push(log, 3);
  expect([log.version, log.length]).toEqual([begin + 3, 0]);
  expect(log.since(begin, 10)).toBeUndefined();
  // That was a reader.
  push(log, 2);
  expect(log.since(begin + 3, 10)).toEqual({ changes: [change(0), change(1)], version: begin + 5 });
});

it('of more tables than there is room for keeps none or one change of each', () => {
  const logs = new MappingLogs(8);
  const many = Array.from({ length: 100 }, () => followed(logs));
  for (const log of many) push(log, 1);
  for (const log of many) push(log, 1);
  expect(many.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(8);
  for (const log of many) expect(log.since(log.version, 1)?.changes).toEqual([]);
});
