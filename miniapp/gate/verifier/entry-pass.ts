/** What an entry code says, in its one spelling: a CBOR array of seven (RFC 8949, section 4.2.1). */

import { byteAt, numberAt } from "./bytes";
import { reservationIdText } from "./identifiers";

export const MINUTE_MS = 60_000;
export const SCREEN = 1;
export const PAPER = 2;
const MAX_KID = 255;
const MAX_STARTS_AT_MINUTES = 2 ** 31 - 1;
const MAX_SLOT_MINUTES = 2 ** 16 - 1;
const MAX_PARTY_SIZE = 1000;

const ARRAY_OF_SEVEN = 0x87;
const SIXTEEN_BYTES = 0x50;
const EIGHT_BYTES = 0x48;
// Behind these heads stand so many bytes, and the least number that needs them.
const LONGER: Readonly<Record<number, { readonly size: number; readonly least: number }>> = {
  0x18: { size: 1, least: 24 },
  0x19: { size: 2, least: 2 ** 8 },
  0x1a: { size: 4, least: 2 ** 16 },
};

/** One reservation, as its code says; instants in Unix milliseconds, on whole minutes. */
export interface EntryPass {
  readonly form: typeof SCREEN | typeof PAPER;
  readonly kid: number;
  readonly reservation: Uint8Array;
  readonly reservationId: string;
  readonly venueTag: Uint8Array;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly partySize: number;
}

/** What `payload` says, still unverified, or null for anything that is not written just so. */
export function decodePass(payload: Uint8Array): EntryPass | null {
  const reader = new Reader(payload);
  try {
    return readPass(reader);
  } catch (fault) {
    if (fault instanceof RangeError) return null;
    throw fault;
  }
}

function readPass(reader: Reader): EntryPass {
  reader.head(ARRAY_OF_SEVEN);
  const form = reader.number(SCREEN, PAPER) === SCREEN ? SCREEN : PAPER;
  const kid = reader.number(0, MAX_KID);
  const reservation = reader.bytes(SIXTEEN_BYTES, 16);
  const venueTag = reader.bytes(EIGHT_BYTES, 8);
  const startsAt = reader.number(0, MAX_STARTS_AT_MINUTES) * MINUTE_MS;
  const endsAt = startsAt + reader.number(1, MAX_SLOT_MINUTES) * MINUTE_MS;
  const partySize = reader.number(1, MAX_PARTY_SIZE);
  reader.end();
  const reservationId = reservationIdText(reservation);
  return { form, kid, reservation, reservationId, venueTag, startsAt, endsAt, partySize };
}

/** Reads on and on; throws RangeError at what may not stand there. */
class Reader {
  private at = 0;

  constructor(private readonly payload: Uint8Array) {}

  head(expected: number): void {
    if (this.take(1)[0] !== expected) throw new RangeError("another head");
  }

  bytes(head: number, count: number): Uint8Array {
    this.head(head);
    return this.take(count);
  }

  number(least: number, most: number): number {
    const head = byteAt(this.take(1), 0);
    const value = head < 0x18 ? head : this.longer(head);
    if (value < least || value > most) throw new RangeError("out of bounds");
    return value;
  }

  end(): void {
    if (this.at !== this.payload.length) throw new RangeError("something follows");
  }

  private longer(head: number): number {
    const form = LONGER[head];
    if (form === undefined) throw new RangeError("no number");
    const value = numberAt(this.take(form.size), 0, form.size);
    if (value < form.least) throw new RangeError("not the shortest form");
    return value;
  }

  private take(count: number): Uint8Array {
    if (this.at + count > this.payload.length) throw new RangeError("it ends here");
    this.at += count;
    return this.payload.slice(this.at - count, this.at);
  }
}
