/** Every shared vector, by the modules and by the bundle that ships. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import * as modules from "../gate/verifier/index";
import { judge } from "./judging";
import { VECTORS } from "./project";
import { bareRealm, loadBundle } from "./shipped";

// How many cases each file has at least; whoever takes some away must say so here.
const LEAST: Readonly<Record<string, number>> = {
  "log.json": 25,
  "packs.json": 91,
  "sm2.json": 18,
  "verdicts.json": 265,
};

void test("the files of vectors are those that are known here", () => {
  assert.deepEqual(
    readdirSync(VECTORS)
      .filter((name) => name.endsWith(".json"))
      .sort(),
    Object.keys(LEAST).sort(),
  );
});

for (const [name, least] of Object.entries(LEAST)) {
  const content = readFileSync(join(VECTORS, name), "utf8");
  for (const [how, api] of [
    ["modules", modules],
    ["the bundle", loadBundle(bareRealm())],
  ] as const) {
    void test(`${name} comes out as in Python by ${how}`, () => {
      const { cases, differences } = judge(name, content, api);
      assert.deepEqual(differences, []);
      assert.ok(cases >= least, `${name} has ${cases} cases only`);
    });
  }
}

void test("a step, a file or an outcome that nobody knows is a fault", () => {
  const verdicts = JSON.parse(readFileSync(join(VECTORS, "verdicts.json"), "utf8")) as {
    cases: { steps: unknown[] }[];
  };
  const unknown = { ...verdicts, cases: [{ ...verdicts.cases[0], steps: [{ do: "dance", at: 0 }] }] };
  assert.throws(() => judge("verdicts.json", JSON.stringify(unknown), modules), /dance/);
  assert.throws(() => judge("new.json", "{}", modules), /no way to judge/);
  assert.throws(() => judge("packs.json", "{}", modules), /no cases/);
});

void test("a wrong expectation is found", () => {
  const log = JSON.parse(readFileSync(join(VECTORS, "log.json"), "utf8")) as { cases: Record<string, unknown>[] };
  const twisted = { ...log, cases: log.cases.map((one) => ({ ...one, good: one["good"] !== true })) };
  assert.equal(judge("log.json", JSON.stringify(twisted), modules).differences.length, log.cases.length);
});
