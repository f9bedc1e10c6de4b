import { toHex } from '../wire/bytes.ts';
import { decodeEsi, describeEsi, ESI_LENGTH, formatEsi } from '../wire/esi.ts';
import type { Fields } from './fields.ts';

/** The ESI that is the next field, with its parts below it (RFC 7432 §5). */
export function explainEsi(fields: Fields): void {
  const esi = decodeEsi(fields.bytes, fields.at);
  const view = describeEsi(esi);
  if (view.kind === 'single-homed' || view.kind === 'max-esi') {
    fields.take(ESI_LENGTH, view.kind === 'max-esi' ? 'MAX-ESI, reserved' : 'ESI 0, single-homed');
    return;
  }
  fields.over(ESI_LENGTH, `ESI ${formatEsi(esi)}`);
  const end = fields.at + ESI_LENGTH;
  fields.take(1, `ESI type ${Number.parseInt(esi.slice(0, 2), 16)}, ${view.kind}`, 1);
  switch (view.kind) {
    case 'arbitrary':
    case 'unknown':
      fields.take(9, `value ${view.value}`, 1);
      break;
    case 'lacp':
      fields.take(6, `LACP system MAC ${view.systemMac}`, 1);
      fields.take(2, `LACP port key ${view.portKey}`, 1);
      break;
    case 'bridge':
      fields.take(6, `root bridge MAC ${view.rootMac}`, 1);
      fields.take(2, `root bridge priority ${view.rootPriority}`, 1);
      break;
    case 'mac':
      fields.take(6, `system MAC ${view.systemMac}`, 1);
      fields.take(3, `local discriminator ${view.discriminator}`, 1);
      break;
    case 'router-id':
      fields.take(4, `router id ${view.routerId}`, 1);
      fields.take(4, `local discriminator ${view.discriminator}`, 1);
      break;
    case 'as':
      fields.take(4, `AS ${view.asn}`, 1);
      fields.take(4, `local discriminator ${view.discriminator}`, 1);
  }
  fields.rest(end, `reserved ${toHex(fields.bytes, fields.at, end)}`, 1);
}
