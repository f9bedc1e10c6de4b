import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/api/access/access-list.ts';
import { createHttpStream, createHttpTransport } from '../../../src/api/http-transport.ts';
import { run } from '../../../src/cli/run.ts';
import { type RunningServer, startServer } from '../api/running-server.ts';
import { alice, attachment, network, nve } from '../store/nva-values.ts';
import { type FakeOptions, fakeSurroundings } from './fake-surroundings.ts';

let server: RunningServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

/** nvactl in this process, with the real server at the other end. */
async function nvactl(words: readonly string[], options: FakeOptions = {}, until?: (out: string) => boolean) {
  const fake = fakeSurroundings({ ...options, env: { NVACTL_API: server.url, ...options.env } });
  const interrupted = new AbortController();
  const code = await run(words, '0.1.0', {
    ...fake,
    out: (text) => {
      fake.out(text);
      if (until?.(fake.written.out) === true) interrupted.abort();
    },
    following: () => interrupted.signal,
    connect: createHttpTransport,
    stream: (location, credentials) => createHttpStream(location, 5000, credentials),
  });
  return { code, ...fake.written };
}
const say = (line: string, options?: FakeOptions) => nvactl(line.split(' '), options);

function fill(): void {
  server.nva.apply(
    [
      { op: 'put', kind: 'virtual-network', value: network('blue', 500, { service: 'l3' }) },
      {
        op: 'put',
        kind: 'virtual-network',
        value: network('web', 100, {
          l3: 'blue',
          mtu: 1450,
          qos: { dscp: 46 },
          acl: [{ action: 'deny', protocol: 'tcp', destinationPorts: { from: 22, to: 22 } }],
        }),
      },
      { op: 'put', kind: 'nve', value: nve(1, { kind: 'bgp', routerMac: '02:aa:00:00:00:01' }) },
      { op: 'put', kind: 'nve', value: nve(2) },
      { op: 'put', kind: 'attachment', value: attachment(7, { sticky: true }) },
      { op: 'put', kind: 'attachment', value: attachment(8, { nve: 'nve2', state: 'pre-associated' }) },
    ],
    alice,
  );
}

