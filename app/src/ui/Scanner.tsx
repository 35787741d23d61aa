import { QRCanvas, frameLoop, rearCamera } from "qr/dom.js";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

/** The camera, until it has read a code. */
export default function Scanner({ onText }: { readonly onText: (text: string) => void }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const handler = useRef(onText);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    handler.current = onText;
  });
  useEffect(() => {
    let stop: (() => void) | undefined;
    let ended = false;
    const fail = (error: unknown): void => {
      if (!ended) setProblem(error instanceof Error ? error.message : String(error));
    };
    const begin = async (player: HTMLVideoElement): Promise<void> => {
      const camera = await rearCamera(player);
      const canvas = new QRCanvas();
      // One frame at a time, and only frames that the camera has taken.
      const cancel = frameLoop(() => {
        if (ended) return;
        camera.readFrame(canvas, true).then((text) => {
          if (typeof text !== "string" || ended) return;
          ended = true;
          handler.current(text);
        }, fail);
      }, player);
      stop = () => {
        cancel();
        camera.stop();
      };
      if (ended) stop();
    };
    if (video.current !== null) begin(video.current).catch(fail);
    return () => {
      ended = true;
      stop?.();
    };
  }, []);
  if (problem !== undefined)
    return (
      <p className="alert">{t("The camera cannot be used ({{problem}}). Paste the link instead.", { problem })}</p>
    );
  return <video ref={video} className="scanner" muted playsInline aria-label={t("Camera")} />;
}
