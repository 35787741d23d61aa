import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../chain/node/context";
import { hashEvidence } from "../chain/storage/evidence";
import { saveFile } from "../lib/files";
import { Field } from "../ui/fields";

/** The state of {@link EvidenceFields}; `hash` keeps the evidence in this browser and returns its hash. */
export function useEvidence() {
  const { database } = useChain();
  const [text, setText] = useState("");
  const [files, setFiles] = useState<readonly File[]>([]);
  return {
    text,
    setText,
    files,
    setFiles,
    given: text.trim() !== "" || files.length > 0,
    hash: () => hashEvidence(database, text, files),
  };
}

export function EvidenceFields({
  evidence,
  label,
}: {
  readonly evidence: ReturnType<typeof useEvidence>;
  readonly label: string;
}) {
  const { t } = useTranslation();
  return (
    <>
      <Field label={label} hint={t("It stays in this browser; only its hash goes on chain. Keep the files.")}>
        {(id) => (
          <textarea
            id={id}
            rows={3}
            value={evidence.text}
            onChange={(event) => {
              evidence.setText(event.target.value);
            }}
          />
        )}
      </Field>
      <Field label={t("Files")}>
        {(id) => (
          <input
            id={id}
            type="file"
            multiple
            onChange={(event) => {
              evidence.setFiles([...(event.target.files ?? [])]);
            }}
          />
        )}
      </Field>
    </>
  );
}

/** Evidence on chain: its hash, and the document where this browser has it. */
export function EvidenceLink({ hash }: { readonly hash: string }) {
  const { t } = useTranslation();
  const { database } = useChain();
  const { data } = useQuery({
    queryKey: ["evidence", hash],
    queryFn: async () => {
      const found = await database.get("evidence", hash);
      return found === undefined
        ? null
        : { name: found.name, text: found.content.type === "text/plain" ? await found.content.text() : "" };
    },
    staleTime: 5_000,
  });
  const download = async (): Promise<void> => {
    const found = await database.get("evidence", hash);
    if (found !== undefined) saveFile(found.name, found.content);
  };
  return (
    <span className="evidence">
      {data ? (
        <>
          {data.text === "" ? null : <q>{data.text.trim()}</q>}{" "}
          <button type="button" className="link" onClick={() => void download()}>
            {t("Save {{name}}", { name: data.name })}
          </button>
        </>
      ) : (
        <span className="mono" title={hash}>
          {t("hash")} {hash.slice(0, 10)}…
        </span>
      )}
    </span>
  );
}
