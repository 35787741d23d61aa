import { Converter } from "typedoc";

/** Names each module as it is imported: `src/till` is `prepaid-escrow/till`. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) module.name = module.name.replace(/^src/, "prepaid-escrow");
  });
}
