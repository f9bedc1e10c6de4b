import { describe, expect, it } from 'vitest';
import {
  decodeNotification,
  encodeCommunication,
  encodeNotification,
} from '../../../../../src/bgp-ts/wire/message/notification.ts';
import {
  isSubcodeOf,
  notificationName,
  notificationTitle,
} from '../../../../../src/bgp-ts/wire/message/notification-names.ts';
import { hex, toHex } from '../hex.ts';

function message(body: string): Uint8Array {
  const octets = hex(body);
  return hex(`${'ff'.repeat(16)}${(19 + octets.length).toString(16).padStart(4, '0')}03${toHex(octets)}`);
}

describe('NOTIFICATION', () => {
  it('is code, subcode and data', () => {
    const parts = { code: 1, subcode: 2, data: hex('0012') };
    expect(encodeNotification(parts)).toEqual(message('0102 0012'));
    expect(decodeNotification(message('0102 0012'))).toEqual(parts);
  });

  it('with a shutdown communication (RFC 9003 §2)', () => {
    const data = hex('03 62796 5');
    expect(encodeCommunication('bye')).toEqual(data);
    for (const subcode of [2, 4]) {
      const bytes = message(`060${subcode} 03627965`);
      expect(decodeNotification(bytes)).toEqual({ code: 6, subcode, data, communication: 'bye' });
      expect(encodeNotification({ code: 6, subcode, data })).toEqual(bytes);
    }
  });

  it.each([
    ['0602', 'no length'],
    ['0602 00', 'length zero'],
    ['0602 04 627965', 'a length beyond the data'],
    ['0602 02 c328', 'no UTF-8'],
    ['0603 03 627965', 'another subcode'],
    ['0302 03 627965', 'another code'],
    ['0609 02', 'half an enclosed error'],
  ])('%s carries no text: %s', (body) => {
    const { communication, hardReset } = decodeNotification(message(body));
    expect([communication, hardReset]).toEqual([undefined, undefined]);
  });

  it('a text is cut between characters', () => {
    expect(encodeCommunication('x'.repeat(300)).length).toBe(256);
    const umlauts = encodeCommunication(`x${'ü'.repeat(130)}`);
    expect([umlauts[0], umlauts.length]).toEqual([255, 256]);
    expect(encodeCommunication('ü'.repeat(130))[0]).toBe(254);
  });

  it('a hard reset encloses an error (RFC 8538 §3.1)', () => {
    expect(decodeNotification(message('0609 0605 aa'))).toEqual({
      code: 6,
      subcode: 9,
      data: hex('0605aa'),
      hardReset: { code: 6, subcode: 5 },
    });
  });

  it('a hard reset may enclose what an operator has to say, but not another one', () => {
    expect(decodeNotification(message('0609 0602 03627965'))).toMatchObject({
      communication: 'bye',
      hardReset: { code: 6, subcode: 2 },
    });
    const nested = decodeNotification(message('0609 0609 0602 03627965'));
    expect([nested.communication, nested.hardReset]).toEqual([undefined, { code: 6, subcode: 9 }]);
  });

  it('leaves out data that does not fit', () => {
    const parts = { code: 3, subcode: 1, data: new Uint8Array(5000) };
    expect(encodeNotification(parts).length).toBe(4096);
    expect(encodeNotification(parts, true).length).toBe(5021);
  });

  it('has no encoding outside its fields', () => {
    expect(() => encodeNotification({ code: 256, subcode: 0, data: hex('') })).toThrow('error code');
    expect(() => encodeNotification({ code: 1, subcode: -1, data: hex('') })).toThrow('error subcode');
  });
});

describe('names', () => {
  it('tell what a hard reset encloses', () => {
    const title = (body: string) => notificationTitle(decodeNotification(message(body)));
    expect(title('0609 0601 001946 00000002')).toBe('Cease/Hard Reset: Cease/Maximum Number of Prefixes Reached');
    expect(title('0609')).toBe('Cease/Hard Reset');
  });

  it.each([
    [1, 1, 'Message Header Error/Connection Not Synchronized'],
    [2, 11, 'OPEN Message Error/Role Mismatch'],
    [3, 0, 'UPDATE Message Error/Unspecific'],
    [4, 0, 'Hold Timer Expired/Unspecific'],
    [6, 2, 'Cease/Administrative Shutdown'],
    [6, 77, 'Cease/subcode 77'],
    [99, 1, 'error 99/1'],
  ])('%i/%i is %s', (code, subcode, name) => {
    expect(notificationName(code, subcode)).toBe(name);
  });

  it('tell what is defined', () => {
    expect(isSubcodeOf(6, 10)).toBe(true);
    expect(isSubcodeOf(4, 0)).toBe(true);
    expect(isSubcodeOf(4, 1)).toBe(false);
    expect(isSubcodeOf(2, 255)).toBe(false);
    // of a code that is not known, nothing is known
    expect(isSubcodeOf(0, 0)).toBe(true);
    expect(isSubcodeOf(9, 3)).toBe(true);
  });
});
