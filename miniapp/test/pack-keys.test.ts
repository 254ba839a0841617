/** What the server tells of its keys opens the packs that it signs, and nothing else does. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";

import { base64url } from "../gate/verifier/bytes";
import { packKeysOf } from "../gate/verifier/pack-keys";
import { isSigned, publicKeyOf, signed } from "../gate/verifier/signatures";

const seed = Uint8Array.from(randomBytes(32));
const told = { kid: 3, algorithm: "Ed25519", public: base64url(publicKeyOf(seed)) };

void test("a told key verifies what it signed", () => {
  const key = packKeysOf([told]).get(3);
  assert.ok(key !== undefined);
  assert.deepEqual(key, { kid: 3, algorithm: "Ed25519", publicKey: publicKeyOf(seed), state: "active" });
  const message = Uint8Array.from([1, 2, 3]);
  assert.ok(isSigned(key, "chengma-test", message, signed(seed, "chengma-test", message)));
});

void test("keys that cannot be are left out, and the others stay", () => {
  const bad = [
    { ...told, kid: 256 },
    { ...told, kid: -1 },
    { ...told, kid: 1.5 },
    { ...told, kid: 4, algorithm: "Ed448" },
    { ...told, kid: 5, public: "" },
    { ...told, kid: 6, public: `${told.public}=` },
    { ...told, kid: 7, public: told.public.slice(1) },
    { ...told, kid: 8, algorithm: "SM2" },
    { ...told, kid: 9, algorithm: "SM2", public: base64url(new Uint8Array(64)) },
  ];
  assert.deepEqual([...packKeysOf([...bad, told]).keys()], [3]);
  assert.equal(packKeysOf([]).size, 0);
});

void test("of two keys of one kid neither is believed", () => {
  const other = { ...told, public: base64url(publicKeyOf(Uint8Array.from(randomBytes(32)))) };
  assert.equal(packKeysOf([told, other]).size, 0);
});

void test("what else is said of a key is passed over", () => {
  const wordy = { ...told, note: "from 2027 on" };
  assert.equal(packKeysOf([wordy]).size, 1);
});
