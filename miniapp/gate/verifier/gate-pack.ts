/** Offline packs: what one gate needs to decide for a day without network; `docs/codes.md` has the layout. */

import { compare, numberAt } from "./bytes";
import { MARK_BYTES } from "./identifiers";
import {
  type Fields,
  MAX_KID,
  Malformed,
  type PackHeader,
  SECTIONS,
  SECTION_NAMES,
  type SectionName,
  parseHeader,
  readHeader,
} from "./pack-header";
import { type Keyring, SIGNATURE_BYTES, findKey, isSigned } from "./signatures";

const MAGIC = "CCP1";
const HEAD_BYTES = 8;
const MAX_HEADER_BYTES = 2 ** 17;
const SIGNING_CONTEXT = "chengma-gate-pack-1";

export type PackFault = "malformed" | "unknown_key" | "revoked" | "bad_signature" | "pack_expired";

/** A pack that was verified. Sections stay as they came, sorted, and are searched there. */
export interface GatePack extends PackHeader {
  readonly sections: Readonly<Record<SectionName, Uint8Array>>;
}

/** Return what a signed pack says at `now` (Unix milliseconds), or why not; `packKeys` are the keys of packs. */
export function readGatePack(data: Uint8Array, packKeys: Keyring, now: number): GatePack | PackFault {
  try {
    const pack = readVerified(data, packKeys);
    return typeof pack !== "string" && now >= pack.expiresAt ? "pack_expired" : pack;
  } catch (fault) {
    if (fault instanceof Malformed) return "malformed";
    throw fault;
  }
}

/** Tell whether a section has an item that begins with these bytes. */
export function holds(pack: GatePack, section: SectionName, item: Uint8Array): boolean {
  return findItem(pack, section, item) !== null;
}

/** How many of a party are in as the pack knows it; all of them, if it is listed as admitted. */
export function admittedBefore(pack: GatePack, mark: Uint8Array, partySize: number): number {
  if (holds(pack, "admitted", mark)) return partySize;
  const found = findItem(pack, "partly_admitted", mark);
  return found === null ? 0 : numberAt(found, MARK_BYTES, found.length - MARK_BYTES);
}

function readVerified(data: Uint8Array, packKeys: Keyring): GatePack | PackFault {
  const body = data.subarray(0, Math.max(data.length - SIGNATURE_BYTES, 0));
  const headerEnd = endOfHeader(body);
  const fields = parseHeader(body.subarray(HEAD_BYTES, headerEnd));
  const key = findKey(packKeys, fields.number("kid", MAX_KID));
  if (typeof key === "string") return key;
  if (!isSigned(key, SIGNING_CONTEXT, body, data.subarray(body.length))) return "bad_signature";
  fields.ensureCanonical();
  return readSections(fields, body.subarray(headerEnd));
}

function endOfHeader(body: Uint8Array): number {
  if (body.length < HEAD_BYTES) throw new Malformed("too short");
  const magic = String.fromCharCode(...body.subarray(0, MAGIC.length));
  const length = numberAt(body, MAGIC.length, HEAD_BYTES - MAGIC.length);
  const end = HEAD_BYTES + length;
  if (magic !== MAGIC || length > MAX_HEADER_BYTES || end > body.length) throw new Malformed("no pack");
  return end;
}

function readSections(fields: Fields, data: Uint8Array): GatePack {
  const header = readHeader(fields);
  const sizes = SECTION_NAMES.map((name) => header.counts[name] * SECTIONS[name]);
  if (sizes.reduce((sum, size) => sum + size, 0) !== data.length) throw new Malformed("sections");
  let at = 0;
  const next = (name: SectionName): Uint8Array => {
    const size = header.counts[name] * SECTIONS[name];
    at += size;
    return section(name, data.slice(at - size, at));
  };
  return {
    ...header,
    sections: {
      cancelled: next("cancelled"),
      revoked: next("revoked"),
      admitted: next("admitted"),
      partly_admitted: next("partly_admitted"),
      tails: next("tails"),
    },
  };
}

/** Ensure that items rise; of parties that are partly in, that each is there once and says how many. */
function section(name: SectionName, items: Uint8Array): Uint8Array {
  const size = SECTIONS[name];
  const unique = name === "partly_admitted" ? MARK_BYTES : size;
  for (let at = 0; at < items.length; at += size) {
    const before = items.subarray(at - size, at - size + unique);
    if (at > 0 && compare(before, items.subarray(at, at + unique)) >= 0) throw new Malformed(name);
    if (unique < size && numberAt(items, at + unique, size - unique) === 0) throw new Malformed(name);
  }
  return items;
}

/** Search by halves for the first item that begins with these bytes, and return it. */
function findItem(pack: GatePack, name: SectionName, beginning: Uint8Array): Uint8Array | null {
  const items = pack.sections[name];
  const size = SECTIONS[name];
  let low = 0;
  let high = items.length / size;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compare(items.subarray(middle * size, middle * size + beginning.length), beginning);
    if (order === 0) return items.subarray(middle * size, (middle + 1) * size);
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return null;
}
