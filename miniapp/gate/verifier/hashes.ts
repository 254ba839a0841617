/** SHA-256 and HMAC-SHA256, by noble. */

import { hmac } from "@noble/hashes/hmac";
import { sha256 as digest } from "@noble/hashes/sha2";

export function sha256(message: Uint8Array): Uint8Array {
  return digest(message);
}

/** RFC 2104 with SHA-256: 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(digest, key, message);
}
