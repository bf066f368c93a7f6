/** Opens CAdES envelopes (.p7m) down to what they hold: DER, BER, base64, PEM, envelopes in envelopes. */
import { isPdf } from "./kind.ts";
import { readSignedData } from "./cms.ts";

const maxDepth = 4;

/** What lies innermost in a .p7m; `null` when the bytes are no envelope or hold nothing. */
export function openEnvelope(bytes: Uint8Array): Uint8Array | null {
  let current = bytes;
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const content = readContent(current);
    if (content === null) return depth === 0 ? null : current;
    current = content;
    if (isPdf(current)) return current;
  }
  return null;
}

function readContent(bytes: Uint8Array): Uint8Array | null {
  const der = bytes[0] === 0x30 ? bytes : decodeBase64(bytes);
  if (der === null) return null;
  try {
    return readSignedData(der).content;
  } catch {
    return null;
  }
}

/** Base64 of a SEQUENCE begins with M; PEM has a line before it. */
function decodeBase64(bytes: Uint8Array): Uint8Array | null {
  const start = Buffer.from(bytes.subarray(0, 64)).toString("latin1");
  if (!/^\s*(?:M[A-Za-z0-9+/]{7}|-----BEGIN )/.test(start)) return null;
  const text = Buffer.from(bytes)
    .toString("latin1")
    .replaceAll(/-----[^-]+-----/g, "");
  const decoded = Buffer.from(text, "base64");
  return decoded[0] === 0x30 ? decoded : null;
}
