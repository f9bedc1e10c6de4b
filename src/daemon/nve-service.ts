/** The NVE protocol as the configuration asks for it: one server, made anew where it listens elsewhere. */
import { readFileSync } from 'node:fs';
import type { NveProtocolConfig } from '../config/config.ts';
import type { NveAuthority } from '../nva/authority.ts';
import type { NveServerEvent } from '../nve-protocol/server/events.ts';
import { NveServer, type NveServerOptions } from '../nve-protocol/server/server.ts';
import { systemClock } from '../nve-protocol/transport/clock.ts';
import type { Logger } from './logging.ts';
import { readNveTokens } from './nve-tokens.ts';

export interface NveServiceModules {
  readonly authority: NveAuthority;
  readonly logger: Logger;
}

export class NveService {
  readonly #modules: NveServiceModules;
  #server: NveServer | undefined;

  constructor(modules: NveServiceModules) {
    this.#modules = modules;
  }

  /** NVEs that are connected. */
  get connected(): NveServer['nves'] {
    return this.#server?.nves ?? [];
  }

  /**
   * Serves as `config` says from now on, or not at all; undefined when that is done, else why it cannot be, and what was
   * before goes on.
   */
  async become(config: NveProtocolConfig | undefined): Promise<string | undefined> {
    const before = this.#server;
    if (config === undefined) {
      before?.close('The NVE protocol is no longer served here.');
      this.#server = undefined;
      return undefined;
    }
    const options = optionsOf(config);
    if (typeof options === 'string') return options;
    const { authority, logger } = this.#modules;
    const server = new NveServer(options, { authority, clock: systemClock, log: (event) => write(logger, event) });
    before?.close('The NVE protocol is served with other settings from now on.', 200);
    try {
      await server.listen({ host: config.listen.host, port: config.listen.port });
    } catch (error) {
      return `cannot serve NVEs at ${config.listen.text}: ${(error as Error).message}`;
    }
    this.#server = server;
    return undefined;
  }

  stop(reason: string): void {
    this.#server?.close(reason);
  }
}

function optionsOf({ tls, tokens: path, limits }: NveProtocolConfig): NveServerOptions | string {
  const tokens = path === undefined ? undefined : readNveTokens(path);
  if (tokens?.ok === false) return tokens.reason;
  try {
    const { connections, messageSize, messagesPerSecond } = limits;
    return {
      ...(tokens && { tokens: tokens.tokens }),
      ...(tls && {
        tls: {
          certificate: readFileSync(tls.certificate, 'utf8'),
          key: readFileSync(tls.key, 'utf8'),
          ...(tls.clientCa !== undefined && { clientCa: readFileSync(tls.clientCa, 'utf8') }),
        },
      }),
      limits: {
        ...(connections !== undefined && { connections }),
        ...(messageSize !== undefined && { payload: messageSize }),
        ...(messagesPerSecond !== undefined && { rate: messagesPerSecond }),
      },
    };
  } catch (error) {
    return (error as Error).message;
  }
}

function write(logger: Logger, event: NveServerEvent): void {
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
    default:
      logger.warn({ ...event }, `${event.remote}: ${event.reason}`);
  }
}
