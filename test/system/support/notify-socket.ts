/** The service manager's end of NOTIFY_SOCKET (sd_notify(3)). Node has no datagrams on unix sockets; Python has. */
import { type ChildProcess, spawn } from 'node:child_process';
import { until } from './until.ts';

const program = `
import json, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print(json.dumps("bound"), flush=True)
while True:
    print(json.dumps(s.recv(65536).decode()), flush=True)
`;

export class NotifySocket {
  /** Each datagram's lines, in order. */
  readonly datagrams: string[][] = [];
  readonly #child: ChildProcess;
  #bound = false;

  constructor(path: string) {
    const child = spawn('python3', ['-c', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (this.#bound) this.datagrams.push((JSON.parse(line) as string).trimEnd().split('\n'));
        this.#bound = true;
      }
    });
  }

  async bound(): Promise<this> {
    await until(() => this.#bound, { within: 10_000, what: 'the notify socket' });
    return this;
  }

  /** The first datagram from number `from` on that has this line; waits for it. */
  async told(line: string, from = 0): Promise<string[]> {
    return until(() => this.datagrams.slice(from).find((lines) => lines.includes(line)), {
      within: 10_000,
      what: () => `${line}; there were ${JSON.stringify(this.datagrams)}`,
    });
  }

  close(): void {
    this.#child.kill();
  }
}
