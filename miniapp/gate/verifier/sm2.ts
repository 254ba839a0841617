/**
 * SM2 signatures with SM3 (GB/T 32918.2, on the curve of GB/T 32918.5): the points by noble, the hash by sm-crypto.
 *
 * Only verifying, which handles nothing secret. No library does it that is quick without a JIT compiler and quiet
 * while it loads; so the equation of the standard, five lines, is written here.
 */

import { weierstrassN } from "@noble/curves/abstract/weierstrass";
import { sm3 } from "sm-crypto/src/sm2/sm3";

import { ascii, fromHex, hex, joined } from "./bytes";

const NUMBER_BYTES = 32;
const ZERO = BigInt(0);
const CURVE = {
  p: BigInt("0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff"),
  n: BigInt("0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"),
  h: BigInt(1),
  a: BigInt("0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc"),
  b: BigInt("0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"),
  Gx: BigInt("0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"),
  Gy: BigInt("0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"),
};
const Point = weierstrassN(CURVE);
type CurvePoint = InstanceType<typeof Point>;

// The signer's identity, with its length in bits before it: the usual one of GB/T 35276.
const IDENTITY = joined(Uint8Array.of(0, 128), ascii("1234567812345678"));
const PARAMETERS = joined(...[CURVE.a, CURVE.b, CURVE.Gx, CURVE.Gy].map(numberBytes));

/** Tell whether 64 bytes, x ‖ y, are a point of the curve, as a public key is. */
export function isSm2Public(publicKey: Uint8Array): boolean {
  return findPoint(publicKey) !== null;
}

/** Tell whether `signature`, r ‖ s, 64 bytes, is that of the key, x ‖ y, over `message`. */
export function verifySm2(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const point = findPoint(publicKey);
  const numbers = parted(signature);
  if (point === null || numbers === null) return false;
  const [r, s] = numbers;
  if (!isScalar(r) || !isScalar(s)) return false;
  const t = (r + s) % CURVE.n;
  if (t === ZERO) return false;
  const sum = Point.BASE.multiplyUnsafe(s).add(point.multiplyUnsafe(t));
  return !sum.is0() && (digest(publicKey, message) + sum.toAffine().x) % CURVE.n === r;
}

/** e of the standard: the hash of the message, behind that of the signer. */
function digest(publicKey: Uint8Array, message: Uint8Array): bigint {
  const signer = Uint8Array.from(sm3(joined(IDENTITY, PARAMETERS, publicKey)));
  return numberOf(Uint8Array.from(sm3(joined(signer, message))));
}

function findPoint(publicKey: Uint8Array): CurvePoint | null {
  const numbers = parted(publicKey);
  if (numbers === null) return null;
  try {
    const point = Point.fromAffine({ x: numbers[0], y: numbers[1] });
    point.assertValidity();
    return point;
  } catch {
    return null;
  }
}

function isScalar(number: bigint): boolean {
  return number > ZERO && number < CURVE.n;
}

function parted(both: Uint8Array): [bigint, bigint] | null {
  if (both.length !== 2 * NUMBER_BYTES) return null;
  return [numberOf(both.subarray(0, NUMBER_BYTES)), numberOf(both.subarray(NUMBER_BYTES))];
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${hex(bytes)}`);
}

function numberBytes(number: bigint): Uint8Array {
  return fromHex(number.toString(16).padStart(2 * NUMBER_BYTES, "0")) ?? new Uint8Array(NUMBER_BYTES);
}
