import { expect, it } from 'vitest';
import { difference } from '../../../src/config/difference.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { changeNetworksAndNves } from '../../../src/daemon/authority-reload.ts';
import type { PreparedNves } from '../../../src/daemon/nve-service.ts';
import type { ApplyResult } from '../../../src/nva/model.ts';
import { NvaStoreError } from '../../../src/nva/store-error.ts';

function load(text: string) {
  const result = parseConfig('F', `domain: dc1\nasn: 65000\nrouterId: 10.0.0.1\n${text}`);
  if (!result.ok) throw new Error(result.errors[0]?.reason);
  return result.loaded;
}

const before = load('virtualNetworks: [{ name: web, vni: 1 }]\nnveProtocol: { listen: "127.0.0.1:8394" }\n');
const next = load(
  'virtualNetworks: [{ name: web, vni: 2 }]\nadmission: open\nnveProtocol: { listen: "127.0.0.1:8395" }\n',
);

/** Reloads with an NVA that answers `result`, and an NVE service that can be had or not; what was called, in order. */
async function reload(result: () => ApplyResult, reason?: string) {
  const compared = difference(before.config, next.config);
  if (!compared.ok) throw new Error('not comparable');
  const calls: string[] = [];
  const call =
    <T>(name: string, answer: () => T) =>
    () => {
      calls.push(name);
      return answer();
    };
  const prepared: PreparedNves =
    reason === undefined
      ? { ok: true, commit: call('commit', () => {}), undo: call('undo', async () => {}) }
      : { ok: false, reason };
  const modules = {
    nva: { reconfigure: call('reconfigure', result), set: call('set', () => {}) },
    nves: { prepare: call('prepare', async () => prepared) },
  };
  const errors = changeNetworksAndNves(compared.changes, next, modules);
  return { errors: await errors.catch((error: Error) => error.message), calls };
}

const done = (): ApplyResult => ({ ok: true, outcomes: ['changed'] });

it('changes no network where NVEs cannot be served', async () => {
  const { errors, calls } = await reload(done, 'the port is taken');
  expect(errors).toMatchObject([{ path: 'nveProtocol', reason: 'the port is taken' }]);
  expect(calls).toEqual(['prepare']);
});

it('serves NVEs as before where a network is refused', async () => {
  const { errors, calls } = await reload(() => ({
    ok: false,
    refusals: [{ change: 0, code: 'vni-taken', reason: 'VNI 2 is taken' }],
  }));
  expect(errors).toMatchObject([{ reason: 'VNI 2 is taken' }]);
  expect(calls).toEqual(['prepare', 'reconfigure', 'undo']);
});

it('serves NVEs as before, and refuses it, where the store cannot keep it', async () => {
  const { errors, calls } = await reload(() => {
    throw new NvaStoreError('full', 'the disk is full', 'make room');
  });
  expect(errors).toMatchObject([{ code: 'system', path: 'store.path', reason: 'the disk is full' }]);
  expect(calls).toEqual(['prepare', 'reconfigure', 'undo']);
});

it('serves NVEs as before where anything else fails', async () => {
  const { errors, calls } = await reload(() => {
    throw new Error('the disk is full');
  });
  expect(errors).toBe('the disk is full');
  expect(calls).toEqual(['prepare', 'reconfigure', 'undo']);
});

it('does both', async () => {
  const { errors, calls } = await reload(done);
  expect(errors).toEqual([]);
  expect(calls).toEqual(['prepare', 'reconfigure', 'set', 'commit']);
});
