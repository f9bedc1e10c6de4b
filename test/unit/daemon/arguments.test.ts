import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../src/daemon/arguments.ts';

const parse = (line: string) => parseArguments(line === '' ? [] : line.split(' '), '1.2.3');

describe("nvad's command line", () => {
  it.each([
    ['--config F', { kind: 'run', config: 'F' }],
    ['-c F', { kind: 'run', config: 'F' }],
    ['--config=F --log-level debug', { kind: 'run', config: 'F', logLevel: 'debug' }],
    ['--check --config F', { kind: 'check', config: 'F' }],
    ['--print-schema', { kind: 'print-schema' }],
    ['--version', { kind: 'text', text: 'nvad 1.2.3\n' }],
    ['-V', { kind: 'text', text: 'nvad 1.2.3\n' }],
  ])('%s', (line, request) => {
    expect(parse(line)).toEqual(request);
  });

  it.each([
    [
      'nvad.yaml',
      'nvad: the configuration is an option: did you mean nvad --config nvad.yaml?\n("nvad --help" shows how it is used)\n',
    ],
    ['', 'nvad: --config FILE is missing\n("nvad --help" shows how it is used)\n'],
    ['--check', 'nvad: --check needs --config FILE\n("nvad --help" shows how it is used)\n'],
    ['--print-schema --check', 'nvad: --print-schema stands alone\n("nvad --help" shows how it is used)\n'],
    [
      '--check --config F --log-level info',
      'nvad: --check logs nothing, so leave --log-level out\n("nvad --help" shows how it is used)\n',
    ],
    ['--chekc', 'nvad: unknown option \'--chekc\'\n(Did you mean --check?)\n("nvad --help" shows how it is used)\n'],
    ['--config', 'nvad: option \'-c, --config <file>\' argument missing\n("nvad --help" shows how it is used)\n'],
    [
      '--config F G',
      'nvad: too many arguments. Expected 0 arguments but got 1.\n("nvad --help" shows how it is used)\n',
    ],
    [
      '--config F --log-level loud',
      "nvad: option '--log-level <level>' argument 'loud' is invalid. Allowed choices are trace, debug, info, warn, error, fatal, silent.\n(\"nvad --help\" shows how it is used)\n",
    ],
  ])('%j is wrong usage', (line, text) => {
    expect(parse(line)).toEqual({ kind: 'usage', text });
  });

  it('helps with every option, examples, signals and exit codes', () => {
    const help = parse('--help');
    expect(help.kind).toBe('text');
    const text = help.kind === 'text' ? help.text : '';
    for (const part of ['--config <file>', '--check', '--print-schema', '--log-level <level>', '--version', '--help']) {
      expect(text).toContain(part);
    }
    expect(text).toContain('nvad --check --config nvad.yaml ');
    expect(text).toContain('SIGHUP');
    expect(text).toMatch(/^ {2}2 {2}wrong usage or configuration/m);
  });
});
