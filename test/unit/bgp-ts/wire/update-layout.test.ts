import { describe, expect, it } from 'vitest';
import {
  emptyLayout,
  LayoutFault,
  locateMultiprotocol,
  locateUpdate,
} from '../../../../src/bgp-ts/wire/update-layout.ts';
import { hex } from './hex.ts';

const header = `${'ff'.repeat(16)}000002`;

describe('the parts of an UPDATE', () => {
  it('are located, multiprotocol attributes with short and extended length', () => {
    const bytes = hex(`${header}
      0004 180a0001                  ; withdrawn at 21
      0016
      400101 00                      ; ORIGIN at 27
      900e0005 0019460000            ; MP_REACH_NLRI at 31
      800f03 001946                  ; MP_UNREACH_NLRI at 40
      400200                         ; AS_PATH
      0000 10 0a00`);
    const layout = emptyLayout();
    expect(locateUpdate(bytes, 0, bytes.length, layout)).toBe(LayoutFault.None);
    expect(layout).toEqual({
      withdrawnStart: 21,
      withdrawnEnd: 25,
      attributesStart: 27,
      attributesEnd: 49,
      nlriStart: 49,
      nlriEnd: 54,
      reachHeader: 31,
      reachValue: 35,
      reachEnd: 40,
      unreachHeader: 40,
      unreachValue: 43,
      unreachEnd: 46,
    });
  });

  it('are located at an offset, and what an earlier UPDATE left is forgotten', () => {
    const bytes = hex(`aabb ${header} 0000 0000`);
    const layout = { ...emptyLayout(), reachHeader: 5, unreachHeader: 9 };
    expect(locateUpdate(bytes, 2, bytes.length, layout)).toBe(LayoutFault.None);
    expect(layout).toMatchObject({
      withdrawnStart: 23,
      attributesStart: 25,
      nlriStart: 25,
      reachHeader: -1,
      unreachHeader: -1,
    });
  });

  it.each([
    ['00', LayoutFault.FieldOverrun],
    ['0000 00', LayoutFault.FieldOverrun],
    ['0001 0000', LayoutFault.FieldOverrun],
    ['0003 0000', LayoutFault.FieldOverrun],
    ['0000 0001', LayoutFault.FieldOverrun],
    ['0000 0002 4001', LayoutFault.AttributeOverrun],
    ['0000 0003 500100', LayoutFault.AttributeOverrun],
    ['0000 0003 400101', LayoutFault.AttributeOverrun],
    ['0000 0006 800e00 800e00', LayoutFault.RepeatedMultiprotocol],
    ['0000 0006 800f00 800f00', LayoutFault.RepeatedMultiprotocol],
  ])('%s is fault %i', (body, fault) => {
    const bytes = hex(header + body);
    expect(locateUpdate(bytes, 0, bytes.length, emptyLayout())).toBe(fault);
  });

  it('are located in an attribute field alone', () => {
    const layout = emptyLayout();
    expect(locateMultiprotocol(hex('40010100 800f03000101'), 0, 10, layout)).toBe(LayoutFault.None);
    expect(layout).toMatchObject({ reachHeader: -1, unreachHeader: 4, unreachValue: 7, unreachEnd: 10 });
  });
});
