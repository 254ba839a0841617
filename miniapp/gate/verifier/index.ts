/** All that the gate pages use: packs, verdicts, and the device's log. They need an engine with BigInt. */

export { base64url, fromBase64url, fromHex, hex } from "./bytes";
export { type LogEntry, canonicalEntry, codeSha256, entryHash, isEntrySigned, signEntry } from "./gate-log";
export { type GatePack, type PackFault, readGatePack } from "./gate-pack";
export { type ToldKey, packKeysOf } from "./pack-keys";
export { type PackLease, type PackSlot } from "./pack-header";
export { type Algorithm, type KeyState, type Keyring, type VerifyKey, isPublicKey, publicKeyOf } from "./signatures";
export { GateMemory, type MemoryState, type Problem, type Reason, type Verdict } from "./verdict";
export { GateVerifier, type Scan } from "./verifier";
