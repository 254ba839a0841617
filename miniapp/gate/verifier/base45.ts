/** Base45 (RFC 9285), in its one spelling. */

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** The bytes behind a text, or null if RFC 9285 would not write it so. */
export function fromBase45(text: string): Uint8Array | null {
  if (text.length % 3 === 1) return null;
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 3) {
    const group = text.slice(at, at + 3);
    const value = valueOf(group);
    if (group.length === 3) {
      if (value > 0xffff) return null;
      bytes.push(value >> 8, value & 255);
    } else {
      if (value > 255) return null;
      bytes.push(value);
    }
  }
  return Uint8Array.from(bytes);
}

export function base45(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const first = bytes[at] ?? 0;
    const second = bytes[at + 1];
    text += second === undefined ? digits(first, 2) : digits(first * 256 + second, 3);
  }
  return text;
}

/** What a group of digits says, the lowest first; more than any group may say if one is no digit. */
function valueOf(group: string): number {
  let value = 0;
  for (let at = group.length - 1; at >= 0; at--) {
    const digit = ALPHABET.indexOf(group.charAt(at));
    if (digit < 0) return Infinity;
    value = value * 45 + digit;
  }
  return value;
}

function digits(value: number, count: number): string {
  let text = "";
  for (let at = 0, rest = value; at < count; at++, rest = Math.floor(rest / 45)) text += ALPHABET.charAt(rest % 45);
  return text;
}
