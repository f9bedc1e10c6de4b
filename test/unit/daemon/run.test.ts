import { describe, expect, it, vi } from 'vitest';
import type { ConfigChange } from '../../../src/config/difference.ts';
import type { ConfigError } from '../../../src/config/error.ts';
import type { LoadedConfig } from '../../../src/config/load.ts';
import type { CheckedFiles } from '../../../src/daemon/check-files.ts';
import type { DaemonModules, StartDaemon } from '../../../src/daemon/daemon.ts';
import { type Host, run } from '../../../src/daemon/run.ts';
import { collectLog, FakeClock, FakeSignals, FakeSystem } from './fakes.ts';

const head = 'domain: dc1\nasn: 65000\nrouterId: 10.0.0.1\n';

/** A machine with one file on it, and all that nvad does to it. */
function machine(argv: string[], file: string, onFiles: CheckedFiles = { errors: [], notes: [] }) {
  const { lines, destination } = collectLog();
  const signals = new FakeSignals();
  const system = new FakeSystem(0, [{ name: 'node', permitted: 1n }]);
  const out = { stdout: '', stderr: '' };
  const exits: number[] = [];
  const files = new Map([
    ['F', file],
    ['/etc/passwd', 'nvad:x:997:996::/:/bin/false\n'],
  ]);
  const host: Host = {
    argv,
    environment: {},
    pid: 42,
    version: '1.2.3',
    stdout: (text) => {
      out.stdout += text;
    },
    stderr: (text) => {
      out.stderr += text;
    },
    terminal: false,
    logDestination: () => destination,
    checkFiles: () => onFiles,
    isFolder: (path) => Promise.resolve(path === '/var/lib'),
    readFile: (path) => {
      const text = files.get(path);
      return text === undefined
        ? Promise.reject(Object.assign(new Error('no'), { code: 'ENOENT' }))
        : Promise.resolve(Buffer.from(text));
    },
    signals,
    clock: new FakeClock(),
    libc: () => ({ ok: false, reason: 'no koffi here' }),
    system,
    exit: (code) => void exits.push(code),
  };
  return { host, lines, signals, system, out, exits, files, messages: () => lines.map(({ msg }) => msg) };
}

/** A daemon that writes down what is asked of it. */
function fakeDaemon(reloadErrors: readonly ConfigError[] = []) {
  const calls: string[] = [];
  const reloads: { readonly next: LoadedConfig; readonly changes: readonly ConfigChange[] }[] = [];
  let modules: DaemonModules | undefined;
  const start: StartDaemon = async (loaded, given) => {
    modules = given;
    calls.push(`start ${loaded.config.domain}`);
    await given.bound();
    calls.push('bound');
    return {
      ok: true,
      daemon: {
        reload: (next, changes) => {
          reloads.push({ next, changes });
          return Promise.resolve(reloadErrors);
        },
        stop: (reason) => {
          calls.push(`stop: ${reason}`);
          return Promise.resolve();
        },
        status: () => '3 peers',
      },
    };
  };
  return { start, calls, reloads, modules: () => modules };
}

const neverStarted: StartDaemon = () => Promise.reject(new Error('must not be started'));

