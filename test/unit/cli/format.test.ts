import { describe, expect, test } from 'vitest';
import { formatAge, formatDuration } from '../../../src/cli/format/duration.ts';
import { createPaint } from '../../../src/cli/format/paint.ts';
import { printable } from '../../../src/cli/format/printable.ts';
import { formatFields, formatTable } from '../../../src/cli/format/table.ts';

describe('durations', () => {
  test.each([
    [-5, '0s'],
    [0, '0s'],
    [59.9, '59s'],
    [60, '1m00s'],
    [185, '3m05s'],
    [3599, '59m59s'],
    [3600, '1h00m'],
    [3720, '1h02m'],
    [86_399, '23h59m'],
    [86_400, '1d00h'],
    [400 * 86_400 + 7200, '400d02h'],
  ])('%d s is %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
  test('an age is the time since a moment; a clock that is ahead gives 0s', () => {
    const now = Date.parse('2026-01-02T04:05:06.500Z');
    expect(formatAge('2026-01-02T03:03:00.000Z', now)).toBe('1h02m');
    expect(formatAge('2026-01-02T04:05:09.000Z', now)).toBe('0s');
  });
});

test('control characters of a peer cannot steer the terminal', () => {
  expect(printable('a\u001b[31mb\u0007\u009b\u202ec é')).toBe('a\\u001b[31mb\\u0007\\u009b\\u202ec é');
});

describe('tables', () => {
  const rows = [
    { name: 'a', count: 5 },
    { name: 'longer', count: 1234 },
  ];
  const columns = [
    { title: 'NAME', cell: (row: (typeof rows)[number]) => row.name },
    { title: 'COUNT', align: 'right' as const, cell: (row: (typeof rows)[number]) => String(row.count) },
  ];
  test('counts stand to the right, no line ends in spaces', () => {
    expect(formatTable(columns, rows, createPaint(false))).toBe('NAME    COUNT\na           5\nlonger   1234\n');
    expect(formatTable([...columns].reverse(), rows, createPaint(false))).toBe(
      'COUNT  NAME\n    5  a\n 1234  longer\n',
    );
  });
  test('colour does not move columns', () => {
    const coloured = formatTable(columns, rows, createPaint(true));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour is made of them
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe('NAME    COUNT\na           5\nlonger   1234\n');
    expect(coloured).toContain('\u001b[1mNAME\u001b[22m');
  });
  test('fields without a value are left out', () => {
    const fields = [
      ['one', '1'],
      ['two', null],
      ['three', '3'],
    ] as const;
    expect(formatFields(fields, createPaint(false))).toBe('one    1\nthree  3\n');
  });
});
