/** The NVE protocol as the configuration asks for it: one server, made anew where it listens elsewhere or otherwise. */
import type { NveProtocolConfig } from '../config/config.ts';
import { overlaps } from '../config/endpoint.ts';
import type { NveAuthority } from '../nva/authority.ts';
import type { NveServerEvent } from '../nve-protocol/server/events.ts';
import { NveServer, type NveServerOptions } from '../nve-protocol/server/server.ts';
import { systemClock } from '../nve-protocol/transport/clock.ts';
import type { DaemonClock } from './clock.ts';
import type { Logger } from './logging.ts';
import { type NveSecrets, nveSecrets } from './nve-secrets.ts';
import { Seldom } from './seldom.ts';

export interface NveServiceModules {
  readonly authority: NveAuthority;
  readonly logger: Logger;
  readonly clock: Pick<DaemonClock, 'every'>;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** Milliseconds between two lines about connections of one address that are refused for the same reason. */
const REFUSED = 60_000;
/** Milliseconds between two looks at the files. */
const LOOK = 1_000;

/** A service that could be had: one of the two is called, once. */
export type PreparedNves =
  | { readonly ok: true; readonly commit: () => void; readonly undo: () => Promise<void> }
  /** Why it cannot be; what was before goes on. */
  | { readonly ok: false; readonly reason: string };

interface Served {
  readonly config: NveProtocolConfig;
  readonly server: NveServer;
  /** Ends the looks at its files. */
  readonly unwatch: () => void;
}

export class NveService {
  readonly #modules: NveServiceModules;
  readonly #refused: Seldom;
  #served: Served | undefined;

  constructor(modules: NveServiceModules) {
    this.#modules = modules;
    this.#refused = new Seldom(REFUSED, modules.now);
  }

  /** NVEs that are connected. */
  get connected(): NveServer['nves'] {
    return this.#served?.server.nves ?? [];
  }

  /**
   * Serves as `config` says from now on, or not at all; undefined when that is done, else why it cannot be, and what was
   * before goes on.
   */
  async become(config: NveProtocolConfig | undefined): Promise<string | undefined> {
    const prepared = await this.prepare(config);
    if (!prepared.ok) return prepared.reason;
    prepared.commit();
    return undefined;
  }

  /** Does all that can fail. Until it is committed, NVEs that are connected stay, with what they have been granted. */
  async prepare(config: NveProtocolConfig | undefined): Promise<PreparedNves> {
    const before = this.#served;
    if (config === undefined) {
      const commit = () => {
        before?.unwatch();
        before?.server.close('The NVE protocol is no longer served here.');
        this.#served = undefined;
      };
      return { ok: true, commit, undo: async () => {} };
    }
    const read = this.#read(config);
    if (!read.ok) return { ok: false, reason: read.reasons.join('; ') };
    return before !== undefined && isAlike(before.config, config)
      ? this.#change(before, config, read.secrets)
      : this.#replace(before, config, read.secrets);
  }

  stop(reason: string): void {
    this.#served?.unwatch();
    this.#served?.server.close(reason);
  }

  /** What changes in the files afterwards is for the server that there is then. */
  #read(config: NveProtocolConfig): ReturnType<typeof nveSecrets> {
    const { logger, now } = this.#modules;
    return nveSecrets(config, {
      now,
      failed: (what, reasons) => logger.error({ reasons }, `${what} goes on as it was: ${reasons.join('; ')}`),
      noted: (notes) => {
        for (const note of notes) logger.warn(note);
      },
      tokensChanged: (tokens) => {
        this.#served?.server.setTokens(tokens);
        logger.info({ file: config.tokens }, 'which tokens let NVEs in was read anew');
      },
      tlsChanged: (tls) => {
        this.#served?.server.setTls(tls);
        logger.info({ file: config.tls?.certificate }, 'the certificate for NVEs was read anew');
      },
    });
  }

