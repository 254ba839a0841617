/** Where the tests find what the whole project shares: the vectors, and the examples in the documents. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

// Compiled, this file lies in miniapp/build/test.
const PROJECT = resolve(__dirname, "../../..");
export const VECTORS = resolve(PROJECT, "tests/vectors");
export const BUNDLE = resolve(PROJECT, "miniapp/build/gate-verifier.js");

/** The `name: value` lines of a worked example in docs/codes.md. */
export function workedExample(fence: string): (name: string) => string {
  const page = readFileSync(resolve(PROJECT, "docs/codes.md"), "utf8");
  const block = page.split(`\`\`\`${fence}\n`)[1]?.split("\n```")[0];
  if (block === undefined) throw new Error(`docs/codes.md has no ${fence}`);
  const values = new Map(block.split("\n").map((line) => [line.split(": ")[0], line.slice(line.indexOf(": ") + 2)]));
  return (name) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`${fence} has no ${name}`);
    return value;
  };
}

/** Bytes of hexadecimal digits that are known to be some. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}
