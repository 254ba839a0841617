/**
 * How a gate decides without network: the twin of `qr/gate_verifier.py`, held to the same vectors.
 *
 * Pure: no clock, no store, no network. `docs/codes.md` gives the order of the checks; the first failure is the answer.
 */

import { ascii, byteAt, compare, joined } from "./bytes";
import { type EntryPass, MINUTE_MS, PAPER } from "./entry-pass";
import { findStaleness, readEntryCode } from "./entry-code";
import { type GatePack, admittedBefore, holds } from "./gate-pack";
import { hmacSha256 } from "./hashes";
import { markOf, reservationIdBytes, venueTag } from "./identifiers";
import { type PackLease } from "./pack-header";
import { type GateMemory, type Problem, type Reason, type Verdict } from "./verdict";

const DAY_MS = 1440 * MINUTE_MS;
const CITY_OFFSET_MS = 480 * MINUTE_MS; // UTC+8 all year
const TAIL_LABEL = ascii("chengma slip tail 1\0");
const NOTHING_SAID: Verdict = {
  decision: null,
  reason: null,
  problem: null,
  reservationId: null,
  admittedNow: 0,
  admittedCount: 0,
  partySize: 0,
  startsAt: null,
  endsAt: null,
};

/** What is shown to the gate, besides its own pack and memory. */
export interface Scan {
  readonly code: string;
  /** How many enter, 1 or more, or null for all who have not yet. */
  readonly count: number | null;
  /** The last four characters of a document, for paper. */
  readonly documentTail: string | null;
}

/** Who wants to come in: a booked party or a lease of walk-ins, and how many of them are in already. */
interface Party {
  readonly id: string;
  readonly size: number;
  readonly known: number;
  readonly startsAt: number;
  readonly endsAt: number;
}

/** Decides about codes, walk-ins and ways out by one pack, until it expires; `now` is in Unix milliseconds. */
export class GateVerifier {
  private readonly tag: Uint8Array;
  private readonly dayNumber: number;

  constructor(private readonly pack: GatePack) {
    this.tag = venueTag(pack.venueId);
    this.dayNumber = Date.parse(`${pack.day}T00:00:00Z`) / DAY_MS;
  }

  /** The verdict on a code; what it lets in must be remembered before the next one. */
  decide(scan: Scan, now: number, memory: GateMemory): Verdict {
    if (this.isExpired(now)) return asked("pack_expired");
    const read = readEntryCode(scan.code, this.pack.keys);
    if (typeof read === "string") return refused(read);
    const { pass } = read;
    if (compare(pass.venueTag, this.tag) !== 0) return refused("wrong_venue");
    // Of another day the key is missing, so nothing is proven; findRefusal lets none of those in.
    const stale = this.isOfDay(pass) ? findStaleness(read, this.pack.venueDayKey, now) : null;
    if (stale !== null) return refused(stale);
    const stranger = partyOf(pass, 0);
    const refusal = this.findRefusal(pass, now);
    if (refusal !== null) return refused(refusal, stranger);
    const problem = this.findDocumentProblem(pass, scan.documentTail);
    if (problem !== null) return asked(problem, stranger);
    return this.admitBooked(pass, scan.count, memory);
  }

  /** The verdict on `count` people, 1 or more, who come without booking, on a lease. */
  admitWalkIn(leaseId: string, count: number, now: number, memory: GateMemory): Verdict {
    if (this.isExpired(now)) return asked("pack_expired");
    const lease = this.pack.leases.find((one) => one.id === leaseId);
    const raw = lease === undefined ? null : reservationIdBytes(lease.id);
    if (lease === undefined || raw === null) return asked("lease_unknown");
    const party = partyOfLease(lease, memory.letIn(markOf(raw)));
    const refusal = this.findUntimely(lease.startsAt, lease.endsAt, now);
    if (refusal !== null) return refused(refusal, party);
    if (now >= lease.expiresAt) return asked("lease_expired", party);
    return this.admit(party, count, memory);
  }

