/** The commands of nvactl about what should be. */
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { AttachmentFilter, AttachmentPut, attachmentFields, attachmentId } from '../api/contract/attachments.ts';
import { MappingFilter } from '../api/contract/mappings.ts';
import { NvePut } from '../api/contract/nves.ts';
import { nveName, objectName } from '../api/contract/scalars.ts';
import { VirtualNetworkPut } from '../api/contract/virtual-networks.ts';
import { readProblem } from '../config/load.ts';
import { attachmentRoles, attachmentStates, encapsulations, nveKinds, services, trusts } from '../nva/model.ts';
import { apply } from './commands/apply.ts';
import { positiveInteger } from './commands/numbers.ts';
import {
  attach,
  move,
  putNve,
  putVirtualNetwork,
  release,
  remove,
  showAttachments,
  showConflicts,
  showMappings,
  showNve,
  showNves,
  showVirtualNetwork,
  showVirtualNetworks,
} from './commands/nva.ts';
import { examples } from './examples.ts';
import { ExitCode } from './exit-codes.ts';
import { failed, type Outcome } from './outcome.ts';
import type { Session } from './session.ts';

/** What the tree offers to those who add to it. */
export interface ProgramParts {
  readonly program: Command;
  readonly show: Command;
  readonly run: (command: Command, ask: (session: Session, compact: boolean) => Promise<Outcome>) => Promise<void>;
  readonly print: (outcome: Outcome) => void;
  readonly watchOption: () => Option;
  /** The path of a file from the root of the file system. */
  readonly absolute: (path: string) => string;
  /** Throws what the system says. */
  readonly readFile: (path: string) => string;
  /** Shows events, and goes on when asked to. */
  readonly events: (command: Command, options: EventWords) => Promise<void>;
}

export interface EventWords {
  readonly follow?: true;
  readonly after?: number;
  readonly kind?: 'virtual-network' | 'nve' | 'attachment';
  readonly network?: string;
}

const DEFAULT_MAPPINGS = 1000;

/** A word that must be what a schema of the API takes. */
export const checked =
  <T>(schema: z.ZodType<T>) =>
  (text: string): T => {
    const result = schema.safeParse(text);
    if (result.success) return result.data;
    throw new InvalidArgumentError(result.error.issues[0]?.message ?? 'is not valid');
  };

/** Of an option that may be given several times, or several values with commas between. */
const collected =
  <T>(schema: z.ZodType<T>) =>
  (text: string, before: readonly T[] | undefined): readonly T[] => [
    ...(before ?? []),
    ...text.split(',').map(checked(schema)),
  ];

const networkArgument = () => new Argument('<network>', 'name of the virtual network').argParser(checked(objectName));
const nveArgument = () => new Argument('<nve>', 'name of the NVE').argParser(checked(nveName));
const idArgument = () => new Argument('<id>', "the attachment's id").argParser(checked(attachmentId));
const macOption = (what: string) => new Option('--mac <mac>', what).argParser(checked(MappingFilter.shape.mac));
const ipOption = (what: string) => new Option('--ip <ip>', what).argParser(checked(MappingFilter.shape.ip));

/** Members that are undefined left out, so that they have their defaults. */
const given = (options: Readonly<Record<string, unknown>>, names: readonly string[]) =>
  Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));

/** A body as the API takes it, or what is wrong with it. */
function bodyOf<T>(schema: z.ZodType<T>, value: unknown): T | Outcome {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const reasons = result.error.issues.map(({ path, message }) => `${path.join('.') || 'it'} ${message}`);
  return failed(ExitCode.Usage, reasons.join('; '));
}

const isOutcome = (value: object): value is Outcome => 'code' in value && 'err' in value;

export function addNvaCommands(parts: ProgramParts): void {
  addShow(parts);
  addAttachments(parts);
  addPutAndDelete(parts);
}

