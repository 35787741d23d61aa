import encodeQR from "qr";
import { useMemo } from "react";

/** A QR code. */
export default function Code({ text, label }: { readonly text: string; readonly label: string }) {
  const { path, size } = useMemo(() => {
    const rows = encodeQR(text, "raw", { ecc: "low", border: 2 });
    let drawn = "";
    for (const [y, row] of rows.entries()) {
      for (const [x, dark] of row.entries()) if (dark) drawn += `M${x} ${y}h1v1h-1z`;
    }
    return { path: drawn, size: rows.length };
  }, [text]);
  return (
    <svg className="code" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
