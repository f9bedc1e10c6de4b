import { expect, test } from 'vitest';
import { table } from '../../../../../tools/lab/cli/table.ts';

test('columns are as wide as their widest cell', () => {
  expect(
    table([
      ['NODE', 'STATE'],
      ['clab-t-a', 'running'],
      ['b', ''],
    ]),
  ).toBe('NODE      STATE\nclab-t-a  running\nb');
});
