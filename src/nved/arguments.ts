import { Command, CommanderError, Option } from 'commander';
import { type AttachmentRole, attachmentRoles } from '../nva/model.ts';
import { defaultSocket } from './config.ts';
import type { TenantRequest } from './tenant-protocol.ts';

/** What the command line asks for. */
export type Request =
  | { readonly kind: 'run'; readonly config: string }
  | { readonly kind: 'check'; readonly config: string }
  | { readonly kind: 'print-schema' }
  | { readonly kind: 'ask'; readonly socket: string; readonly json: boolean; readonly request: TenantRequest }
  /** Text for standard output and exit code 0: help, version. */
  | { readonly kind: 'text'; readonly text: string }
  /** Text for standard error and exit code 2. */
  | { readonly kind: 'usage'; readonly text: string };

const examples = `
Examples:
  nved --config /etc/nved/nved.yaml                  run with this configuration
  nved --check --config nved.yaml                    say whether it is valid, and start nothing
  nved --print-schema > nved.schema.json             JSON Schema for editors
  nved attach --network web --id vm1 --port veth7 \\
       --mac 02:00:00:00:00:01 --ip 192.168.0.1      plug a tenant system in
  nved detach --network web --id vm1                 unplug it
  nved show                                          what is plugged in, and what is known of the networks
  nved show --json                                   the same, for programs

Signals:
  SIGTERM, SIGINT    end; tenants go on by what is known, and the next nved takes it up

Exit codes:
  0  done
  1  failed, or refused by the NVA
  2  wrong usage or configuration
  3  no nved answers on the socket
  4  attach: kept, and waiting for an NVA to answer
  5  attach: kept, and waiting for its port, which is not there or is another's`;

interface Asked {
  readonly socket: string;
  readonly json?: true;
}

interface Attached extends Asked {
  readonly network: string;
  readonly id: string;
  readonly port: string;
  readonly mac?: string;
  readonly ip: readonly string[];
  readonly prefix: readonly string[];
  readonly role: AttachmentRole;
  readonly sticky?: true;
  readonly preAssociate?: true;
}

const several = (value: string, before: readonly string[]) => [...before, value];

/** Reads the arguments after the program's name. Prints nothing and never ends the process. */
export function parseArguments(argv: readonly string[], version: string): Request {
  let output = '';
  let found: Request | undefined;
  const print = (text: string) => {
    output += text;
  };
  const command = new Command('nved')
    .description(
      'Linux NVE: VXLAN devices, bridges and forwarding entries as the Network Virtualization Authority says',
    )
    .option('-c, --config <file>', 'YAML configuration')
    .option('--check', 'validate the configuration and end')
    .option('--print-schema', 'print the JSON Schema of the configuration and end')
    .version(`nved ${version}`, '-V, --version', 'print the version and end')
    .helpOption('-h, --help', 'print this help and end')
    .helpCommand(false)
    .addHelpText('after', examples)
    .allowExcessArguments(false)
    .showHelpAfterError('("nved --help" shows how it is used)')
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: print })
    .action((options: { readonly config?: string; readonly check?: true; readonly printSchema?: true }) => {
      found = daemonRequest(options);
    });
  const asking = (name: string, description: string) =>
    command
      .command(name)
      .description(description)
      .addOption(new Option('-s, --socket <path>', "nved's Unix socket").default(defaultSocket))
      .option('--json', 'answer in JSON');
  const ask = ({ socket, json }: Asked, request: TenantRequest) => {
    found = { kind: 'ask', socket, json: json === true, request };
  };
  asking('attach', 'plug a tenant system into a virtual network, when the NVA allows it')
    .requiredOption('-n, --network <name>', 'virtual network')
    .requiredOption('-i, --id <id>', 'what the attachment is called; unique in the network')
    .requiredOption('-p, --port <device>', 'device of this machine that leads to the tenant system')
    .option('-m, --mac <address>', "the tenant system's MAC address; without one, it is learnt from what it sends")
    .option('-a, --ip <address>', 'one of its IP addresses; may be given several times', several, [])
    .option('--prefix <prefix>', 'an IP prefix behind it; may be given several times', several, [])
    .addOption(new Option('--role <role>', 'what it is').choices(attachmentRoles).default('tenant'))
    .option('--sticky', 'it never moves')
    .option('--pre-associate', 'a live migration will bring it: make its port ready, and leave it where it is')
    .action((options: Attached) => {
      const { network, id, port, mac, ip, prefix, role, sticky, preAssociate } = options;
      const optional = mac === undefined ? {} : { mac };
      ask(options, {
        request: 'attach',
        network,
        id,
        port,
        ...optional,
        ips: [...ip],
        prefixes: [...prefix],
        state: preAssociate === true ? 'pre-associated' : 'associated',
        role,
        sticky: sticky === true,
      });
    });
  asking('detach', 'unplug a tenant system')
    .requiredOption('-n, --network <name>', 'virtual network')
    .requiredOption('-i, --id <id>', 'what the attachment is called')
    .action((options: Asked & { readonly network: string; readonly id: string }) =>
      ask(options, { request: 'detach', network: options.network, id: options.id }),
    );
  asking('show', 'what is plugged in, what is known of the networks, and what is not as it should be').action(
    (options: Asked) => ask(options, { request: 'show' }),
  );
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const text = output.replace(/^error: /, 'nved: ');
    return error.exitCode === 0 ? { kind: 'text', text } : { kind: 'usage', text };
  }
  return found ?? usage('nothing was asked for');
}

function daemonRequest(options: { config?: string; check?: true; printSchema?: true }): Request {
  const { config, check, printSchema } = options;
  if (printSchema === true) {
    return config === undefined && check === undefined
      ? { kind: 'print-schema' }
      : usage('--print-schema stands alone');
  }
  if (config === undefined) return usage(check === true ? '--check needs --config FILE' : '--config FILE is missing');
  return { kind: check === true ? 'check' : 'run', config };
}

function usage(sentence: string): Request {
  return { kind: 'usage', text: `nved: ${sentence}\n("nved --help" shows how it is used)\n` };
}
