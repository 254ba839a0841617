/** Runs cases of `tests/vectors/`, which Python wrote, and tells where the verifier answers otherwise. */

import { type Shape, array, member, number, object, oneOf, orNull, text } from "./shapes";
import type * as verifier from "../gate/verifier/index";

/** The verifier as modules, or as the bundle that ships. */
export type Verifier = typeof verifier;

/** A case whose answer differs from Python's. */
export interface Difference {
  readonly name: string;
  readonly expected: unknown;
  readonly answered: unknown;
}

/** How many cases were run, each to its end or to its first difference. */
export interface Judgement {
  readonly cases: number;
  readonly differences: readonly Difference[];
}

type Judge = (vectors: Shape, one: Shape, api: Verifier) => Difference | null;

/** What there is to judge, by the name of the file; a file that is not named here must not be passed over. */
const JUDGES: Readonly<Record<string, Judge>> = {
  "verdicts.json": judgeSteps,
  "sm2.json": judgeSteps,
  "packs.json": judgePack,
  "log.json": judgeEntry,
};

export function judge(fileName: string, content: string, api: Verifier): Judgement {
  const vectors = object(JSON.parse(content));
  const judgeOne = JUDGES[fileName];
  if (judgeOne === undefined) throw new Error(`no way to judge ${fileName}`);
  const cases = array(member(vectors, "cases")).map(object);
  const differences = cases.map((one) => judgeOne(vectors, one, api)).filter((found) => found !== null);
  return { cases: cases.length, differences };
}

function judgeSteps(vectors: Shape, one: Shape, api: Verifier): Difference | null {
  const gate = new api.GateVerifier(findPack(vectors, text(one, "pack"), api));
  const steps = array(member(one, "steps")).map(object);
  const memory = new api.GateMemory();
  const verdicts: (verifier.Verdict | null)[] = [];
  for (const step of steps) {
    const verdict = takeStep(step, gate, memory, verdicts);
    verdicts.push(verdict);
    if (verdict === null) continue;
    const answered = written(verdict);
    const expected = sorted(object(member(step, "verdict")));
    if (JSON.stringify(answered) !== JSON.stringify(expected)) return { name: text(one, "name"), expected, answered };
  }
  return null;
}

function takeStep(
  step: Shape,
  gate: verifier.GateVerifier,
  memory: verifier.GateMemory,
  verdicts: readonly (verifier.Verdict | null)[],
): verifier.Verdict | null {
  const kind = oneOf(step, "do", ["decide", "walk_in", "out", "remember", "forget"]);
  if (kind === "remember" || kind === "forget") {
    const verdict = verdicts[number(step, "step")];
    if (verdict === undefined || verdict === null) throw new Error("a step that made no verdict");
    memory[kind](verdict);
    return null;
  }
  const at = number(step, "at");
  if (kind === "out") return gate.countOut(number(step, "count"), at);
  if (kind === "walk_in") return gate.admitWalkIn(text(step, "lease_id"), number(step, "count"), at, memory);
  const count = orNull(step, "count", number);
  return gate.decide(
    { code: text(step, "code"), count, documentTail: orNull(step, "document_tail", text) },
    at,
    memory,
  );
}

function judgePack(vectors: Shape, one: Shape, api: Verifier): Difference | null {
  const expected = oneOf(one, "outcome", [
    "read",
    "malformed",
    "unknown_key",
    "revoked",
    "bad_signature",
    "pack_expired",
  ]);
  const pack = api.readGatePack(standardBase64(text(one, "pack"), api), packKeys(vectors, api), number(one, "at"));
  const answered = typeof pack === "string" ? pack : "read";
  return answered === expected ? null : { name: text(one, "name"), expected, answered };
}

function judgeEntry(_: Shape, one: Shape, api: Verifier): Difference | null {
  const entry = logEntry(object(member(one, "entry")));
  const [devicePublic, signature] = [bytes(text(one, "public"), api), bytes(text(one, "signature"), api)];
  const expected = [text(one, "canonical"), text(one, "hash"), member(one, "good")];
  const answered = [api.canonicalEntry(entry), api.entryHash(entry), api.isEntrySigned(entry, signature, devicePublic)];
  const same = JSON.stringify(answered) === JSON.stringify(expected);
  return same ? null : { name: text(one, "name"), expected, answered };
}

function logEntry(said: Shape): verifier.LogEntry {
  const packIssuedAt = orNull(said, "pack_issued_at", number);
  return {
    deviceId: text(said, "device_id"),
    seq: number(said, "seq"),
    previous: text(said, "previous"),
    kind: oneOf(said, "kind", ["entry", "exit", "walk_in", "undo"]),
    gateId: text(said, "gate_id"),
    nonce: text(said, "nonce"),
    at: number(said, "at"),
    codeSha256: orNull(said, "code_sha256", text),
    leaseId: orNull(said, "lease_id", text),
    count: orNull(said, "count", number),
    decision: oneOf(said, "decision", ["admitted", "refused"]),
    reason: orNull(said, "reason", text),
    admittedNow: number(said, "admitted_now"),
    undoes: orNull(said, "undoes", text),
    packIssuedAt: packIssuedAt === null ? null : packIssuedAt * 1000,
  };
}

/** Packs that were read, by their text: reading one takes far longer than a case. */
const packsRead = new WeakMap<Verifier, Map<string, verifier.GatePack>>();

function findPack(vectors: Shape, name: string, api: Verifier): verifier.GatePack {
  const base64 = text(object(member(vectors, "packs")), name);
  const known = packsRead.get(api) ?? new Map<string, verifier.GatePack>();
  packsRead.set(api, known);
  const longAgo = 0; // before it expires: what an expired pack answers is up to the steps
  const pack = known.get(base64) ?? api.readGatePack(standardBase64(base64, api), packKeys(vectors, api), longAgo);
  if (typeof pack === "string") throw new Error(`pack ${name} cannot be read: ${pack}`);
  known.set(base64, pack);
  return pack;
}

function packKeys(vectors: Shape, api: Verifier): verifier.Keyring {
  const keys = array(member(vectors, "pack_keys"))
    .map(object)
    .map((key) => {
      const publicKey = api.fromBase64url(text(key, "public"));
      if (publicKey === null) throw new Error("a public key that is no base64url");
      const algorithm = oneOf(key, "algorithm", ["Ed25519", "SM2"]);
      return {
        kid: number(key, "kid"),
        algorithm,
        publicKey,
        state: oneOf(key, "state", ["active", "retiring", "revoked"]),
      };
    });
  return new Map(keys.map((key) => [key.kid, key]));
}

/** A verdict as the vectors write it. */
function written(verdict: verifier.Verdict): Shape {
  const seconds = (instant: number | null): number | null => (instant === null ? null : instant / 1000);
  return sorted({
    decision: verdict.decision,
    reason: verdict.reason,
    problem: verdict.problem,
    reservation_id: verdict.reservationId,
    admitted_now: verdict.admittedNow,
    admitted_count: verdict.admittedCount,
    party_size: verdict.partySize,
    starts_at: seconds(verdict.startsAt),
    ends_at: seconds(verdict.endsAt),
  });
}

function sorted(shape: Shape): Shape {
  return Object.fromEntries(Object.entries(shape).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function standardBase64(base64: string, api: Verifier): Uint8Array {
  const read = api.fromBase64url(base64.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, ""));
  if (read === null) throw new Error("no base64");
  return read;
}

function bytes(digits: string, api: Verifier): Uint8Array {
  const read = api.fromHex(digits);
  if (read === null) throw new Error("no hexadecimal digits");
  return read;
}
