#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import process, { argv, stderr, stdin, stdout } from 'node:process';
import { decode } from './decode.ts';

const usage = `usage: bgp-ts COMMAND [ARG...]

Commands:
  decode      explain octets of BGP; bgp-ts decode --help says more

  --help      this text
  --version   the version

Examples:
  bgp-ts decode ffffffffffffffffffffffffffffffff001304
  bgp-ts decode --pcap bgp.pcap
`;

async function version(): Promise<string> {
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  return String(manifest.version);
}

async function main([command, ...args]: readonly string[]): Promise<number> {
  switch (command) {
    case 'decode':
      return decode(args, { stdin, stdout, stderr });
    case '--help':
    case '-h':
      stdout.write(usage);
      return 0;
    case '--version':
      stdout.write(`${await version()}\n`);
      return 0;
    default:
      stderr.write(command === undefined ? usage : `bgp-ts: no command ${command}\n\n${usage}`);
      return 2;
  }
}

// a reader that closes early, such as head, is no failure
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await main(argv.slice(2));
