import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Target } from './peer.ts';

/** The target, or a sentence on what is wrong with the words. */
export function readArguments(words: readonly string[]): Target | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        connect: { type: 'string' },
        network: { type: 'string' },
        name: { type: 'string', default: 'nve-conformance' },
        tunnel: { type: 'string', default: '198.51.100.1' },
        'second-tunnel': { type: 'string', default: '198.51.100.2' },
        'token-file': { type: 'string' },
        ca: { type: 'string' },
        certificate: { type: 'string' },
        key: { type: 'string' },
        time: { type: 'string', default: '5000' },
      },
    });
    const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(values.connect ?? '') ?? [];
    const host = bracketed ?? plain;
    if (host === undefined) return '--connect HOST:PORT is needed; an IPv6 address in brackets';
    if (values.network === undefined) return '--network NAME is needed';
    if ((values.certificate === undefined) !== (values.key === undefined))
      return '--certificate and --key belong together';
    const time = Number(values.time);
    if (!(time > 0)) return `--time ${values.time} is no time`;
    const read = (path: string) => readFileSync(path, 'utf8');
    const { ca, certificate, key } = values;
    const tls = {
      ...(ca !== undefined && { ca: read(ca) }),
      ...(certificate !== undefined && { certificate: read(certificate) }),
      ...(key !== undefined && { key: read(key) }),
    };
    return {
      host,
      port: Number(port),
      network: values.network,
      name: values.name,
      tunnelAddress: values.tunnel,
      secondTunnelAddress: values['second-tunnel'],
      time,
      ...(values['token-file'] !== undefined && { token: read(values['token-file']).trim() }),
      ...(Object.keys(tls).length > 0 && { tls }),
    };
  } catch (error) {
    return (error as Error).message;
  }
}
