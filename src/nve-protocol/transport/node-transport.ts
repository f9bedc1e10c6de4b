import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Connection, NvaAddress, Transport } from './connection.ts';
import { NodeConnection } from './node-connection.ts';

/** What is trusted and shown; PEM texts. */
export interface ClientTls {
  /** Certificates that the NVA's must come from; absent are those of the system. */
  readonly ca?: string | readonly string[];
  /** The NVE's own certificate, whose common name or DNS name is the NVE's, and its key. */
  readonly certificate?: string;
  readonly key?: string;
  /** That the NVA's certificate must have; absent is the host that is connected to. */
  readonly serverName?: string;
}

/** TCP, with TLS where `tls` is given. */
export class NodeTransport implements Transport {
  readonly #tls: ClientTls | undefined;

  constructor(options: { readonly tls?: ClientTls } = {}) {
    this.#tls = options.tls;
  }

  connect(nva: NvaAddress): Connection {
    const remote = `${nva.host.includes(':') ? `[${nva.host}]` : nva.host}:${nva.port}`;
    const tls = this.#tls;
    if (tls === undefined) {
      return new NodeConnection(connectTcp({ host: nva.host, port: nva.port }), remote, 'connect');
    }
    const socket = connectTls({
      host: nva.host,
      port: nva.port,
      minVersion: 'TLSv1.2',
      ...(tls.ca === undefined ? {} : { ca: typeof tls.ca === 'string' ? tls.ca : [...tls.ca] }),
      ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    });
    return new NodeConnection(socket, remote, 'secureConnect');
  }
}
