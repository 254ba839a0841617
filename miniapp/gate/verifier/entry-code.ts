/** Entry codes: read, their signature verified, their moving part proven; `docs/codes.md` has the layout. */

import { fromBase45 } from "./base45";
import { ascii, compare, joined, numberAt } from "./bytes";
import { type EntryPass, SCREEN, decodePass } from "./entry-pass";
import { hmacSha256 } from "./hashes";
import { type Keyring, SIGNATURE_BYTES, findKey, isSigned } from "./signatures";

const PREFIX = "CC1:";
const MAX_TEXT_CHARS = 256;
const SIGNING_CONTEXT = "chengma-entry-1";
const ROTATION_LABEL = ascii("chengma rotation key 1\0");
const BLOCK_ONE = Uint8Array.of(1);
const STEP_MS = 15_000;
const DRIFT_STEPS = 1;
const STEP_BYTES = 4;
const MAC_BYTES = 8;

export type CodeFault = "malformed" | "unknown_key" | "revoked" | "bad_signature";

/** A code whose signature is good; what moves is still unproven, and empty on paper. */
export interface ReadCode {
  readonly pass: EntryPass;
  /** Payload and signature: what stays the same while a code rotates. */
  readonly body: Uint8Array;
  readonly step: Uint8Array;
  readonly mac: Uint8Array;
}

/** Return what `text` says, its signature verified, or the first thing that is wrong with it. */
export function readEntryCode(text: string, keys: Keyring): ReadCode | CodeFault {
  const bytes = bytesOf(text);
  if (bytes === null) return "malformed";
  const bodyEnd = bytes.length - (bytes[1] === SCREEN ? STEP_BYTES + MAC_BYTES : 0);
  const payloadEnd = bodyEnd - SIGNATURE_BYTES;
  const payload = bytes.slice(0, Math.max(payloadEnd, 0));
  const pass = decodePass(payload);
  if (pass === null) return "malformed";
  const key = findKey(keys, pass.kid);
  if (typeof key === "string") return key;
  if (!isSigned(key, SIGNING_CONTEXT, payload, bytes.slice(payloadEnd, bodyEnd))) return "bad_signature";
  return {
    pass,
    body: bytes.slice(0, bodyEnd),
    step: bytes.slice(bodyEnd, bodyEnd + STEP_BYTES),
    mac: bytes.slice(bodyEnd + STEP_BYTES),
  };
}

/** Say what is wrong with the part that moves, at `now` (Unix milliseconds), or null; paper has none. */
export function findStaleness(
  read: ReadCode,
  venueDayKey: Uint8Array,
  now: number,
): "bad_signature" | "stale_code" | null {
  if (read.pass.form !== SCREEN) return null;
  const key = hmacSha256(venueDayKey, joined(ROTATION_LABEL, read.pass.reservation, BLOCK_ONE));
  const mac = hmacSha256(key, joined(read.body, read.step)).subarray(0, MAC_BYTES);
  if (compare(mac, read.mac) !== 0) return "bad_signature";
  const drift = numberAt(read.step, 0, STEP_BYTES) - Math.floor(now / STEP_MS);
  return Math.abs(drift) > DRIFT_STEPS ? "stale_code" : null;
}

function bytesOf(text: string): Uint8Array | null {
  if (text.length > MAX_TEXT_CHARS || !text.startsWith(PREFIX)) return null;
  return fromBase45(text.slice(PREFIX.length));
}
