/** Says why an uploaded PDF is none of ours, as exactly as can be told. */
import { findPermanentId } from "../../documents/verify/match.ts";
import type { Expected, SignContext } from "./job.ts";

/** Italian, without capital and full stop. */
export type Explain = (pdf: Uint8Array) => Promise<string>;

/** A file that a program wrote anew keeps the identifier of its origin; the originals' are read at the first such file. */
export function createExplainer(ctx: SignContext, expected: readonly Expected[]): Explain {
  let names: Map<string, string> | null = null;

  async function readNamesById(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const { document, sha256 } of expected) {
      const id = findPermanentId(await ctx.artifacts.read(sha256));
      if (id !== null) found.set(id, document.name);
    }
    return found;
  }

  return async (pdf) => {
    names ??= await readNamesById();
    const name = names.get(findPermanentId(pdf) ?? "");
    return name === undefined
      ? "non è fra i documenti ancora da firmare di questo flusso"
      : `il programma di firma ha riscritto per intero ${name}, che così non si può più riconoscere: nelle sue impostazioni scegliere il salvataggio incrementale, oppure firmare senza aprire e salvare il PDF con altri programmi`;
  };
}
