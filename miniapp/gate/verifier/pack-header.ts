/** The header of an offline pack: JSON with sorted keys and no blanks, read field by field. */

import { fromBase64url, fromUtf8 } from "./bytes";
import { canonical, isObject } from "./canonical";
import { type Algorithm, type KeyState, type VerifyKey, isPublicKey } from "./signatures";

const SECOND_MS = 1000;
const MAX_SECONDS = 253_402_300_799;
const MAX_SPAN_SECONDS = 86_400;
export const MAX_KID = 255;
const VENUE_DAY_KEY_BYTES = 32;
const ALGORITHMS: readonly Algorithm[] = ["Ed25519", "SM2"];
const STATES: readonly KeyState[] = ["active", "retiring", "revoked"];
const USES = ["entrance", "exit"] as const;

/** Sections in their order, each with the bytes of one item. */
export const SECTIONS = { cancelled: 8, revoked: 8, admitted: 8, partly_admitted: 10, tails: 9 } as const;
export type SectionName = keyof typeof SECTIONS;
export const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[];

/** A slot of the day, for the gate's screen; instants in Unix milliseconds. None of it decides about a code. */
export interface PackSlot {
  readonly id: string;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly lastEntryAt: number | null;
  readonly capacity: number;
  readonly booked: number;
  readonly walkInLeft: number;
}

/** Walk-in places that this gate may give away: `places` in all, `used` before the pack was issued. */
export interface PackLease {
  readonly id: string;
  readonly slotId: string;
  readonly places: number;
  readonly used: number;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly expiresAt: number;
}

/** What a pack's header says; instants and spans in milliseconds. */
export interface PackHeader {
  readonly kid: number;
  readonly venueId: string;
  readonly gateId: string;
  readonly gateUse: (typeof USES)[number];
  readonly deviceId: string | null;
  readonly day: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly venueDayKey: Uint8Array;
  readonly keys: ReadonlyMap<number, VerifyKey>;
  readonly opensBefore: number;
  readonly closesAfter: number;
  readonly ceiling: number | null;
  readonly inside: number;
  readonly slots: readonly PackSlot[];
  readonly leases: readonly PackLease[];
  readonly counts: Readonly<Record<SectionName, number>>;
}

/** Bytes that are not of the format of packs. */
export class Malformed extends Error {}

/** Return the JSON object in `raw`, still unverified and of any shape; throws Malformed if there is none. */
export function parseHeader(raw: Uint8Array): Fields {
  const text = fromUtf8(raw);
  if (text === null) throw new Malformed("not UTF-8");
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Malformed("not JSON");
  }
  return new Fields(found, text);
}

/** Fields of an object, each of the type that it is asked for as; everything else throws Malformed. */
export class Fields {
  private readonly found: Readonly<Record<string, unknown>>;

  constructor(
    found: unknown,
    private readonly written = "",
  ) {
    if (!isObject(found)) throw new Malformed("not an object");
    this.found = found;
  }

  ensureCanonical(): void {
    if (canonical(this.found) !== this.written) throw new Malformed("not in its one spelling");
  }

  text(name: string): string {
    const value = this.found[name];
    if (typeof value !== "string") throw new Malformed(name);
    return value;
  }

  textOrNull(name: string): string | null {
    return this.found[name] === null ? null : this.text(name);
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const chosen = choices.find((choice) => choice === this.found[name]);
    if (chosen === undefined) throw new Malformed(name);
    return chosen;
  }

  number(name: string, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.found[name];
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > most) throw new Malformed(name);
    return value;
  }

  numberOrNull(name: string): number | null {
    return this.found[name] === null ? null : this.number(name);
  }

  instant(name: string): number {
    return this.number(name, MAX_SECONDS) * SECOND_MS;
  }

  instantOrNull(name: string): number | null {
    return this.found[name] === null ? null : this.instant(name);
  }

  span(name: string): number {
    return this.number(name, MAX_SPAN_SECONDS) * SECOND_MS;
  }

  bytes(name: string): Uint8Array {
    const bytes = fromBase64url(this.text(name));
    if (bytes === null) throw new Malformed(name);
    return bytes;
  }

  day(name: string): string {
    const day = this.text(name);
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || day < "0001") throw new Malformed(name);
    const instant = new Date(`${day}T00:00:00Z`);
    if (Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(day)) throw new Malformed(name);
    return day;
  }

  rows(name: string): Fields[] {
    const rows = this.found[name];
    if (!Array.isArray(rows)) throw new Malformed(name);
    return rows.map((row) => new Fields(row));
  }
}

export function readHeader(fields: Fields): PackHeader {
  const venueDayKey = fields.bytes("venue_day_key");
  if (venueDayKey.length !== VENUE_DAY_KEY_BYTES) throw new Malformed("venue_day_key");
  return {
    kid: fields.number("kid", MAX_KID),
    venueId: fields.text("venue_id"),
    gateId: fields.text("gate_id"),
    gateUse: fields.oneOf("gate_use", USES),
    deviceId: fields.textOrNull("device_id"),
    day: fields.day("day"),
    issuedAt: fields.instant("issued_at"),
    expiresAt: fields.instant("expires_at"),
    venueDayKey,
    keys: readKeys(fields.rows("keys")),
    opensBefore: fields.span("opens_before_s"),
    closesAfter: fields.span("closes_after_s"),
    ceiling: fields.numberOrNull("ceiling"),
    inside: fields.number("inside"),
    slots: fields.rows("slots").map(readSlot),
    leases: fields.rows("leases").map(readLease),
    counts: {
      cancelled: fields.number("cancelled"),
      revoked: fields.number("revoked"),
      admitted: fields.number("admitted"),
      partly_admitted: fields.number("partly_admitted"),
      tails: fields.number("tails"),
    },
  };
}

function readKeys(rows: readonly Fields[]): Map<number, VerifyKey> {
  const keys = new Map<number, VerifyKey>();
  for (const row of rows) {
    const kid = row.number("kid", MAX_KID);
    const algorithm = row.oneOf("algorithm", ALGORITHMS);
    const publicKey = row.bytes("public");
    if (keys.has(kid) || !isPublicKey(algorithm, publicKey)) throw new Malformed("keys");
    keys.set(kid, { kid, algorithm, publicKey, state: row.oneOf("state", STATES) });
  }
  return keys;
}

function readSlot(row: Fields): PackSlot {
  return {
    id: row.text("id"),
    startsAt: row.instant("starts_at"),
    endsAt: row.instant("ends_at"),
    lastEntryAt: row.instantOrNull("last_entry_at"),
    capacity: row.number("capacity"),
    booked: row.number("booked"),
    walkInLeft: row.number("walk_in_left"),
  };
}

function readLease(row: Fields): PackLease {
  return {
    id: row.text("id"),
    slotId: row.text("slot_id"),
    places: row.number("places"),
    used: row.number("used"),
    startsAt: row.instant("starts_at"),
    endsAt: row.instant("ends_at"),
    expiresAt: row.instant("expires_at"),
  };
}
