import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LabError } from '../../../../../tools/lab/fault.ts';
import { type LabState, StateStore } from '../../../../../tools/lab/run/state.ts';

let folder: string;
let store: StateStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-state-'));
  store = new StateStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const state: LabState = {
  lab: 't',
  file: '/t.clab.yml',
  phase: 'making',
  logs: '/logs',
  hostInterfaces: ['br-t'],
  nodes: [],
};

test('what was written is read, listed and removed', () => {
  expect(store.read('t')).toBeUndefined();
  store.write(state);
  store.write({ ...state, phase: 'up' });
  expect(store.read('t')).toEqual({ ...state, phase: 'up' });
  expect(store.list().map((each) => each.lab)).toEqual(['t']);
  store.remove('t');
  expect(store.list()).toEqual([]);
});

test('a lab is locked once at a time, and free again after the release', () => {
  const release = store.lock('t');
  expect(() => store.lock('t')).toThrow(LabError);
  expect(() => store.lock('t')).toThrow(`another run (process ${process.pid}) is working on lab t`);
  store.lock('other')();
  release();
  store.lock('t')();
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ['a process that is gone', { pid: process.pid, startTime: '1' }],
  ['nobody', undefined],
])('a lock of %s is taken over', (_, holder) => {
  writeFileSync(join(folder, 't.lock'), holder === undefined ? '' : JSON.stringify(holder));
  store.lock('t')();
});
