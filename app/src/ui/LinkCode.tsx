import { Suspense, lazy } from "react";

import { Copy } from "./Copy";

const Code = lazy(() => import("./Code"));

/** A link to hand on: a code for a camera, a button that copies it, and the text itself where `shown` names it. */
export function LinkCode(props: {
  readonly link: string;
  readonly code: string;
  readonly copy: string;
  readonly shown?: "relay" | "signature" | "visit";
}) {
  const { link, code, copy, shown } = props;
  return (
    <>
      <Suspense fallback={null}>
        <Code text={link} label={code} />
      </Suspense>
      <Copy text={link} label={copy} />
      {shown === undefined ? null : (
        <output className="mono wrap small" data-link={shown}>
          {link}
        </output>
      )}
    </>
  );
}
