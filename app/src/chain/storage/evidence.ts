import { keccak256, toUtf8Bytes } from "ethers";

import type { Database } from "./database";

/**
 * The hash of evidence on chain: the keccak256 of a document's bytes. A text names the files beside it with their own hashes,
 * so that one hash stands for all. The documents stay in this browser; nothing is uploaded.
 */
export async function hashEvidence(database: Database, text: string, files: readonly File[]): Promise<string> {
  const only = files[0];
  if (text.trim() === "" && files.length === 1 && only !== undefined) return await keep(database, only, only.name);
  if (files.length === 0) return await keep(database, new Blob([text.trim()], { type: "text/plain" }), "evidence.txt");
  const lines = [text.trim()];
  for (const file of files) lines.push(`${file.name}: keccak256 ${await keep(database, file, file.name)}`);
  return await keep(
    database,
    new Blob([toUtf8Bytes(`${lines.join("\n")}\n`) as BlobPart], { type: "text/plain" }),
    "evidence.txt",
  );
}

async function keep(database: Database, content: Blob, name: string): Promise<string> {
  const hash = keccak256(new Uint8Array(await content.arrayBuffer()));
  await database.put("evidence", { hash, name, content });
  return hash;
}
