import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { defineConfig } from "vitepress";

import { diagrams } from "./diagrams.js";
import { SOURCE, anchorOf, pageOf, repositoryLinks } from "./links.js";
import { groups } from "./sidebar.js";

/** The folder of the repository: README.md and SECURITY.md are pages, too. */
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const DOCS = path.join(ROOT, "docs", path.sep);

/** Files that pages link to and that are no pages. */
const linked = new Set<string>();

/** The decisions, by their numbers. */
const decisions = readdirSync(path.join(ROOT, "docs/adr"))
  .filter((file) => /^\d{4}-/.test(file))
  .sort()
  .map((file) => {
    const [heading = ""] = readFileSync(path.join(ROOT, "docs/adr", file), "utf8").split("\n");
    return { text: heading.replace(/^# /, ""), link: `/adr/${file.replace(/\.md$/, "")}` };
  });

const sidebar = groups.map(([text, pages]) => ({
  text,
  collapsed: text === "Operations" || text === "Threat model",
  items: pages.map(([title, link]) =>
    link === "/adr/" ? { text: title, link, collapsed: true, items: decisions } : { text: title, link },
  ),
}));

/** Addresses of the side bar. */
const reachable = new Set([
  ...groups.flatMap(([, pages]) => pages.map(([, link]) => link)),
  ...decisions.map(({ link }) => link),
]);

export default defineConfig({
  title: "Prepaid Escrow",
  description: "Escrow for consumer prepaid cards: money in a pool per merchant, released by signed consumption.",
  lang: "en",
  srcDir: "..",
  // Pages are README.md, SECURITY.md and CHANGELOG.md at the top, the scenarios' page, and all of docs/.
  srcExclude: [
    ...readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !["docs", "data"].includes(entry.name))
      .map(({ name }) => `${name}/**`),
    "docs/node_modules/**",
  ],
  rewrites: (file: string) => pageOf(file) ?? file,
  outDir: ".vitepress/dist",
  cacheDir: ".vitepress/cache",
  cleanUrls: true,
  appearance: true,
  lastUpdated: false,
  ignoreDeadLinks: false,
  markdown: {
    anchor: { slugify: anchorOf },
    config(md) {
      repositoryLinks(ROOT, (file) => linked.add(file))(md);
      diagrams(md);
    },
  },
  themeConfig: {
    nav: [
      { text: "Overview", link: "/overview" },
      { text: "Operations", link: "/operations/" },
      { text: "Package", link: "/package" },
      { text: "API", link: "/api/" },
      { text: "Security", link: "/security" },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: "local" },
  },
  vite: {
    plugins: [
      {
        // Pages above docs/ find what is installed in docs/, too.
        name: "installed-in-docs",
        enforce: "pre",
        async resolveId(name, importer, options) {
          if (!/^vue(?:\/|$)/.test(name) || importer === undefined || importer.startsWith(DOCS)) return null;
          return await this.resolve(name, path.join(DOCS, "package.json"), { ...options, skipSelf: true });
        },
      },
    ],
    build: { chunkSizeWarningLimit: 3_000 },
  },
  transformPageData({ relativePath }) {
    const address = `/${relativePath.replace(/(?:index)?\.md$/, "")}`;
    if (!relativePath.startsWith("api/") && !reachable.has(address)) {
      throw new Error(`${relativePath} is not in docs/.vitepress/sidebar.ts: add it, or nobody finds it.`);
    }
  },
  buildEnd({ outDir }) {
    for (const file of linked) {
      const copy = path.join(outDir, SOURCE, `${file}.txt`);
      mkdirSync(path.dirname(copy), { recursive: true });
      copyFileSync(path.join(ROOT, file), copy);
    }
    for (const part of ["mermaid.esm.min.mjs", "chunks/mermaid.esm.min"]) {
      cpSync(path.join(DOCS, "node_modules/mermaid/dist", part), path.join(outDir, "mermaid", part), {
        recursive: true,
        filter: (file) => !file.endsWith(".map"),
      });
    }
    for (const address of reachable) {
      const page = path.join(outDir, address.endsWith("/") ? `${address}index.html` : `${address}.html`);
      if (!existsSync(page)) throw new Error(`docs/.vitepress/sidebar.ts names ${address}, which is no page.`);
    }
  },
});
