/** ExaBGP in a namespace, with a process of its API that writes down what it hears and passes on what it is told. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

const daemon = '/usr/sbin/exabgp';
export const hasExabgp = existsSync(daemon);

/** `ExaBGP` and the version that it gives itself. */
export function exabgpName(): string {
  if (!hasExabgp) return 'ExaBGP';
  const { stdout } = spawnSync(daemon, ['--version'], { encoding: 'utf8' });
  return `ExaBGP ${/ExaBGP : (\S+)/.exec(stdout)?.[1]}`;
}

export interface ExabgpOptions {
  readonly folder: string;
  /** Its own address, which is also its identifier if that is one of IPv4. */
  readonly localAddress: string;
  readonly peer: string;
  readonly asn?: number;
  /** It waits to be called, on port 179 of its address, unless `more` says where it listens. */
  readonly passive?: boolean;
  /** Default 90. */
  readonly holdTime?: number;
  /** Of the neighbour's section, as its file has them: `capability { asn4 disable; }`. */
  readonly more?: string;
}

/** What its process was told, as far as the tests look at it. Numbers over 2^53 are strings. */
export interface ExabgpEvent {
  readonly type: string;
  readonly neighbor?: {
    readonly state?: string;
    readonly reason?: string;
    readonly message?: {
      readonly update?: {
        readonly attribute?: Readonly<Record<string, unknown>>;
        readonly announce?: Readonly<Record<string, Readonly<Record<string, readonly ExabgpNlri[]>>>>;
        readonly withdraw?: Readonly<Record<string, readonly ExabgpNlri[]>>;
      };
      readonly eor?: { readonly afi: string; readonly safi: string };
    };
    readonly 'route-refresh'?: { readonly afi: string; readonly safi: string; readonly subtype: string };
    readonly negotiated?: Readonly<Record<string, unknown>>;
  };
}

interface ExabgpNlri {
  readonly raw: string;
}

export class Exabgp {
  log = '';
  readonly #namespace: Namespace;
  readonly #localAddress: string;
  readonly #heard: string;
  readonly #told: string;
  readonly #child: ChildProcess;
  #ended = false;

  constructor(options: ExabgpOptions, namespace: Namespace) {
    const { folder, localAddress, peer, asn = 65000, passive = false, holdTime = 90, more = '' } = options;
    this.#namespace = namespace;
    this.#localAddress = localAddress;
    const name = `exabgp-${localAddress.replaceAll(':', '_')}`;
    const file = (end: string) => join(folder, `${name}.${end}`);
    this.#heard = file('jsonl');
    this.#told = file('commands');
    for (const path of [this.#heard, this.#told]) writeFileSync(path, '');
    // The one that writes is the process that ExaBGP started; the other ends with it.
    const script = `#!/bin/sh\ntail -n +1 --pid=$$ -f '${this.#told}' &\nexec cat >>'${this.#heard}'\n`;
    writeFileSync(file('sh'), script, { mode: 0o755 });
    const routerId = localAddress.includes(':') ? `10.255.0.${localAddress.split(':').at(-1)}` : localAddress;
    const config = `
process tests {
    run ${file('sh')};
    encoder json;
}
neighbor ${peer} {
    router-id ${routerId};
    local-address ${localAddress};
    local-as ${asn};
    peer-as 65000;
    hold-time ${holdTime};
    passive ${passive};
    ${more.includes('family {') ? '' : 'family { l2vpn evpn; }'}
    ${more}
    api {
        processes [ tests ];
        neighbor-changes;
        negotiated;
        receive { parsed; update; refresh; }
    }
}
`;
    writeFileSync(file('conf'), config);
    const environment = {
      'exabgp.daemon.user': 'root',
      'exabgp.log.destination': 'stdout',
      'exabgp.log.level': 'INFO',
      'exabgp.api.ack': 'false',
      'exabgp.api.cli': 'false',
      'exabgp.reactor.speed': '0.05',
      ...(passive && !more.includes('listen ') && { 'exabgp.tcp.bind': localAddress }),
    };
    // ExaBGP's own environment has dots in its names, which `env` takes and a shell does not.
    const words = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
    const [program, ...args] = [...namespace.prefix, 'env', ...words, daemon, file('conf')];
    this.#child = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
    }
    this.#child.once('close', () => {
      this.#ended = true;
    });
  }

  /** Gives a command of its text API: `announce eor l2vpn evpn`. */
  tell(command: string): void {
    appendFileSync(this.#told, `${command}\n`);
  }

  /** Everything that it has heard, in order. */
  events(): ExabgpEvent[] {
    const lines = readFileSync(this.#heard, 'utf8').split('\n').slice(0, -1);
    // It puts two pairs of quotation marks around what it says of a ROUTE-REFRESH.
    const mended = lines.map((line) => line.replace(/: (\d{16,})/g, ': "$1"').replace(/""([\w-]+)""/g, '"$1"'));
    return mended.map((line) => JSON.parse(line) as ExabgpEvent);
  }

  /** The first event for which `condition` gives something, and that. */
  async heard<T>(condition: (event: ExabgpEvent) => T | undefined | false, what: string, within = 10_000): Promise<T> {
    const look = () => {
      for (const event of this.events()) {
        const found = condition(event);
        if (found !== undefined && found !== false) return found;
      }
      return undefined;
    };
    const found = await until(look, { within, what: () => `${what}: ${JSON.stringify(this.events())}\n${this.log}` });
    return found as T;
  }

  /** Waits until it listens; only for one that is passive. */
  async listening(): Promise<void> {
    const sockets = `ss -Hltn 'src ${this.#localAddress}' | grep -q .`;
    const look = () => this.#namespace.succeeds('sh', '-c', sockets);
    await until(look, { within: 10_000, what: () => `ExaBGP to listen: ${this.log}` });
  }

  async established(): Promise<void> {
    await this.heard(({ neighbor }) => neighbor?.state === 'up', 'an established session');
  }

  async kill(): Promise<void> {
    if (this.#ended) return;
    this.#child.kill('SIGKILL');
    await until(() => this.#ended, { within: 5000, what: 'the end of exabgp' });
  }
}
