import { describe, expect, it } from 'vitest';
import { failureView } from '../../../../src/api/speaker/failure-view.ts';

describe('the last failure of a peer', () => {
  const at = 3000;
  const octets = new Uint8Array(0);

  it.each([
    [{ cause: 'connection-failed', detail: 'EHOSTUNREACH', wasUp: false, at }, 'connect failed', 'no route to host'],
    [{ cause: 'connection-failed', detail: 'EMFILE', wasUp: false, at }, 'connect failed', 'EMFILE'],
    [{ cause: 'connection-failed', wasUp: true, at }, 'connection lost', 'it closed the connection'],
    [{ cause: 'hold-timer-expired', wasUp: true, at }, 'hold timer expired', null],
  ] as const)('%j', (end, name, text) => {
    expect(failureView(end)).toEqual({ name, text, at: '1970-01-01T00:00:03.000Z' });
  });

  it('is none where there was a NOTIFICATION, or nothing failed', () => {
    const notification = { code: 6, subcode: 5, data: octets };
    expect([
      failureView(undefined),
      failureView({ cause: 'notification-received', received: { ...notification }, wasUp: false, at }),
      failureView({ cause: 'update-error', sent: notification, wasUp: true, at }),
      failureView({ cause: 'manual-stop', wasUp: true, at }),
      failureView({ cause: 'connection-collision', wasUp: false, at }),
    ]).toEqual([null, null, null, null, null]);
  });
});