  #write(event: NveServerEvent): void {
    const { logger } = this.#modules;
    switch (event.kind) {
      case 'connected':
        logger.info({ nve: event.nve, remote: event.remote }, `NVE ${event.nve} is connected`);
        return;
      case 'ended':
        logger.info(
          { nve: event.nve, remote: event.remote, code: event.code },
          `NVE ${event.nve} has left: ${event.reason}`,
        );
        return;
      case 'refused':
        // Whoever is refused again and again would fill the log.
        if (!this.#refused.isDue(event.remote.replace(/:\d+$/, ''), event.code)) return;
        logger.warn({ ...event }, `${event.remote}: ${event.reason}`);
        return;
      default:
        logger.warn({ ...event }, `${event.remote}: ${event.reason}`);
    }
  }

  #serve(server: NveServer, config: NveProtocolConfig, secrets: NveSecrets): void {
    this.#served?.unwatch();
    this.#served = { config, server, unwatch: this.#modules.clock.every(LOOK, secrets.look) };
  }

  /** Other secrets and bounds for the same listener. */
  #change({ server }: Served, config: NveProtocolConfig, secrets: NveSecrets): PreparedNves {
    const { tokens, tls } = secrets;
    const commit = () => {
      if (tls !== undefined) server.setTls(tls);
      if (tokens !== undefined) server.setTokens(tokens);
      server.setLimits(limitsOf(config));
      this.#serve(server, config, secrets);
    };
    return { ok: true, commit, undo: async () => {} };
  }

  /** Another listener, which is there before the old one goes, except where that is in its way. */
  async #replace(before: Served | undefined, config: NveProtocolConfig, secrets: NveSecrets): Promise<PreparedNves> {
    const { authority, logger } = this.#modules;
    const { tokens, tls } = secrets;
    const options = { ...(tokens && { tokens }), ...(tls && { tls }), limits: limitsOf(config) };
    const server = new NveServer(options, { authority, clock: systemClock, log: (event) => this.#write(event) });
    const inTheWay = before !== undefined && overlaps(before.config.listen, config.listen) ? before : undefined;
    inTheWay?.server.unlisten();
    try {
      await server.listen({ host: config.listen.host, port: config.listen.port });
    } catch (error) {
      const reason = `cannot serve NVEs at ${config.listen.text}: ${(error as Error).message}`;
      const lost = await listenAgain(inTheWay);
      return { ok: false, reason: lost === undefined ? reason : `${reason}; ${lost}` };
    }
    return {
      ok: true,
      commit: () => {
        before?.server.close('The NVE protocol is served with other settings from now on.', 200);
        this.#serve(server, config, secrets);
      },
      undo: async () => {
        server.close('The NVE protocol is not served with these settings after all.', 200);
        const lost = await listenAgain(inTheWay);
        if (lost !== undefined) logger.error(lost);
      },
    };
  }
}

/** Why not; undefined when it listens. */
async function listenAgain(served: Served | undefined): Promise<string | undefined> {
  if (served === undefined) return undefined;
  const { host, port, text } = served.config.listen;
  try {
    await served.server.listen({ host, port });
    return undefined;
  } catch (error) {
    return `NVEs are no longer served at ${text} either: ${(error as Error).message}`;
  }
}

/** Whether the same listener will do: what it asks of NVEs is the same, if not the secrets. */
function isAlike(a: NveProtocolConfig, b: NveProtocolConfig): boolean {
  return (
    a.listen.host === b.listen.host &&
    a.listen.port === b.listen.port &&
    (a.tokens === undefined) === (b.tokens === undefined) &&
    (a.tls === undefined) === (b.tls === undefined) &&
    (a.tls?.clientCa === undefined) === (b.tls?.clientCa === undefined)
  );
}

function limitsOf({ limits }: NveProtocolConfig): NonNullable<NveServerOptions['limits']> {
  const { connections, messageSize, messagesPerSecond } = limits;
  return {
    ...(connections !== undefined && { connections }),
    ...(messageSize !== undefined && { payload: messageSize }),
    ...(messagesPerSecond !== undefined && { rate: messagesPerSecond }),
  };
}
