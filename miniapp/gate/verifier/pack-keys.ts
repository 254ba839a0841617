/** The keys that packs are signed with, as enrolment and heartbeat tell them in `pack_keys`. */

import { fromBase64url } from "./bytes";
import { MAX_KID } from "./pack-header";
import { type Algorithm, type Keyring, type VerifyKey, isPublicKey } from "./signatures";

/** One of `pack_keys`: base64url, 32 bytes of Ed25519 or 64 of SM2. What else the server says of a key is passed over. */
export interface ToldKey {
  readonly kid: number;
  readonly algorithm: string;
  readonly public: string;
}

/**
 * Make of `pack_keys` what readGatePack wants. The latest answer holds: a key that is not in it any more was revoked.
 * A key that this program cannot use is left out, so that one of a later kind does not stop those of today: what it
 * signed is `unknown_key`. Of two with one kid neither is believed.
 */
export function packKeysOf(told: readonly ToldKey[]): Keyring {
  const keys = new Map<number, VerifyKey>();
  for (const one of told) {
    const key = readKey(one);
    if (key !== null && told.filter((other) => other.kid === key.kid).length === 1) keys.set(key.kid, key);
  }
  return keys;
}

function readKey(told: ToldKey): VerifyKey | null {
  const { kid, algorithm } = told;
  if (!Number.isInteger(kid) || kid < 0 || kid > MAX_KID || !isAlgorithm(algorithm)) return null;
  const publicKey = fromBase64url(told.public);
  return publicKey !== null && isPublicKey(algorithm, publicKey)
    ? { kid, algorithm, publicKey, state: "active" }
    : null;
}

function isAlgorithm(name: string): name is Algorithm {
  return name === "Ed25519" || name === "SM2";
}
