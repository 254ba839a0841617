/** Signatures by Ed25519 and SM2 over a context and a message, and the public keys that verify them. */

import { ed25519 } from "@noble/curves/ed25519";

import { ascii, joined } from "./bytes";
import { isSm2Public, verifySm2 } from "./sm2";

export const SIGNATURE_BYTES = 64;
const ED25519_PUBLIC_BYTES = 32;

export type Algorithm = "Ed25519" | "SM2";
export type KeyState = "active" | "retiring" | "revoked";

/** A public key: `kid` from 0 to 255; 32 bytes of Ed25519, or 64 of SM2, x ‖ y. */
export interface VerifyKey {
  readonly kid: number;
  readonly algorithm: Algorithm;
  readonly publicKey: Uint8Array;
  readonly state: KeyState;
}

/** Public keys of one purpose by kid. */
export type Keyring = ReadonlyMap<number, VerifyKey>;

/** Tell whether such a key can be: for Ed25519 by its length, for SM2 by the curve, too. */
export function isPublicKey(algorithm: Algorithm, publicKey: Uint8Array): boolean {
  return algorithm === "SM2" ? isSm2Public(publicKey) : publicKey.length === ED25519_PUBLIC_BYTES;
}

/** Find the key that may verify, or say why there is none. */
export function findKey(keys: Keyring, kid: number): VerifyKey | "unknown_key" | "revoked" {
  const key = keys.get(kid);
  if (key === undefined) return "unknown_key";
  return key.state === "revoked" ? "revoked" : key;
}

/** Tell whether `signature` is the key's over `context` (ASCII) and `message`. */
export function isSigned(key: VerifyKey, context: string, message: Uint8Array, signature: Uint8Array): boolean {
  const signed = joined(ascii(context), message);
  if (key.algorithm === "SM2") return verifySm2(key.publicKey, signed, signature);
  // RFC 8032 to the letter, as libsodium does on the server; noble's default is the laxer ZIP 215.
  return signature.length === SIGNATURE_BYTES && ed25519.verify(signature, signed, key.publicKey, { zip215: false });
}

/** Sign as a device does: Ed25519 by its 32 secret bytes, 64 bytes. */
export function signed(seed: Uint8Array, context: string, message: Uint8Array): Uint8Array {
  return ed25519.sign(joined(ascii(context), message), seed);
}

/** The 32 public bytes of a device's 32 secret ones. */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(seed);
}
