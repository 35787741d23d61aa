/** What of markdown-it is used here. */
interface Renderer {
  readonly renderer: { readonly rules: { fence?: Rule | undefined } };
}
type Rule = (
  tokens: { readonly info: string; readonly content: string }[],
  index: number,
  ...rest: unknown[]
) => string;

/** Turns a fence of mermaid into a diagram that the browser draws. */
export function diagrams(md: Renderer): void {
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    if (token?.info.trim() !== "mermaid") return fence?.(tokens, index, ...rest) ?? "";
    return `<Diagram source="${encodeURIComponent(token.content)}" />\n`;
  };
}
