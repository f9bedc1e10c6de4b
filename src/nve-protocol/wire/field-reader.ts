/**
 * Reads the fields of one map and checks each. The first fault stays; readers after it give what may be anything, so that
 * a decoder reads all fields in a row and whoever called it looks once whether there was a fault.
 */
import { isIp, isMac, isPrefix } from './address.ts';
import type { WireFault, WireFaultCode } from './fault.ts';
import { protocolLimits } from './limits.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The fault of one message, shared by the readers of its parts. */
export interface FaultSlot {
  fault: WireFault | undefined;
}

export class FieldReader {
  readonly #fields: Fields;
  readonly #slot: FaultSlot;
  /** Of the map in its message: empty, or `attachment.`. */
  readonly #place: string;

  constructor(fields: Fields, slot: FaultSlot = { fault: undefined }, place = '') {
    this.#fields = fields;
    this.#slot = slot;
    this.#place = place;
  }

  get fault(): WireFault | undefined {
    return this.#slot.fault;
  }

  has(field: string): boolean {
    const value = this.#fields[field];
    return value !== undefined && value !== null;
  }

  /** Notes a fault of one field, unless there was one before. */
  refuse(code: WireFaultCode, field: string, reason: string): void {
    this.#slot.fault ??= { code, field: this.#place + field, reason };
  }

  /** An integer from `least` to `most`. */
  integer(field: string, least: number, most: number): number {
    const value = this.#required(field);
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      return this.#wrongType(field, 'an integer', value, 0);
    if (value < least || value > most) {
      this.refuse('bad-value', field, `${this.#place}${field} is ${value}, and must be ${least} to ${most}.`);
    }
    return value;
  }

  optionalInteger(field: string, least: number, most: number): number | undefined {
    return this.has(field) ? this.integer(field, least, most) : undefined;
  }

  /** Of a request, which its answer repeats. */
  id(): number {
    return this.integer('id', 0, 0xffff_ffff);
  }

  version(field = 'version'): number {
    return this.integer(field, 0, Number.MAX_SAFE_INTEGER);
  }

  milliseconds(field: string): number {
    return this.integer(field, 0, 0x7fff_ffff);
  }

  optionalMilliseconds(field: string): number | undefined {
    return this.has(field) ? this.milliseconds(field) : undefined;
  }

  boolean(field: string): boolean {
    const value = this.#required(field);
    return typeof value === 'boolean' ? value : this.#wrongType(field, 'true or false', value, false);
  }

  /** Absent is false. */
  flag(field: string): boolean {
    return this.has(field) && this.boolean(field);
  }

  /** Text of 1 to `most` characters. */
  text(field: string, most: number): string {
    const value = this.#required(field);
    if (typeof value !== 'string') return this.#wrongType(field, 'text', value, '');
    if (value.length === 0 || value.length > most) {
      this.refuse(
        'bad-value',
        field,
        `${this.#place}${field} has ${value.length} characters, and must have 1 to ${most}.`,
      );
    }
    return value;
  }

  optionalText(field: string, most: number): string | undefined {
    return this.has(field) ? this.text(field, most) : undefined;
  }

  /** Of an object: short, without control characters. */
  name(field: string): string {
    const value = this.text(field, protocolLimits.name);
    if (CONTROL.test(value)) this.refuse('bad-value', field, `${this.#place}${field} has control characters.`);
    return value;
  }

  optionalName(field: string): string | undefined {
    return this.has(field) ? this.name(field) : undefined;
  }

  /** For people; may be empty. */
  reason(field = 'reason'): string {
    const value = this.#required(field);
    if (typeof value !== 'string') return this.#wrongType(field, 'text', value, '');
    return value.length > protocolLimits.reason ? value.slice(0, protocolLimits.reason) : value;
  }

  oneOf<T extends string>(field: string, values: readonly T[]): T {
    const value = this.#required(field);
    if (typeof value !== 'string') return this.#wrongType(field, 'text', value, values[0]!);
    if (values.includes(value as T)) return value as T;
    this.refuse('bad-value', field, `${this.#place}${field} must be one of ${values.join(', ')}.`);
    return values[0]!;
  }

  mac(field: string): string {
    return this.#address(field, isMac, 'a MAC address in lower case with colons');
  }

  optionalMac(field: string): string | undefined {
    return this.has(field) ? this.mac(field) : undefined;
  }

