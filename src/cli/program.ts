/** The command tree of nvactl. Completion scripts and help are made from it. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { type LogLevel, logLevels } from '../api/contract/log-levels.ts';
import { PeerParams } from '../api/contract/peers.ts';
import { complete, type WordKind, wordKinds } from './commands/complete.ts';
import { showEvents } from './commands/events.ts';
import { logLevel } from './commands/log-level.ts';
import { positiveInteger, seconds } from './commands/numbers.ts';
import { reset } from './commands/reset.ts';
import { readRouteFilter, routeFilterOptions } from './commands/route-filters.ts';
import { showHealth } from './commands/show-health.ts';
import { showPeer, showPeers } from './commands/show-peers.ts';
import { showRoute } from './commands/show-route.ts';
import { showRoutes } from './commands/show-routes.ts';
import { completionScript, type Shell, shells } from './completion/script.ts';
import { examples } from './examples.ts';
import { ExitCode } from './exit-codes.ts';
import { addExplainCommand } from './explain-program.ts';
import { addFederationCommands } from './federation-program.ts';
import { addNvaCommands, type ProgramParts } from './nva-program.ts';
import { failed, type Outcome, said } from './outcome.ts';
import { addPolicyCommands } from './policy-program.ts';
import { DEFAULT_API, type GlobalOptions, openSession, type Session } from './session.ts';
import type { Surroundings } from './surroundings.ts';
import { plainUsage } from './usage-text.ts';
import { watch } from './watch.ts';

const DEFAULT_WATCH_SECONDS = 2;
const DEFAULT_ROUTE_DETAILS = 20;
/** A shell that completes must not hang. */
const COMPLETION_TIMEOUT_MS = 1500;

function peerAddress(text: string): string {
  const result = PeerParams.shape.address.safeParse(text);
  if (result.success) return result.data;
  throw new InvalidArgumentError(result.error.issues[0]!.message);
}

const addressArgument = () => new Argument('<address>', "the peer's address").argParser(peerAddress);

const watchOption = () =>
  new Option(
    '-w, --watch [seconds]',
    `ask again every so often (every ${DEFAULT_WATCH_SECONDS} s when not given)`,
  ).argParser(seconds);

const exitStatus = `
Exit status:
  0  ok
  1  nvad refused or failed; for show health, not ready
  2  wrong usage; or what was sent is not valid, as a policy with a mistake
  3  nvad is not reachable
  4  nothing matched
`;

/** Options of a command as commander gives them, global ones included. */
type Options = GlobalOptions &
  Readonly<Record<string, unknown>> & { readonly watch?: number | true; readonly limit?: number };

/** A command with those it is below, `nvactl` first. */
const namesOf = (command: Command): string[] =>
  command.parent === null ? [command.name()] : [...namesOf(command.parent), command.name()];

