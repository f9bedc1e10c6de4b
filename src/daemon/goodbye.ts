import { CeaseSubcode, type DownReason, NotificationCode, readNotification } from 'bgp-ts';

/** Whether the peer ended the session for as long as its operator wants: shut down, or nvad is no neighbour of it any more. */
export function saidGoodbye({ received }: DownReason): boolean {
  if (received === undefined) return false;
  const { code, subcode } = readNotification(received).hardReset ?? received;
  const forGood: readonly number[] = [CeaseSubcode.AdministrativeShutdown, CeaseSubcode.PeerDeconfigured];
  return code === NotificationCode.Cease && forGood.includes(subcode);
}
