import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/api/access/access-list.ts';
import { readAccess } from '../../../src/config/access-file.ts';
import { formatConfigError } from '../../../src/config/error.ts';

const sha = Buffer.from(digestOf('a token for the terraform')).toString('hex');
const read = (text: string, mode = 0o100600) => readAccess('F', text, mode);
const printed = (text: string, mode?: number) => {
  const result = read(text, mode);
  return result.ok ? 'ok' : result.errors.map(formatConfigError);
};

it('says who may ask what', () => {
  const result = read(`
tokens:
  - { name: terraform, roles: [orchestrate], sha256: ${sha.toUpperCase()} }
  - { name: grafana, roles: [read], token: 0123456789abcdef }
users: [{ user: alice, roles: [read, operate] }]
certificates: [{ name: portal, roles: [orchestrate] }]
anybody: [read]
`);
  expect(result).toEqual({
    ok: true,
    list: {
      tokens: [
        { name: 'terraform', roles: ['orchestrate'], digest: Buffer.from(sha, 'hex') },
        { name: 'grafana', roles: ['read'], digest: digestOf('0123456789abcdef') },
      ],
      users: new Map([['alice', ['read', 'operate']]]),
      certificates: new Map([['portal', ['orchestrate']]]),
      anybody: ['read'],
    },
  });
});

it('may let in nobody', () => {
  for (const text of ['', '{}', 'tokens: []'])
    expect(read(text)).toMatchObject({ ok: true, list: { tokens: [], anybody: [] } });
});

describe('is refused with the place of what is wrong', () => {
  it.each([
    ['toknes: []', ['F:1:1: unknown key "toknes"; did you mean "tokens"?']],
    [
      'tokens: [{ name: a, roles: [root], token: 0123456789abcdef }]',
      ['F:1:29: tokens[0].roles[0] must be one of read, orchestrate, operate, not the text "root"'],
    ],
    ['tokens: [{ name: a, roles: [] }]', ['F:1:28: tokens[0].roles: whoever has no role need not be named']],
    [
      'tokens: [{ name: a, roles: [read] }]',
      ['F:1:10: tokens[0] has neither sha256 nor token; give one: printf %s TOKEN | sha256sum'],
    ],
    [
      'tokens: [{ name: a, roles: [read], token: 1234567890123456 }]',
      ['F:1:43: tokens[0].token must be text; put it in quotes'],
    ],
    [
      'tokens: [{ name: a, roles: [read], token: short }]',
      ['F:1:43: tokens[0].token: a token has 16 to 512 characters without spaces'],
    ],
    [
      `tokens: [{ name: a, roles: [read], sha256: ${sha}0 }]`,
      ['F:1:44: tokens[0].sha256: a SHA-256 has 64 hexadecimal digits, as sha256sum prints them'],
    ],
    [
      'users: [{ user: a, roles: [read] }, { user: a, roles: [operate] }]',
      ['F:1:45: users[1].user is a, as users[0] is already; leave one of them out'],
    ],
    ['tokens: [', ['F:1:9: this [ is never closed; end what it begins with ]']],
  ])('%s', (text, expected) => {
    const found = printed(text);
    expect(found).toHaveLength(expected.length);
    for (const [i, sentence] of expected.entries()) expect(found[i]).toContain(sentence.slice(0, 40));
  });

  it('a token in clear that everybody can read, and a file that others can write', () => {
    const clear = 'tokens: [{ name: a, roles: [read], token: 0123456789abcdef }]';
    expect(printed(clear, 0o100640)).toBe('ok');
    expect(printed(clear, 0o100644)).toEqual([
      'F:1:43: tokens[0].token stands in clear in a file that everybody on this machine can read; chmod o-r F, or write its sha256 instead',
    ]);
    expect(printed('anybody: [read]', 0o100644)).toBe('ok');
    for (const mode of [0o100620, 0o100602]) {
      expect(printed('anybody: [read]', mode)).toEqual([
        'F:1:1: others than its owner can write it, and so let themselves in; chmod go-w F',
      ]);
    }
  });
});
