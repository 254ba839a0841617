/** Judges the files of a directory, which have the form of `tests/vectors/`, and writes what came out as JSON. */

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import * as modules from "../gate/verifier/index";
import { type Judgement, judge } from "./judging";

const MOST_SHOWN = 10;

const directory = process.argv[2];
if (directory === undefined) throw new Error("use: judge-files.js DIRECTORY");
const judgements: Record<string, Judgement> = {};
for (const name of readdirSync(directory)) {
  const { cases, differences } = judge(name, readFileSync(join(directory, name), "utf8"), modules);
  judgements[name] = { cases, differences: differences.slice(0, MOST_SHOWN) };
}
process.stdout.write(JSON.stringify(judgements));
