import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import type { Plugin } from "vite";

const source = fileURLToPath(new URL("../src/", import.meta.url));

/** Nodes that the page may ask besides its own server, by origin; see docs/console.md. */
const nodes = (process.env.CONSOLE_NODES ?? "").split(/[\s,]+/).filter((origin) => origin !== "");

/** What the built page may load and ask: its own files, and the nodes named at build time. */
function contentSecurityPolicy(): Plugin {
  const policy = [
    "default-src 'none'",
    // WebAssembly checks signatures some ten times as fast as JavaScript; it allows no `eval` of scripts.
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    `connect-src ${["'self'", ...nodes].join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml: () => [
      { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: policy }, injectTo: "head-prepend" },
    ],
  };
}

export default defineConfig({
  base: "./",
  plugins: [react(), contentSecurityPolicy()],
  resolve: {
    alias: [
      { find: /^prepaid-escrow$/, replacement: `${source}index.ts` },
      { find: /^prepaid-escrow\/locales\/(\w+)$/, replacement: `${source}locales/$1.ts` },
      { find: /^prepaid-escrow\/(\w+)$/, replacement: `${source}$1/index.ts` },
    ],
  },
  build: {
    target: "es2022",
    // Styles and pictures stay files, and nothing is inlined, as the policy asks.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // A module of the package does nothing when it is loaded that a page could see.
      treeshake: { moduleSideEffects: (id) => !id.startsWith(source) && !id.includes("types/ethers-contracts") },
      // The presets and their parser are large, and few pages show them: what other pages share with them is a file of its own.
      output: { codeSplitting: { groups: [{ name: "policy", test: /src[\\/]contracts[\\/]policy\.ts$/ }] } },
      // Databases, servers and native code of the package: loaded only when they are asked for, which a page never does.
      external: [/^node:/, /^(pg|prom-client|secp256k1|hash-wasm)(\/|$)/],
    },
  },
});
