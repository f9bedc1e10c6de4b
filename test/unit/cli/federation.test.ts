import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttpTransport } from '../../../src/api/http-transport.ts';
import { run } from '../../../src/cli/run.ts';
import { type RunningServer, startServer } from '../api/running-server.ts';
import { fakeSurroundings } from './fake-surroundings.ts';

let server: RunningServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

/** nvactl in this process, with the real server at the other end. */
async function say(line: string) {
  const fake = fakeSurroundings({ env: { NVACTL_API: server.url } });
  const code = await run(line.split(' '), '0.1.0', { ...fake, connect: createHttpTransport });
  return { code, ...fake.written };
}

describe('what there is', () => {
  test('domains', async () => {
    const { code, out } = await say('show domains');
    expect(code).toBe(0);
    expect(out).toBe(`\
DOMAIN     AS  STATE          FOR  SESSIONS  NETWORKS  IN  OUT  REFUSED  WAITING  DAMPED
dc2     65002  established  1h02m       1/2         2   7    5        4        2       1
`);
    expect(JSON.parse((await say('show domains --json')).out)).toMatchObject({ domains: [{ domain: 'dc2' }] });
  });

  test('one domain', async () => {
    const { code, out } = await say('show domain dc2');
    expect(code).toBe(0);
    expect(out).toBe(`\
domain    dc2, AS 65002, in D-PATH 65002:0
state     established for 1h02m, since 2026-01-02T03:04:05.000Z
sessions  1 of 2 established
limits    1000 routes, 500 of one network; beyond: no more are taken

NETWORK   VNI  THERE  ROUTE TARGET  IN  OUT  WE SEND BY  THEY SEND BY
db       1218   1218  65001:1218     0    1  direct      direct
web      1217   2217  65002:2217     7    4  10.1.0.253  none alive

CROSSING                IN   OUT
routes                   7     5
changes so far          40     5
waiting                  2     0
damped                   1     0
lag                  12 ms  0 ms
refused: not-shared      3     9  its route targets name no network that is shared
refused: wrong-vni       1     0  its VNI is not the one that the network has on this side

GATEWAY     STATE  SERVES  WHY
10.1.0.253  alive       1  nothing that is watched fails: BGP session
10.1.0.254  dead        0  its BGP session is down
`);
  });

  test('one domain, by gateways that share an address', async () => {
    const [held = expect.fail()] = server.federation.domainList;
    const [, web = expect.fail()] = held.networks;
    const members = web.gateways.import.map((gateway) => ({ ...gateway, elected: false }));
    const sharing = members.map((gateway) =>
      gateway.state === 'alive' ? { ...gateway, choice: 'anycast' as const } : gateway,
    );
    const anycast = { import: '10.1.9.9', export: '192.0.2.9' };
    held.networks = [{ ...web, gateways: { import: sharing, export: sharing }, anycast }];
    const { out } = await say('show domain dc2');
    expect(out).toContain(`\
NETWORK   VNI  THERE  ROUTE TARGET  IN  OUT  WE SEND BY          THEY SEND BY
web      1217   2217  65002:2217     7    4  10.1.9.9 (anycast)  192.0.2.9 (anycast)
`);
    expect(out).toContain(`\
GATEWAY     STATE  SERVES  WHY
10.1.0.253  alive       1  nothing that is watched fails: BGP session; it shares an anycast address, and the underlay leads to one of those that do
10.1.0.254  dead        0  its BGP session is down
`);
  });

  test('regions', async () => {
    expect(await say('show regions')).toEqual({
      code: 0,
      err: '',
      out: `\
DOMAINS   NETWORKS  WHICH
dc1, dc2         2  db, web
`,
    });
  });

  test('nothing', async () => {
    server.federation.domainList = [];
    const err = 'nvactl: there are no neighbour domains; federation in the configuration has them\n';
    expect(await say('show domains')).toEqual({ code: 4, out: '', err });
    expect(await say('show regions')).toEqual({ code: 4, out: '', err });
    expect(await say('show domain dc2')).toMatchObject({ code: 4, out: '' });
  });
});

describe('work on a domain', () => {
  test('freeze, drain and release', async () => {
    expect(await say('federation freeze dc2')).toEqual({
      code: 0,
      out: 'dc2 is frozen: nothing changes, in either direction, until it is released\n',
      err: '',
    });
    const { out } = await say('federation drain dc2');
    expect(out).toMatch(/^dc2 is being drained: it is told nothing any more/);
    expect(await say('federation release dc2')).toMatchObject({ code: 0, out: 'dc2 is released, and established\n' });
    expect(await say('federation drain dc2 --seconds 0')).toMatchObject({
      out: 'dc2 is drained: nothing crosses until it is released\n',
    });
    expect(server.federation.drains.map(({ wait }) => wait)).toEqual([5000, 0]);
    expect(await say('federation freeze dc2')).toEqual({
      code: 1,
      out: '',
      err: 'nvactl: nvad refused (drained): dc2 is drained, and nothing of it crosses; release it first\n',
    });
  });

  test.each(['soon', '-1', ''])('%j is no number of seconds', async (seconds) => {
    const { code, err } = await say(`federation drain dc2 --seconds=${seconds}`);
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringMatching(/must be a number of seconds from 0 to/),
    });
    expect(server.federation.drains).toEqual([]);
  });
});

test('routes are asked of the domain that is named', async () => {
  expect((await say('show routes --domain dc2')).code).toBe(0);
  expect(await say('show routes --domain dc7')).toMatchObject({
    code: 4,
    err: 'nvactl: dc7 is no neighbour domain of the configuration; nvactl show domains lists them\n',
  });
  expect(await say('show route --domain dc2')).toMatchObject({ code: 2 });
});