function addShow({ show, run, watchOption, events }: ProgramParts): void {
  show
    .command('virtual-networks')
    .description('all virtual networks: VNI, service, how much is in them')
    .addOption(watchOption())
    .addHelpText('after', examples(['nvactl show virtual-networks', 'a table']))
    .action((_options, command: Command) => run(command, showVirtualNetworks));

  show
    .command('virtual-network')
    .description('one virtual network with all that is set for it')
    .addArgument(networkArgument())
    .addOption(watchOption())
    .addHelpText(
      'after',
      examples(['nvactl show virtual-network web --json', "the API's own object, which can be put again"]),
    )
    .action((name: string, _options, command: Command) =>
      run(command, (session, compact) => showVirtualNetwork(session, name, compact)),
    );

  show
    .command('nves')
    .description('all NVEs: where their tunnels end, their sessions, how much is at them')
    .addOption(watchOption())
    .addHelpText('after', examples(['nvactl show nves --watch', 'drawn anew every two seconds']))
    .action((_options, command: Command) => run(command, showNves));

  show
    .command('nve')
    .description('one NVE and the networks that it takes part in')
    .addArgument(nveArgument())
    .addOption(watchOption())
    .addHelpText('after', examples(['nvactl show nve leaf1', 'all that is known of it']))
    .action((name: string, _options, command: Command) =>
      run(command, (session, compact) => showNve(session, name, compact)),
    );

  show
    .command('attachments')
    .description('attachments of a virtual network that match all filters')
    .addArgument(networkArgument())
    .addOption(new Option('--nve <nve>', 'at this NVE').argParser(checked(AttachmentFilter.shape.nve)))
    .addOption(macOption('with this MAC address'))
    .addOption(ipOption('with this IP address'))
    .addOption(new Option('--limit <rows>', 'no more than so many (default: all)').argParser(positiveInteger))
    .addOption(watchOption())
    .addHelpText(
      'after',
      examples(
        ['nvactl show attachments web', 'all of them'],
        ['nvactl show attachments web --nve leaf1', 'what is plugged into one NVE'],
      ),
    )
    .action((network: string, options: { nve?: string; mac?: string; ip?: string; limit?: number }, command: Command) =>
      run(command, (session, compact) =>
        showAttachments(session, network, given(options, ['nve', 'mac', 'ip']), options.limit, compact),
      ),
    );

  show
    .command('mappings')
    .description('behind which NVE the addresses of a virtual network are; of one address also why')
    .addArgument(networkArgument())
    .addOption(macOption('this MAC address, and why it is there').conflicts('ip'))
    .addOption(ipOption('this IP address, or the prefix that holds it, and why it is there'))
    .addOption(
      new Option('--limit <rows>', 'no more than so many').default(DEFAULT_MAPPINGS).argParser(positiveInteger),
    )
    .addOption(watchOption())
    .addHelpText(
      'after',
      examples(
        ['nvactl show mappings web', 'all of them'],
        ['nvactl show mappings web --mac 02:00:00:00:00:07', 'where it is, and why there'],
      ),
    )
    .action((network: string, options: { mac?: string; ip?: string; limit: number }, command: Command) =>
      run(command, (session, compact) =>
        showMappings(
          session,
          network,
          given(options, ['mac', 'ip']),
          Math.min(options.limit, DEFAULT_MAPPINGS),
          compact,
        ),
      ),
    );

  show
    .command('conflicts')
    .description('claims that do not agree, what was done about it, and how to settle it')
    .addOption(watchOption())
    .addOption(new Option('--network <network>', 'of this virtual network alone').argParser(checked(objectName)))
    .addHelpText(
      'after',
      examples(['nvactl show conflicts', 'none, on a good day'], ['nvactl show conflicts --network web', 'in web']),
    )
    .action((options: { network?: string }, command: Command) =>
      run(command, (session, compact) => showConflicts(session, given(options, ['network']), compact)),
    );

  show
    .command('events')
    .description(
      'what happened to networks, NVEs and attachments: the latest, or with --follow what happens from now on',
    )
    .option('-f, --follow', 'go on until you interrupt')
    .addOption(new Option('--after <id>', 'begin behind this event').argParser(eventId))
    .addOption(new Option('--kind <kind>', 'of such objects alone').choices(['virtual-network', 'nve', 'attachment']))
    .addOption(new Option('--network <network>', 'of this virtual network alone').argParser(checked(objectName)))
    .addHelpText(
      'after',
      examples(
        ['nvactl show events --follow', 'who changes what'],
        ['nvactl show events --after 1200 --json', 'one line of JSON for each event since'],
      ),
    )
    .action((options: EventWords, command: Command) => events(command, options));
}

function eventId(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('must be the id of an event, or 0');
  return Number(text);
}

