/** Why there is no session, for people. Pure. */
import { type DownReason, NotificationCode, notificationTitle, OpenSubcode } from 'bgp-ts';
import { systemErrorText } from '../api/speaker/failure-view.ts';

/** `connection failed, no route to host`; NOTIFICATIONs by name. */
export function describeDown({ cause, sent, received, detail }: DownReason): string {
  // A Cease of ours says all: what the state machine calls it (an UPDATE's fault, a stop) is beside the point.
  const parts = sent?.code === NotificationCode.Cease && detail !== undefined ? [] : [cause.replaceAll('-', ' ')];
  if (received !== undefined) parts.push(`peer says ${notificationTitle(received)}`);
  if (sent !== undefined) parts.push(`told it ${notificationTitle(sent)}`);
  if (detail !== undefined) parts.push(systemErrorText(detail));
  return parts.join(', ');
}

const ourAdvice: Readonly<Record<number, string>> = {
  [OpenSubcode.UnsupportedCapability]: 'activate l2vpn evpn for this neighbour there',
  [OpenSubcode.BadPeerAs]: 'mend asn of this peer in the configuration, or the AS number there',
  [OpenSubcode.BadBgpIdentifier]: 'give one of the two another router id',
  [OpenSubcode.RoleMismatch]:
    'roles go in pairs: provider and customer, route-server and route-server-client, peer and peer',
};
const theirAdvice: Readonly<Record<number, string>> = {
  [OpenSubcode.UnsupportedCapability]: 'it does not take what nvad announces; activate l2vpn evpn for nvad there',
  [OpenSubcode.BadPeerAs]: 'the AS number that is configured for nvad there is another one',
  [OpenSubcode.BadBgpIdentifier]: 'its router id may be the same as ours',
};

/**
 * Where one side finds the other's OPEN wrong, which stays so until somebody changes a configuration: what is wrong and
 * what to do. Undefined for every other end.
 */
export function describeObjection({ sent, received, detail }: DownReason): string | undefined {
  if (sent?.code === NotificationCode.OpenMessage) {
    const parts = [detail ?? notificationTitle(sent), ourAdvice[sent.subcode]];
    return parts.filter((part) => part !== undefined).join('; ');
  }
  if (received?.code !== NotificationCode.OpenMessage) return undefined;
  const parts = [`it refuses our OPEN with ${notificationTitle(received)}`, theirAdvice[received.subcode]];
  return parts.filter((part) => part !== undefined).join('; ');
}