describe('nvad without starting anything', () => {
  it('--version, --help and --print-schema go to standard output with 0', async () => {
    const version = machine(['--version'], '');
    expect([await run(version.host, neverStarted), version.out]).toEqual([0, { stdout: 'nvad 1.2.3\n', stderr: '' }]);
    const help = machine(['--help'], '');
    expect(await run(help.host, neverStarted)).toBe(0);
    expect(help.out.stdout).toContain('Usage: nvad [options]');
    const schema = machine(['--print-schema'], '');
    expect(await run(schema.host, neverStarted)).toBe(0);
    expect(JSON.parse(schema.out.stdout)).toMatchObject({
      title: 'nvad configuration',
      required: ['domain', 'asn', 'routerId'],
    });
  });

  it('wrong usage goes to standard error with 2', async () => {
    const { host, out } = machine([], '');
    expect(await run(host, neverStarted)).toBe(2);
    expect(out).toEqual({
      stdout: '',
      stderr: 'nvad: --config FILE is missing\n("nvad --help" shows how it is used)\n',
    });
  });

  it('--check says in one line that a file is valid', async () => {
    const { host, out } = machine(
      ['--check', '--config', 'F'],
      `${head}nves: [{ prefix: 10.0.0.0/16 }, { address: 10.1.0.7 }]\n`,
    );
    expect(await run(host, neverStarted)).toBe(0);
    expect(out).toEqual({
      stdout:
        'F: ok: domain dc1, AS 65000, router id 10.0.0.1, listening on [::]:179, 1 NVE prefix, 1 NVE, 0 other replicas, API on 127.0.0.1:8080, store memory\n',
      stderr: '',
    });
  });

  it('--check notes what is valid and hardly meant', async () => {
    const { host, out } = machine(
      ['--check', '--config', 'F'],
      `${head}nvas: [{ address: 10.0.0.1 }]\napi: { listen: "10.0.0.1:8080", tokens: access.yaml }\nuser: nobody9\nstore: { kind: sqlite, path: /srv/nvad/state.db }\n`,
    );
    expect(await run(host, neverStarted)).toBe(0);
    expect(out.stdout).toMatch(/^F: ok: domain dc1/);
    expect(out.stderr.split('\n')).toEqual([
      'F:1:1: note: there are no nves, so nvad talks to its replicas alone; name them by address or prefix',
      'F:4:19: note: 10.0.0.1 is an address of this nvad itself, which is no replica of its own; name the other replicas only',
      'F:5:41: note: tokens come to 10.0.0.1:8080 in clear, for whoever reads on the way; add tls',
      'F:6:7: note: there is no user nobody9 on this machine; create it with "useradd --system nobody9", or leave user out',
      'F:7:30: note: there is no folder /srv, and nvad makes only the one in it where the state is kept; mkdir -p /srv',
      '',
    ]);
    const fine = machine(
      ['--check', '--config', 'F'],
      `${head}nves: [{ prefix: 10.0.0.0/16 }]\napi: { listen: "[::1]:8080" }\nstore: { kind: sqlite, path: /var/lib/nvad/state.db }\n`,
    );
    expect([await run(fine.host, neverStarted), fine.out.stderr]).toEqual([0, '']);
  });

  it('--check reads policies between domains, with places in their own files', async () => {
    const shares = 'virtualNetworks: [{ name: web }]';
    const config = `${head}nves: [{ prefix: 10.0.0.0/16 }]\nvirtualNetworks: [{ name: web, vni: 7 }]\nstore: { kind: sqlite, path: /var/lib/s }\nfederation:\n  - { domain: dc2, address: 192.0.2.2, asn: 65002, ${shares}, policy: { import: /p } }\n`;
    const check = async (policy: string | undefined) => {
      const { host, out, files } = machine(['--check', '--config', 'F'], config);
      if (policy !== undefined) files.set('/p', policy);
      return [await run(host, neverStarted), out.stderr];
    };
    expect(await check('rules: [{ match: { network: web }, then: accept }]')).toEqual([0, '']);
    expect(await check(undefined)).toEqual([
      2,
      'F:8:104: /p cannot be read: there is no such file; name a file that is there\n',
    ]);
    expect(await check('rules:\n  - { match: { type: 3, oui: "02:00:00" }, then: refuse }\n')).toEqual([
      2,
      '/p:2:5: rules[0] can never match: no route fulfils type (type 3) and oui (type 2); leave one out, or make it two rules\n',
    ]);
    expect(await check('rules:\n  - { then: accept }\n  - { match: { type: 3 }, then: refuse }\n')).toEqual([
      0,
      '/p:3:5: note: rules[1] can never match: rules[0] in line 2 matches whatever it does; put it before that rule, or leave it out\n',
    ]);
    expect(await check('rules: [{ match: { network: app }, then: refuse }]')).toEqual([
      0,
      '/p:1:29: note: rules[0] matches nothing: app is not shared; shared are: web\n',
    ]);
    expect(await check('rules: [{ match: { type: 5 }, then: refuse }]')).toEqual([
      0,
      '/p:1:9: note: rules[0] can never match: it is of type 5, and no network that is shared has service l3; share one that has, or leave the rule out\n',
    ]);
  });

  it('--check knows which networks an offset leaves unshared, and what no neighbour may call them', async () => {
    const shares = 'virtualNetworks: { all: true, vniOffset: -7, routeTargetAsn: 65002 }';
    const networks = '[{ name: web, vni: 7 }, { name: db, vni: 8 }]';
    const config = `${head}nves: [{ prefix: 10.0.0.0/16 }]\nvirtualNetworks: ${networks}\nstore: { kind: sqlite, path: /var/lib/s }\nfederation:\n  - { domain: dc2, address: 192.0.2.2, asn: 65002, ${shares}, policy: { import: /p } }\n`;
    const { host, out, files } = machine(['--check', '--config', 'F'], config);
    files.set(
      '/p',
      'rules:\n  - { match: { network: web }, then: refuse }\n  - { match: { routeTarget: "65000:8" }, then: refuse }\n',
    );
    expect(await run(host, neverStarted)).toBe(0);
    expect(out.stderr.split('\n').filter((line) => line.startsWith('/p'))).toEqual([
      '/p:2:25: note: rules[0] matches nothing: web is not shared; shared are: db',
      '/p:3:29: note: rules[1] can never match: a route with 65000:8, which our networks have inside our domain alone, is refused before any rule is asked; name route targets on the wire: on import they are those of the neighbour',
    ]);
  });

  it('--check refuses what the files that it names do not hold, and passes notes on them on', async () => {
    const config = `${head}nves: [{ prefix: 10.0.0.0/16 }]\napi: { tokens: access.yaml }\n`;
    const path = ['api', 'tokens'];
    const wrong = machine(['--check', '--config', 'F'], config, {
      errors: [{ code: 'file', path, reason: 'access.yaml:1:10: tokens[0].roles is missing' }],
      notes: [],
    });
    expect([await run(wrong.host, neverStarted), wrong.out]).toEqual([
      2,
      { stdout: '', stderr: 'F:5:16: access.yaml:1:10: tokens[0].roles is missing\n' },
    ]);
    const notes = [{ code: 'note', path, reason: 'it is so' }] as const;
    const noted = machine(['--check', '--config', 'F'], config, { errors: [], notes });
    expect([await run(noted.host, neverStarted), noted.out.stderr]).toEqual([0, 'F:5:16: note: it is so\n']);
  });

  it('an API whose tokens can be read on the way is a warning at the start', async () => {
    const { host, lines, signals } = machine(
      ['--config', 'F'],
      `${head}api: { listen: "0.0.0.0:8080", tokens: access.yaml }\n`,
    );
    const running = run(host, fakeDaemon().start);
    await vi.waitFor(() => expect(lines.map(({ msg }) => msg)).toContain('nvad is ready: 3 peers'));
    expect(lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^F:4:40: tokens come to 0\.0\.0\.0:8080 in clear/),
    );
    signals.emit('SIGTERM');
    await running;
  });

  it('what --check notes of a valid file is in the log at the start and at a reload, with its place', async () => {
    const shares = (gateway: string) =>
      `${head}virtualNetworks: []\nfederation:\n  - { domain: dc2, address: 192.0.2.2, asn: 65002, virtualNetworks: [{ name: web, gateways: [${gateway}] }] }\n`;
    const notes = (gateway: string) => [
      'F:1:1: with store: memory, what is attached by the API or the NVE protocol is forgotten with each restart; use kind: sqlite',
      'F:6:78: the network web is not declared, and is shared from when the API makes it; declare it in virtualNetworks, or share another',
      `F:6:93: ${gateway} is no NVE: none is declared there, and it is in no prefix of nves; declare the gateway in nves, or write its tunnel address`,
    ];
    const { host, lines, signals, files, messages } = machine(['--config', 'F'], shares('10.9.0.1'));
    const warned = () =>
      lines.filter(({ level, msg }) => level === 'warn' && msg.startsWith('F:')).map(({ msg }) => msg);
    const running = run(host, fakeDaemon().start);
    await vi.waitFor(() => expect(messages()).toContain('nvad is ready: 3 peers'));
    expect(warned()).toEqual(notes('10.9.0.1'));
    lines.length = 0;
    files.set('F', shares('10.9.0.2'));
    signals.emit('SIGHUP');
    await vi.waitFor(() => expect(messages()).toContain('configuration reloaded'));
    expect(warned()).toEqual(notes('10.9.0.2'));
    signals.emit('SIGTERM');
    await running;
  });

  it('--check counts those among whom nvad talks to that come by the NVE protocol, or from beyond', async () => {
    const notes = async (more: string) => {
      const store = 'store: { kind: sqlite, path: /var/lib/s }\n';
      const { host, out } = machine(['--check', '--config', 'F'], `${head}${store}virtualNetworks: []\n${more}`);
      expect(await run(host, neverStarted)).toBe(0);
      return out.stderr;
    };
    const says = (whom: string) =>
      `F:1:1: note: there are no nves, so nvad talks to ${whom}; name them by address or prefix\n`;
    expect(await notes('nveProtocol: { listen: "127.0.0.1:8394" }\n')).toBe('');
    expect(await notes('')).toBe(says('nobody'));
    expect(await notes('federation: [{ domain: dc2, address: 192.0.2.2, asn: 65002, virtualNetworks: all }]\n')).toBe(
      says('its neighbour domains alone'),
    );
  });

  it.each([['--check'], []])('a bad file is told line by line, with 2 (%s)', async (...options) => {
    const { host, out, lines } = machine([...options, '--config', 'F'], 'domain: dc1\nasn: 0\nrouterId: 0.0.0.0\n');
    expect(await run(host, neverStarted)).toBe(2);
    expect(out).toEqual({
      stdout: '',
      stderr:
        'F:2:6: asn: AS 0 is reserved and no speaker can have it (RFC 7607)\nF:3:11: routerId: a router id cannot be 0.0.0.0 (RFC 6286 §2.1); use an address of this machine\n',
    });
    expect(lines).toEqual([]);
  });

  it('a user that does not exist is told before anything is bound', async () => {
    const { host, out } = machine(['--config', 'F'], `${head}user: nobody9\n`);
    expect(await run(host, neverStarted)).toBe(2);
    expect(out.stderr).toBe(
      'F:4:7: there is no user nobody9 on this machine; create it with "useradd --system nobody9", or leave user out\n',
    );
  });
});

