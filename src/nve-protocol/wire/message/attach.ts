import { type Attachment, attachmentRoles } from '../../../nva/model.ts';
import type { FieldReader } from '../field-reader.ts';
import type { MessageRow } from '../message-row.ts';
import { present } from '../present.ts';

/** An attachment as the NVE says it: which network and which NVE is said by the message and the connection. */
export type NveAttachment = Omit<Attachment, 'network' | 'nve' | 'state'> & {
  readonly state: 'associated' | 'pre-associated';
};

/** A tenant system was plugged in, or is about to be (pre-associated), or what is known of it has changed. */
export interface Attach {
  readonly type: 'attach';
  readonly id: number;
  readonly network: string;
  readonly attachment: NveAttachment;
}

export const attach: MessageRow<Attach> = {
  type: 'attach',
  from: 'nve',
  decode: (read) => ({
    type: 'attach',
    id: read.id(),
    network: read.name('network'),
    // Where it is missing the reader has a fault, and this is thrown away.
    attachment: read.part('attachment', decodeAttachment) as NveAttachment,
  }),
  encode: (message) => ({
    type: message.type,
    id: message.id,
    network: message.network,
    attachment: encodeAttachment(message.attachment),
  }),
};

function decodeAttachment(read: FieldReader): NveAttachment {
  return present({
    id: read.name('id'),
    mac: read.optionalMac('mac'),
    ips: read.has('ips') ? read.ips('ips') : [],
    prefixes: read.has('prefixes') ? read.prefixes('prefixes') : [],
    vap: read.optionalName('vap'),
    sticky: read.flag('sticky'),
    role: read.has('role') ? read.oneOf('role', attachmentRoles) : 'tenant',
    state: read.has('state') ? read.oneOf('state', ['associated', 'pre-associated']) : 'associated',
  });
}

function encodeAttachment(attachment: NveAttachment): Readonly<Record<string, unknown>> {
  return {
    id: attachment.id,
    mac: attachment.mac,
    ips: attachment.ips,
    prefixes: attachment.prefixes,
    vap: attachment.vap,
    sticky: attachment.sticky,
    role: attachment.role,
    state: attachment.state,
  };
}
