/** How the ids of reservations and venues become a few bytes in a code, and back. */

import { numberAt, utf8 } from "./bytes";
import { sha256 } from "./hashes";

export const RESERVATION_PREFIX = "rsv_";
export const MARK_BYTES = 8;
const ULID_CHARACTERS = 26;
const ULID_BYTES = 16;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** `rsv_` and the ULID text of 16 bytes. */
export function reservationIdText(raw: Uint8Array): string {
  let text = "";
  for (let at = 0; at < ULID_CHARACTERS; at++) text += CROCKFORD.charAt(fiveBits(raw, 5 * at - 2));
  return RESERVATION_PREFIX + text;
}

/** The 16 bytes of `rsv_` and a ULID, or null for another text, other spellings of a ULID included. */
export function reservationIdBytes(id: string): Uint8Array | null {
  const raw = new Uint8Array(ULID_BYTES);
  for (let at = 0; at < ULID_CHARACTERS; at++) {
    const digit = CROCKFORD.indexOf(id.charAt(RESERVATION_PREFIX.length + at));
    for (let bit = 0; bit < 5; bit++) {
      const place = 5 * at - 2 + bit;
      if (place >= 0 && ((digit >> (4 - bit)) & 1) === 1) {
        raw[place >> 3] = (raw[place >> 3] ?? 0) | (0x80 >> (place & 7));
      }
    }
  }
  return reservationIdText(raw) === id ? raw : null;
}

/** The 8 bytes that stand for a reservation in a pack: the last ones of its 16. */
export function markOf(raw: Uint8Array): Uint8Array {
  return raw.subarray(raw.length - MARK_BYTES);
}

/** The 8 bytes that stand for a venue in a code. */
export function venueTag(venueId: string): Uint8Array {
  return sha256(utf8(venueId)).slice(0, 8);
}

/** Five bits from a place on, counted from the highest bit; the two before the first are 0. */
function fiveBits(raw: Uint8Array, from: number): number {
  if (from < 0) return numberAt(raw, 0, 1) >> 5;
  const first = from >> 3;
  const pair = numberAt(raw, first, 1) * 256 + (first + 1 < raw.length ? numberAt(raw, first + 1, 1) : 0);
  return (pair >> (11 - (from & 7))) & 31;
}
