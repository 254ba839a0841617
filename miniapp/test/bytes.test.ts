/** Bytes and their spellings, against Node's own and the examples of the standards. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";

import { base45, fromBase45 } from "../gate/verifier/base45";
import * as own from "../gate/verifier/bytes";
import { reservationIdBytes, reservationIdText, venueTag } from "../gate/verifier/identifiers";
import { workedExample } from "./project";

const sizes = Array.from({ length: 70 }, (_, size) => size);

void test("base45 is that of RFC 9285", () => {
  const examples = [
    ["AB", "BB8"],
    ["Hello!!", "%69 VD92EX0"],
    ["base-45", "UJCLQE7W581"],
    ["ietf!", "QED8WEX0"],
  ] as const;
  for (const [text, encoded] of examples) {
    assert.equal(base45(own.ascii(text)), encoded);
    assert.deepEqual(fromBase45(encoded), own.ascii(text));
  }
  for (const size of sizes) {
    const bytes = Uint8Array.from(randomBytes(size));
    assert.deepEqual(fromBase45(base45(bytes)), bytes);
  }
});

void test("base45 that nobody writes is none", () => {
  for (const text of ["A", "BB8A", "GGW", ":::", "::", "bb8", "BB8\n", "ÄB8"])
    assert.equal(fromBase45(text), null, text);
});

void test("hex, base64url and UTF-8 are those of Node", () => {
  for (const size of sizes) {
    const bytes = Uint8Array.from(randomBytes(size));
    const node = Buffer.from(bytes);
    assert.equal(own.hex(bytes), node.toString("hex"));
    assert.deepEqual(own.fromHex(node.toString("hex")), bytes);
    assert.equal(own.base64url(bytes), node.toString("base64url"));
    assert.deepEqual(own.fromBase64url(node.toString("base64url")), bytes);
  }
  for (const text of ["", "plain", "清真寺 é", "\u{1f54c}\u0000\u07ff\u0800\uffff"]) {
    assert.deepEqual(Buffer.from(own.utf8(text)), Buffer.from(text));
    assert.equal(own.fromUtf8(own.utf8(text)), text);
  }
});

void test("other spellings of the same bytes are none", () => {
  for (const text of ["A", "AB", "AA=", "AA==", "A+", "A/", "AAA=", "AAB"])
    assert.equal(own.fromBase64url(text), null, text);
  for (const text of ["0", "0G", "AA", "0x"]) assert.equal(own.fromHex(text), null, text);
});

void test("UTF-8 is read to the letter, as a strict decoder does", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const judged = (bytes: Uint8Array): string | null => {
    try {
      return strict.decode(bytes);
    } catch {
      return null;
    }
  };
  const edges = [
    "80",
    "c080",
    "c1bf",
    "c280",
    "e08080",
    "e0a080",
    "eda080",
    "ed9fbf",
    "f08080",
    "f0808080",
    "f0908080",
  ];
  for (const odd of [...edges, "f48fbfbf", "f4908080", "f5808080", "ff", "e282", "efbbbf41", "c3c3", "f88080808080"]) {
    const bytes = Uint8Array.from(Buffer.from(odd, "hex"));
    assert.equal(own.fromUtf8(bytes), judged(bytes), odd);
  }
  for (let round = 0; round < 3000; round++) {
    const bytes = Uint8Array.from(randomBytes(round % 5));
    assert.equal(own.fromUtf8(bytes), judged(bytes));
  }
});

void test("half a character of UTF-16 is three bytes, as Python's surrogatepass writes it", () => {
  assert.deepEqual(own.utf8("\ud800"), Uint8Array.of(0xed, 0xa0, 0x80));
});

void test("ids of reservations have one spelling", () => {
  const example = workedExample("example");
  const id = example("reservation id");
  const raw = reservationIdBytes(id);
  assert.ok(raw !== null);
  assert.equal(reservationIdText(raw), id);
  for (const other of [
    id.toLowerCase(),
    `${id}0`,
    id.slice(0, -1),
    id.replace("rsv_", "ven_"),
    "rsv_8" + id.slice(5),
    "",
  ]) {
    assert.equal(reservationIdBytes(other), null, other);
  }
  assert.equal(own.hex(venueTag(example("venue id"))), example("venue tag"));
});
