/** The API as the configuration asks for it: who may ask, with which certificate it answers, and where changes are written down. */
import type { Registry } from '@prometheus-io/client';
import type { LibcLoad } from 'bgp-ts/linux';
import type { AccessList } from '../api/access/access-list.ts';
import { createGate } from '../api/access/gate.ts';
import { type Audit, createAudit, lastAudited } from '../api/audit.ts';
import type { ExplainSource } from '../api/explain-source.ts';
import type { FederationSource } from '../api/federation-source.ts';
import { defaultLimits } from '../api/limits.ts';
import type { ListenOutcome } from '../api/listen.ts';
import type { NvaSource } from '../api/nva-source.ts';
import type { PolicySource } from '../api/policy-source.ts';
import { type ApiServer, type ApiTls, createApiServer } from '../api/server.ts';
import type { ApiSource, ReadEventLoopDelay } from '../api/source.ts';
import { readAccess } from '../config/access-file.ts';
import type { ApiConfig } from '../config/config.ts';
import { type ConfigPath, formatConfigError } from '../config/error.ts';
import { readProblem } from '../config/load.ts';
import { openAuditFile } from './audit-file.ts';
import type { Logger } from './logging.ts';
import { messageOf } from './message-of.ts';
import { peerUserBy } from './peer-user.ts';
import { tlsFiles, tlsOf } from './tls-files.ts';
import { type FileText, type Understood, type WatchedFiles, watchFiles } from './watched-file.ts';

export interface ApiServiceModules {
  readonly source: ApiSource;
  readonly nva: NvaSource;
  readonly federation: FederationSource;
  readonly policies: PolicySource;
  readonly explain: ExplainSource;
  readonly registry: Registry;
  readonly readEventLoopDelay: ReadEventLoopDelay;
  readonly libc: () => LibcLoad;
  readonly log: Logger;
}

/** Why the API cannot be as it is configured, and which key of the configuration is to blame. */
export interface ApiFault {
  readonly path: ConfigPath;
  readonly reason: string;
}

export interface ApiService {
  listen(): Promise<ListenOutcome>;
  /** Begins the audit log. Call it once the NVA has begun, and privileges are given up. */
  audit(): ApiFault | undefined;
  close(): Promise<void>;
}

export type MadeApi =
  | { readonly ok: true; readonly service: ApiService }
  | { readonly ok: false; readonly fault: ApiFault };

/** Looks for changed certificates: nobody asks for them otherwise. */
const TLS_INTERVAL = 5_000;

const now = () => performance.now();

export function makeApi(config: ApiConfig, modules: ApiServiceModules): MadeApi {
  const { log, libc } = modules;
  const failed = (what: string) => (reasons: readonly string[]) =>
    log.error({ reasons }, `${what} goes on as it was: ${reasons.join('; ')}`);
  const fault = (key: string, reasons: readonly string[]): MadeApi => ({
    ok: false,
    fault: { path: ['api', key], reason: reasons.join('; ') },
  });

  let list: WatchedFiles<AccessList> | undefined;
  if (config.tokens !== undefined) {
    const opened = watchFiles([config.tokens], {
      understand: accessOf,
      now,
      failed: failed('who may ask what'),
      changed: () => log.info({ file: config.tokens }, 'who may ask what was read anew'),
    });
    if (!opened.ok) return fault('tokens', opened.reasons);
    list = opened.files;
  }
  let server: ApiServer | undefined;
  let tls: WatchedFiles<ApiTls> | undefined;
  if (config.tls !== undefined) {
    const { certificate } = config.tls;
    const opened = watchFiles(tlsFiles(config.tls), {
      understand: tlsOf,
      now,
      failed: failed('the certificate of the API'),
      changed: (value) => {
        try {
          server?.setTls(value);
          log.info({ file: certificate }, 'the certificate of the API was read anew');
        } catch (error) {
          failed('the certificate of the API')([messageOf(error)]);
        }
      },
    });
    if (!opened.ok) return fault('tls', opened.reasons);
    tls = opened.files;
  }
  let audit: Audit | undefined;
  let closeFile: (() => void) | undefined;
  try {
    server = createApiServer(
      {
        source: modules.source,
        nva: modules.nva,
        federation: modules.federation,
        policies: modules.policies,
        explain: modules.explain,
        gate: createGate(
          { clientCertificates: config.tls?.clientCa !== undefined, uid: process.getuid?.() ?? 0 },
          { list: () => list?.current() },
        ),
        peerUser: peerUserBy(libc),
        audit: (entry) => audit?.record(entry),
        now,
        registry: modules.registry,
        readEventLoopDelay: modules.readEventLoopDelay,
        log,
      },
      defaultLimits,
      tls?.current(),
    );
  } catch (error) {
    return fault('tls', [`the certificate cannot be used: ${messageOf(error)}`]);
  }
  const made = server;
  const timer = tls === undefined ? undefined : setInterval(() => tls.current(), TLS_INTERVAL).unref();
  return {
    ok: true,
    service: {
      listen: () => made.listen(config.listen),
      audit: () => {
        if (config.audit === undefined) return undefined;
        try {
          const file = openAuditFile(config.audit, now);
          closeFile = () => file.close();
          audit = createAudit(lastAudited(file.tail), {
            nva: modules.nva,
            append: file.append,
            now: Date.now,
            failed: (error) =>
              log.error({ err: error }, `the audit log cannot be written: ${messageOf(error)}; it goes on when it can`),
          });
          return undefined;
        } catch (error) {
          return { path: ['api', 'audit'], reason: `cannot write ${config.audit}: ${readProblem(error)}` };
        }
      },
      close: async () => {
        clearInterval(timer);
        await made.close();
        audit?.close();
        closeFile?.();
      },
    },
  };
}

/** What the text of the file that says who may ask what means, for {@link watchFiles}. */
export function accessOf([file]: readonly FileText[]): Understood<AccessList> {
  const { path, text, mode } = file as FileText;
  const read = readAccess(path, text, mode);
  return read.ok ? { ok: true, value: read.list } : { ok: false, reasons: read.errors.map(formatConfigError) };
}
