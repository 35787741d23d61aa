import path from "node:path";

import { expect } from "chai";

import { pageOf, repositoryLinks } from "../../docs/.vitepress/links.js";
import { groups } from "../../docs/.vitepress/sidebar.js";
import { ROOT, filesBelow, read } from "../helpers/markdown.js";

const pages = ["README.md", "SECURITY.md", "CHANGELOG.md", "data/scenarios/README.md", ...filesBelow("docs", ".md")];

/** The address of a page of the site by its file there. */
const addressOf = (page: string): string => `/${page.replace(/(?:index)?\.md$/, "")}`;

/** A link of a page, as the site has it; and the files that are no pages which it leads to. */
function linkOf(page: string, href: string): { readonly href: string; readonly linked: readonly string[] } {
  const linked: string[] = [];
  let link = href;
  const token = {
    type: "link_open",
    children: null,
    attrGet: () => link,
    attrSet: (name: string, value: string) => {
      if (name === "href") link = value;
    },
  };
  const push: Parameters<ReturnType<typeof repositoryLinks>>[0]["core"]["ruler"]["push"] = (_, rule) => {
    rule({ tokens: [{ ...token, type: "inline", children: [token] }], env: { path: path.join(ROOT, page) } });
  };
  repositoryLinks(ROOT, (file) => linked.push(file))({ core: { ruler: { push } } });
  return { href: link, linked };
}

describe("The site", () => {
  it("has an address for every page, and no address twice", () => {
    const addresses = pages.map((file) => addressOf(pageOf(file)!));
    expect(new Set(addresses).size).to.equal(pages.length);
    expect(addresses).to.include.members(["/", "/security", "/scenarios", "/operations/", "/threat-model/holder"]);
    expect(pageOf("test/attacks/timing.test.ts")).to.equal(undefined);
    expect(pageOf("app/README.md")).to.equal(undefined);
  });

  it("has every page in its side bar once, and nothing else but the reference; decisions are found by themselves", () => {
    const listed = groups.flatMap(([, entries]) => entries.map(([, address]) => address));
    const written = pages.filter((file) => !/^docs\/adr\/\d/.test(file)).map((file) => addressOf(pageOf(file)!));
    expect(listed).to.have.members([...written, "/api/"]);
  });

  it("turns links between files into links between pages", () => {
    expect(linkOf("README.md", "docs/gas.md")).to.deep.equal({ href: "/gas.md", linked: [] });
    expect(linkOf("docs/gas.md", "../README.md")).to.deep.equal({ href: "/index.md", linked: [] });
    expect(linkOf("docs/operations/leaving.md", "disputes.md#ruling").href).to.equal("/operations/disputes.md#ruling");
    expect(linkOf("SECURITY.md", "docs/threat-model/README.md").href).to.equal("/threat-model/index.md");
    expect(linkOf("docs/demo.md", "../data/scenarios/README.md").href).to.equal("/scenarios.md");
    for (const href of ["#gas", "https://nodejs.org", "/elsewhere"]) {
      expect(linkOf("README.md", href)).to.deep.equal({ href, linked: [] });
    }
  });

  it("shows the text of a file that is no page", () => {
    expect(linkOf("docs/invariants.md", "../test/attacks/timing.test.ts")).to.deep.equal({
      href: "/source/test/attacks/timing.test.ts.txt",
      linked: ["test/attacks/timing.test.ts"],
    });
  });

  it("is not built if a link leads nowhere", () => {
    expect(() => linkOf("docs/gas.md", "../test/nothing.test.ts")).to.throw(
      "docs/gas.md links to ../test/nothing.test.ts, which is neither a page nor a file.",
    );
    expect(() => linkOf("docs/gas.md", "../test/attacks")).to.throw("neither a page nor a file");
    expect(() => linkOf("docs/gas.md", "overview.md#nowhere")).to.throw("docs/gas.md links to #nowhere");
  });

  it("has a reference of everything that the package exports", () => {
    const { entryPoints } = JSON.parse(read("docs/typedoc.json")) as { entryPoints: string[] };
    const { exports } = JSON.parse(read("package.json")) as { exports: Record<string, string | { types: string }> };
    const exported = Object.values(exports)
      .filter((target) => typeof target !== "string")
      .map(({ types }) => types.replace("./dist/", "../").replace(".d.ts", ".ts"));
    expect(entryPoints).to.have.members(exported);
  });

  it("has packages of its own, at exact versions and without the address of a registry", () => {
    const { devDependencies } = JSON.parse(read("docs/package.json")) as { devDependencies: Record<string, string> };
    for (const [name, version] of Object.entries(devDependencies)) expect(version, name).to.match(/^\d+\.\d+\.\d+$/);
    expect(read("docs/package-lock.json")).to.not.include('"resolved"');
    const root = JSON.parse(read("package.json")) as Record<"dependencies" | "devDependencies", Record<string, string>>;
    for (const name of ["vitepress", "typedoc", "mermaid"]) {
      expect({ ...root.dependencies, ...root.devDependencies }).to.not.have.property(name);
      expect(devDependencies).to.have.property(name);
    }
  });
});