describe('what there is', () => {
  test('networks', async () => {
    expect(await say('show virtual-networks')).toEqual({
      code: 4,
      out: '',
      err: 'nvactl: there are no virtual networks\n',
    });
    fill();
    expect((await say('show virtual-networks')).out).toBe(`\
NAME  VNI  SERVICE             ROUTE TARGETS  TRUST  NVES  ATTACHMENTS  MAPPINGS  FROM
blue  500  l3                  65000:500      nve       0            0         0  API
web   100  l2, routed by blue  65000:100      nve       2            2         0  API
`);
    expect((await say('show virtual-network web')).out).toBe(`\
virtual network  web, made by the API
VNI              100
service          l2, routed by blue
route targets    65000:100
trust            nve
flooding         ingress-replication
unknown unicast  flood
encapsulations   vxlan
MTU              1450
QoS              DSCP 46
ACL              deny tcp from any to any port 22
NVEs             2
attachments      2
mappings         0
`);
    const { out } = await say('show virtual-network web --json');
    const response = await fetch(`${server.url}/v1/virtual-networks/web`);
    expect(JSON.parse(out)).toEqual(await response.json());
    expect((await say('show virtual-network db')).code).toBe(4);
  });

  test('NVEs', async () => {
    fill();
    const { out } = await say('show nves');
    expect(
      out
        .replaceAll(/\d+d\d+h/g, 'AGE')
        .split('\n')
        .map((line) => line.replaceAll(/ {2,}/g, ' ')),
    ).toEqual([
      'NAME TUNNELS END AT KIND SESSION FOR ENCAPSULATIONS NETWORKS ATTACHMENTS',
      'nve1 10.0.0.1 bgp Established 1h02m vxlan 1 1',
      'nve2 10.0.0.2 agent - - vxlan 1 1',
      '',
    ]);
    const one = await say('show nve nve1');
    expect(one.out).toMatch(/^networks +web \(1\)$/m);
    expect(one.out).toMatch(/^router's MAC +02:aa:00:00:00:01$/m);
  });

  test('attachments', async () => {
    fill();
    expect((await say('show attachments web')).out).toBe(`\
ID      NVE   VAP   MAC                ADDRESSES   ROLE            STATE           SEQUENCE  SAID BY
port-7  nve1  tap7  02:00:00:00:00:07  172.16.0.7  tenant, sticky  associated             0  orchestrator
port-8  nve2  tap8  02:00:00:00:00:08  172.16.0.8  tenant          pre-associated         0  orchestrator

2 attachments
`);
    expect((await say('show attachments web --nve nve2 --json')).out).toContain('"port-8"');
    expect((await say('show attachments web --limit 1')).out).toContain('\n1 attachment of 2; --limit cut the list\n');
    expect(await say('show attachments web --mac 02:00:00:00:00:99')).toMatchObject({ code: 4 });
    expect(await say('show attachments web --mac x')).toMatchObject({ code: 2 });
  });

  test('mappings behind an NVE that has no name but its address', async () => {
    fill();
    const unnamed = { ...nve(3), name: '10.0.0.3', tunnelAddress: '10.0.0.3' };
    server.nva.apply([{ op: 'put', kind: 'nve', value: unnamed }], alice);
    const mapping = { kind: 'flood', nve: '10.0.0.3', encapsulation: 'vxlan', vni: 100 } as const;
    const since = Date.parse('2026-01-02T03:04:05.000Z');
    server.nva.mappingList.set('web', [{ mapping, source: '10.0.0.3', since, decisions: [], others: [] }]);
    expect((await say('show mappings web')).out).toMatch(/^\(flooding\) +10\.0\.0\.3 +vxlan /m);
  });

  test('mappings, and why', async () => {
    fill();
    const since = Date.parse('2026-01-02T03:04:05.000Z');
    const host = {
      kind: 'host',
      nve: '10.0.0.1',
      encapsulation: 'vxlan',
      vni: 100,
      mac: '02:00:00:00:00:07',
      sequence: 1,
      sticky: false,
    } as const;
    const lost = {
      step: 'mobility-sequence',
      text: 'higher MAC mobility sequence number (1 > 0)',
      reference: 'RFC 7432 §15',
    };
    server.nva.mappingList.set('web', [
      {
        mapping: host,
        source: '10.0.0.1',
        since,
        decisions: [{ step: 'announced', text: 'announced by 10.0.0.1', reference: null }, lost],
        others: [{ mapping: { ...host, nve: '10.0.0.9', sequence: 0 }, source: '10.0.0.9', since, lost }],
      },
    ]);
    expect((await say('show mappings web')).out).toBe(`\
ADDRESS            NVE              ENCAPSULATION  VNI  SEQUENCE  FROM        FOR
02:00:00:00:00:07  nve1 (10.0.0.1)  vxlan          100         1  10.0.0.1  1h02m

1 mapping
`);
    expect((await say('show mappings web --mac 0200.0000.0007')).out).toBe(`\
02:00:00:00:00:07
    behind nve1 (10.0.0.1), vxlan VNI 100, sequence 1, for 1h02m
    announced  announced by 10.0.0.1
    mobility-sequence  higher MAC mobility sequence number (1 > 0), RFC 7432 §15
    not at 10.0.0.9, as 10.0.0.9 says: higher MAC mobility sequence number (1 > 0), RFC 7432 §15
`);
    expect(await say('show mappings web --ip 10.9.9.9')).toMatchObject({
      code: 4,
      err: 'nvactl: nobody in web has 10.9.9.9\n',
    });
    server.nva.unheededList = [
      { by: 'attachment vm9', nve: '10.0.0.2', reason: 'it is detached', remedy: 'set its state to associated' },
    ];
    expect((await say('show mappings web --ip 10.9.9.9')).err).toBe(`\
nvactl: nobody in web has 10.9.9.9
    not at 10.0.0.2, as attachment vm9 says: it is detached; set its state to associated
`);
    expect(await say('show mappings web --ip 10.9.9.9 --mac 02:00:00:00:00:07')).toMatchObject({ code: 2 });
  });

  test('conflicts, which are let go', async () => {
    expect((await say('show conflicts')).out).toBe('there are no conflicts\n');
    const id = 'duplicate-mac web 02:00:00:00:00:07';
    server.nva.conflictList = [
      {
        id,
        code: 'duplicate-mac',
        network: 'web',
        reason: 'it moves too often',
        claims: [{ by: '10.0.0.9', nve: '10.0.0.9', mac: '02:00:00:00:00:07', sequence: 9 }],
        done: 'it stays at 10.0.0.1',
        remedy: 'find out who has it twice',
        releasable: true,
        since: Date.parse('2026-01-02T03:04:05.000Z'),
      },
    ];
    expect((await say('show conflicts')).out).toBe(`\
duplicate-mac in web, for 1h02m: it moves too often
    10.0.0.9 says: behind 10.0.0.9, 02:00:00:00:00:07, sequence 9
    done  it stays at 10.0.0.1
    to do find out who has it twice, then: nvactl release 'duplicate-mac web 02:00:00:00:00:07'
`);
    expect(await nvactl(['release', id])).toMatchObject({ code: 0, out: `${id} is let go\n` });
    expect(await nvactl(['release', id])).toMatchObject({ code: 4 });
  });

  test('conflicts of one cause, together, and those of one network', async () => {
    const one = (n: number, network = 'web') => ({
      id: `not-registered ${network} ${n}`,
      code: 'not-registered',
      network,
      reason: 'it is not registered',
      claims: [{ by: '10.0.0.9', nve: '10.0.0.9', routeType: 2, mac: `02:00:00:00:00:0${n}`, vni: 100 }],
      done: 'it is kept',
      remedy: 'attach it',
      releasable: false,
    });
    const presence = {
      ...one(3),
      reason: 'it is there by its own word alone',
      claims: [{ by: '10.0.0.9', nve: '10.0.0.9', routeType: 3, vni: 100 }],
    };
    server.nva.conflictList = [one(1), presence, one(2), one(4, 'db')];
    const web = `\
not-registered in web, 2 times: it is not registered
    10.0.0.9 says: behind 10.0.0.9, 02:00:00:00:00:01, VNI 100
    10.0.0.9 says: behind 10.0.0.9, 02:00:00:00:00:02, VNI 100
    done  it is kept
    to do attach it

not-registered in web: it is there by its own word alone
    10.0.0.9 says: 10.0.0.9 is in the network, and takes flooded frames (type 3), VNI 100
    done  it is kept
    to do attach it
`;
    expect((await say('show conflicts --network web')).out).toBe(web);
    expect((await say('show conflicts')).out).toBe(`${web}
not-registered in db: it is not registered
    10.0.0.9 says: behind 10.0.0.9, 02:00:00:00:00:04, VNI 100
    done  it is kept
    to do attach it
`);
    expect((await say('show conflicts --network none')).out).toBe('there are no conflicts in none\n');
    expect(JSON.parse((await say('show conflicts --network db --json')).out).conflicts).toHaveLength(1);
  });
});

describe('changes', () => {
  test('put, attach, move, detach, delete', async () => {
    const done = async (line: string) => {
      const { code, out, err } = await say(line);
      return code === 0 ? out : `${code} ${err}`;
    };
    expect(
      await done('put virtual-network web --vni 100 --trust both --encapsulation geneve vxlan --group 239.1.1.1'),
    ).toBe('virtual network web is made, with VNI 100\n');
    expect(server.nva.network('web')).toMatchObject({
      trust: 'both',
      encapsulations: ['geneve', 'vxlan'],
      flooding: { group: '239.1.1.1' },
    });
    expect(await done('put nve leaf1 --tunnel-address 10.0.0.11 --kind static')).toBe(
      'NVE leaf1 is known, with tunnels to 10.0.0.11\n',
    );
    expect(await done('put nve leaf2 --tunnel-address 10.0.0.12')).toContain('10.0.0.12');
    expect(
      await done(
        'attach web vm-7 --nve leaf1 --mac 02-00-00-00-00-07 --ip 172.16.0.7,2001:DB8::7 --vap tap7 --role bare-metal',
      ),
    ).toBe('vm-7 is attached to web at leaf1\n');
    expect(server.nva.attachment('web', 'vm-7')?.attachment).toMatchObject({
      ips: ['172.16.0.7', '2001:db8::7'],
      role: 'bare-metal',
      sticky: false,
    });
    expect(await done('move web vm-7 leaf2')).toBe('vm-7 has moved to leaf2, with sequence number 0\n');
    expect(server.nva.attachment('web', 'vm-7')?.attachment).toEqual({
      network: 'web',
      id: 'vm-7',
      nve: 'leaf2',
      mac: '02:00:00:00:00:07',
      ips: ['172.16.0.7', '2001:db8::7'],
      prefixes: [],
      sticky: false,
      role: 'bare-metal',
      state: 'associated',
    });
    expect(await done('move web vm-7 leaf2')).toBe('vm-7 is at leaf2 already\n');
    expect(await done('delete virtual-network web')).toBe('1 nvactl: nvad refused (network-in-use): detach first\n');
    expect(await done('detach web vm-7')).toBe('vm-7 is detached from web\n');
    expect(await done('delete virtual-network web')).toBe('virtual network web is gone\n');
    expect(await done('delete nve leaf1')).toBe('NVE leaf1 is forgotten\n');
    expect(await done('delete nve leaf1')).toMatch(/^4 /);
  });

  test('that lack something are refused with the command that makes it', async () => {
    await say('put virtual-network web --vni 100');
    expect((await say('attach web vm-7 --nve leaf9 --mac 02:00:00:00:00:07')).err).toBe(
      'nvactl: nvad refused (no-such-nve): there is no NVE leaf9; make it first: nvactl put nve leaf9 --tunnel-address ADDRESS\n',
    );
  });

  test('are refused before anything is asked where the line is wrong', async () => {
    for (const line of [
      'attach web vm-7',
      'attach web vm-7 --nve leaf1 --mac x',
      'put virtual-network web',
      'put virtual-network web --vni 0',
      'put virtual-network web --vni 99999999',
      'attach web vm-7 --nve leaf1 --ip 224.0.0.1',
      'put nve x --tunnel-address y',
      'move web vm-7',
    ]) {
      expect([line, (await say(line)).code]).toEqual([line, 2]);
    }
    expect(server.nva.lastEvent()).toBe(0);
  });
});

describe('apply', () => {
  const file = `
virtualNetworks: [{ name: web, vni: 100 }]
nves: [{ name: leaf1, tunnelAddress: 10.0.0.11, kind: static }]
attachments:
  - { network: web, id: vm-7, nve: leaf1, mac: "02:00:00:00:00:07", ips: [172.16.0.7] }
`;
  const withFile = (text: string, ...more: readonly string[]) =>
    nvactl(['apply', 'f', ...more], { files: { f: text } });

  test('puts what a file lists, in one transaction, or says what would become of it', async () => {
    expect(await withFile(file, '--dry-run')).toEqual({
      code: 0,
      err: '',
      out: 'it would be: 3 created; nothing was done\n',
    });
    expect((await withFile(file)).out).toBe('3 created\n');
    expect((await withFile(`${file}changes: [{ op: delete, kind: attachment, network: web, id: vm-7 }]\n`)).out).toBe(
      '3 unchanged, 1 deleted\n',
    );
    expect(JSON.parse((await withFile(file, '--json')).out)).toEqual({
      outcomes: ['unchanged', 'unchanged', 'created'],
      event: 5,
      dryRun: false,
    });
  });

  test('says what is wrong with a file', async () => {
    expect(await nvactl(['apply', 'none'])).toMatchObject({
      code: 2,
      err: 'nvactl: cannot read none: there is no such file\n',
    });
    for (const text of ['', '{}', '[]'])
      expect(await withFile(text)).toMatchObject({ code: 2, err: expect.stringContaining('nothing in it to apply') });
  });

  test.each([
    ['[', 'f:1:1: this [ is never closed'],
    ['7', 'f:1:1: the file must be a map'],
    ['nvse: []', 'f:1:1: unknown key "nvse"; did you mean "nves"?'],
    ['nves: [{ name: a, tunnelAddress: b }]', 'f:1:34: nves[0].tunnelAddress: must be an IPv4 or IPv6 address'],
    ['{"attachments": [\n {"network": "web", "id": "a"}]}', 'f:2:2: attachments[0].nve is missing'],
    ['changes:\n  - { op: put, kind: nev }', 'f:2:22: changes[0].kind'],
    ['- { op: delete, kind: nve, name: -x }', 'f:1:34: [0].name: '],
  ])('says where in the file something is wrong: %s', async (text, sentence) => {
    const { code, err } = await withFile(text);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(`nvactl: nothing was asked for, as f cannot be applied:\n  ${sentence}`),
    ]);
    expect(server.nva.lastEvent()).toBe(0);
  });

  test('says where in the file stands what nvad refuses', async () => {
    const attachment = '{ network: web, id: a, nve: b }';
    for (const [text, place, code = 'no-such-network', reason = 'there is no virtual network web'] of [
      [`attachments:\n  - ${attachment}\n`, 'f:2:16'],
      [`- { op: put, kind: attachment, value: ${attachment} }\n`, 'f:1:50'],
      [
        `nves: []\nchanges:\n  - { op: delete, kind: attachment, network: web, id: a }`,
        'f:3:5',
        'no-such-attachment',
        'there is no attachment web a',
      ],
    ] as const) {
      expect(await withFile(text)).toEqual({
        code: 1,
        out: '',
        err: `nvactl: nvad refused (${code}), and nothing was changed:\n  ${place}: ${reason}\n`,
      });
    }
  });
});

