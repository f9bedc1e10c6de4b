/** A running nved's answers, for people. */
import Table from 'cli-table3';
import type { AttachmentStatus, NveView } from '../nve/nve.ts';
import type { TenantAnswer } from './tenant-protocol.ts';

/** The text for standard output or, with a code of 1 to 3, for standard error. */
export function tell(answer: TenantAnswer): { readonly code: number; readonly text: string } {
  if (!answer.ok) {
    return { code: 2, text: `nved: ${answer.reason}\n` };
  }
  switch (answer.answer) {
    case 'show':
      return { code: 0, text: show(answer.view) };
    case 'detach':
      if (!answer.found) return { code: 1, text: 'nved: there is no such attachment\n' };
      return { code: 0, text: answer.told ? 'detached\n' : 'detached; no NVA answers, the next one will be told\n' };
    case 'attach':
      switch (answer.result.status) {
        case 'attached':
          return { code: 0, text: 'attached\n' };
        case 'no-port':
          return {
            code: 5,
            text: `allowed by the NVA, and kept: ${answer.result.reason}; it is attached as soon as its port can be used\n`,
          };
        case 'waiting':
          return {
            code: 4,
            text: `waiting: ${['no NVA has said yes or no, the next one will be asked', ...answer.troubles].join('\n  ')}\n`,
          };
        case 'refused':
          return { code: 1, text: `nved: the NVA refuses it: ${answer.result.reason}\n` };
        case 'failed':
          return { code: 1, text: `nved: ${answer.result.reason}\n` };
      }
  }
}

function show({ nva, troubles, learning, attachments, networks, crossings, problems }: NveView): string {
  const lines = [nva === undefined ? 'No NVA answers; forwarding goes on by what is known.' : `NVA: ${nva}`];
  lines.push(...troubles.map((trouble) => `${trouble[0]?.toUpperCase()}${trouble.slice(1)}.`));
  if (learning) lines.push('What is not known is flooded, and learnt.');
  if (attachments.length > 0) {
    const rows = attachments.map(({ attachment: { network, id, port, mac, ips, prefixes }, status }) => [
      ...[
        network,
        id,
        port ?? '-',
        mac ?? (port === undefined ? '-' : 'learnt'),
        [...ips, ...prefixes].join(' '),
        statusText(status),
      ],
    ]);
    lines.push('', table(['network', 'attachment', 'port', 'MAC', 'addresses', 'status'], rows));
  }
  if (networks.length > 0) {
    const rows = networks.map(({ name, parameters, synced, mappings }) => [
      name,
      parameters === undefined ? '?' : String(parameters.vni),
      parameters?.service ?? '?',
      String(mappings.filter(({ kind }) => kind === 'host').length),
      String(mappings.filter(({ kind }) => kind === 'flood').length),
      synced ? 'the NVA' : 'before',
    ]);
    lines.push('', table(['network', 'VNI', 'service', 'hosts', 'NVEs', 'known from'], rows));
  }
  if (crossings.length > 0) {
    const rows = crossings.map(({ network, domain, outside, floods, leg }) => [
      ...[network, domain, outside, leg?.tunnelAddress ?? 'none', leg?.namespace ?? (leg === undefined ? '' : 'here')],
      floods ? 'yes' : 'no',
    ]);
    lines.push('', table(['network', 'to domain', 'there', 'leg', 'namespace', 'floods'], rows));
  }
  if (problems.length > 0)
    lines.push('', ...problems.map(({ network, reason }) => `Problem in ${network}: ${reason}.`));
  return `${lines.join('\n')}\n`;
}

function statusText(status: AttachmentStatus): string {
  return 'reason' in status ? `${status.status}: ${status.reason}` : status.status;
}

const NO_LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: [...head],
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  made.push(...rows.map((row) => [...row]));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
