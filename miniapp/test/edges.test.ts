/** Edges that no shared vector reaches: bounds of a header, the ends of documents, the sum of a way out. */

import assert from "node:assert/strict";
import test from "node:test";

import { ascii, joined, utf8 } from "../gate/verifier/bytes";
import { canonical } from "../gate/verifier/canonical";
import { type GatePack, type PackFault, readGatePack } from "../gate/verifier/gate-pack";
import { hmacSha256 } from "../gate/verifier/hashes";
import { reservationIdBytes } from "../gate/verifier/identifiers";
import { publicKeyOf, signed } from "../gate/verifier/signatures";
import { GateMemory } from "../gate/verifier/verdict";
import { GateVerifier } from "../gate/verifier/verifier";
import { bytes, workedExample } from "./project";

const SEED = new Uint8Array(32).fill(5);
const MAX_HEADER_BYTES = 131_072;
const code = workedExample("example");
const example = workedExample("pack-example");
const DRAWN_AT = Date.parse(code("drawn at"));

/** The example's pack with some fields changed, signed anew. */
function read(changes: Readonly<Record<string, unknown>>): GatePack | PackFault {
  const header = utf8(canonical({ ...(JSON.parse(example("header")) as object), ...changes }));
  const length = Uint8Array.of(0, header.length >> 16, (header.length >> 8) & 255, header.length & 255);
  const body = joined(ascii("CCP1"), length, header, bytes(example("sections")));
  const keys = new Map([[7, { kid: 7, algorithm: "Ed25519", publicKey: publicKeyOf(SEED), state: "active" } as const]]);
  return readGatePack(joined(body, signed(SEED, "chengma-gate-pack-1", body)), keys, 0);
}

function good(changes: Readonly<Record<string, unknown>>): GatePack {
  const pack = read(changes);
  assert.ok(typeof pack !== "string", JSON.stringify(changes));
  return pack;
}

void test("a header's instants and days end where Python's do", () => {
  const last = 253_402_300_799; // the last second of the year 9999
  assert.equal(good({ expires_at: last }).expiresAt, last * 1000);
  assert.equal(good({ day: "0001-01-01" }).day, "0001-01-01");
  for (const changes of [{ expires_at: last + 1 }, { issued_at: -1 }, { day: "0000-01-01" }, { day: "2027-02-29" }]) {
    assert.equal(read(changes), "malformed", JSON.stringify(changes));
  }
});

void test("a header may have 131,072 bytes, and new fields, but no more", () => {
  const without = utf8(canonical({ ...(JSON.parse(example("header")) as object), new: "" })).length;
  assert.ok(good({ new: "x".repeat(MAX_HEADER_BYTES - without) }));
  assert.equal(read({ new: "x".repeat(MAX_HEADER_BYTES - without + 1) }), "malformed");
});

void test("more or fewer than four characters are no end of a document, even if their mac is right", () => {
  const pack = good({});
  const raw = reservationIdBytes(code("reservation id")) ?? new Uint8Array();
  const tailByte = (tail: string): number | undefined =>
    hmacSha256(pack.venueDayKey, joined(ascii("chengma slip tail 1\0"), raw, ascii(tail)))[0];
  const alike = Array.from({ length: 99_999 }, (_, number) => String(number)).filter(
    (one) => tailByte(one) === tailByte("123X"),
  );
  const asked = (documentTail: string): string | null =>
    new GateVerifier(pack).decide({ code: code("paper code"), count: null, documentTail }, DRAWN_AT, new GateMemory())
      .problem;
  const [longer, asLong] = [alike.find((one) => one.length === 5), alike.find((one) => one.length === 4)];
  assert.ok(longer !== undefined && asLong !== undefined);
  assert.equal(asked(longer), "document_tail_wrong");
  assert.equal(asked(asLong), null, "one byte on purpose: it hardly tells of documents, and lets a guess in 256 pass");
});

void test("a way out counts down, and up again when it is taken back", () => {
  const gate = new GateVerifier(good({ gate_use: "exit" }));
  const memory = new GateMemory();
  const out = gate.countOut(4, DRAWN_AT);
  memory.remember(out);
  assert.equal(memory.inside, -4);
  memory.forget(out);
  assert.equal(memory.inside, 0);
  assert.equal(new GateVerifier(good({})).countOut(4, DRAWN_AT).reason, "wrong_gate");
});
