import type { DatabaseSync } from "node:sqlite";

/** How SQLite goes about every statement that some work asks it: one line each, as EXPLAIN QUERY PLAN has it. */
export async function plansOf(database: DatabaseSync, work: () => Promise<unknown>): Promise<string[]> {
  const asked = new Set<string>();
  const prepare = database.prepare.bind(database);
  database.prepare = (sql, ...rest) => {
    asked.add(sql);
    return prepare(sql, ...rest);
  };
  try {
    await work();
  } finally {
    database.prepare = prepare;
  }
  return [...asked].map((sql) => {
    const steps = prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as unknown as { readonly detail: string }[];
    return steps.map(({ detail }) => detail).join("; ");
  });
}
