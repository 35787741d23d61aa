import { useState } from "react";
import { useTranslation } from "react-i18next";

import { TextField } from "../../ui/fields";
import { useCamera } from "./useCamera";

/** Takes the holder's answer, by the camera or as a link. */
export function Reply({ onText }: { readonly onText: (text: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const camera = useCamera(onText);
  return (
    <div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onText(text);
        }}
      >
        <TextField
          label={t("Link with the holder's signature")}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
          }}
          className="mono"
        />
        <div className="row start">
          <button type="submit" className="button" disabled={text.trim() === ""}>
            {t("Take it")}
          </button>
          {camera.button}
        </div>
      </form>
      {camera.picture}
    </div>
  );
}
