/** The worked examples of docs/codes.md: a pack, the codes that it decides about, and a device's log. */

import assert from "node:assert/strict";
import test from "node:test";

import { ascii, hex, joined } from "../gate/verifier/bytes";
import { type GatePack, readGatePack } from "../gate/verifier/gate-pack";
import { codeSha256, entryHash, isEntrySigned, signEntry } from "../gate/verifier/gate-log";
import { type Keyring } from "../gate/verifier/signatures";
import { GateMemory } from "../gate/verifier/verdict";
import { GateVerifier } from "../gate/verifier/verifier";
import { bytes, workedExample } from "./project";

const code = workedExample("example");
const pack = workedExample("pack-example");
const log = workedExample("log-example");
const DRAWN_AT = Date.parse(code("drawn at"));

const packKeys: Keyring = new Map([
  [7, { kid: 7, algorithm: "Ed25519", publicKey: bytes(pack("public key")), state: "active" }],
]);

function packBytes(): Uint8Array {
  const header = ascii(pack("header"));
  const length = Uint8Array.of(0, 0, header.length >> 8, header.length & 255);
  return joined(ascii("CCP1"), length, header, bytes(pack("sections")), bytes(pack("signature")));
}

function readExample(): GatePack {
  const read = readGatePack(packBytes(), packKeys, Date.parse(pack("read at")));
  assert.ok(typeof read !== "string", "the example's pack is good");
  return read;
}

void test("the pack of the example is read", () => {
  const read = readExample();
  assert.equal(read.gateUse, "entrance");
  assert.equal(read.leases[0]?.places, 10);
  assert.equal(hex(read.venueDayKey), code("venue-day key"));
  assert.equal(readGatePack(packBytes(), packKeys, read.expiresAt), "pack_expired");
});

void test("the codes of the example are decided", () => {
  const gate = new GateVerifier(readExample());
  const memory = new GateMemory();
  const scan = { code: code("code"), count: null, documentTail: null };
  const verdict = gate.decide(scan, DRAWN_AT, memory);
  assert.equal(verdict.decision, "admitted");
  assert.equal(verdict.admittedNow, 3);
  assert.equal(verdict.reservationId, code("reservation id"));
  memory.remember(verdict);
  assert.equal(gate.decide({ ...scan, code: code("redrawn code") }, DRAWN_AT, memory).reason, "already_admitted");
  assert.equal(gate.decide(scan, DRAWN_AT + 30_000, memory).reason, "stale_code");
  memory.forget(verdict);
  assert.equal(gate.decide({ ...scan, code: code("redrawn code"), count: 2 }, DRAWN_AT, memory).admittedCount, 2);
});

void test("the slip of the example needs its document", () => {
  const gate = new GateVerifier(readExample());
  const decide = (documentTail: string | null): string | null =>
    gate.decide({ code: code("paper code"), count: null, documentTail }, DRAWN_AT, new GateMemory()).problem;
  assert.equal(decide(null), "document_tail_needed");
  assert.equal(decide("9999"), "document_tail_wrong");
  assert.equal(decide("１２３Ｘ"), "document_tail_wrong");
  assert.equal(decide("123x"), null);
  assert.equal(decide("123X"), null);
});

void test("what a page stores of a memory is the memory", () => {
  const gate = new GateVerifier(readExample());
  const memory = new GateMemory();
  memory.remember(gate.decide({ code: code("code"), count: 2, documentTail: null }, DRAWN_AT, memory));
  const stored = new GateMemory(JSON.parse(JSON.stringify(memory.state)) as GateMemory["state"]);
  const verdict = gate.decide({ code: code("redrawn code"), count: null, documentTail: null }, DRAWN_AT, stored);
  assert.deepEqual([verdict.admittedNow, verdict.admittedCount, stored.inside], [1, 3, 2]);
});

void test("the log of the example is written to the byte", () => {
  const seed = bytes(log("device seed"));
  const first = {
    deviceId: "dev_01K0000000EXAMP7E000000006",
    seq: 1,
    previous: "",
    kind: "entry",
    gateId: "gat_01K0000000EXAMP7E000000005",
    nonce: "device7-000042",
    at: 1801879507250,
    codeSha256: codeSha256(log("code")),
    leaseId: null,
    count: null,
    decision: "admitted",
    reason: null,
    admittedNow: 3,
    undoes: null,
    packIssuedAt: 1801877400000,
  } as const;
  assert.equal(entryHash(first), log("first hash"));
  assert.equal(hex(signEntry(first, seed)), log("first signature"));
  assert.ok(isEntrySigned(first, signEntry(first, seed), bytes(log("public key"))));
  assert.throws(() => entryHash({ ...first, nonce: 'a"b' }), RangeError);
  assert.throws(() => entryHash({ ...first, at: 1.5 }), RangeError);
  assert.throws(() => entryHash({ ...first, packIssuedAt: 1801877400001 }), RangeError);
});
