/** Bytes as Uint8Array: joining, comparing, and their spellings as hex, base64url and UTF-8. */

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const HEX = "0123456789abcdef";

/** The bytes of a text of ASCII characters, as labels and contexts are. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Below 0, 0, or above 0, as the first bytes that differ do; the shorter one is the lower. */
export function compare(one: Uint8Array, other: Uint8Array): number {
  const common = Math.min(one.length, other.length);
  for (let at = 0; at < common; at++) {
    const difference = byteAt(one, at) - byteAt(other, at);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** A byte that is there; a place beyond the end is a fault of the caller. */
export function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError("no such byte");
  return byte;
}

/** The whole number in `size` bytes, at most 6, big-endian. */
export function numberAt(bytes: Uint8Array, at: number, size: number): number {
  let number = 0;
  for (let place = at; place < at + size; place++) number = number * 256 + byteAt(bytes, place);
  return number;
}

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15);
  return text;
}

/** The bytes of an even number of hexadecimal digits, or null. */
export function fromHex(text: string): Uint8Array | null {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** base64url (RFC 4648, section 5) without padding. */
export function base64url(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const group = bytes.subarray(at, at + 3);
    const bits = ((group[0] ?? 0) << 16) | ((group[1] ?? 0) << 8) | (group[2] ?? 0);
    for (let place = 0; place <= group.length; place++) text += BASE64URL.charAt((bits >> (18 - 6 * place)) & 63);
  }
  return text;
}

/** The bytes behind base64url without padding, or null unless `base64url` would write the same text. */
export function fromBase64url(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = BASE64URL.indexOf(text.charAt(at));
    if (digit < 0) return null;
    bits = ((bits << 6) | digit) & 0xffffff;
    const held = ((at + 1) * 6) % 8;
    if (held < 6) bytes[Math.floor(((at + 1) * 6) / 8) - 1] = (bits >> held) & 255;
  }
  return base64url(bytes) === text ? bytes : null;
}

/** UTF-8; half a character of UTF-16, as a scanner may hand over, becomes three bytes of its own. */
export function utf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(point));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), tail(point >> 6), tail(point));
    else bytes.push(0xf0 | (point >> 18), tail(point >> 12), tail(point >> 6), tail(point));
  }
  return Uint8Array.from(bytes);
}

/** The text behind UTF-8, or null if it is not, to the letter of RFC 3629. */
export function fromUtf8(bytes: Uint8Array): string | null {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const size = sizeOf(byteAt(bytes, at));
    if (size === 0 || at + size > bytes.length) return null;
    let point = size === 1 ? byteAt(bytes, at) : byteAt(bytes, at) & (0x7f >> size);
    for (const byte of bytes.subarray(at + 1, at + size)) {
      if (byte >> 6 !== 2) return null;
      point = (point << 6) | (byte & 63);
    }
    if (!isOwnSize(point, size)) return null;
    text += String.fromCodePoint(point);
    at += size;
  }
  return text;
}

function sizeOf(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc0) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf8 ? 4 : 0;
}

/** Tell whether a code point may be there at all, and in no fewer bytes. */
function isOwnSize(point: number, size: number): boolean {
  if (size === 1) return true;
  if (size === 2) return point >= 0x80;
  if (size === 3) return point >= 0x800 && (point < 0xd800 || point > 0xdfff);
  return point >= 0x10000 && point <= 0x10ffff;
}

function tail(point: number): number {
  return 0x80 | (point & 63);
}
