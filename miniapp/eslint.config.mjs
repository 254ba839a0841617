import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

// What the base library of WeChat lacks in places, or refuses; the types of tsconfig.json know none of it either.
const missing = [
  "Buffer",
  "TextDecoder",
  "TextEncoder",
  "URL",
  "WebAssembly",
  "atob",
  "btoa",
  "crypto",
  "eval",
  "fetch",
  "globalThis",
  "process",
  "require",
  "setTimeout",
  "structuredClone",
  "window",
  "wx",
];

export default tseslint.config(
  { ignores: ["build/", "node_modules/"] },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.test.json", tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      complexity: ["error", 10],
      eqeqeq: "error",
      "max-lines": ["error", 300],
      "no-console": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  {
    files: ["gate/**/*.ts"],
    rules: { "no-restricted-globals": ["error", ...missing] },
  },
);
