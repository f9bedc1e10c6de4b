import { describe, expect, it } from 'vitest';
import { namedBy } from '../../../../src/federation/policy/file-names.ts';

const here = '/etc/nvad/to-dc2.yaml';

describe('a file is a policy in use', () => {
  it.each([
    ['whose path it has', here, [[here], ['/etc/nvad/dc3/to-dc2.yaml'], []], 'yes no no'],
    ['by whichever of its names', '/tmp/next.yaml', [[here, '/tmp/next.yaml'], [here]], 'yes no'],
    ['by its name, seen from another machine', '/home/op/to-dc2.yaml', [[here], ['/etc/nvad/other.yaml']], 'yes no'],
    ['at all that have one file', '/home/op/to-dc2.yaml', [[here], [here], []], 'yes yes no'],
    [
      'perhaps, where several files have its name',
      '/home/op/to-dc2.yaml',
      [[here], ['/b/to-dc2.yaml'], []],
      'perhaps perhaps no',
    ],
    ['without its folder, whichever has one', '/home/op/next.yaml', [['next.yaml'], ['/a/next.yaml']], 'yes yes'],
    ['once, although it was applied from elsewhere', '/c/to-dc2.yaml', [[here, '/b/to-dc2.yaml']], 'yes'],
    ['nowhere', '/etc/nvad/from-dc2.yaml', [[here], []], 'no no'],
  ] as const)('%s', (_what, file, policies, wanted) => {
    expect(namedBy(file, policies).join(' ')).toBe(wanted);
  });
});