function addAttachments({ program, run, print, readFile }: ProgramParts): void {
  program
    .command('attach')
    .description('attach a tenant system to a virtual network, or change how it is attached')
    .addArgument(networkArgument())
    .addArgument(idArgument())
    .addOption(
      new Option('--nve <nve>', 'the NVE that it is plugged into').argParser(checked(nveName)).makeOptionMandatory(),
    )
    .addOption(macOption('its MAC address'))
    .addOption(
      new Option('--ip <ip...>', 'its IP addresses').argParser(collected(attachmentFields.ips.unwrap().element)),
    )
    .addOption(
      new Option('--prefix <prefix...>', 'prefixes reached through it').argParser(
        collected(attachmentFields.prefixes.unwrap().element),
      ),
    )
    .option('--vap <port>', "the NVE's port")
    .option('--sticky', 'it never moves')
    .addOption(new Option('--role <role>', 'what it is (default: tenant)').choices(attachmentRoles))
    .addOption(new Option('--state <state>', 'how far it is (default: associated)').choices(attachmentStates))
    .addHelpText(
      'after',
      examples(
        ['nvactl attach web vm-7 --nve leaf1 --mac 02:00:00:00:00:07 --ip 172.16.0.7', 'a virtual machine'],
        ['nvactl attach blue fw --nve leaf2 --ip 10.9.0.1 --prefix 10.9.0.0/16 --role appliance', 'a way to a prefix'],
        [
          'nvactl attach web vm-8 --nve leaf2 --mac 02:00:00:00:00:08 --state pre-associated',
          'before a live migration',
        ],
      ),
    )
    .action((network: string, id: string, options: Readonly<Record<string, unknown>>, command: Command) => {
      const { ip: ips, prefix: prefixes } = options;
      const body = bodyOf(AttachmentPut, {
        ...given(options, ['nve', 'mac', 'vap', 'sticky', 'role', 'state']),
        ...given({ ips, prefixes }, ['ips', 'prefixes']),
      });
      return isOutcome(body) ? print(body) : run(command, (session) => attach(session, network, id, body));
    });

  program
    .command('detach')
    .description('detach a tenant system from a virtual network')
    .addArgument(networkArgument())
    .addArgument(idArgument())
    .addHelpText('after', examples(['nvactl detach web vm-7', 'what was announced of it is withdrawn']))
    .action((network: string, id: string, _options, command: Command) =>
      run(command, (session) => remove(session, { kind: 'attachment', network, id })),
    );

  program
    .command('move')
    .description('move an attachment to another NVE: the new place is announced before the old one is withdrawn')
    .addArgument(networkArgument())
    .addArgument(idArgument())
    .addArgument(nveArgument())
    .option('--vap <port>', "the new NVE's port")
    .addHelpText('after', examples(['nvactl move web vm-7 leaf2', 'as a live migration does']))
    .action((network: string, id: string, nve: string, options: { vap?: string }, command: Command) =>
      run(command, (session) => move(session, network, id, nve, options.vap)),
    );

  program
    .command('apply')
    .description('apply many changes as one transaction: all are done, or none')
    .addArgument(new Argument('<file>', 'YAML or JSON; - is standard input'))
    .option('--dry-run', 'say what would become of them, and do nothing')
    .addHelpText(
      'after',
      `${examples(
        ['nvactl apply networks.yaml --dry-run', 'what would change'],
        ['nvactl apply - < networks.json', 'from standard input'],
      )}
The file has lists of what should be, each of which is put, or a list of changes as the API takes them:
  virtualNetworks: [{ name: web, vni: 100 }]
  nves: [{ name: leaf1, tunnelAddress: 10.0.0.11, kind: static }]
  attachments: [{ network: web, id: vm-7, nve: leaf1, mac: "02:00:00:00:00:07", ips: [172.16.0.7] }]
  changes: [{ op: delete, kind: attachment, network: web, id: vm-6 }]
`,
    )
    .action((file: string, options: { dryRun?: true }, command: Command) => {
      let text: string;
      try {
        text = readFile(file);
      } catch (error) {
        return print(failed(ExitCode.Usage, `cannot read ${file}: ${readProblem(error)}`));
      }
      return run(command, (session) => apply(session, file, text, options.dryRun ?? false));
    });

  program
    .command('release')
    .description('let go what a conflict has frozen')
    .addArgument(new Argument('<conflict>', "the conflict's id, as show conflicts has it"))
    .addHelpText('after', examples(["nvactl release 'duplicate-mac web 02:00:00:00:00:07'", 'it may move again']))
    .action((id: string, _options, command: Command) => run(command, (session) => release(session, id)));
}

