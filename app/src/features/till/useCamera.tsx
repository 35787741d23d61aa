import { Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";

const Scanner = lazy(() => import("../../ui/Scanner"));

/** A button that opens the camera, and the camera's picture until it has read a code. */
export function useCamera(onText: (text: string) => void) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return {
    button: (
      <button
        type="button"
        className="button plain"
        onClick={() => {
          setOpen(!open);
        }}
      >
        {open ? t("Close the camera") : t("Scan")}
      </button>
    ),
    picture: open ? (
      <Suspense fallback={null}>
        <Scanner
          onText={(text) => {
            setOpen(false);
            onText(text);
          }}
        />
      </Suspense>
    ) : null,
  };
}
