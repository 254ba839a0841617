/** A device's log of what it decided: each entry chained to the one before by hash, and signed by the device. */

import { ascii, hex, joined, utf8 } from "./bytes";
import { canonical } from "./canonical";
import { sha256 } from "./hashes";
import { isSigned, signed } from "./signatures";

const VERSION = 1;
const HASH_CONTEXT = ascii("chengma-gate-log-1");
const SIGNING_CONTEXT = "chengma-gate-entry-1";
const SECOND_MS = 1000;
const PLAIN = /^[A-Za-z0-9_-]*$/;

/** One line of a device's log; instants in Unix milliseconds, `packIssuedAt` on whole seconds. */
export interface LogEntry {
  readonly deviceId: string;
  /** 1 for the device's first entry, then one more each. */
  readonly seq: number;
  /** The hash of the entry before, "" at the beginning. */
  readonly previous: string;
  readonly kind: "entry" | "exit" | "walk_in" | "undo";
  readonly gateId: string;
  readonly nonce: string;
  /** The device's own clock, not compensated. */
  readonly at: number;
  readonly codeSha256: string | null;
  readonly leaseId: string | null;
  readonly count: number | null;
  readonly decision: "admitted" | "refused";
  readonly reason: string | null;
  readonly admittedNow: number;
  /** Of an undo, the nonce that it takes back. */
  readonly undoes: string | null;
  readonly packIssuedAt: number | null;
}

/** The entry's one spelling: JSON in ASCII, keys sorted, no blanks; throws RangeError for texts that are not plain. */
export function canonicalEntry(entry: LogEntry): string {
  const said = {
    v: VERSION,
    device_id: entry.deviceId,
    seq: entry.seq,
    previous: entry.previous,
    kind: entry.kind,
    gate_id: entry.gateId,
    nonce: entry.nonce,
    at: entry.at,
    code_sha256: entry.codeSha256,
    lease_id: entry.leaseId,
    count: entry.count,
    decision: entry.decision,
    reason: entry.reason,
    admitted_now: entry.admittedNow,
    undoes: entry.undoes,
    pack_issued_at: entry.packIssuedAt === null ? null : entry.packIssuedAt / SECOND_MS,
  };
  if (!Object.values(said).every(isPlain)) throw new RangeError("a log's texts are plain words, its numbers whole");
  return canonical(said);
}

/** The entry's hash, 64 hexadecimal digits: the next entry's `previous`. */
export function entryHash(entry: LogEntry): string {
  return hex(digest(entry));
}

/** The 64-byte Ed25519 signature of a device, whose secret key is the 32 bytes of `deviceSeed`. */
export function signEntry(entry: LogEntry, deviceSeed: Uint8Array): Uint8Array {
  return signed(deviceSeed, SIGNING_CONTEXT, digest(entry));
}

/** Tell whether the device with this public key, 32 bytes, signed the entry: before an upload, of what was stored. */
export function isEntrySigned(entry: LogEntry, signature: Uint8Array, devicePublic: Uint8Array): boolean {
  const key = { kid: 0, algorithm: "Ed25519", publicKey: devicePublic, state: "active" } as const;
  return isSigned(key, SIGNING_CONTEXT, digest(entry), signature);
}

/** What stands for a code's text in a log: 64 hexadecimal digits. */
export function codeSha256(code: string): string {
  return hex(sha256(utf8(code)));
}

function digest(entry: LogEntry): Uint8Array {
  return sha256(joined(HASH_CONTEXT, ascii(canonicalEntry(entry))));
}

function isPlain(value: string | number | null): boolean {
  return typeof value === "number" ? Number.isSafeInteger(value) : PLAIN.test(value ?? "");
}
