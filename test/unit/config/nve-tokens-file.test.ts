import { expect, it } from 'vitest';
import { formatConfigError } from '../../../src/config/error.ts';
import { readNveTokens } from '../../../src/config/nve-tokens-file.ts';

const token = '0123456789abcdef';

const printed = (text: string, mode = 0o100600) => {
  const read = readNveTokens('T', text, mode);
  return read.ok ? read.notes.map(formatConfigError) : read.errors.map(formatConfigError);
};

it('holds tokens for one NVE or for any, or none at all', () => {
  expect(readNveTokens('T', `- { token: ${token}, nve: leaf1 }\n- token: ${token}2\n`, 0o100600)).toEqual({
    ok: true,
    tokens: [{ token, nve: 'leaf1' }, { token: `${token}2` }],
    notes: [],
  });
  for (const text of ['', '[]', '# nobody yet\n'])
    expect(readNveTokens('T', text, 0o100644)).toEqual({ ok: true, tokens: [], notes: [] });
});

it.each([
  [`- { token: short }`, 'T:1:12: [0].token: a token has at least 16 characters'],
  [`- { nve: leaf1 }`, 'T:1:3: [0].token is missing'],
  [`- { token: 1234567890123456 }`, 'T:1:12: [0].token must be text; put it in quotes'],
  [`- { token: ${token}, nev: leaf1 }`, 'T:1:30: unknown key "nev" in [0]; did you mean "nve"?'],
  [`- { token: ${token}, nve: 7 }`, 'T:1:35: [0].nve must be text, not the number 7; write "7", in quotes'],
])('says where %s is wrong', (text, sentence) => {
  expect(printed(text)).toEqual([sentence]);
});

it.each([
  [token, 'T:1:1: the file must be a list of tokens'],
  [`- ${token}`, 'T:1:3: [0] must be a map'],
  [`- ${token}: leaf1`, 'T:1:3: [0].token is missing'],
  [`token: "${token}`, 'T:1:25: not valid YAML'],
  [`- { token: ${token} }\n  ${token}`, 'not valid YAML'],
])('says nothing of what may be a token: %s', (text, sentence) => {
  const said = printed(text);
  expect(said.join('\n')).toContain(sentence);
  expect(said.join('\n')).not.toContain(token);
});

it('notes that everybody can read it, and is refused where others can write it', () => {
  const text = `- { token: ${token} }`;
  expect(printed(text, 0o100640)).toEqual([]);
  expect(printed(text, 0o100644)).toEqual([
    'T:1:1: tokens of NVEs stand in clear in a file that everybody on this machine can read; chmod o-r T',
  ]);
  for (const mode of [0o100620, 0o100602])
    expect(printed(text, mode)).toEqual([
      'T:1:1: others than its owner can write it, and so let themselves in; chmod go-w T',
    ]);
});
