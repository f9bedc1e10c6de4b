/** The command of nvactl that says why. */
import { Option } from 'commander';
import { MappingFilter } from '../api/contract/mappings.ts';
import { ipPrefix, nveName, objectName } from '../api/contract/scalars.ts';
import type { ExplainQuestion } from '../api/explain-source.ts';
import { explain } from './commands/explain.ts';
import { examples } from './examples.ts';
import { ExitCode } from './exit-codes.ts';
import { checked, type ProgramParts } from './nva-program.ts';
import { failed } from './outcome.ts';

export function addExplainCommand({ program, run, print }: Pick<ProgramParts, 'program' | 'run' | 'print'>): void {
  program
    .command('explain')
    .description(
      'why an address is where it is, or flooding goes where it does, who is told, and why others are not, step by step; of one of --mac, --ip, --prefix and --flooding',
    )
    .addOption(new Option('--vn <network>', 'the virtual network').argParser(checked(objectName)).makeOptionMandatory())
    .addOption(
      new Option('--mac <mac>', 'this MAC address')
        .argParser(checked(MappingFilter.shape.mac))
        .conflicts(['ip', 'prefix', 'flooding']),
    )
    .addOption(
      new Option('--ip <ip>', 'this IP address, or the prefix that holds it; with --flooding: this end of it')
        .argParser(checked(MappingFilter.shape.ip))
        .conflicts('prefix'),
    )
    .addOption(new Option('--prefix <prefix>', 'this prefix').argParser(checked(ipPrefix)).conflicts('flooding'))
    .addOption(new Option('--flooding', 'where broadcast, unknown unicast and multicast of the network go'))
    .addOption(new Option('--nve <nve>', 'whether and why this NVE has it').argParser(checked(nveName)))
    .addOption(
      new Option('--at <domain>', 'and what became of it there: its nvad is asked').argParser(checked(objectName)),
    )
    .addHelpText(
      'after',
      examples(
        ['nvactl explain --vn web --mac 02:00:00:00:00:07', 'from its announcement to whoever is told'],
        ['nvactl explain --vn web --mac 02:00:00:00:00:07 --nve leaf2', 'why leaf2 has it, or has it not'],
        ['nvactl explain --vn web --ip 172.16.0.7 --at dc2', 'and what dc2 did with it'],
        ['nvactl explain --vn web --flooding --nve leaf2', 'to whom leaf2 floods, and to whom not'],
      ),
    )
    .action((question: ExplainQuestion, command) => {
      const { mac, ip, prefix, flooding } = question;
      if ((mac ?? ip ?? prefix ?? flooding) !== undefined) return run(command, (session) => explain(session, question));
      const what = `one of --mac, --ip, --prefix and --flooding, as in nvactl explain --vn ${question.vn} --flooding`;
      return print(failed(ExitCode.Usage, `say what is to be explained: ${what}`));
    });
}
