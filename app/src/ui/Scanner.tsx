import { QRCanvas, frameLoop, rearCamera } from "qr/dom.js";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

/** The camera, until it has read a code. */
export default function Scanner({ onText }: { readonly onText: (text: string) => void }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let stop: (() => void) | undefined;
    let ended = false;
    const begin = async (): Promise<void> => {
      if (video.current === null) return;
      const camera = await rearCamera(video.current);
      const canvas = new QRCanvas();
      const cancel = frameLoop(() => {
        void camera.readFrame(canvas).then((text) => {
          if (typeof text === "string") onText(text);
        });
      });
      stop = () => {
        cancel();
        camera.stop();
      };
      if (ended) stop();
    };
    begin().catch((error: unknown) => {
      setProblem(error instanceof Error ? error.message : String(error));
    });
    return () => {
      ended = true;
      stop?.();
    };
  }, [onText]);
  if (problem !== undefined)
    return (
      <p className="alert">{t("The camera cannot be used ({{problem}}). Paste the link instead.", { problem })}</p>
    );
  return <video ref={video} className="scanner" muted playsInline aria-label={t("Camera")} />;
}
