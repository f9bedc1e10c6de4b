/** The commands of nvactl about neighbour domains. */
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { Drain } from '../api/contract/domains.ts';
import { objectName } from '../api/contract/scalars.ts';
import { drain, freeze, releaseDomain, showDomain, showDomains, showRegions } from './commands/federation.ts';
import { examples } from './examples.ts';
import type { ProgramParts } from './nva-program.ts';

const domainArgument = () =>
  new Argument('<domain>', 'name of the neighbour domain').argParser((text) => {
    const result = objectName.safeParse(text);
    if (result.success) return result.data;
    throw new InvalidArgumentError(result.error.issues[0]?.message ?? 'is not valid');
  });

function drainSeconds(text: string): number {
  const result = Drain.shape.seconds.safeParse(text.trim() === '' ? Number.NaN : Number(text));
  if (result.success) return result.data;
  throw new InvalidArgumentError(result.error.issues[0]?.message ?? 'is not valid');
}

export function addFederationCommands(parts: ProgramParts): void {
  addShow(parts);
  addSteering(parts);
}

function addShow({ show, run, watchOption }: ProgramParts): void {
  show
    .command('domains')
    .description('neighbour domains: state, sessions, what crosses, what is refused')
    .addOption(watchOption())
    .addHelpText('after', examples(['nvactl show domains --watch', 'drawn anew every two seconds']))
    .action((_options, command: Command) => run(command, showDomains));

  show
    .command('domain')
    .description('one neighbour domain: networks, gateways, what crosses and what is refused for which reason')
    .addArgument(domainArgument())
    .addOption(watchOption())
    .addHelpText('after', examples(['nvactl show domain dc2', 'all that is known of it']))
    .action((domain: string, _options, command: Command) =>
      run(command, (session, compact) => showDomain(session, domain, compact)),
    );

  show
    .command('regions')
    .description('which virtual networks span which domains, as far as can be seen from here')
    .addOption(watchOption())
    .addHelpText(
      'after',
      examples(
        ['nvactl show regions', 'a table'],
        ['nvactl show regions --json', 'with all that is known of each neighbour domain'],
      ),
    )
    .action((_options, command: Command) => run(command, showRegions));
}

function addSteering({ program, run }: ProgramParts): void {
  const federation = program.command('federation').description('hold back neighbour domains for the time of some work');

  federation
    .command('freeze')
    .description(
      'let nothing change between a neighbour domain and us, until it is released, also over a restart of nvad',
    )
    .addArgument(domainArgument())
    .addHelpText('after', examples(['nvactl federation freeze dc2', 'while dc2 is being rebuilt']))
    .action((domain: string, _options, command: Command) => run(command, (session) => freeze(session, domain)));

  federation
    .command('drain')
    .description(
      'take a neighbour domain out of use, until it is released, also over a restart of nvad; its sessions stay',
    )
    .addArgument(domainArgument())
    .addOption(
      new Option(
        '--seconds <seconds>',
        'prefer its routes least for so long before they are withdrawn (default: 5)',
      ).argParser(drainSeconds),
    )
    .addHelpText(
      'after',
      examples(
        ['nvactl federation drain dc2', 'before work on the way there'],
        ['nvactl federation drain dc2 --seconds 60', 'with a minute for traffic to go elsewhere'],
      ),
    )
    .action((domain: string, options: { seconds?: number }, command: Command) =>
      run(command, (session) => drain(session, domain, Drain.parse(options))),
    );

  federation
    .command('release')
    .description('end a freeze or a drain')
    .addArgument(domainArgument())
    .addHelpText('after', examples(['nvactl federation release dc2', 'everything crosses again, as it is now']))
    .action((domain: string, _options, command: Command) => run(command, (session) => releaseDomain(session, domain)));
}
