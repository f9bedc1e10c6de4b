/** What is valid and probably not what was meant. Pure. */
import { isLoopback } from './address.ts';
import type { Config } from './config.ts';
import type { Finding } from './error.ts';
import { federationNotes } from './federation-notes.ts';

/** What is worth a warning whenever nvad starts, and reads its configuration again. */
export function warnings(config: Config): Finding[] {
  const { api, nvas, federation, routerId, listen, authority, store } = config;
  const findings: Finding[] = [];
  if (api.listen.kind === 'tcp' && api.tls === undefined && !isLoopback(api.listen.host)) {
    findings.push({
      code: 'note',
      path: ['api', 'tokens'],
      reason: `tokens come to ${api.listen.text} in clear, for whoever reads on the way`,
      suggestion: 'add tls',
    });
  }
  const isOurs = (address: string) =>
    address === routerId || listen.some(({ host }) => host === address && !isLoopback(host));
  for (const [i, { address }] of nvas.entries()) {
    if (!isOurs(address)) continue;
    findings.push({
      code: 'note',
      path: ['nvas', i, 'address'],
      reason: `${address} is an address of this nvad itself, which is no replica of its own`,
      suggestion: 'name the other replicas only',
    });
  }
  for (const [i, { neighbour, sessions }] of federation.entries()) {
    for (const [j, { address }] of sessions.entries()) {
      if (!isOurs(address)) continue;
      findings.push({
        code: 'note',
        path: ['federation', i, 'address', j],
        reason: `${address} is an address of this nvad itself, and not of ${neighbour.domain}`,
        suggestion: 'name the other side',
      });
    }
  }
  const nveProtocol = authority?.nveProtocol;
  if (nveProtocol !== undefined && nveProtocol.tls === undefined && !isLoopback(nveProtocol.listen.host)) {
    findings.push({
      code: 'note',
      path: ['nveProtocol', 'tokens'],
      reason: `tokens of NVEs come to ${nveProtocol.listen.text} in clear, for whoever reads on the way`,
      suggestion: 'add tls',
    });
  }
  if (authority !== undefined && store.kind === 'memory') {
    findings.push({
      code: 'note',
      path: ['store'],
      reason: 'with store: memory, what is attached by the API or the NVE protocol is forgotten with each restart',
      suggestion: 'use kind: sqlite',
    });
  }
  return [...findings, ...federationNotes(config)];
}

/** What `--check` says besides. `above`: what lies above the state file's folder, if neither is there. */
export function remarks({ nves, nvas, federation, authority }: Config, above: string | undefined): Finding[] {
  const findings: Finding[] = [];
  // Those that come by the NVE protocol need not be declared.
  if (nves.length === 0 && authority?.nveProtocol === undefined) {
    const whom = [
      ...(nvas.length > 0 ? ['its replicas'] : []),
      ...(federation.length > 0 ? ['its neighbour domains'] : []),
    ];
    const reason = `there are no nves, so nvad talks to ${whom.length === 0 ? 'nobody' : `${whom.join(' and ')} alone`}`;
    findings.push({ code: 'note', path: ['nves'], reason, suggestion: 'name them by address or prefix' });
  }
  if (above !== undefined) {
    const reason = `there is no folder ${above}, and nvad makes only the one in it where the state is kept`;
    findings.push({ code: 'note', path: ['store', 'path'], reason, suggestion: `mkdir -p ${above}` });
  }
  return findings;
}
