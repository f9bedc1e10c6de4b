import { expect, it } from 'vitest';
import { plainUsage } from '../../../src/cli/usage-text.ts';

it.each([
  ["missing required argument 'address'", 'address is missing, for example 10.0.0.11'],
  ["missing required argument 'kind'", 'kind is missing'],
  [
    "command-argument value 'x' is invalid for argument 'address'. must be an IPv4 or IPv6 address, for example 10.0.0.1",
    "'x' must be an IPv4 or IPv6 address, for example 10.0.0.1",
  ],
  [
    "command-argument value 'x' is invalid for argument 'level'. Allowed choices are debug, info.",
    "'x' must be one of debug, info",
  ],
  ["option '--vni <number>' argument 'x' is invalid. must be a VNI", "--vni: 'x' must be a VNI"],
  ["option '-w, --watch [seconds]' argument 'x' is invalid. must be seconds", "--watch: 'x' must be seconds"],
  [
    "too many arguments for 'peers'. Expected 0 arguments but got 1.",
    'peers takes no argument; for example: nvactl show peers, nvactl show peer 10.0.0.11',
  ],
  ["too many arguments for 'peer'. Expected 1 argument but got 2.", 'peer takes 1 at most'],
  ["unknown command 'foo'", "unknown command 'foo'"],
])('%s', (commander, plain) => {
  expect(plainUsage(`error: ${commander}\n(add --help for more)\n`)).toBe(`nvactl: ${plain}\n(add --help for more)\n`);
});