  ip(field: string): string {
    return this.#address(field, isIp, 'an IP address in canonical text (RFC 5952)');
  }

  optionalIp(field: string): string | undefined {
    return this.has(field) ? this.ip(field) : undefined;
  }

  prefix(field: string): string {
    return this.#address(field, isPrefix, 'a prefix in canonical text, without host bits');
  }

  /** A MAC or an IP address. */
  address(field: string): string {
    return this.#address(field, isAddress, 'a MAC or an IP address in canonical text');
  }

  ips(field: string): readonly string[] {
    return this.#texts(field, protocolLimits.addresses, isIp, 'an IP address in canonical text (RFC 5952)');
  }

  prefixes(field: string): readonly string[] {
    return this.#texts(field, protocolLimits.addresses, isPrefix, 'a prefix in canonical text, without host bits');
  }

  addresses(field: string): readonly string[] {
    return this.#texts(field, protocolLimits.entries, isAddress, 'a MAC or an IP address in canonical text');
  }

  /** Of a list that grows with later versions: what this one does not know is left out. */
  known<T extends string>(field: string, values: readonly T[]): readonly T[] {
    return this.#texts(field, 64, () => true, '').filter((value): value is T => values.includes(value as T));
  }

  integers(field: string, most: number): readonly number[] {
    return this.#list(field, most).map((value, index) => {
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
      return this.#wrongType(`${field}[${index}]`, 'an integer', value, 0);
    });
  }

  /** A map within this one. */
  part<T>(field: string, read: (part: FieldReader) => T): T | undefined {
    const value = this.#required(field);
    if (!isMap(value)) return this.#wrongType(field, 'a map', value, undefined);
    return read(new FieldReader(value, this.#slot, `${this.#place}${field}.`));
  }

  optionalPart<T>(field: string, read: (part: FieldReader) => T): T | undefined {
    return this.has(field) ? this.part(field, read) : undefined;
  }

  /** An array of maps. */
  parts<T>(field: string, most: number, read: (part: FieldReader) => T): readonly T[] {
    const parts: T[] = [];
    for (const [index, value] of this.#list(field, most).entries()) {
      if (isMap(value)) parts.push(read(new FieldReader(value, this.#slot, `${this.#place}${field}[${index}].`)));
      else this.#wrongType(`${field}[${index}]`, 'a map', value, undefined);
      if (this.#slot.fault !== undefined) break;
    }
    return parts;
  }

  #texts(field: string, most: number, is: (text: string) => boolean, what: string): readonly string[] {
    const list = this.#list(field, most);
    for (const [index, value] of list.entries()) {
      if (typeof value !== 'string') this.#wrongType(`${field}[${index}]`, 'text', value, undefined);
      else if (!is(value))
        this.refuse('bad-value', `${field}[${index}]`, `${this.#place}${field}[${index}] is not ${what}.`);
      if (this.#slot.fault !== undefined) return [];
    }
    return list as readonly string[];
  }

  #list(field: string, most: number): readonly unknown[] {
    const value = this.#required(field);
    if (!Array.isArray(value)) return this.#wrongType(field, 'an array', value, []);
    if (value.length <= most) return value;
    this.refuse('too-many-items', field, `${this.#place}${field} has ${value.length} items, and may have ${most}.`);
    return [];
  }

  #address(field: string, is: (text: string) => boolean, what: string): string {
    const value = this.#required(field);
    if (typeof value !== 'string') return this.#wrongType(field, 'text', value, '');
    if (!is(value)) this.refuse('bad-value', field, `${this.#place}${field} is not ${what}.`);
    return value;
  }

  /** `nil` is the same as absent. */
  #required(field: string): unknown {
    const value = this.#fields[field];
    if (value === undefined || value === null) {
      this.refuse('missing-field', field, `${this.#place}${field} is missing.`);
      return undefined;
    }
    return value;
  }

  #wrongType<T>(field: string, wanted: string, value: unknown, instead: T): T {
    if (value !== undefined) this.refuse('wrong-type', field, `${this.#place}${field} must be ${wanted}.`);
    return instead;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

function isAddress(text: string): boolean {
  return isMac(text) || isIp(text);
}

/** What msgpack's maps are decoded to; not arrays, octets, or what extensions give. */
export function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
