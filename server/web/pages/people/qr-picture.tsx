/** A QR code as SVG. */
/** @jsxImportSource ../../markup */
import { create } from "qrcode";

/** Dark on light in both themes: readers want it so. */
export function QrPicture({ text }: { readonly text: string }) {
  const { modules } = create(text, { errorCorrectionLevel: "M" });
  const { size, data } = modules;
  let path = "";
  for (let at = 0; at < size * size; at += 1)
    if (data[at] === 1) path += `M${(at % size) + 4} ${Math.floor(at / size) + 4}h1v1h-1z`;
  return (
    <svg
      viewBox={`0 0 ${size + 8} ${size + 8}`}
      width="220"
      height="220"
      role="img"
      aria-label="Codice QR per l'app dei codici"
    >
      <rect width={size + 8} height={size + 8} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  );
}