describe('nvad running', () => {
  it('starts, gives up its privileges, and stops in order', async () => {
    const { host, signals, system, lines, messages, exits } = machine(['--config', 'F'], `${head}user: nvad\n`);
    const { start, calls } = fakeDaemon();
    const code = run(host, start);
    await vi.waitFor(() => expect(messages()).toContain('nvad is ready: 3 peers'));
    expect(system.calls).toEqual(['initgroups nvad 996', 'setgid 996', 'setuid 997']);
    signals.emit('SIGTERM');
    expect(await code).toBe(0);
    expect(calls).toEqual(['start dc1', 'bound', 'stop: nvad of domain dc1 was stopped (SIGTERM)']);
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [
        'info',
        'nvad starts: domain dc1, AS 65000, router id 10.0.0.1, listening on [::]:179, 0 NVE prefixes, 0 NVEs, 0 other replicas, API on 127.0.0.1:8080, store memory',
      ],
      ['warn', 'capabilities cannot be given up one by one: no koffi here'],
      ['info', 'no thread has a capability'],
      ['info', 'nvad is ready: 3 peers'],
      ['info', 'stopping'],
      ['info', 'nvad ended'],
    ]);
    expect(exits).toEqual([]);
    expect(signals.eventNames()).toEqual([]);
  });

  it('says which threads keep capabilities when it stays root', async () => {
    const { host, signals, messages } = machine(['--config', 'F'], head);
    const code = run(host, fakeDaemon().start);
    await vi.waitFor(() => expect(messages()).toContain('nvad is ready: 3 peers'));
    expect(messages()).toContain('started as root; set user in the configuration to drop all privileges');
    signals.emit('SIGINT');
    expect(await code).toBe(0);
  });

  it('does not run on as root when the user cannot be taken', async () => {
    const { host, out, system } = machine(['--config', 'F'], `${head}user: nvad\n`);
    system.setuidError = new Error('EPERM');
    const { start, calls } = fakeDaemon();
    expect(await run(host, start)).toBe(2);
    expect(out.stderr).toBe('F:4:7: nvad cannot become user nvad: EPERM\n');
    expect(calls.at(-1)).toBe('stop: nvad could not give up its privileges');
  });

  it('ends with 2 and the place in the file when a socket cannot be bound', async () => {
    const { host, out, signals } = machine(['--config', 'F'], head);
    const error: ConfigError = {
      code: 'system',
      file: 'F',
      line: 1,
      column: 1,
      path: 'listen[0]',
      reason: 'cannot listen',
    };
    expect(await run(host, () => Promise.resolve({ ok: false, errors: [error] }))).toBe(2);
    expect(out.stderr).toBe('F:1:1: cannot listen\n');
    expect(signals.eventNames()).toEqual([]);
  });

  it('takes the level of the command line before the level of the file', async () => {
    const { host, signals, files } = machine(
      ['--config', 'F', '--log-level', 'error'],
      `${head}log: { level: debug, levels: { bgp: trace } }\n`,
    );
    const daemon = fakeDaemon();
    const code = run(host, daemon.start);
    await vi.waitFor(() => expect(daemon.calls).toContain('bound'));
    expect(daemon.modules()?.logging.levels()).toMatchObject({ daemon: 'error', bgp: 'trace' });
    files.set('F', `${head}log: { level: info }\n`);
    signals.emit('SIGHUP');
    await vi.waitFor(() => expect(daemon.reloads).toHaveLength(1));
    await vi.waitFor(() => expect(daemon.modules()?.logging.levels()).toMatchObject({ daemon: 'error', bgp: 'error' }));
    signals.emit('SIGTERM');
    expect(await code).toBe(0);
  });

  it('reloads what differs, refuses bad files, and compares with the last good one', async () => {
    const { host, signals, files, lines, messages } = machine(
      ['--config', 'F'],
      `${head}nves: [{ address: 10.1.0.7 }]\n`,
    );
    const daemon = fakeDaemon();
    const code = run(host, daemon.start);
    const reload = async (text: string, last: string) => {
      files.set('F', text);
      lines.length = 0;
      signals.emit('SIGHUP');
      await vi.waitFor(() => expect(messages().at(-1)).toBe(last));
      return messages();
    };
    await vi.waitFor(() => expect(messages()).toContain('nvad is ready: 3 peers'));

    const refused = 'configuration refused; nvad goes on with the one it has';
    expect(await reload(`${head}nvez: []\n`, refused)).toEqual([
      'F:4:1: unknown key "nvez"; did you mean "nves"?',
      refused,
    ]);
    expect(await reload('domain: dc2\nasn: 65000\nrouterId: 10.0.0.1\n', refused)).toEqual([
      'F:1:9: domain cannot change while nvad runs (dc1 to dc2); restart nvad to take the new file',
      refused,
    ]);
    expect(daemon.reloads).toEqual([]);

    const good = 'configuration reloaded';
    const after = `${head}nves: [{ address: 10.1.0.7, maxRoutes: 5 }, { prefix: 10.0.0.0/16 }]\nlisten: ["[::]:1790"]\n`;
    expect(await reload(after, good)).toEqual([
      'no longer listening on [::]:179',
      'listening on [::]:1790 as well',
      'nve 10.1.0.7 changed (maxRoutes); its session stays',
      'nve 10.0.0.0/16 added',
      good,
    ]);
    expect(daemon.reloads[0]?.changes.map(({ kind }) => kind)).toEqual([
      'listener-removed',
      'listener-added',
      'neighbour-changed',
      'neighbour-added',
    ]);
    expect(await reload(after, good)).toEqual([good]);
    expect(daemon.reloads[1]?.changes).toEqual([]);

    signals.emit('SIGTERM');
    expect(await code).toBe(0);
  });

  it('keeps the old configuration when the daemon cannot take the new one', async () => {
    const { host, signals, files, messages, lines } = machine(['--config', 'F'], head);
    const error: ConfigError = {
      code: 'system',
      file: 'F',
      line: 4,
      column: 10,
      path: 'listen[0]',
      reason: 'cannot listen',
    };
    const daemon = fakeDaemon([error]);
    const code = run(host, daemon.start);
    await vi.waitFor(() => expect(messages()).toContain('nvad is ready: 3 peers'));
    files.set('F', `${head}listen: ["[::]:1790"]\nlog: { level: debug }\n`);
    for (const times of [1, 2]) {
      lines.length = 0;
      signals.emit('SIGHUP');
      await vi.waitFor(() => expect(messages()).toHaveLength(2));
      expect(messages()).toEqual(['F:4:10: cannot listen', 'configuration refused; nvad goes on with the one it has']);
      expect(daemon.reloads).toHaveLength(times);
      // Compared with what runs, not with what was refused.
      expect(daemon.reloads.at(-1)?.changes).toHaveLength(3);
    }
    expect(daemon.modules()?.logging.levels().bgp).toBe('info');
    signals.emit('SIGTERM');
    expect(await code).toBe(0);
  });
});
