/**
 * The lab runner: starts containerlab topologies in network namespaces, without Docker. See topologies/README.md for
 * what it reads, what stands in for images, and what it refuses.
 */
import { Command, CommanderError } from 'commander';
import { down, exec, inspect, kill, list, type Streams, start, up } from './cli/commands.ts';
import { LabError } from './fault.ts';
import { painter, streamReport } from './run/report.ts';

async function main(args: readonly string[]): Promise<number> {
  // What follows -- is a command for a node, and none of its words is ours.
  const dashes = args.indexOf('--');
  const own = dashes < 0 ? args : args.slice(0, dashes);
  const command = dashes < 0 ? [] : args.slice(dashes + 1);
  const streams: Streams = { out: (text) => process.stdout.write(text), report: streamReport(process.stderr) };
  let code = 0;
  const does = (work: Promise<number> | number) =>
    Promise.resolve(work).then((result) => {
      code = result;
    });

  const program = new Command('lab').description('start containerlab topologies in network namespaces').exitOverride();
  const topology = 'a *.clab.yml file, or the folder that holds one';
  program
    .command('up')
    .description('bring a lab up, all of it or nothing')
    .argument('<topology>', topology)
    .action((path: string) => does(up(path, streams)));
  program
    .command('down')
    .description('take a lab down, also what a crash left behind')
    .argument('<topology>', topology)
    .action((path: string) => does(down(path, streams)));
  program
    .command('exec')
    .description('run a command in a node, or in all: lab exec TOPOLOGY [NODE] -- COMMAND')
    .argument('<topology>', topology)
    .argument('[node]', 'all nodes when left out')
    .action((path: string, node: string | undefined) => does(exec(path, node, [...command], streams)));
  program
    .command('inspect')
    .description('show the nodes of a lab that is up')
    .argument('<topology>', topology)
    .option('--json', 'as JSON')
    .action((path: string, options: { json?: boolean }) => does(inspect(path, options.json ?? false, streams)));
  program
    .command('list')
    .description('show the labs of this checkout and those that are up')
    .action(() => does(list(streams)));
  program
    .command('kill')
    .description('end the program of a node with SIGKILL; its links and addresses stay')
    .argument('<topology>', topology)
    .argument('<node>')
    .action((path: string, node: string) => does(kill(path, node, streams)));
  program
    .command('start')
    .description('start the program of a node again')
    .argument('<topology>', topology)
    .argument('<node>')
    .action((path: string, node: string) => does(start(path, node, streams)));

  try {
    await program.parseAsync(own, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof LabError)) throw error;
    const paint = painter(process.stderr);
    process.stderr.write(`${paint('red', `lab: ${error.message}`)}\n`);
    return error.exitCode;
  }
}

process.exitCode = await main(process.argv.slice(2));
