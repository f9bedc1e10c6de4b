import { expect, test } from 'vitest';
import { type Told, toldCount, toldSteps } from '../../../../src/api/explain/told-steps.ts';
import { untold } from '../../../../src/api/speaker/route-view.ts';
import type { Mapping, MappingTable } from '../../../../src/nva/mapping.ts';
import { nve } from '../../nva/kit.ts';
import { samplePeer } from '../memory-source.ts';

const flood = (end: string): Mapping => ({ kind: 'flood', nve: end, encapsulation: 'vxlan', vni: 10 });
const told = (end: string): Told => ({ mapping: flood(end), details: [] });
/** Agents see these ends, of all that they are asked about. */
const seeing = (...ends: readonly string[]) => ({
  agents: {
    isConnected: () => true,
    isSubscribed: () => true,
    crossings: () => [],
    mappings: () =>
      ({ floodTo: (end: string) => (ends.includes(end) ? flood(end) : undefined) }) as unknown as MappingTable,
  },
  peer: () => samplePeer('10.0.0.9'),
});
const saidOf = (steps: ReturnType<typeof toldSteps>) =>
  steps.map(({ about, outcome, code, reason }) => `${about} ${outcome} ${code}: ${reason}`);

test('an agent has a step for each reason, which names its ends and counts the others', () => {
  const ends = [1, 2, 3, 4, 5, 6].map((number) => told(`10.0.0.${number}`));
  const modules = seeing('10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5');
  expect(saidOf(toldSteps([nve(1, { kind: 'agent' })], 'web', ends, modules))).toEqual([
    'nve1 yes own-end: to 10.0.0.1: it is an end of this NVE itself',
    'nve1 yes told: to 10.0.0.2, 10.0.0.3, 10.0.0.4 and 1 more: it is told by the NVE protocol',
    'nve1 no no-encapsulation: to 10.0.0.6: the two NVEs have no encapsulation in common that the network allows',
  ]);
});

test('a BGP neighbour that is told of one end and not of another has a reason for each', () => {
  const rule = (advertised: boolean, reason: string) =>
    ({
      advertised: { count: 0, peers: [{ address: '10.0.0.9', advertised, reason }] },
    }) as unknown as Told['details'][number];
  const all: Told[] = [
    { mapping: flood('10.0.0.1'), details: [rule(false, 'not asked for'), rule(true, 'a client')] },
    { mapping: flood('10.0.0.2'), details: [rule(false, 'not asked for')] },
    { mapping: flood('10.0.0.3'), details: [] },
  ];
  expect(saidOf(toldSteps([nve(9, { kind: 'bgp' })], 'web', all, seeing()))).toEqual([
    'nve9 yes bgp: to 10.0.0.1: a client',
    'nve9 no bgp-rule: to 10.0.0.2: not asked for',
    'nve9 no no-route: to 10.0.0.3: there is no route that it could be told',
  ]);
});

test('without an end there is one step, which names none', () => {
  const steps = toldSteps([nve(1, { kind: 'agent' })], 'web', [{ mapping: undefined, details: [] }], seeing());
  expect(saidOf(steps)).toEqual(['nve1 no no-mapping: nobody who is believed says to have it']);
});

test('NVEs that are not told on purpose are counted apart', () => {
  const [here, there, switchNve] = [nve(1, { kind: 'agent' }), nve(2, { kind: 'agent' }), nve(3, { kind: 'static' })];
  const modules = seeing('10.0.0.9');
  const count = (...nves: readonly (typeof here)[]) =>
    toldCount(toldSteps(nves, 'web', [told('10.0.0.9')], modules), 'it');
  expect(count(here, there)).toBe('2 of 2 NVEs have it');
  expect(count(here, there, switchNve)).toBe('2 of 2 NVEs that are told have it; 1 is not told');
  expect(count(switchNve)).toBe('no NVE is told: all are static, or gateways to that domain');
});

test('a gateway by BGP that is told where tunnels really end is not one that lacks it', () => {
  const reason = untold['is-gateway'];
  const details = [{ advertised: { count: 0, peers: [{ address: '10.0.0.9', advertised: false, reason }] } }];
  const mapping = flood('10.0.0.1');
  const steps = toldSteps(
    [nve(1, { kind: 'bgp' }), nve(9, { kind: 'bgp' })],
    'web',
    [{ mapping, details: details as unknown as Told['details'] }],
    seeing(),
  );
  expect(steps.map(({ code }) => code)).toEqual(['own-end', 'is-gateway']);
  expect(toldCount(steps, 'it')).toBe('1 of 1 NVEs that are told have it; 1 is not told');
});
