/**
 * At most one nved in a network namespace: two would undo each other's devices. The lock is a name among Linux's abstract
 * Unix sockets (unix(7)), which are the namespace's own, and which the kernel takes back however the process ends.
 */
import { connect, createServer } from 'node:net';

const NAME = '\0nved';

/** Connections at a time of those who ask who it is. */
const MOST_ASKING = 16;
/** Milliseconds for whoever has the lock to say who it is. */
const PATIENCE = 1_000;
/** Characters of what it says. */
const MOST_SAID = 512;

export interface OnlyOne {
  release(): Promise<void>;
}

/** Rejects with a sentence when another nved is there; `name` and `socket` are what the next one says of this. */
export function beTheOnlyOne({ name, socket }: { readonly name: string; readonly socket: string }): Promise<OnlyOne> {
  const server = createServer((asking) => {
    asking.on('error', () => asking.destroy());
    asking.end(`${name} (process ${process.pid}, socket ${socket})`);
  });
  server.maxConnections = MOST_ASKING;
  const release = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE')
        return reject(new Error(`cannot see whether another nved runs: ${error.message}`));
      holder().then((who) =>
        reject(
          new Error(
            `${who} runs in this network namespace already; stop it, or run this one in a network namespace of its own`,
          ),
        ),
      );
    });
    server.listen(NAME, () => resolve({ release }));
  });
}

function holder(): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(NAME);
    socket.setEncoding('utf8').setTimeout(PATIENCE, () => socket.destroy());
    socket.on('data', (text: string) => {
      said += text;
      if (said.length > MOST_SAID) socket.destroy();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(/^[ -~]{1,512}$/.test(said) ? `the nved ${said}` : 'another nved'));
  });
}
