import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { showFault } from '../../../../tools/lab/fault.ts';
import { planUp } from '../../../../tools/lab/plan/plan-up.ts';
import { findTopologyFile } from '../../../../tools/lab/run/lab.ts';
import { readTopology } from '../../../../tools/lab/topology/read-topology.ts';

const folder = fileURLToPath(new URL('../../../../topologies', import.meta.url));
const labs = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());

/** Every lab of the repository, read and planned. */
const plans = labs.map(({ name }) => {
  const file = findTopologyFile(join(folder, name));
  const read = readTopology(file, readFileSync(file, 'utf8'));
  const planned = read.ok ? planUp(read.topology, { checkout: '/checkout', exists: existsSync }) : read;
  return { name, file, planned };
});

describe.each(plans)('$name', ({ name, planned }) => {
  test('is read and planned without a fault', () => {
    expect(planned.ok ? [] : planned.faults.map(showFault)).toEqual([]);
  });

  test('is named after its folder and has a README', () => {
    expect(planned.ok && planned.plan.lab).toBe(name);
    expect(existsSync(join(folder, name, 'README.md'))).toBe(true);
  });
});

test('no two labs share a management network or an interface of the host', () => {
  const all = plans.flatMap(({ planned }) => (planned.ok ? planned.plan.hostInterfaces : []));
  expect(all).toHaveLength(new Set(all).size);
  const bridges = plans.flatMap(({ planned }) => {
    const step = planned.ok ? planned.plan.steps[0] : undefined;
    return step?.do === 'run' ? step.commands.filter((argv) => argv.includes('address')).map((argv) => argv[3]) : [];
  });
  expect(bridges).toHaveLength(plans.length);
  expect(new Set(bridges).size).toBe(plans.length);
});