describe('events', () => {
  test('that were', async () => {
    fill();
    server.nva.apply([{ op: 'put', kind: 'attachment', value: attachment(7, { nve: 'nve2', sticky: true }) }], alice);
    const { code, out } = await say('show events --after 4');
    expect([code, out]).toEqual([
      0,
      `5 2026-11-18T11:06:40.005Z alice: attachment web/port-7 made at nve1
6 2026-11-18T11:06:40.006Z alice: attachment web/port-8 made at nve2
7 2026-11-18T11:06:40.007Z alice: attachment web/port-7 changed: nve nve1 → nve2
`,
    ]);
    expect((await say('show events --kind nve')).out.match(/made/g)).toHaveLength(2);
    expect(
      (await say('show events --network blue --json')).out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: number }).id),
    ).toEqual([1]);
  });

  test('that there are none of', async () => {
    expect((await say('show events --after 1')).err).toBe('nvactl: there is no event 1 yet; nothing has happened\n');
    fill();
    const last = server.nva.lastEvent();
    const none = (err: string) => ({ code: 0, out: '', err });
    expect(await say(`show events --after ${last}`)).toEqual(
      none(`nvactl: nothing has happened since event ${last}\n`),
    );
    expect(await say('show events --after 999')).toEqual(
      none(`nvactl: there is no event 999 yet; the last is ${last}\n`),
    );
    expect(await say('show events --after 999 --json')).toEqual(none(''));
    expect(await say('show events --after 1 --network none')).toEqual(
      none(`nvactl: no event from 2 to ${last} matches\n`),
    );
  });

  test('as they come, until interrupted', async () => {
    fill();
    // Whoever begins between the two hears the second first.
    const isBoth = (out: string) => /nve9 made\n[\s\S]*nve9 deleted\n/.test(out);
    const following = nvactl(['show', 'events', '--follow'], {}, isBoth);
    const happen = setInterval(() => {
      if (server.nva.nve('nve9') === undefined) server.nva.apply([{ op: 'put', kind: 'nve', value: nve(9) }], alice);
      else server.nva.apply([{ op: 'delete', kind: 'nve', name: 'nve9' }], alice);
    }, 20);
    const { code, out } = await following;
    clearInterval(happen);
    expect(code).toBe(0);
    expect(out).toMatch(/alice: nve nve9 made\n(.*\n)*.*alice: nve nve9 deleted\n/);
  });

  test('that are not kept any more are said to be so', async () => {
    expect(await nvactl(['show', 'events', '--follow', '--after', '9'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no event 9 yet'),
    });
  });

  test('go on where a stream broke', async () => {
    const event = (id: number) =>
      `id: ${id}\ndata: ${JSON.stringify({ id, at: '2026-01-02T03:04:05.000Z', by: alice, op: 'put', kind: 'nve', name: `n${id}`, before: null, after: {} })}\n\n`;
    const asked: (string | undefined)[] = [];
    const body = JSON.stringify({ virtualNetworks: [], event: 4 });
    const fake = fakeSurroundings({
      interruptAt: 3,
      answer: () => ({ status: 200, contentType: 'application/json', body }),
      stream: ({ lastEventId, text }, at) => {
        asked.push(lastEventId);
        if (at === 1) return { unreachable: 'connection refused', code: 'ECONNREFUSED' };
        text(event(5 + at).slice(0, 20));
        text(event(5 + at).slice(20));
        return { ended: true };
      },
    });
    expect(await run(['show', 'events', '--follow'], '0.1.0', fake)).toBe(0);
    expect(asked).toEqual([undefined, '5', '5']);
    expect(fake.written.out.match(/n\d/g)).toEqual(['n5', 'n7']);
  });
});

