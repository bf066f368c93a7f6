/** The files that a timeline names: what a judge will ask for. */
import type { SentElement } from "../../integrations/send/desk-port.ts";
import type { ProofName } from "../../integrations/register/evidence.ts";

/** What the notice of deposit is called here: SEND gives it no category. */
export const aarCategory = "AAR";

/** Each file once, oldest element first; `gone`: ids of elements that a correction took back. */
export function listProofs(
  timeline: readonly SentElement[],
  gone: ReadonlySet<string>,
): readonly ProofName[] {
  const found = new Map<string, ProofName>();
  const taken = timeline.flatMap(({ invalidated = [] }) => invalidated);
  for (const element of [...timeline, ...taken])
    for (const file of listFiles(element)) {
      const proof = { ...file, ...describeElement(element, gone) };
      const known = found.get(file.id);
      // A file that still belongs to an element that holds is no invalid one.
      if (known === undefined || (known.isInvalid === true && proof.isInvalid !== true))
        found.set(file.id, proof);
    }
  return [...found.values()].toSorted(
    (one, other) => one.at.localeCompare(other.at) || one.id.localeCompare(other.id),
  );
}

/** What the operator attached is told as a legal fact too: by that name SEND hands it over. */
function listFiles({
  legalFacts = [],
  attachments = [],
  aarId,
}: SentElement): readonly Pick<ProofName, "id" | "category" | "kind">[] {
  const kinds = new Map(attachments.map(({ id, kind }) => [id, kind]));
  return [
    ...legalFacts.map(({ id, category }) => {
      const kind = kinds.get(id);
      return { id, category, ...(kind === undefined ? {} : { kind }) };
    }),
    ...(aarId === undefined ? [] : [{ id: aarId, category: aarCategory }]),
  ];
}

function describeElement(
  { elementId, recipient, registeredLetterCode: letter, at }: SentElement,
  gone: ReadonlySet<string>,
): Omit<ProofName, "id" | "category" | "kind"> {
  return {
    elementId,
    at,
    ...(recipient === undefined ? {} : { recipient }),
    ...(letter === undefined ? {} : { letter }),
    ...(gone.has(elementId) ? { isInvalid: true } : {}),
  };
}
