/** The commands of nvactl about the policies of neighbour domains. */
import { Argument, InvalidArgumentError, Option } from 'commander';
import { directions } from '../api/contract/policies.ts';
import { objectName } from '../api/contract/scalars.ts';
import { readProblem } from '../config/load.ts';
import { applyPolicy, type PolicyPlace, rollBackPolicies, showPolicies, testPolicy } from './commands/policies.ts';
import { examples } from './examples.ts';
import { ExitCode } from './exit-codes.ts';
import { checked, type ProgramParts } from './nva-program.ts';
import { failed } from './outcome.ts';
import type { Session } from './session.ts';

export function addPolicyCommands({
  program,
  run,
  print,
  readFile,
}: Pick<ProgramParts, 'program' | 'run' | 'print' | 'readFile'>): void {
  const policy = program
    .command('policy')
    .description(
      'rules on what crosses to and from neighbour domains: what another file would change, apply, take back',
    );
  const domainOption = () =>
    new Option('--domain <domain>', 'the neighbour domain').argParser(checked(objectName)).makeOptionMandatory();
  const directionOption = () =>
    new Option('--direction <direction>', 'import: from the neighbour to us; export: from us to it')
      .choices(directions)
      .makeOptionMandatory();
  const fileArgument = () => new Argument('<file>', 'the policy; - is standard input');

  const withFile =
    (
      ask: (
        session: Session,
        place: PolicyPlace,
        policy: { file: string; text: string },
      ) => ReturnType<typeof testPolicy>,
    ) =>
    (file: string, place: PolicyPlace, command: Parameters<typeof run>[0]) => {
      let text: string;
      try {
        text = readFile(file);
      } catch (error) {
        return print(failed(ExitCode.Usage, `cannot read ${file}: ${readProblem(error)}`));
      }
      return run(command, (session) => ask(session, place, { file, text }));
    };

  policy
    .command('test')
    .description('what a policy would change: routes that would be gained, lost and seen changed; nothing is done')
    .addArgument(fileArgument())
    .addOption(domainOption())
    .addOption(directionOption())
    .addHelpText(
      'after',
      examples(['nvactl policy test to-dc2.yaml --domain dc2 --direction export', 'what dc2 would see of it']),
    )
    .action(withFile(testPolicy));

  policy
    .command('apply')
    .description('let a policy hold from now on: exactly what it changes is sent')
    .addArgument(fileArgument())
    .addOption(domainOption())
    .addOption(directionOption())
    .addHelpText(
      'after',
      examples([
        'nvactl policy apply to-dc2.yaml --domain dc2 --direction export',
        'until the configured file changes',
      ]),
    )
    .action(withFile(applyPolicy));

  policy
    .command('rollback')
    .description('let the policies of an earlier version hold again, in both directions')
    .addOption(domainOption())
    .addOption(new Option('--to <version>', 'this version (default: the one before)').argParser(version))
    .addHelpText(
      'after',
      examples(
        ['nvactl policy rollback --domain dc2', 'the last change is undone, and so is that by doing it again'],
        ['nvactl policy rollback --domain dc2 --to 0', 'what the configuration said at first'],
      ),
    )
    .action(({ domain, to }: { domain: string; to?: number }, command) =>
      run(command, (session) => rollBackPolicies(session, domain, to)),
    );

  policy
    .command('show')
    .description('which policies hold, and the last ten versions')
    .addOption(domainOption())
    .addHelpText('after', examples(['nvactl policy show --domain dc2', 'the rules that hold, and what was before']))
    .action(({ domain }: { domain: string }, command) => run(command, (session) => showPolicies(session, domain)));
}

function version(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('must be a version, as policy show has them');
  return Number(text);
}