describe('who asks', () => {
  test('shows the token of a file or the environment, and is told where one comes from', async () => {
    await server.close();
    const digest = digestOf('a-token-of-tests');
    const list = {
      tokens: [{ name: 'tests', roles: ['orchestrate'] as const, digest }],
      users: new Map(),
      certificates: new Map(),
      anybody: [],
    };
    server = await startServer({}, { list: () => list });
    const put = 'put virtual-network web --vni 1';
    const nobody = await say(put);
    expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining('A token comes from --token-file FILE')]);
    expect((await say(`${put} --token-file t`, { files: { t: 'a-token-of-tests\n' } })).code).toBe(0);
    expect((await say(put, { env: { NVACTL_TOKEN: 'a-token-of-tests' } })).code).toBe(0);
    expect((await say(put, { env: { NVACTL_TOKEN_FILE: 't' }, files: { t: 'a-token-of-tests' } })).code).toBe(0);
    expect((await say(put, { env: { NVACTL_TOKEN: 'another' } })).code).toBe(1);
    expect(await say(put, { env: { NVACTL_TOKEN_FILE: 'none' } })).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot read none'),
    });
    expect(await say(`${put} --token-file t`, { files: { t: 'two words' } })).toMatchObject({
      code: 2,
      err: expect.stringContaining('holds no token'),
    });
    expect((await say('show events', { env: { NVACTL_TOKEN: 'a-token-of-tests' } })).out).toContain(
      'tests: virtual-network web made',
    );
    expect(await say('reset 10.0.0.11', { env: { NVACTL_TOKEN: 'a-token-of-tests' } })).toMatchObject({
      code: 1,
      err: expect.stringContaining('does not have the role operate'),
    });
  });
});
