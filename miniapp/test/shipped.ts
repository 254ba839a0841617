/** The bundle that ships, loaded where nothing is but the language itself, as in WeChat's engine. */

import { readFileSync } from "node:fs";
import vm from "node:vm";

import type { Verifier } from "./judging";
import { BUNDLE } from "./project";

export function bundleText(): string {
  return readFileSync(BUNDLE, "utf8");
}

/** A realm without Node's names, in which no text becomes code either. */
export function bareRealm(): vm.Context {
  return vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });
}

export function loadBundle(realm: vm.Context): Verifier {
  vm.runInContext(bundleText(), realm);
  return vm.runInContext("gateVerifier", realm) as Verifier;
}
