import { readU24 } from '../wire/bytes.ts';
import { labelMpls, labelVni } from '../wire/label.ts';
import { type Row, row } from './row.ts';

/** Rows for fields that follow each other, each from where the one before it ended. */
export class Fields {
  readonly rows: Row[] = [];
  readonly bytes: Uint8Array;
  readonly #depth: number;
  #at: number;

  constructor(bytes: Uint8Array, at: number, depth: number) {
    this.bytes = bytes;
    this.#at = at;
    this.#depth = depth;
  }

  /** Offset of the next field. */
  get at(): number {
    return this.#at;
  }

  /** The next `length` octets say `text`, `deeper` levels down. */
  take(length: number, text: string, deeper = 0): void {
    this.rows.push(row(this.#at, this.#at + length, this.#depth + deeper, text));
    this.#at += length;
  }

  /** What is left up to `end`, if anything is. */
  rest(end: number, text: string, deeper = 0): void {
    if (this.#at < end) this.take(end - this.#at, text, deeper);
  }

  /** A heading over the next `length` octets, which the fields after it take apart. */
  over(length: number, text: string): void {
    this.rows.push(row(this.#at, this.#at + length, this.#depth, text));
  }

  /** A three-octet label in both of its readings. */
  label(name: string): void {
    this.take(3, `${name}: ${labelText(readU24(this.bytes, this.#at))}`);
  }
}

/** `10 as VNI, 0 as MPLS label`: which of the two it is, the encapsulation says (RFC 8365 §5.1.3). */
export function labelText(raw: number): string {
  const { label, trafficClass, bottomOfStack } = labelMpls(raw);
  const bits = `${trafficClass === 0 ? '' : `, traffic class ${trafficClass}`}${bottomOfStack ? ', bottom of stack' : ''}`;
  return `${labelVni(raw)} as VNI, ${label} as MPLS label${bits}`;
}
