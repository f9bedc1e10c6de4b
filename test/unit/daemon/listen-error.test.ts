import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { formatConfigError } from '../../../src/config/error.ts';
import { type LoadedConfig, parseConfig } from '../../../src/config/load.ts';
import { listenError } from '../../../src/daemon/listen-error.ts';

function loaded(): LoadedConfig {
  const text =
    'domain: dc1\nasn: 65000\nrouterId: 10.0.0.1\nlisten:\n  - "10.0.0.1:1790"\n  - "10.0.0.1:179"\napi: { listen: "unix:/run/nvad.sock" }\n';
  const result = parseConfig('nvad.yaml', text);
  if (!result.ok) throw new Error(formatConfigError(result.errors[0]!));
  return result.loaded;
}

function sentence(code: string, attempt: Partial<Parameters<typeof listenError>[1]> = {}): string {
  const error = Object.assign(new Error(`${code} in words`), { code });
  return formatConfigError(
    listenError(error, { path: ['listen', 1], text: '10.0.0.1:179', reloading: false, ...attempt }, loaded()),
  );
}

const api = { path: ['api', 'listen'], text: 'unix:/run/nvad.sock' } as const;

describe('a socket that cannot be bound', () => {
  it.each([
    [
      'EADDRINUSE',
      {},
      'nvad.yaml:6:5: cannot listen on 10.0.0.1:179: port 179 is in use; "ss -ltnp sport = :179" shows by whom',
    ],
    [
      'EADDRNOTAVAIL',
      {},
      'nvad.yaml:6:5: cannot listen on 10.0.0.1:179: this machine does not have the address; "ip address" shows those it has',
    ],
    [
      'EACCES',
      {},
      'nvad.yaml:6:5: cannot listen on 10.0.0.1:179: permission denied for port 179; start nvad as root or with CAP_NET_BIND_SERVICE, or use a port from 1024 on',
    ],
    [
      'EACCES',
      { reloading: true },
      'nvad.yaml:6:5: cannot listen on 10.0.0.1:179: nvad gave up the right to bind port 179 after it had started; restart it to take the new file',
    ],
    [
      'EAFNOSUPPORT',
      { path: ['listen'], text: '[::]:179' },
      'nvad.yaml:5:3: cannot listen on [::]:179: this machine has no IPv6; write "0.0.0.0:179" for all IPv4 addresses',
    ],
    [
      'EADDRINUSE',
      api,
      'nvad.yaml:7:16: cannot listen on unix:/run/nvad.sock: the socket is in use; another nvad may be running',
    ],
    [
      'EACCES',
      api,
      "nvad.yaml:7:16: cannot listen on unix:/run/nvad.sock: permission denied; nvad's user must be able to write in its folder",
    ],
    [
      'ENOENT',
      api,
      'nvad.yaml:7:16: cannot listen on unix:/run/nvad.sock: the folder of the socket does not exist; create it first',
    ],
    ['EMFILE', {}, 'nvad.yaml:6:5: cannot listen on 10.0.0.1:179: EMFILE in words'],
  ] as const)('%s %j', (code, attempt, expected) => {
    expect(sentence(code, attempt)).toBe(expected);
  });

  it('is recognised from what Node really says', async () => {
    const first = createServer();
    await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve));
    const address = first.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const error = await new Promise<unknown>((resolve) => {
      const second = createServer();
      second.once('error', resolve);
      second.listen(port, '127.0.0.1');
    });
    const attempt = { path: ['listen', 0], text: `127.0.0.1:${port}`, reloading: false };
    expect(listenError(error, attempt, loaded())).toMatchObject({
      code: 'system',
      path: 'listen[0]',
      line: 5,
      column: 5,
      reason: `cannot listen on 127.0.0.1:${port}: port ${port} is in use`,
    });
    await new Promise((resolve) => first.close(resolve));
  });
});
