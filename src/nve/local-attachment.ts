import type { AttachmentRole } from '../nva/model.ts';

/** A tenant system's interface that is plugged into this NVE. */
export interface LocalAttachment {
  /** Name of the virtual network. */
  readonly network: string;
  readonly id: string;
  /**
   * Device of this machine that leads to it: its VAP. Several may share one, in one network. Absent for prefixes that this
   * NVE's router leads to by a gateway role.
   */
  readonly port?: string;
  /** Without one, what comes in by the port is learnt. */
  readonly mac?: string;
  readonly ips: readonly string[];
  readonly prefixes: readonly string[];
  /** Pre-associated: its port is made ready for a live migration, while it is still elsewhere (RFC 8394 §2.2). */
  readonly state: 'associated' | 'pre-associated';
  readonly role: AttachmentRole;
  /** Never moves. */
  readonly sticky: boolean;
  /** A gateway role of nved's configuration, or what came in by the port of one; absent: somebody has plugged it in. */
  readonly source?: 'configuration' | 'port';
}
