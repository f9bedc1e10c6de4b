import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { defaultGracefulRestart } from '../../../src/config/config.ts';
import { formatConfigError } from '../../../src/config/error.ts';
import { type LoadedConfig, loadConfig, parseConfig } from '../../../src/config/load.ts';

const minimal = 'domain: dc1\nasn: 65000\nrouterId: 10.0.0.1\n';

function loaded(text: string, file = '/etc/nvad/nvad.yaml'): LoadedConfig {
  const result = parseConfig(file, text);
  if (!result.ok) throw new Error(result.errors.map(formatConfigError).join('\n'));
  return result.loaded;
}

async function printed(bytes: () => Promise<Uint8Array>): Promise<string[]> {
  const result = await loadConfig('nvad.yaml', bytes);
  return result.ok ? ['ok'] : result.errors.map(formatConfigError);
}

function systemError(code: string): () => Promise<Uint8Array> {
  return () => Promise.reject(Object.assign(new Error(`${code}: in words`), { code }));
}

describe('parseConfig', () => {
  it('fills in every default', () => {
    expect(loaded(minimal).config).toEqual({
      domain: 'dc1',
      asn: 65000,
      routerId: '10.0.0.1',
      clusterId: '10.0.0.1',
      domainId: '65000:0',
      federation: [],
      listen: [{ kind: 'tcp', host: '::', port: 179, family: 6, text: '[::]:179' }],
      nves: [],
      nvas: [],
      gracefulRestart: { ...defaultGracefulRestart, selectionDeferralTime: 30 },
      api: { listen: { kind: 'tcp', host: '127.0.0.1', port: 8080, family: 4, text: '127.0.0.1:8080' } },
      store: { kind: 'memory' },
      log: { level: 'info', levels: {} },
    });
  });

  it('keeps what is given, with addresses in canonical form and relative paths at the file', () => {
    const text = `domain: dc1
asn: 4200000000
routerId: 10.0.0.1
clusterId: 10.0.0.9
listen: ["10.0.0.1:179", "[2001:DB8:0::1]:1790"]
nves:
  - { prefix: "2001:DB8:0:0::/32", description: leaves, holdTime: 0, maxRoutes: 5, asn: 65001, passive: true }
  - address: 10.1.0.7
    port: 1790
    holdTime: 3
    sendHoldTime: 20
    password: a key
    ttlSecurity: true
    maxRoutes: { limit: 7, restart: never }
    gracefulRestart: { enabled: false }
nvas:
  - address: "2001:DB8::2"
    passive: true
    ttlSecurity: 3
    gracefulRestart: { restartTime: 10, longLivedStaleTime: 5 }
gracefulRestart: { restartTime: 30, staleTime: 60, selectionDeferralTime: 9 }
api: { listen: "unix:run/api.sock" }
store: { kind: sqlite, path: state.db }
log: { level: warn, levels: { bgp: debug }, format: json }
user: nvad
group: "123"
`;
    expect(loaded(text).config).toEqual({
      domain: 'dc1',
      asn: 4200000000,
      routerId: '10.0.0.1',
      clusterId: '10.0.0.9',
      domainId: '4200000000:0',
      federation: [],
      listen: [
        { kind: 'tcp', host: '10.0.0.1', port: 179, family: 4, text: '10.0.0.1:179' },
        { kind: 'tcp', host: '2001:db8::1', port: 1790, family: 6, text: '[2001:db8::1]:1790' },
      ],
      nves: [
        {
          kind: 'dynamic',
          prefix: '2001:db8::/32',
          passive: true,
          asn: 65001,
          holdTime: 0,
          maxRoutes: { limit: 5 },
          gracefulRestart: { enabled: true, restartTime: 30, staleTime: 60, longLivedStaleTime: 0 },
          description: 'leaves',
        },
        {
          kind: 'static',
          address: '10.1.0.7',
          asn: 4200000000,
          port: 1790,
          passive: false,
          holdTime: 3,
          sendHoldTime: 20,
          password: 'a key',
          ttlSecurity: 1,
          maxRoutes: { limit: 7, warning: 75, restart: 'never' },
          gracefulRestart: { enabled: false, restartTime: 30, staleTime: 60, longLivedStaleTime: 0 },
        },
      ],
      nvas: [
        {
          kind: 'static',
          address: '2001:db8::2',
          asn: 4200000000,
          port: 179,
          passive: true,
          holdTime: 90,
          ttlSecurity: 3,
          gracefulRestart: { enabled: true, restartTime: 10, staleTime: 60, longLivedStaleTime: 5 },
        },
      ],
      gracefulRestart: {
        enabled: true,
        restartTime: 30,
        staleTime: 60,
        longLivedStaleTime: 0,
        selectionDeferralTime: 9,
      },
      api: { listen: { kind: 'unix', path: '/etc/nvad/run/api.sock', text: 'unix:/etc/nvad/run/api.sock' } },
      store: { kind: 'sqlite', path: '/etc/nvad/state.db', synchronous: 'normal' },
      log: { level: 'warn', levels: { bgp: 'debug' }, format: 'json' },
      user: 'nvad',
      group: '123',
    });
  });

  it('takes anchors and aliases', () => {
    const { config } = loaded(
      `${minimal}nves:\n  - { address: 10.1.0.7, holdTime: &h 9 }\n  - { address: 10.1.0.8, holdTime: *h }\n`,
    );
    expect(config.nves).toMatchObject([{ holdTime: 9 }, { holdTime: 9 }]);
  });

  it('says where a value stands, and for a default the nearest thing around it', () => {
    const { place } = loaded(`${minimal}listen:\n  - "10.0.0.1:179"\n  - "10.0.0.2:179"\nstore:\n  kind: memory\n`);
    expect(place({ path: ['listen', 1] })).toEqual({ line: 6, column: 5 });
    expect(place({ path: ['store', 'kind'] })).toEqual({ line: 8, column: 9 });
    expect(place({ path: ['store', 'kind'], atKey: true })).toEqual({ line: 8, column: 3 });
    expect(place({ path: ['store', 'path'] })).toEqual({ line: 8, column: 3 });
    expect(place({ path: ['api', 'listen'] })).toEqual({ line: 1, column: 1 });
  });

  it.each(['examples/nvad.yaml', 'examples/minimal.yaml'])('accepts %s as it is shipped', async (file) => {
    const result = await loadConfig(file, readFile);
    expect(result).toMatchObject({ ok: true, loaded: { config: { asn: 65000, store: { kind: 'memory' } } } });
  });

  it('refuses a document that aliases blow up, without building it', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`,
    );
    const result = parseConfig('F', `a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n${levels.join('\n')}\n`);
    expect(result.ok ? [] : result.errors.map(({ code, reason }) => [code, reason])).toEqual([
      ['yaml', 'the document holds more than 200000 values'],
    ]);
  });

  it('refuses a document that contains itself, and one that is nested without end', () => {
    for (const text of ['a: &a [*a]\n', `a: ${'['.repeat(200)}${']'.repeat(200)}\n`]) {
      const result = parseConfig('F', text);
      expect(result.ok ? [] : result.errors.map(({ reason }) => reason)).toEqual([
        'the document is nested more than 32 deep',
      ]);
    }
  });
});

describe('loadConfig', () => {
  it('reads the named file', async () => {
    const asked: string[] = [];
    const result = await loadConfig('conf/nvad.yaml', (path) => {
      asked.push(path);
      return Promise.resolve(Buffer.from(minimal));
    });
    expect(asked).toEqual(['conf/nvad.yaml']);
    expect(result).toMatchObject({ ok: true, loaded: { file: 'conf/nvad.yaml', config: { domain: 'dc1' } } });
  });

  it.each([
    ['ENOENT', 'nvad.yaml: cannot be read: there is no such file'],
    ['EACCES', 'nvad.yaml: cannot be read: permission denied'],
    ['EISDIR', 'nvad.yaml: cannot be read: it is a folder'],
    ['EIO', 'nvad.yaml: cannot be read: EIO: in words'],
  ])('tells of %s', async (code, sentence) => {
    expect(await printed(systemError(code))).toEqual([sentence]);
  });

  it('refuses what is not text, and what is too much of it', async () => {
    expect(await printed(() => Promise.resolve(Uint8Array.of(0x61, 0xff)))).toEqual(['nvad.yaml: is not UTF-8 text']);
    expect(await printed(() => Promise.resolve(new Uint8Array(16 * 1024 * 1024 + 1)))).toEqual([
      'nvad.yaml: is larger than 16 MiB',
    ]);
  });
});