  /** The verdict on `count` people, 1 or more, who leave. */
  countOut(count: number, now: number): Verdict {
    if (this.isExpired(now)) return asked("pack_expired");
    if (this.pack.gateUse !== "exit") return refused("wrong_gate");
    return { ...NOTHING_SAID, decision: "admitted", admittedNow: count };
  }

  private isExpired(now: number): boolean {
    return now >= this.pack.expiresAt;
  }

  private isOfDay(pass: EntryPass): boolean {
    return dayNumberOf(pass) === this.dayNumber;
  }

  private findRefusal(pass: EntryPass, now: number): Reason | null {
    if (this.pack.gateUse === "entrance" && !this.isOfDay(pass)) {
      return dayNumberOf(pass) > this.dayNumber ? "too_early" : "too_late";
    }
    return this.findUntimely(pass.startsAt, pass.endsAt, now);
  }

  private findUntimely(startsAt: number, endsAt: number, now: number): Reason | null {
    if (this.pack.gateUse !== "entrance") return "wrong_gate";
    if (now < startsAt - this.pack.opensBefore) return "too_early";
    return now >= endsAt + this.pack.closesAfter ? "too_late" : null;
  }

  private findDocumentProblem(pass: EntryPass, tail: string | null): Problem | null {
    if (pass.form !== PAPER) return null;
    if (tail === null) return "document_tail_needed";
    if (!isTail(tail)) return "document_tail_wrong";
    const mac = hmacSha256(this.pack.venueDayKey, joined(TAIL_LABEL, pass.reservation, ascii(tail.toUpperCase())));
    const mark = joined(markOf(pass.reservation), Uint8Array.of(byteAt(mac, 0)));
    return holds(this.pack, "tails", mark) ? null : "document_tail_wrong";
  }

  private admitBooked(pass: EntryPass, count: number | null, memory: GateMemory): Verdict {
    const mark = markOf(pass.reservation);
    const party = partyOf(pass, admittedBefore(this.pack, mark, pass.partySize) + memory.letIn(mark));
    if (holds(this.pack, "cancelled", mark)) return refused("cancelled", party);
    if (holds(this.pack, "revoked", mark)) return refused("revoked", party);
    return this.admit(party, count, memory);
  }

  private admit(party: Party, count: number | null, memory: GateMemory): Verdict {
    const left = party.size - party.known;
    if (left <= 0) return refused("already_admitted", party);
    if (count !== null && count > left) return asked("count_too_large", party);
    const entering = count ?? left;
    const { ceiling, inside } = this.pack;
    if (ceiling !== null && ceiling < inside + memory.inside + entering) return refused("venue_full", party);
    return { ...told(party), decision: "admitted", admittedNow: entering, admittedCount: party.known + entering };
  }
}

function refused(reason: Reason, party?: Party): Verdict {
  return { ...told(party), decision: "refused", reason };
}

function asked(problem: Problem, party?: Party): Verdict {
  return { ...told(party), problem };
}

function told(party?: Party): Verdict {
  if (party === undefined) return NOTHING_SAID;
  const { id, size, known, startsAt, endsAt } = party;
  return { ...NOTHING_SAID, reservationId: id, admittedCount: known, partySize: size, startsAt, endsAt };
}

function partyOf(pass: EntryPass, known: number): Party {
  const { reservationId: id, partySize: size, startsAt, endsAt } = pass;
  return { id, size, known: clipped(known, size), startsAt, endsAt };
}

function partyOfLease(lease: PackLease, letIn: number): Party {
  const { id, places: size, startsAt, endsAt } = lease;
  return { id, size, known: clipped(lease.used + letIn, size), startsAt, endsAt };
}

/** How many of a party are in: pack and memory may both count an entry, or both its undoing. */
function clipped(known: number, size: number): number {
  return Math.max(0, Math.min(known, size));
}

/** The city's calendar day of the slot's start, in days since 1970-01-01. */
function dayNumberOf(pass: EntryPass): number {
  return Math.floor((pass.startsAt + CITY_OFFSET_MS) / DAY_MS);
}

/** Tell whether a text could be the end of a document's number: four characters of ASCII. */
function isTail(text: string): boolean {
  return text.length === 4 && Array.from(text).every((character) => character < "\u0080");
}
