import { Command, CommanderError, Option } from 'commander';
import { type LogLevel, logLevels } from '../config/log.ts';

/** What the command line asks for. */
export type Request =
  | { readonly kind: 'run'; readonly config: string; readonly logLevel?: LogLevel }
  | { readonly kind: 'check'; readonly config: string }
  | { readonly kind: 'print-schema' }
  /** Text for standard output and exit code 0: help, version. */
  | { readonly kind: 'text'; readonly text: string }
  /** Text for standard error and exit code 2. */
  | { readonly kind: 'usage'; readonly text: string };

interface Options {
  readonly config?: string;
  readonly check?: true;
  readonly printSchema?: true;
  readonly logLevel?: LogLevel;
}

const examples = `
Examples:
  nvad --config /etc/nvad/nvad.yaml            run with this configuration
  nvad --check --config nvad.yaml              say whether it is valid, and start nothing
  nvad --config nvad.yaml --log-level debug    tell more than the file asks for
  nvad --print-schema > nvad.schema.json       JSON Schema for editors

Signals:
  SIGHUP             read the configuration again and apply what differs
  SIGTERM, SIGINT    take leave of every peer and end; a second one ends at once

Exit codes:
  0  ended in order, or the configuration is valid
  1  failed while running
  2  wrong usage or configuration, or an address that cannot be listened on: nothing was started`;

/** Reads the arguments after the program's name. Prints nothing and never ends the process. */
export function parseArguments(argv: readonly string[], version: string): Request {
  const [first, ...rest] = argv;
  if (rest.length === 0 && first !== undefined && /\.ya?ml$/.test(first) && !first.startsWith('-')) {
    return usage(`the configuration is an option: did you mean nvad --config ${first}?`);
  }
  let output = '';
  const command = new Command('nvad')
    .description('Network Virtualization Authority: an EVPN route reflector that knows virtual networks')
    .option('-c, --config <file>', 'YAML configuration')
    .option('--check', 'validate the configuration and end')
    .option('--print-schema', 'print the JSON Schema of the configuration and end')
    .addOption(
      new Option('--log-level <level>', "least level to log, instead of the file's log.level").choices(logLevels),
    )
    .version(`nvad ${version}`, '-V, --version', 'print the version and end')
    .helpOption('-h, --help', 'print this help and end')
    .addHelpText('after', examples)
    .allowExcessArguments(false)
    .showHelpAfterError('("nvad --help" shows how it is used)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        output += text;
      },
      writeErr: (text) => {
        output += text;
      },
    });
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? { kind: 'text', text: output } : { kind: 'usage', text: nameProgram(output) };
  }
  return request(command.opts<Options>());
}

function request({ config, check, printSchema, logLevel }: Options): Request {
  if (printSchema === true) {
    if (config === undefined && check === undefined && logLevel === undefined) return { kind: 'print-schema' };
    return usage('--print-schema stands alone');
  }
  if (config === undefined) return usage(check === true ? '--check needs --config FILE' : '--config FILE is missing');
  if (check === true) {
    return logLevel === undefined ? { kind: 'check', config } : usage('--check logs nothing, so leave --log-level out');
  }
  return logLevel === undefined ? { kind: 'run', config } : { kind: 'run', config, logLevel };
}

function usage(sentence: string): Request {
  return { kind: 'usage', text: `nvad: ${sentence}\n("nvad --help" shows how it is used)\n` };
}

function nameProgram(text: string): string {
  return text.replace(/^error: /, 'nvad: ');
}
