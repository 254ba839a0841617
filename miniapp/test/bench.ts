/** How long one verdict takes beside the bare signature in it; trust the ratio, not the milliseconds. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ed25519 } from "@noble/curves/ed25519";

import * as modules from "../gate/verifier/index";
import { VECTORS } from "./project";

interface Step {
  readonly do: string;
  readonly code: string;
  readonly at: number;
  readonly verdict: { readonly decision: string | null };
}

interface Vectors {
  readonly pack_keys: readonly { readonly kid: number; readonly public: string; readonly state: modules.KeyState }[];
  readonly packs: Readonly<Record<string, string>>;
  readonly cases: readonly { readonly pack: string; readonly steps: readonly Step[] }[];
}

const ROUNDS = 41;
const vectors = JSON.parse(readFileSync(join(VECTORS, "verdicts.json"), "utf8")) as Vectors;
const [step] =
  vectors.cases.find((one) => one.pack === "entrance" && one.steps[0]?.verdict.decision === "admitted")?.steps ?? [];
const data = new Uint8Array(Buffer.from(vectors.packs["entrance"] ?? "", "base64"));
const keys = new Map(
  vectors.pack_keys.map((key) => {
    const publicKey = new Uint8Array(Buffer.from(key.public, "base64url"));
    return [key.kid, { kid: key.kid, algorithm: "Ed25519", publicKey, state: key.state }] as const;
  }),
);
const pack = modules.readGatePack(data, keys, 0);
if (typeof pack === "string" || step === undefined) throw new Error("no pack, or no code that it admits");

const gate = new modules.GateVerifier(pack);
const seed = new Uint8Array(32).fill(1);
const message = new Uint8Array(55).fill(2);
const [signature, publicKey] = [ed25519.sign(message, seed), ed25519.getPublicKey(seed)];

const bare = median(() => ed25519.verify(signature, message, publicKey, { zip215: false }));
const verdict = median(() => {
  const scan = { code: step.code, count: null, documentTail: null };
  return gate.decide(scan, step.at, new modules.GateMemory()).decision === "admitted";
});
const engine = process.execArgv.includes("--jitless") ? "without JIT, as on an iPhone" : "with JIT";
process.stdout.write(
  `${engine}: a verdict ${verdict.toFixed(2)} ms, the bare signature ${bare.toFixed(2)} ms, ` +
    `ratio ${(verdict / bare).toFixed(2)}\n`,
);

function median(run: () => boolean): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    if (!run()) throw new Error("it should have passed");
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return times.sort((one, other) => one - other)[ROUNDS >> 1] ?? NaN;
}