/** Builds the tree. `finish` is told the exit code of the command that ran. */
export function createProgram(surroundings: Surroundings, version: string, finish: (code: ExitCode) => void): Command {
  const print = ({ code, out, err }: Outcome) => {
    surroundings.out(out);
    surroundings.err(err);
    finish(code);
  };

  /** Runs `ask` once, or again and again with --watch. */
  const run = async (command: Command, ask: (session: Session, compact: boolean) => Promise<Outcome>) => {
    const options = command.optsWithGlobals<Options>();
    const session = openSession(options, surroundings);
    if ('refused' in session) return print(session.refused);
    if (options.watch === undefined) return print(await ask(session, false));
    const title = [...namesOf(command), ...command.args].join(' ');
    const every = options.watch === true ? DEFAULT_WATCH_SECONDS : options.watch;
    const settings = { seconds: every, title, lines: session.json };
    finish(await watch(() => ask(session, true), settings, surroundings));
  };

  const program = new Command('nvactl')
    .description('Ask and steer nvad, the Network Virtualization Authority, over its HTTP API.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('--api <url>', `where nvad's API is (default: NVACTL_API, or ${DEFAULT_API}); also unix:///PATH`)
    .option('--json', "print the API's own objects")
    .option(
      '--token-file <file>',
      'a file with the token to show (default: NVACTL_TOKEN, or the file NVACTL_TOKEN_FILE)',
    )
    .option('--ca-file <file>', 'PEM certificates of who signs for an https API (default: NVACTL_CA_FILE)')
    .option('--cert-file <file>', 'PEM certificate to show to an https API')
    .option('--key-file <file>', 'its private key')
    .option('--no-color', 'no colour, also on a terminal (NO_COLOR does the same)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: surroundings.out,
      writeErr: surroundings.err,
      outputError: (text, write) => write(plainUsage(text)),
    })
    .exitOverride()
    .showHelpAfterError('(add --help for more)')
    .addHelpText(
      'after',
      examples(
        ['nvactl show peers', 'all peers and their state'],
        ['nvactl show routes --type 2 --vni 10', 'MAC addresses of one virtual network'],
        ['nvactl show route 02:00:00:00:00:11', 'why nvad prefers which path to a MAC address'],
        ['nvactl --api unix:///run/nvad/api.sock show health', 'where api.listen is a unix socket'],
      ) + exitStatus,
    );

  const show = program
    .command('show')
    .description('show what nvad knows')
    .addHelpText(
      'after',
      examples(
        ['nvactl show peers --watch', 'peers, drawn anew every two seconds'],
        ['nvactl show routes --json', 'all routes, for jq and the like'],
        ['nvactl show health', 'exit status 0 when nvad is ready, 1 when not'],
      ),
    );

  show
    .command('peers')
    .description('all peers: state, since when, routes')
    .addOption(watchOption())
    .addHelpText(
      'after',
      examples(
        ['nvactl show peers', 'a table'],
        ['nvactl show peers --json --watch 5', 'one line of JSON every five seconds'],
      ),
    )
    .action((_options, command: Command) => run(command, showPeers));

  show
    .command('peer')
    .description('one peer: capabilities, counters, last errors')
    .addArgument(addressArgument())
    .addOption(watchOption())
    .addHelpText('after', examples(['nvactl show peer 10.0.0.11', 'all that is known of this peer']))
    .action((address: string, _options, command: Command) =>
      run(command, (session, compact) => showPeer(session, address, compact)),
    );

  const routes = show.command('routes').description('routes that match all filters, each with its best path');
  for (const option of routeFilterOptions()) routes.addOption(option);
  routes
    .addOption(new Option('--limit <rows>', 'no more than so many (default: all)').argParser(positiveInteger))
    .addOption(watchOption())
    .addHelpText(
      'after',
      examples(
        ['nvactl show routes --type 3', 'who takes part in which broadcast domain'],
        ['nvactl show routes --vni 10 --peer 10.0.0.11', "one NVE's routes in one virtual network"],
        ['nvactl show routes --rt 65000:10 --json', 'by route target, as JSON'],
      ),
    )
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const filter = readRouteFilter(options);
      return run(command, (session, compact) => showRoutes(session, filter, options.limit, compact));
    });

  const route = show
    .command('route')
    .description('matching routes with all paths, and why the best one is best')
    .addArgument(new Argument('[route]', 'a MAC address, an IP address, a prefix, [2]:[RD]:…, or a key of the API'));
  for (const option of routeFilterOptions()) route.addOption(option);
  route
    .addOption(
      new Option('--limit <routes>', 'no more than so many').default(DEFAULT_ROUTE_DETAILS).argParser(positiveInteger),
    )
    .addOption(watchOption())
    .addHelpText(
      'after',
      examples(
        ['nvactl show route 02:00:00:00:00:11', 'by MAC address'],
        ['nvactl show route 172.16.10.11 --vni 10', 'by IP address, in one virtual network'],
        ["nvactl show route '[3]:[10.0.0.11:2]:[0]:[32]:[10.0.0.11]'", 'by its text'],
        ['nvactl show route --prefix 10.20.0.0/16 --json', 'as JSON'],
      ),
    )
    .action((named: string | undefined, _options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const filter = readRouteFilter(options);
      const limit = options.limit ?? DEFAULT_ROUTE_DETAILS;
      return run(command, (session, compact) => showRoute(session, named, filter, limit, compact));
    });

  show
    .command('health')
    .description('version, readiness, counts, listeners, replicas')
    .addOption(watchOption())
    .addHelpText('after', examples(['until nvactl show health; do sleep 1; done', 'wait until nvad is ready']))
    .action((_options, command: Command) => run(command, showHealth));

  program
    .command('reset')
    .description("end a peer's session and start it anew, or ask for its routes again")
    .addArgument(addressArgument())
    .option('--soft', 'keep the session; ask for all routes again (RFC 2918)')
    .option('--message <text>', 'tell the peer why (RFC 9003)')
    .addHelpText(
      'after',
      examples(
        ['nvactl reset 10.0.0.11 --soft', 'route refresh'],
        ["nvactl reset 10.0.0.11 --message 'maintenance'", 'Cease, administrative reset, with a text'],
      ),
    )
    .action((address: string, options: { soft?: boolean; message?: string }, command: Command) => {
      if (options.soft && options.message !== undefined) {
        return print(failed(ExitCode.Usage, '--message goes with a hard reset only; --soft sends no NOTIFICATION'));
      }
      const kind = options.soft ? 'soft' : 'hard';
      const body =
        options.message === undefined ? ({ kind } as const) : ({ kind, communication: options.message } as const);
      return run(command, (session) => reset(session, address, body));
    });

  const parts: ProgramParts = {
    program,
    show,
    run,
    print,
    watchOption,
    absolute: surroundings.absolute,
    readFile: surroundings.readFile,
    events: async (command, { follow = false, ...options }) => {
      const session = openSession(command.optsWithGlobals<Options>(), surroundings);
      if ('refused' in session) return print(session.refused);
      finish(await showEvents(session, { ...options, follow }, surroundings));
    },
  };
  addNvaCommands(parts);
  addFederationCommands(parts);
  addPolicyCommands(parts);
  addExplainCommand(parts);

  program
    .command('log-level')
    .description("show or change how much nvad's components log, until its next restart")
    .addArgument(new Argument('[component]', "a component's name, or all"))
    .addArgument(new Argument('[level]', 'the new level').choices(logLevels))
    .addHelpText(
      'after',
      examples(
        ['nvactl log-level', 'all components and their levels'],
        ['nvactl log-level bgp debug', 'let the BGP sessions say more'],
        ['nvactl log-level all info', 'back to the usual'],
      ),
    )
    .action((component: string | undefined, level: LogLevel | undefined, _options, command: Command) =>
      run(command, (session) => logLevel(session, component, level)),
    );

  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText(
      'after',
      examples(
        ['source <(nvactl completion bash)', 'bash, for this shell'],
        ['nvactl completion zsh > ~/.zfunc/_nvactl', 'zsh, when ~/.zfunc is in fpath'],
        ['nvactl completion fish | source', 'fish, for this shell'],
      ),
    )
    .action((shell: Shell) => print(said(completionScript(shell, program))));

  program
    .command('complete', { hidden: true })
    .description('words for completion scripts')
    .addArgument(new Argument('<kind>').choices(wordKinds))
    .action(async (kind: WordKind, _options, command: Command) => {
      const session = openSession(command.optsWithGlobals<Options>(), surroundings, COMPLETION_TIMEOUT_MS);
      print('refused' in session ? said('') : await complete(session, kind));
    });

  return program;
}