function addPutAndDelete({ program, run, print }: ProgramParts): void {
  const put = program.command('put').description('make an object, or change it to be exactly this');

  put
    .command('virtual-network')
    .description('a virtual network; what is left out has its default, as it would have in the configuration')
    .addArgument(networkArgument())
    .requiredOption('--vni <vni>', 'its number on the wire', positiveInteger)
    .addOption(new Option('--service <service>', 'what is delivered (default: l2)').choices(services))
    .addOption(
      new Option('--route-target <target...>', 'its route targets (default: asn:vni)').argParser(
        (text: string, before: readonly string[] | undefined) => [...(before ?? []), ...text.split(',')],
      ),
    )
    .addOption(
      new Option('--l3 <network>', 'the network with L3 service that routes for it').argParser(checked(objectName)),
    )
    .option('--mtu <octets>', "of a tenant's IP packet", positiveInteger)
    .addOption(new Option('--group <address>', 'floods by this multicast group of the underlay'))
    .addOption(
      new Option('--encapsulation <name...>', 'those that may be used, preferred first').choices(encapsulations),
    )
    .addOption(new Option('--unknown-unicast <what>', 'to a MAC address that nobody has').choices(['flood', 'drop']))
    .addOption(new Option('--trust <whose>', 'whose word counts (default: nve)').choices(trusts))
    .addHelpText(
      'after',
      `${examples(
        ['nvactl put virtual-network web --vni 100', 'a network with L2 service'],
        ['nvactl put virtual-network blue --vni 500 --service l3', 'one with L3 service'],
        ['nvactl put virtual-network web --vni 100 --l3 blue --trust both', 'the first again, routed by the second'],
      )}\nACL and QoS are put by: nvactl apply FILE\n`,
    )
    .action((name: string, options: Readonly<Record<string, unknown>>, command: Command) => {
      const { routeTarget: routeTargets, encapsulation, group } = options;
      const body = bodyOf(VirtualNetworkPut, {
        ...given(options, ['vni', 'service', 'l3', 'mtu', 'unknownUnicast', 'trust']),
        ...given({ routeTargets, encapsulations: encapsulation }, ['routeTargets', 'encapsulations']),
        ...(group !== undefined && { flooding: { kind: 'multicast', group } }),
      });
      return isOutcome(body) ? print(body) : run(command, (session) => putVirtualNetwork(session, name, body));
    });

  put
    .command('nve')
    .description('an NVE that is not found by itself')
    .addArgument(nveArgument())
    .requiredOption('--tunnel-address <address>', 'where its tunnels end')
    .addOption(new Option('--kind <kind>', 'how it is spoken to (default: bgp)').choices(nveKinds))
    .option('--session <address>', 'peering address, where that is another one')
    .addOption(new Option('--encapsulation <name...>', 'those it can do, preferred first').choices(encapsulations))
    .option('--router-mac <mac>', 'inner destination MAC address of routed traffic')
    .addHelpText(
      'after',
      examples([
        'nvactl put nve leaf1 --tunnel-address 10.0.0.11 --kind static',
        'a switch that says nothing by itself',
      ]),
    )
    .action((name: string, options: Readonly<Record<string, unknown>>, command: Command) => {
      const body = bodyOf(NvePut, {
        ...given(options, ['tunnelAddress', 'kind', 'session', 'routerMac']),
        ...given({ encapsulations: options['encapsulation'] }, ['encapsulations']),
      });
      return isOutcome(body) ? print(body) : run(command, (session) => putNve(session, name, body));
    });

  const drop = program.command('delete').description('remove an object that nothing needs any more');

  drop
    .command('virtual-network')
    .description('a virtual network to which nothing is attached')
    .addArgument(networkArgument())
    .addHelpText('after', examples(['nvactl delete virtual-network web', 'what was announced of it is withdrawn']))
    .action((name: string, _options, command: Command) =>
      run(command, (session) => remove(session, { kind: 'virtual-network', name })),
    );

  drop
    .command('nve')
    .description('an NVE to which nothing is attached')
    .addArgument(nveArgument())
    .addHelpText('after', examples(['nvactl delete nve leaf1', 'it is not known any more']))
    .action((name: string, _options, command: Command) =>
      run(command, (session) => remove(session, { kind: 'nve', name })),
    );

  drop
    .command('attachment')
    .description('an attachment, as detach does')
    .addArgument(networkArgument())
    .addArgument(idArgument())
    .addHelpText('after', examples(['nvactl delete attachment web vm-7', 'the same as nvactl detach web vm-7']))
    .action((network: string, id: string, _options, command: Command) =>
      run(command, (session) => remove(session, { kind: 'attachment', network, id })),
    );
}
