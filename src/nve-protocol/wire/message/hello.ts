import type { NveIdentity } from '../../../nva/authority.ts';
import type { Leg } from '../../../nva/crossing.ts';
import { encapsulations } from '../../../nva/model.ts';
import type { FieldReader } from '../field-reader.ts';
import { protocolLimits } from '../limits.ts';
import type { MessageRow } from '../message-row.ts';
import { present } from '../present.ts';

/** The first message of a connection: who the NVE is, what it can do, and what it may. */
export interface Hello extends NveIdentity {
  readonly type: 'hello';
  /** Of this protocol, that the NVE can speak. */
  readonly versions: readonly number[];
  readonly token?: string;
  /** Mappings that may be sent before the first `credit`; absent is 4,096. */
  readonly credit?: number;
}

export const hello: MessageRow<Hello> = {
  type: 'hello',
  from: 'nve',
  decode: (read) =>
    present({
      type: 'hello',
      versions: read.integers('versions', 16),
      name: read.name('name'),
      tunnelAddress: read.ip('tunnelAddress'),
      encapsulations: read.known('encapsulations', encapsulations),
      routerMac: read.optionalMac('routerMac'),
      legs: read.has('legs') ? legs(read) : undefined,
      token: read.optionalText('token', protocolLimits.token),
      credit: read.optionalInteger('credit', 0, protocolLimits.credit),
    }),
  encode: (message) => ({
    type: message.type,
    versions: message.versions,
    name: message.name,
    tunnelAddress: message.tunnelAddress,
    encapsulations: message.encapsulations,
    routerMac: message.routerMac,
    legs: message.legs?.map(({ domain, tunnelAddress, routerMac }) => ({ domain, tunnelAddress, routerMac })),
    token: message.token,
    credit: message.credit,
  }),
};

function legs(read: FieldReader): readonly Leg[] {
  const found = read.parts('legs', protocolLimits.legs, (part) =>
    present({
      domain: part.name('domain'),
      tunnelAddress: part.ip('tunnelAddress'),
      routerMac: part.optionalMac('routerMac'),
    }),
  );
  const twice = found.findIndex(({ domain }, at) => found.findIndex((other) => other.domain === domain) < at);
  if (twice >= 0) read.refuse('bad-value', `legs[${twice}].domain`, `legs has ${found[twice]?.domain} twice.`);
  return found;
}
