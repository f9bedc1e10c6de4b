/** What one test made, taken away again in reverse order whatever happened. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BgpClient, type BgpClientOptions } from './bgp-client.ts';
import { Namespace } from './namespace.ts';
import { Nvad, type NvadOptions } from './nvad.ts';
import { until } from './until.ts';

export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'nvad-test-'));
  readonly #undo: (() => void | Promise<void>)[] = [() => rmSync(this.folder, { recursive: true, force: true })];

  defer(undo: () => void | Promise<void>): void {
    this.#undo.push(undo);
  }

  namespace(label: string): Namespace {
    const namespace = new Namespace(label);
    this.defer(() => namespace.remove());
    return namespace;
  }

  /** Writes a file in the folder, which nobody else may read. */
  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    chmodSync(path, 0o600);
    return path;
  }

  nvad(namespace: Namespace, config: string, options: Partial<NvadOptions> = {}): Nvad {
    const nvad = new Nvad({ folder: this.folder, config, ...options }, namespace);
    this.defer(() => nvad.kill());
    return nvad;
  }

  client(namespace: Namespace, options: BgpClientOptions): BgpClient {
    const client = new BgpClient(options, namespace);
    this.defer(() => client.destroy());
    return client;
  }

  /** Listens on port 179 of an address that a neighbour will dial; answers a promise of its first connection. */
  async called(namespace: Namespace, localAddress: string): Promise<() => Promise<BgpClient>> {
    const calls: BgpClient[] = [];
    const server = await namespace.listen({ host: localAddress, port: 179 }, (socket) => {
      calls.push(new BgpClient({ localAddress, socket }, namespace));
    });
    this.defer(() => {
      server.close();
      for (const call of calls) call.destroy();
    });
    return () => until(() => calls[0], { within: 20_000, what: `a connection to ${localAddress}` });
  }

  async clear(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
  }
}
