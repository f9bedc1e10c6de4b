import { afterEach, describe, expect, test } from 'vitest';
import type { ListedPolicy, PolicySample, PolicyTest, PolicyVersionView } from '../../../src/api/contract/policies.ts';
import { createHttpTransport } from '../../../src/api/http-transport.ts';
import type { PolicyListing, PolicySource } from '../../../src/api/policy-source.ts';
import { createPaint } from '../../../src/cli/format/paint.ts';
import { run } from '../../../src/cli/run.ts';
import { viewPolicyTests } from '../../../src/cli/views/policies.ts';
import { namedBy } from '../../../src/federation/policy/file-names.ts';
import { type RunningServer, startServer } from '../api/running-server.ts';
import { fakeSurroundings } from './fake-surroundings.ts';

interface Place {
  readonly configured: string | null;
  holds: string | null;
  text: string;
}

const text = 'rules: [{ then: refuse }]\n';
/** What is refused in each direction, as if it said something that only the other can have. */
const oneWay = { import: 'not in\n', export: 'not out\n' };

/** Policies of two domains, which tell what was asked of them. */
class Neighbours implements PolicySource {
  readonly asked: string[] = [];
  readonly places: Record<string, Place>;
  readonly #versions = new Map<string, number>();

  constructor(files: Record<string, string | null>) {
    this.places = Object.fromEntries(
      Object.entries(files).map(([place, file]) => [place, { configured: file, holds: file, text: '' }]),
    );
  }

  list({ domain, direction, file }: PolicyListing): ListedPolicy[] {
    const listed = Object.entries(this.places)
      .map(([place, { configured, holds }]) => {
        const [of = '', way = ''] = place.split(' ');
        return { domain: of, direction: way as 'import' | 'export', configured, holds };
      })
      .filter((one) => (domain ?? one.domain) === one.domain && (direction ?? one.direction) === one.direction);
    const files = listed.map(({ configured, holds }) => [configured, holds].filter((name) => name !== null));
    const named = file === undefined ? [] : namedBy(file, files);
    return listed.map((one, i) => ({ ...one, named: named[i] ?? null }));
  }

  async test(domain: string, direction: 'import' | 'export', policy: { file: string; text: string }) {
    this.asked.push(`test ${domain} ${direction}`);
    if (policy.text === oneWay[direction]) return invalid;
    const nothing = { count: 0, samples: [] };
    const told: PolicyTest = {
      ...{ domain, direction, routes: 3, gained: nothing, lost: { count: 2, samples: [] }, changed: nothing },
      warnings: [`${policy.file}:1: it does nothing`],
    };
    return told;
  }

