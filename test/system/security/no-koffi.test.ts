import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';

/** Stands for an installation without koffi. */
const preload = `
const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  if (name === 'koffi') throw new Error("Cannot find module 'koffi'\\nRequire stack: …");
  return resolve.call(this, name, ...rest);
};
`;

const config = (nve: string) => `domain: dc1
asn: 65000
routerId: 10.0.0.1
listen: ["127.0.0.1:179"]
nves: [{ prefix: 127.0.0.0/8${nve} }]
`;

describe.runIf(isRoot)('nvad without koffi', () => {
  let bench: Bench;
  let net: Namespace;
  beforeEach(() => {
    bench = new Bench();
    net = bench.namespace('lo');
  });
  afterEach(() => bench.clear());

  const start = (nve: string) => {
    const file = join(bench.folder, 'no-koffi.cjs');
    writeFileSync(file, preload);
    return bench.nvad(net, config(nve), { environment: { NODE_OPTIONS: `--require=${file}` } });
  };

  it.each([
    [', password: secret', '5:41: nves[0].password needs TCP-MD5', 'password'],
    [', ttlSecurity: 1', '5:44: nves[0].ttlSecurity needs GTSM', 'ttlSecurity'],
  ])('does not start with%s', async (nve, place, key) => {
    const nvad = start(nve);
    expect(await nvad.exit()).toEqual({ code: 2, signal: null });
    expect(nvad.stderr).toBe(
      `${nvad.configFile}:${place}, for which nvad has no means here: Cannot find module 'koffi'; run it on Linux with koffi, which "npm ci" installs, or leave ${key} out\n`,
    );
  });

  it('starts where nothing is asked for, and does not take what is asked for later', async () => {
    const nvad = await start('').up();
    nvad.configure(config(', password: secret'));
    nvad.signal('SIGHUP');
    await nvad.logged(/^configuration refused; nvad goes on/);
    expect(nvad.messages().join('\n')).toContain('nves[0].password needs TCP-MD5');
    await bench.client(net, { localAddress: '127.0.0.2' }).establish({ asn: 65000, id: '10.0.0.2' });
  });
});
