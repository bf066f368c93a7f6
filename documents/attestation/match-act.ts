/** Whether an attestation is about the letter that its file came with. */
import type { Attestation } from "./attestation.ts";

/** What SEND says of the passage that the file belongs to. */
export interface AttestedAct {
  readonly iun: string;
  readonly protocol: string;
  /** The registered letter; absent: SEND names none. */
  readonly letter?: string;
}

/** `same`: it names the letter, the IUN or the protocol; `other`: it names another letter; `silent`: none of them. */
export type ActMatch =
  | { readonly state: "same"; readonly by: string }
  | { readonly state: "other"; readonly letter: string }
  | { readonly state: "silent" };

/** Of what was signed alone. */
export function matchAct(
  { values, letters }: Pick<Attestation, "values" | "letters">,
  { iun, protocol, letter }: AttestedAct,
): ActMatch {
  if (letter !== undefined && values.has(letter))
    return { state: "same", by: `la raccomandata ${letter}` };
  const [other] = letters;
  if (letter !== undefined && other !== undefined) return { state: "other", letter: other };
  if (values.has(iun)) return { state: "same", by: `lo IUN ${iun}` };
  if (values.has(protocol)) return { state: "same", by: `il protocollo ${protocol}` };
  return { state: "silent" };
}
