/** What is valid and probably not what was meant. Pure. */
import { isLoopback } from './address.ts';
import type { Config } from './config.ts';
import type { Finding } from './error.ts';
import { federationNotes } from './federation-notes.ts';

/** What is worth a warning whenever nvad starts. */
export function warnings({ api, nvas, routerId, listen, authority, store }: Config): Finding[] {
  const findings: Finding[] = [];
  if (api.listen.kind === 'tcp' && api.tls === undefined && !isLoopback(api.listen.host)) {
    findings.push({
      code: 'note',
      path: ['api', 'tokens'],
      reason: `tokens come to ${api.listen.text} in clear, for whoever reads on the way`,
      suggestion: 'add tls',
    });
  }
  for (const [i, { address }] of nvas.entries()) {
    const isOurs = address === routerId || listen.some(({ host }) => host === address && !isLoopback(host));
    if (!isOurs) continue;
    findings.push({
      code: 'note',
      path: ['nvas', i, 'address'],
      reason: `${address} is an address of this nvad itself, which is no replica of its own`,
      suggestion: 'name the other replicas only',
    });
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
  return findings;
}

/** What `--check` says besides. `above`: what lies above the state file's folder, if neither is there. */
export function remarks(config: Config, above: string | undefined): Finding[] {
  const { nves, nvas } = config;
  const findings: Finding[] = [...federationNotes(config)];
  if (nves.length === 0) {
    const whom = nvas.length === 0 ? 'nobody' : 'its replicas alone';
    const reason = `there are no nves, so nvad talks to ${whom}`;
    findings.push({ code: 'note', path: ['nves'], reason, suggestion: 'name them by address or prefix' });
  }
  if (above !== undefined) {
    const reason = `there is no folder ${above}, and nvad makes only the one in it where the state is kept`;
    findings.push({ code: 'note', path: ['store', 'path'], reason, suggestion: `mkdir -p ${above}` });
  }
  return findings;
}
