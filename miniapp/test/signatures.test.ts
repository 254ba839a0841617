/** Signatures: the standards' examples, other libraries as judges, and what must not pass. */

import assert from "node:assert/strict";
import test from "node:test";

import { sm2 } from "sm-crypto";

import { ascii, hex } from "../gate/verifier/bytes";
import { type Algorithm, isPublicKey, isSigned, publicKeyOf, signed } from "../gate/verifier/signatures";
import { isSm2Public, verifySm2 } from "../gate/verifier/sm2";
import { bytes } from "./project";

const ORDER_25519 = BigInt("0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
const ORDER_SM2 = BigInt("0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");

// GM/T 0003.5, annex A: the key and the signature that the standard prints.
const SM2_PUBLIC = bytes(
  "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020" +
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
);
const SM2_SIGNATURE = bytes(
  "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3" +
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
);
const SM2_MESSAGE = ascii("message digest");

function key(algorithm: Algorithm, publicKey: Uint8Array): Parameters<typeof isSigned>[0] {
  return { kid: 1, algorithm, publicKey, state: "active" };
}

function bigEndian(number: bigint): Uint8Array {
  return bytes(number.toString(16).padStart(64, "0"));
}

function numberOf(half: Uint8Array): bigint {
  return BigInt(`0x${hex(half)}`);
}

void test("Ed25519 is that of RFC 8032", () => {
  const seed = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const expected =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
  assert.equal(hex(publicKeyOf(seed)), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  assert.equal(hex(signed(seed, "", new Uint8Array())), expected);
  assert.ok(isSigned(key("Ed25519", publicKeyOf(seed)), "", new Uint8Array(), bytes(expected)));
});

void test("a second signature cannot be made from a good one by adding the order of the group", () => {
  const seed = new Uint8Array(32).fill(9);
  const good = signed(seed, "context", ascii("message"));
  const verify = key("Ed25519", publicKeyOf(seed));
  assert.ok(isSigned(verify, "context", ascii("message"), good));
  const s = numberOf(good.slice(32).reverse()) + ORDER_25519;
  const other = Uint8Array.from([...good.slice(0, 32), ...bigEndian(s).reverse()]);
  assert.ok(!isSigned(verify, "context", ascii("message"), other));
});

void test("context, message, key and each bit of a signature count", () => {
  const seed = new Uint8Array(32).fill(9);
  const good = signed(seed, "context", ascii("message"));
  const verify = key("Ed25519", publicKeyOf(seed));
  assert.ok(!isSigned(verify, "other", ascii("message"), good));
  assert.ok(!isSigned(verify, "context", ascii("massage"), good));
  assert.ok(!isSigned(key("Ed25519", publicKeyOf(seed.map(() => 8))), "context", ascii("message"), good));
  assert.ok(!isSigned(verify, "context", ascii("message"), good.slice(1)));
  for (let bit = 0; bit < 512; bit++) {
    const broken = good.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    assert.ok(!isSigned(verify, "context", ascii("message"), broken), `bit ${bit}`);
  }
});

void test("keys that would verify anything verify nothing", () => {
  for (const low of ["00".repeat(32), "01" + "00".repeat(31), "ff".repeat(32), "ec" + "ff".repeat(30) + "7f"]) {
    assert.ok(!isSigned(key("Ed25519", bytes(low)), "", ascii("m"), bytes("01" + "00".repeat(63))), low);
  }
});

void test("SM2 is that of GM/T 0003", () => {
  assert.ok(isSm2Public(SM2_PUBLIC));
  assert.ok(verifySm2(SM2_PUBLIC, SM2_MESSAGE, SM2_SIGNATURE));
  assert.ok(isSigned(key("SM2", SM2_PUBLIC), "message ", ascii("digest"), SM2_SIGNATURE));
});

void test("SM2 agrees with sm-crypto on its own signatures and on broken ones", () => {
  for (let round = 0; round < 12; round++) {
    const pair = sm2.generateKeyPairHex();
    const message = Array.from({ length: round * 11 }, (_, at) => (at * 7 + round) & 255);
    const good = sm2.doSignature(message, pair.privateKey, { hash: true, publicKey: pair.publicKey });
    const broken = (round % 2 === 0 ? "0" : "f") + good.slice(1);
    for (const signature of [good, broken]) {
      const theirs = sm2.doVerifySignature(message, signature, pair.publicKey, { hash: true });
      assert.equal(verifySm2(bytes(pair.publicKey.slice(2)), Uint8Array.from(message), bytes(signature)), theirs);
    }
  }
});

void test("SM2 takes no number that the standard rules out, and no second form of one", () => {
  const [r, s] = [SM2_SIGNATURE.slice(0, 32), SM2_SIGNATURE.slice(32)];
  const zero = new Uint8Array(32);
  const negated = bigEndian(ORDER_SM2 - numberOf(r));
  const pairs = [
    [zero, s],
    [r, zero],
    [bigEndian(ORDER_SM2), s],
    [r, bigEndian(ORDER_SM2)],
    [r, negated],
    [s, r],
  ] as const;
  for (const [first, second] of pairs)
    assert.ok(!verifySm2(SM2_PUBLIC, SM2_MESSAGE, Uint8Array.from([...first, ...second])));
  assert.ok(!verifySm2(SM2_PUBLIC, SM2_MESSAGE, SM2_SIGNATURE.slice(1)));
});

void test("what is no point of the curve is no key", () => {
  const beside = SM2_PUBLIC.map((byte, at) => (at === 63 ? byte ^ 1 : byte));
  for (const none of [beside, new Uint8Array(64), SM2_PUBLIC.slice(1), new Uint8Array(64).fill(255)]) {
    assert.ok(!isSm2Public(none));
    assert.ok(!verifySm2(none, SM2_MESSAGE, SM2_SIGNATURE));
  }
  assert.ok(isPublicKey("Ed25519", new Uint8Array(32)));
  assert.ok(!isPublicKey("Ed25519", SM2_PUBLIC));
  assert.ok(!isPublicKey("SM2", new Uint8Array(32)));
});
