/** A running nved: everything is built here. */
import { loadLibc } from 'bgp-ts/linux';
import pino from 'pino';
import pretty from 'pino-pretty';
import { LinuxKernel } from '../nve/kernel.ts';
import { Nve } from '../nve/nve.ts';
import { NveProtocolSession } from '../nve/nve-protocol-session.ts';
import { LinuxTaps } from '../nve/tap.ts';
import { NodeTransport } from '../nve-protocol/client/index.ts';
import { BfdAnswers } from './bfd-answers.ts';
import type { NvedConfig } from './config.ts';
import { beTheOnlyOne } from './only-one.ts';
import { readSecrets } from './secrets.ts';
import { StateFile } from './state-file.ts';
import { serveTenants, type TenantSocket } from './tenant-socket.ts';

export interface Daemon {
  /** Leaves the kernel as it is. */
  stop(): Promise<void>;
}

/** Rejects with a sentence when it cannot start; nothing of the kernel was touched then. */
export async function startDaemon(config: NvedConfig): Promise<Daemon> {
  const { name, tunnelAddress, nvas, mode, fallback, fallbackAfter, legs, log: logging } = config;
  const log = pino(
    {
      level: logging.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    logging.format === 'pretty' ? pretty({ sync: true }) : pino.destination({ dest: 1, sync: true }),
  );
  const pull = mode === 'pull';
  const { token, tls } = readSecrets(config);
  const libc = pull ? loadLibc() : undefined;
  if (libc?.ok === false) throw new Error(`mode: pull needs calls of the C library: ${libc.reason}`);
  const nve = new Nve(
    {
      ...{ name, tunnelAddress, pull, fallback, fallbackAfter: fallbackAfter * 1000 },
      ...{ gateways: config.gateways, roles: config.roles, legs },
    },
    {
      kernel: new LinuxKernel({ tunnelAddress }),
      legKernel: (namespace) => new LinuxKernel({ prefix: ['ip', 'netns', 'exec', namespace] }),
      session: new NveProtocolSession(
        { name, tunnelAddress, nvas, token },
        new NodeTransport(tls === undefined ? {} : { tls }),
      ),
      ...(libc !== undefined && { taps: new LinuxTaps(libc.libc) }),
      store: new StateFile(config.state),
      clock: {
        after(milliseconds, call) {
          const timer = setTimeout(call, milliseconds);
          return () => clearTimeout(timer);
        },
      },
      log: {
        info: (fields, text) => log.info(fields, text),
        warn: (fields, text) => log.warn(fields, text),
        error: (fields, text) => log.error(fields, text),
      },
    },
  );
  const lock = await beTheOnlyOne({ name, socket: config.socket });
  let socket: TenantSocket | undefined;
  try {
    socket = await serveTenants(config.socket, nve);
    await nve.start();
  } catch (error) {
    await socket?.close();
    await lock.release();
    throw error;
  }
  const served = socket;
  const bfd =
    config.bfd && new BfdAnswers({ tunnelAddress, nvas: nvas.map(({ host }) => host), ...config.bfd }, { log });
  log.info({ name, tunnelAddress, mode }, 'nved is ready');
  return {
    async stop() {
      bfd?.stop();
      await served.close();
      await nve.stop();
      await lock.release();
      log.info({}, 'nved has ended; the kernel stays as it is');
    },
  };
}
