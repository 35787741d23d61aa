import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** What of markdown-it is used here. */
interface Token {
  readonly type: string;
  readonly children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}
/** Where a page stands: its own file, where its address is another one's. */
interface Place {
  readonly path: string;
  readonly realPath?: string | null;
}
interface Markdown {
  readonly core: {
    readonly ruler: {
      push(name: string, rule: (state: { readonly tokens: Token[]; readonly env: Place }) => void): void;
    };
  };
}

/** Folder of the site under which files of the repository are copied that pages link to. */
export const SOURCE = "source";

/** A page of the site by its file, from the repository's folder; undefined for a file that is no page. */
export function pageOf(file: string): string | undefined {
  if (!file.endsWith(".md")) return undefined;
  if (file === "README.md") return "index.md";
  if (file === "SECURITY.md" || file === "CHANGELOG.md") return file.toLowerCase();
  if (file === "data/scenarios/README.md") return "scenarios.md";
  if (!file.startsWith("docs/")) return undefined;
  return file.slice("docs/".length).replace(/(^|\/)README\.md$/, "$1index.md");
}

/** The anchor of a heading, as repository sites make it: a link is good in both places. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** The anchors of a page; a heading that comes again has a number. */
function anchorsOf(file: string): Set<string> {
  const prose = readFileSync(file, "utf8").replace(/^ *```[^]*?^ *```$/gm, "");
  const anchors = new Set<string>();
  for (const [, heading = ""] of prose.matchAll(/^#+ (.+)$/gm)) {
    const anchor = anchorOf(heading.replace(/<a .*?<\/a>/g, "").trim());
    let unique = anchor;
    for (let i = 1; anchors.has(unique); i++) unique = `${anchor}-${i}`;
    anchors.add(unique);
  }
  return anchors;
}

/**
 * Links of a page lead to files, as they do in the repository. This turns them into links of the site: a page by its address
 * there, every other file by a copy of its text.
 *
 * @param root The repository's folder.
 * @param linked Takes every file that is linked to and is no page.
 */
export function repositoryLinks(root: string, linked: (file: string) => void): (md: Markdown) => void {
  return (md) => {
    md.core.ruler.push("repository-links", ({ tokens, env }) => {
      const page = path.relative(root, env.realPath ?? env.path).replaceAll(path.sep, "/");
      for (const token of tokens.flatMap(({ children }) => children ?? [])) {
        const href = token.type === "link_open" ? token.attrGet("href") : null;
        if (href === null || /^(?:[a-z]+:|#|\/)/.test(href)) continue;
        const [target = "", anchor] = href.split("#");
        const file = path.posix.join(path.posix.dirname(page), target).replace(/\/$/, "");
        const site = pageOf(isFolder(root, file) ? `${file}/README.md` : file);
        if (site !== undefined) {
          const source = path.join(root, isFolder(root, file) ? `${file}/README.md` : file);
          token.attrSet("href", `/${site}${anchor === undefined ? "" : `#${checked(page, source, anchor)}`}`);
          continue;
        }
        if (!existsSync(path.join(root, file)) || isFolder(root, file)) {
          throw new Error(`${page} links to ${href}, which is neither a page nor a file.`);
        }
        linked(file);
        token.attrSet("href", `/${SOURCE}/${file}.txt`);
        token.attrSet("target", "_blank");
      }
    });
  };
}

/** An anchor that the page has which the link leads to. */
function checked(page: string, source: string, anchor: string): string {
  if (!existsSync(source)) throw new Error(`${page} links to ${source}, which does not exist.`);
  const anchors = anchorsOf(source);
  if (anchors.has(anchor)) return anchor;
  // The reference numbers a heading by itself, now and then without need.
  const plain = anchor.replace(/-\d+$/, "");
  if (page.startsWith("docs/api/") && anchors.has(plain)) return plain;
  throw new Error(`${page} links to #${anchor}, which ${source} does not have.`);
}

function isFolder(root: string, file: string): boolean {
  const name = path.join(root, file);
  return existsSync(name) && statSync(name).isDirectory();
}
