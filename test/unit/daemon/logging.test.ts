import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { descriptorDestination, Logging, logStyle } from '../../../src/daemon/logging.ts';
import { collectLog } from './fakes.ts';

function json(levels: Parameters<typeof make>[0] = {}) {
  return make(levels);
}

function make(levels: Readonly<Partial<Record<'bgp' | 'api', 'debug' | 'error'>>>) {
  const { lines, destination } = collectLog();
  return { lines, logging: new Logging({ level: 'info', levels, format: 'json', colour: false }, { destination }) };
}

describe('logs', () => {
  it('are one JSON object a line, with component, level in words and time', () => {
    const { lines, logging } = json();
    logging.logger('bgp').info({ peer: '10.1.0.7' }, 'session established');
    expect(lines).toEqual([
      {
        level: 'info',
        component: 'bgp',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        peer: '10.1.0.7',
        msg: 'session established',
      },
    ]);
  });

  it('have a level for each component', () => {
    const { lines, logging } = json({ bgp: 'debug', api: 'error' });
    for (const component of ['bgp', 'api', 'rib'] as const) {
      logging.logger(component).debug('d');
      logging.logger(component).info('i');
    }
    expect(lines.map(({ component, msg }) => `${component} ${msg}`)).toEqual(['bgp d', 'bgp i', 'rib i']);
    expect(logging.levels()).toEqual({
      daemon: 'info',
      config: 'info',
      bgp: 'debug',
      rib: 'info',
      nva: 'info',
      federation: 'info',
      api: 'error',
    });
  });

  it('change their level while they run', () => {
    const { lines, logging } = json();
    const bgp = logging.logger('bgp');
    bgp.debug('before');
    expect(logging.setLevel('bgp', 'debug')).toBeUndefined();
    bgp.debug('after');
    expect(logging.setLevel('*', 'silent')).toBeUndefined();
    bgp.fatal('silent');
    logging.configure({ level: 'warn', levels: { rib: 'trace' } });
    bgp.warn('configured');
    expect(lines.map(({ msg }) => msg)).toEqual(['after', 'configured']);
    expect(logging.levels()).toEqual({
      daemon: 'warn',
      config: 'warn',
      bgp: 'warn',
      rib: 'trace',
      nva: 'warn',
      federation: 'warn',
      api: 'warn',
    });
  });

  it('say what would be right about a level or component that does not exist', () => {
    const { logging } = json();
    expect(logging.setLevel('bpg', 'debug')).toEqual({
      code: 'unknown-component',
      reason: '"bpg" logs nothing; components are daemon, config, bgp, rib, nva, federation, api and *',
    });
    expect(logging.setLevel('*', 'loud')).toEqual({
      code: 'unknown-level',
      reason: '"loud" is no log level; levels are trace, debug, info, warn, error, fatal, silent',
    });
    expect(new Set(Object.values(logging.levels()))).toEqual(new Set(['info']));
  });

  it.each([
    [false, 'WARN'],
    [true, '\u001b[33mWARN\u001b[39m'],
  ])('are one line each for people (colour: %s)', (colour, level) => {
    let written = '';
    const destination = {
      write: (text: string) => {
        written += text;
      },
    };
    const logging = new Logging({ level: 'info', levels: {}, format: 'pretty', colour }, { destination });
    logging.logger('bgp').warn({ peer: '10.1.0.7' }, 'session lost');
    expect(written).toContain(`${level}: `);
    expect(stripVTControlCharacters(written)).toMatch(
      /^\[\d\d:\d\d:\d\d\.\d+\] WARN: bgp: session lost \{"peer":"10\.1\.0\.7"\}\n$/,
    );
    expect(written.trimEnd().split('\n')).toHaveLength(1);
  });

  it('are for people on a terminal and for machines elsewhere, unless configured', () => {
    const log = { level: 'info', levels: {} } as const;
    expect(logStyle(log, true, {})).toEqual({ format: 'pretty', colour: true });
    expect(logStyle(log, true, { NO_COLOR: '1' })).toEqual({ format: 'pretty', colour: false });
    expect(logStyle(log, true, { NO_COLOR: '' })).toEqual({ format: 'pretty', colour: true });
    expect(logStyle(log, false, {})).toEqual({ format: 'json', colour: false });
    expect(logStyle({ ...log, format: 'json' }, true, {})).toEqual({ format: 'json', colour: true });
    expect(logStyle({ ...log, format: 'pretty' }, false, {})).toEqual({ format: 'pretty', colour: false });
  });
});

describe('a file descriptor as destination', () => {
  it('has every line that waited once it is flushed, in order; the one that is being written may come behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-'));
    const file = join(folder, 'log');
    const fd = openSync(file, 'w');
    const { destination, flush } = descriptorDestination(fd);
    for (let i = 0; i < 1000; i++) destination.write(`line ${i}\n`);
    flush();
    const lines = () => readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines().filter((line) => line !== 'line 0')).toEqual(Array.from({ length: 999 }, (_, i) => `line ${i + 1}`));
    await vi.waitFor(() => expect(lines()).toHaveLength(1000));
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  it('has every line at the end, those that are being written before those that wait', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-'));
    const file = join(folder, 'log');
    const log = descriptorDestination(openSync(file, 'w'));
    log.destination.write('first\n');
    log.destination.write('second\n');
    await log.end();
    expect(readFileSync(file, 'utf8')).toBe('first\nsecond\n');
    rmSync(folder, { recursive: true });
  });

  it('does not end the process when its reader goes away', () => {
    const logging = fileURLToPath(new URL('../../../src/daemon/logging.ts', import.meta.url));
    const script = `
      const { descriptorDestination } = await import(${JSON.stringify(logging)});
      const { destination, flush } = descriptorDestination(1);
      for (let i = 0; i < 20; i++) {
        destination.write('x'.repeat(10000) + '\\n');
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      flush();
      process.stderr.write('still here');`;
    const command = `"$0" --input-type=module -e "$1" | true`;
    const shell = spawnSync('sh', ['-c', command, process.execPath, script], { encoding: 'utf8' });
    expect(shell.stderr).toBe('still here');
  });
});
