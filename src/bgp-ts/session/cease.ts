/** The Cease NOTIFICATIONs that a session sends of itself (RFC 4486, RFC 9003, RFC 8538). */
import { CeaseSubcode, NotificationCode } from '../wire/constants.ts';
import type { NotificationParts } from '../wire/fault.ts';
import { encodeCommunication, encodeNotification } from '../wire/message/notification.ts';

/** RFC 9003 §2: only these subcodes may carry text. */
const speaking: ReadonlySet<number> = new Set([CeaseSubcode.AdministrativeShutdown, CeaseSubcode.AdministrativeReset]);

/** Cease with `subcode`; `communication` is left out where the subcode does not allow it. */
export function cease(subcode: number, communication = ''): NotificationParts {
  const data = communication !== '' && speaking.has(subcode) ? encodeCommunication(communication) : new Uint8Array(0);
  return { code: NotificationCode.Cease, subcode, data };
}

/** Cease/Hard Reset around what there is to say (RFC 8538 §3): the session ends and takes its routes with it. */
export function hardReset({ code, subcode, data }: NotificationParts): NotificationParts {
  return {
    code: NotificationCode.Cease,
    subcode: CeaseSubcode.HardReset,
    data: Uint8Array.of(code, subcode, ...data),
  };
}

/** Cease/Connection Rejected (6/5), the whole message. */
export const connectionRejected: Uint8Array = encodeNotification(cease(CeaseSubcode.ConnectionRejected));