  apply(domain: string, direction: 'import' | 'export', policy: { file: string; text: string }) {
    this.asked.push(`apply ${domain} ${direction}`);
    const place = this.places[`${domain} ${direction}`];
    if (place === undefined) return { refused: 'no-such-domain' } as const;
    if (policy.text === oneWay[direction]) return invalid;
    if (place.text === policy.text)
      return { refused: 'unchanged', reason: 'the version in force says the same' } as const;
    Object.assign(place, { holds: policy.file, text: policy.text });
    const inForce = (this.#versions.get(domain) ?? 0) + 1;
    this.#versions.set(domain, inForce);
    return { ...this.versions(domain), warnings: [] };
  }

  rollBack() {
    return { refused: 'nothing-before', reason: 'no version is kept' } as const;
  }

  versions(domain: string) {
    const inForce = this.#versions.get(domain) ?? 0;
    const one = { appliedAt: null, rollbackTo: null, import: null, export: null };
    const versions: PolicyVersionView[] = [inForce, inForce - 1].map((version) => ({ ...one, version }));
    return { domain, inForce, versions: inForce === 0 ? versions.slice(0, 1) : versions };
  }
}

const invalid = { refused: 'invalid-policy', reasons: ['next.yaml:1:1: it cannot say so here'] } as const;

let server: RunningServer | undefined;
afterEach(async () => server?.close());

/** nvactl in this process, with these policies behind the real server. */
async function begun(files: Record<string, string | null>) {
  const policies = new Neighbours(files);
  server = await startServer({}, { policies });
  const { url } = server;
  const say = async (line: string, content = text) => {
    const names = ['to-dc2.yaml', '/etc/nvad/to-dc2.yaml', 'all.yaml', 'next.yaml', '-'];
    const fake = fakeSurroundings({
      env: { NVACTL_API: url },
      files: Object.fromEntries(names.map((name) => [name, content])),
    });
    const code = await run(line.split(' '), '0.1.0', { ...fake, connect: createHttpTransport });
    return { code, ...fake.written };
  };
  return { policies, say };
}

const here = '/etc/nvad/to-dc2.yaml';
const all = '/etc/nvad/all.yaml';
const two = { 'dc2 import': null, 'dc2 export': here, 'dc3 import': all, 'dc3 export': all };

describe('a policy is tested', () => {
  test('for whom it is the policy now', async () => {
    const { policies, say } = await begun(two);
    const { code, out, err } = await say('policy test to-dc2.yaml');
    expect(policies.asked).toEqual(['test dc2 export']);
    expect(code).toBe(0);
    expect(out).toBe('of 3 routes to dc2, dc2 would\n  + gain 0\n  - lose 2\n  ~ see changed 0\nnothing was done\n');
    expect(err).toBe('nvactl: warning: to-dc2.yaml:1: it does nothing\n');
  });

  test('for each of several in turn, or for those that are said', async () => {
    const { policies, say } = await begun({ ...two, 'dc2 import': all });
    const { out, err } = await say('policy test all.yaml');
    expect(policies.asked.splice(0)).toEqual(['test dc2 import', 'test dc3 import', 'test dc3 export']);
    expect(out.match(/^of .*$/gm)).toEqual([
      'of 3 routes from dc2, we would',
      'of 3 routes from dc3, we would',
      'of 3 routes to dc3, dc3 would',
    ]);
    expect(out.match(/nothing was done/g)).toHaveLength(1);
    expect(err.match(/it does nothing/g)).toHaveLength(1);
    await say('policy test all.yaml --domain dc3');
    expect(policies.asked.splice(0)).toEqual(['test dc3 import', 'test dc3 export']);
    await say('policy test all.yaml --direction import');
    expect(policies.asked.splice(0)).toEqual(['test dc2 import', 'test dc3 import']);
    await say('policy test all.yaml --domain dc2 --direction export');
    expect(policies.asked.splice(0)).toEqual(['test dc2 export']);
  });

  test('and the API says it as a list', async () => {
    const { say } = await begun(two);
    const told = JSON.parse((await say('policy test all.yaml --json')).out) as PolicyTest[];
    expect(told.map(({ domain, direction }) => `${domain} ${direction}`)).toEqual(['dc3 import', 'dc3 export']);
    expect(JSON.parse((await say('policy test to-dc2.yaml --json')).out)).toHaveLength(1);
  });

  test('also where another refuses it, which is said', async () => {
    const { say } = await begun(two);
    expect(await say('policy test all.yaml', oneWay.export)).toMatchObject({
      code: 2,
      out: expect.stringContaining('of 3 routes from dc3'),
      err: expect.stringContaining(
        'nvactl: export policy of dc3: nvad refused (invalid-policy): next.yaml:1:1: it cannot say so here\n',
      ),
    });
  });
});

describe('a policy of nobody', () => {
  test('is not tested: what is missing is said, and how to say it', async () => {
    const { policies, say } = await begun(two);
    expect(await say('policy test next.yaml')).toEqual({
      code: 2,
      out: '',
      err: `\
nvactl: next.yaml is not the policy of any neighbour domain now; say which is meant with --domain and --direction:
  nvactl policy test next.yaml --domain dc2 --direction import  (now none)
  nvactl policy test next.yaml --domain dc2 --direction export  (now ${here})
  nvactl policy test next.yaml --domain dc3 --direction import  (now ${all})
  nvactl policy test next.yaml --domain dc3 --direction export  (now ${all})
`,
    });
    expect(policies.asked).toEqual([]);
  });

  test('lacks a direction alone where there is one domain', async () => {
    const { policies, say } = await begun({ 'dc2 import': null, 'dc2 export': here });
    expect((await say('policy apply next.yaml')).err).toBe(`\
nvactl: next.yaml is not the policy of dc2 now; say which is meant with --direction:
  nvactl policy apply next.yaml --domain dc2 --direction import  (now none)
  nvactl policy apply next.yaml --domain dc2 --direction export  (now ${here})
`);
    expect((await say('policy test next.yaml --direction import')).code).toBe(0);
    expect(policies.asked).toEqual(['test dc2 import']);
  });

  test('has no name on standard input', async () => {
    const { say } = await begun(two);
    const { code, err } = await say('policy test - --direction import');
    expect(code).toBe(2);
    expect(err).toMatch(
      /^nvactl: what comes from standard input is not the import policy of any neighbour domain now; say which is meant with --domain:\n {2}nvactl policy test - --domain dc2/,
    );
  });

  test('may be one of several files, unless its path says which', async () => {
    const { policies, say } = await begun({ 'dc2 export': here, 'dc3 export': '/srv/to-dc2.yaml', 'dc3 import': null });
    const { code, err } = await say('policy test to-dc2.yaml');
    expect(code).toBe(2);
    expect(err.split('\n').slice(0, 3)).toEqual([
      'nvactl: several files called to-dc2.yaml are policies; say which is meant with --domain and --direction:',
      `  nvactl policy test to-dc2.yaml --domain dc2 --direction export  (now ${here})`,
      '  nvactl policy test to-dc2.yaml --domain dc3 --direction export  (now /srv/to-dc2.yaml)',
    ]);
    await say(`policy test ${here}`);
    expect(policies.asked).toEqual(['test dc2 export']);
  });

  test('has nowhere to go without neighbours', async () => {
    const { say } = await begun({});
    const err = 'nvactl: there are no neighbour domains; federation in the configuration has them\n';
    expect(await say('policy test next.yaml')).toEqual({ code: 4, out: '', err });
  });
});

describe('a policy is applied', () => {
  test('for each whose policy it is, and it is said what holds and how to take it back', async () => {
    const { policies, say } = await begun({ ...two, 'dc2 export': all });
    const { code, out } = await say('policy apply all.yaml');
    expect(code).toBe(0);
    expect(out).toBe(`\
version 1 of the policies for dc2 holds; nvactl policy rollback --domain dc2 takes it back
version 2 of the policies for dc3 holds; nvactl policy rollback --domain dc3 --to 0 takes it back
`);
    expect(policies.places['dc2 import']).toMatchObject({ holds: null });
    // What was applied under another name is found by either.
    await say('policy apply next.yaml --domain dc2 --direction export', 'rules: []\n');
    policies.asked.length = 0;
    await say('policy test next.yaml');
    expect(policies.asked).toEqual(['test dc2 export']);
  });

  test('for none of them where one would refuse it', async () => {
    const { policies, say } = await begun(two);
    const { code, out, err } = await say('policy apply all.yaml', oneWay.export);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(
      /^nvactl: export policy of dc3: nvad refused \(invalid-policy\)[^\n]*\nnvactl: nothing was applied\n$/,
    );
    expect(policies.asked).toEqual(['test dc3 import', 'test dc3 export']);
  });

  test('where it is not there already', async () => {
    const { policies, say } = await begun(two);
    await say('policy apply all.yaml --domain dc3 --direction import');
    const { code, out, err } = await say('policy apply all.yaml');
    expect(code).toBe(0);
    expect(out).toContain('version 2 of the policies for dc3 holds');
    expect(err).toContain('nvactl: import policy of dc3: nvad refused (unchanged)');
    expect(policies.places['dc3 export']).toMatchObject({ text });
    expect(await say('policy apply all.yaml')).toMatchObject({ code: 1, out: '' });
    expect(JSON.parse((await say('policy apply all.yaml --json', 'rules: []\n')).out)).toMatchObject([
      { domain: 'dc3', inForce: 3 },
      { domain: 'dc3', inForce: 4 },
    ]);
  });
});

describe('policies are shown and taken back', () => {
  test('of the only neighbour domain, unless another is said', async () => {
    const { say } = await begun({ 'dc2 import': null, 'dc2 export': here });
    expect(await say('policy show')).toEqual(await say('policy show --domain dc2'));
    expect(await say('policy rollback')).toEqual({
      code: 1,
      out: '',
      err: 'nvactl: nvad refused (nothing-before): no version is kept, so that there is nothing to go back to; nvactl policy show --domain dc2 lists those that are\n',
    });
  });

  test.each(['show', 'rollback --to 3'])('of one of several: %s lists them', async (words) => {
    const { say } = await begun(two);
    expect(await say(`policy ${words}`)).toEqual({
      code: 2,
      out: '',
      err: `\
nvactl: there are several neighbour domains; say which is meant with --domain:
  nvactl policy ${words} --domain dc2
  nvactl policy ${words} --domain dc3
`,
    });
  });

  test('of nobody without neighbours', async () => {
    const { say } = await begun({});
    expect(await say('policy show')).toMatchObject({ code: 4, err: expect.stringContaining('no neighbour domains') });
  });
});

test('what is not there is said with what lists it, and what is to be explained with how to say it', async () => {
  const { say } = await begun(two);
  const err = 'nvactl: there is no virtual network wob; nvactl show virtual-networks lists them\n';
  expect(await say('explain --vn wob --flooding')).toEqual({ code: 4, out: '', err });
  expect(await say('show mappings wob')).toEqual({ code: 4, out: '', err });
  expect(await say('policy apply to-dc2.yaml --domain dc9 --direction import')).toEqual({
    code: 4,
    out: '',
    err: 'nvactl: dc9 is no neighbour domain of the configuration; nvactl show domains lists them\n',
  });
  expect(await say('explain --vn web')).toEqual({
    code: 2,
    out: '',
    err: 'nvactl: say what is to be explained: one of --mac, --ip, --prefix and --flooding, as in nvactl explain --vn web --flooding\n',
  });
});

test('what several routes cross as is told as what it is', () => {
  const none = { rd: null, mac: null, ip: null, prefix: null, originator: null } as const;
  const verdict: PolicySample['after'] = {
    outcome: 'refuse',
    rule: { file: 'to-dc2.yaml', line: 2, name: null },
    changes: [],
  };
  const sample = (route: Pick<PolicySample['route'], 'kind' | 'type'> & Partial<PolicySample['route']>) => ({
    route: { network: 'web', ...none, ...route },
    before: null,
    after: verdict,
  });
  const samples = [
    sample({ kind: 'flooding', type: 3, originator: '10.1.0.254' }),
    sample({ kind: 'route', type: 3, originator: '10.1.0.11' }),
    sample({ kind: 'aggregate', type: 5, prefix: '10.50.0.0/16' }),
    sample({ kind: 'unknown-mac', type: 2, mac: '00:00:00:00:00:00' }),
  ];
  const nothing = { count: 0, samples: [] };
  const lost = { count: 4, samples };
  const told = { domain: 'dc2', direction: 'export', routes: 9, gained: nothing, lost, changed: nothing } as const;
  expect(
    viewPolicyTests([{ ...told, warnings: [] }], createPaint(false))
      .split('\n')
      .slice(3, 7),
  ).toEqual([
    '      web type 3 flooding to 10.1.0.254: not there, then refuse to-dc2.yaml:2',
    '      web type 3 flooding of 10.1.0.11: not there, then refuse to-dc2.yaml:2',
    '      web type 5 aggregate 10.50.0.0/16: not there, then refuse to-dc2.yaml:2',
    '      web type 2 unknown-mac 00:00:00:00:00:00: not there, then refuse to-dc2.yaml:2',
  ]);
});
