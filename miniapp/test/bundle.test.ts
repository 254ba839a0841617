/** The bundle that ships: small, and of nothing that WeChat's engine lacks. */

import assert from "node:assert/strict";
import test from "node:test";
import vm from "node:vm";
import { gzipSync } from "node:zlib";

import { bareRealm, bundleText, loadBundle } from "./shipped";

const MOST_BYTES = 64 * 1024; // a subpackage of a mini-program may have 2 MB

void test("the bundle is small", () => {
  const size = Buffer.byteLength(bundleText());
  assert.ok(size <= MOST_BYTES, `${size} bytes, ${gzipSync(bundleText()).length} of them compressed`);
});

void test("the realm that it is tried in has nothing but the language", () => {
  const names = [
    "Buffer",
    "TextDecoder",
    "TextEncoder",
    "URL",
    "atob",
    "crypto",
    "process",
    "require",
    "setTimeout",
    "wx",
  ];
  for (const name of names) assert.equal(vm.runInContext(`typeof ${name}`, bareRealm()), "undefined", name);
  assert.throws(() => vm.runInContext("eval('1')", bareRealm()), /Code generation/);
});

void test("the bundle loads there, and exports what the pages use", () => {
  const api = loadBundle(bareRealm());
  const names = [
    "GateMemory",
    "GateVerifier",
    "canonicalEntry",
    "codeSha256",
    "entryHash",
    "packKeysOf",
    "readGatePack",
    "signEntry",
  ];
  for (const name of names) assert.ok(name in api, name);
});

void test("the bundle has no literals of BigInt, which WeChat's compiler of old code does not take", () => {
  assert.doesNotMatch(bundleText(), /(?<![\w$.])(?:0x[0-9a-f]+|\d+)n\b/i);
  assert.doesNotMatch(bundleText(), /\b(?:import|require)\(/);
});
