/** What a gate without network answers, and what it remembers of its own answers. */

import { hex } from "./bytes";
import { markOf, reservationIdBytes } from "./identifiers";

export type Reason =
  | "malformed"
  | "unknown_key"
  | "revoked"
  | "bad_signature"
  | "wrong_venue"
  | "stale_code"
  | "wrong_gate"
  | "too_early"
  | "too_late"
  | "cancelled"
  | "already_admitted"
  | "venue_full";

/** Why nothing was decided yet: the gate asks for something else and tries again. */
export type Problem =
  | "pack_expired"
  | "document_tail_needed"
  | "document_tail_wrong"
  | "count_too_large"
  | "lease_unknown"
  | "lease_expired";

/**
 * The answer to one scan, with the facts of `POST /admissions`; with a `problem` there is no decision.
 *
 * `admittedCount` says how many of the party are in, those of this verdict included, as far as the gate knows. Instants
 * are Unix milliseconds. What the gate has no business with is null and 0. Of a walk-in, `reservationId` is the lease
 * and `partySize` its places; of a way out there is none.
 */
export interface Verdict {
  readonly decision: "admitted" | "refused" | null;
  readonly reason: Reason | null;
  readonly problem: Problem | null;
  readonly reservationId: string | null;
  readonly admittedNow: number;
  readonly admittedCount: number;
  readonly partySize: number;
  readonly startsAt: number | null;
  readonly endsAt: number | null;
}

/** What a page may store of a memory, as JSON: how many were let in by mark (hexadecimal), and the sum inside. */
export interface MemoryState {
  readonly letIn: Readonly<Record<string, number>>;
  readonly inside: number;
}

/** What one gate itself let in and out since its pack was issued, parties and leases alike. */
export class GateMemory {
  private readonly counts: Map<string, number>;
  private balance: number;

  constructor(state: MemoryState = { letIn: {}, inside: 0 }) {
    this.counts = new Map(Object.entries(state.letIn));
    this.balance = state.inside;
  }

  /** How many more are inside than when the pack was issued, by this gate alone; negative at a way out. */
  get inside(): number {
    return this.balance;
  }

  get state(): MemoryState {
    return { letIn: Object.fromEntries(this.counts), inside: this.balance };
  }

  /** How many of the party or the lease with this mark were let in here. */
  letIn(mark: Uint8Array): number {
    return this.counts.get(hex(mark)) ?? 0;
  }

  /** Take in what a verdict let in or out; one that let nobody through changes nothing. */
  remember(verdict: Verdict): void {
    this.count(verdict, verdict.admittedNow);
  }

  /** Take a verdict back that was remembered: an undo. */
  forget(verdict: Verdict): void {
    this.count(verdict, -verdict.admittedNow);
  }

  private count(verdict: Verdict, through: number): void {
    if (verdict.reservationId === null) {
      this.balance -= through;
      return;
    }
    const raw = reservationIdBytes(verdict.reservationId);
    if (raw === null) throw new RangeError("not a reservation id");
    const mark = hex(markOf(raw));
    this.counts.set(mark, (this.counts.get(mark) ?? 0) + through);
    this.balance += through;
  }
}
