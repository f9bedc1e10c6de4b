/** The commands of nvactl about the policies of neighbour domains. */
import { Argument, InvalidArgumentError, Option } from 'commander';
import { directions } from '../api/contract/policies.ts';
import { objectName } from '../api/contract/scalars.ts';
import { readProblem } from '../config/load.ts';
import { applyPolicy, rollBackPolicies, showPolicies, testPolicy } from './commands/policies.ts';
import type { GivenPolicy, PolicyPlace } from './commands/policy-places.ts';
import { examples } from './examples.ts';
import { ExitCode } from './exit-codes.ts';
import { checked, type ProgramParts } from './nva-program.ts';
import { failed, type Outcome } from './outcome.ts';
import type { Session } from './session.ts';

export function addPolicyCommands({
  program,
  run,
  print,
  absolute,
  readFile,
}: Pick<ProgramParts, 'program' | 'run' | 'print' | 'absolute' | 'readFile'>): void {
  const policy = program
    .command('policy')
    .description(
      'rules on what crosses to and from neighbour domains: what another file would change, apply, take back',
    );
  const theOnlyOne = 'the neighbour domain (default: where there is one, that one)';
  const domainOption = (what: string) => new Option('--domain <domain>', what).argParser(checked(objectName));
  const placeOptions = () => [
    domainOption('for this neighbour domain (default: each whose policy the file is now)'),
    new Option(
      '--direction <direction>',
      'import: from the neighbour to us; export: from us to it (default: as the file is used now)',
    ).choices(directions),
  ];
  const fileArgument = () => new Argument('<file>', 'the policy; - is standard input');

  const withFile =
    (ask: (session: Session, said: Partial<PolicyPlace>, policy: GivenPolicy) => Promise<Outcome>) =>
    (file: string, said: Partial<PolicyPlace>, command: Parameters<typeof run>[0]) => {
      let text: string;
      try {
        text = readFile(file);
      } catch (error) {
        return print(failed(ExitCode.Usage, `cannot read ${file}: ${readProblem(error)}`));
      }
      const path = file === '-' ? undefined : absolute(file);
      return run(command, (session) => ask(session, said, { file, path, text }));
    };
  const addWithFile = (
    name: string,
    description: string,
    ask: Parameters<typeof withFile>[0],
    ...lines: (readonly [command: string, what: string])[]
  ) => {
    const command = policy.command(name).description(description).addArgument(fileArgument());
    for (const option of placeOptions()) command.addOption(option);
    command.addHelpText('after', examples(...lines)).action(withFile(ask));
  };

  addWithFile(
    'test',
    'what a policy would change: routes that would be gained, lost and seen changed; nothing is done',
    testPolicy,
    ['nvactl policy test to-dc2.yaml', 'what each neighbour whose policy this is would see of it'],
    ['nvactl policy test next.yaml --domain dc2 --direction export', 'what dc2 would see of another'],
  );
  addWithFile(
    'apply',
    'let a policy hold from now on: exactly what it changes is sent',
    applyPolicy,
    ['nvactl policy apply to-dc2.yaml', 'wherever it is the policy; until the configured file changes'],
    ['nvactl policy apply next.yaml --domain dc2 --direction export', 'in the place of the one that dc2 has'],
  );

  policy
    .command('rollback')
    .description('let the policies of an earlier version hold again, in both directions')
    .addOption(domainOption(theOnlyOne))
    .addOption(new Option('--to <version>', 'this version (default: the one before)').argParser(version))
    .addHelpText(
      'after',
      examples(
        ['nvactl policy rollback --domain dc2', 'the last change is undone, and so is that by doing it again'],
        ['nvactl policy rollback --domain dc2 --to 0', 'what the configuration said at first, while that is kept'],
      ),
    )
    .action(({ domain, to }: { domain?: string; to?: number }, command) =>
      run(command, (session) => rollBackPolicies(session, domain, to)),
    );

  policy
    .command('show')
    .description('which policies hold, and the ten versions before')
    .addOption(domainOption(theOnlyOne))
    .addHelpText('after', examples(['nvactl policy show --domain dc2', 'the rules that hold, and what was before']))
    .action(({ domain }: { domain?: string }, command) => run(command, (session) => showPolicies(session, domain)));
}

function version(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('must be a version, as policy show has them');
  return Number(text);
}
