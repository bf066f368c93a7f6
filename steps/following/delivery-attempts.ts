/** The tries to reach one recipient, each with what came of it. */
import type { DeliveryAttempt } from "../../integrations/register/followed.ts";
import type { SentElement } from "../../integrations/send/desk-port.ts";

/** `elements`: those of this recipient that hold, oldest first. */
export function listAttempts(elements: readonly SentElement[]): DeliveryAttempt[] {
  return [...listDigital(elements), ...listLetters(elements)].toSorted(
    (left, right) => Date.parse(left.at) - Date.parse(right.at),
  );
}

/** SEND tells the message and the receipt apart: a receipt ends the last message that has none. */
function listDigital(elements: readonly SentElement[]): readonly DeliveryAttempt[] {
  const attempts: DeliveryAttempt[] = [];
  for (const element of elements) {
    if (element.category === "SEND_DIGITAL_DOMICILE")
      attempts.push({ channel: "digital", at: element.at, ...tellProduct(element.addressKind) });
    if (element.category !== "SEND_DIGITAL_FEEDBACK") continue;
    const open = attempts.findLastIndex(({ outcome }) => outcome === undefined);
    const begun = attempts[open] ?? { channel: "digital", at: element.at };
    const ended = { ...begun, ...tellProduct(element.addressKind), ...tellEnd(element) };
    if (open < 0) attempts.push(ended);
    else attempts[open] = ended;
  }
  return attempts;
}

/** A letter, with its last code until the outcome is there. */
function listLetters(elements: readonly SentElement[]): readonly DeliveryAttempt[] {
  return elements
    .filter(({ category }) => letters.has(category))
    .map((letter) => {
      const about = elements.filter((element) => isAbout(element, letter, elements));
      const outcome = about.findLast(({ category }) => category === "SEND_ANALOG_FEEDBACK");
      const last = outcome ?? about.at(-1);
      const code = about.findLast(({ registeredLetterCode }) => registeredLetterCode !== undefined);
      return {
        channel:
          letter.category === "SEND_ANALOG_DOMICILE"
            ? ("analog" as const)
            : ("simple-letter" as const),
        at: letter.at,
        ...tellProduct(letter.product),
        ...(last === undefined ? {} : tellEnd(last)),
        ...(code?.registeredLetterCode === undefined
          ? {}
          : { registeredLetterCode: code.registeredLetterCode }),
        ...(letter.costCents === undefined ? {} : { costCents: letter.costCents }),
      };
    });
}

const letters: ReadonlySet<string> = new Set([
  "SEND_ANALOG_DOMICILE",
  "SEND_SIMPLE_REGISTERED_LETTER",
]);

const ofLetters: Readonly<Record<string, string>> = {
  SEND_ANALOG_PROGRESS: "SEND_ANALOG_DOMICILE",
  SEND_ANALOG_FEEDBACK: "SEND_ANALOG_DOMICILE",
  SEND_SIMPLE_REGISTERED_LETTER_PROGRESS: "SEND_SIMPLE_REGISTERED_LETTER",
};

/** By the letter's id where it is told, else by the number of the attempt. */
function isAbout(
  element: SentElement,
  letter: SentElement,
  elements: readonly SentElement[],
): boolean {
  if (ofLetters[element.category] !== letter.category) return false;
  const { letterId } = element;
  if (letterId !== undefined && elements.some(({ elementId }) => elementId === letterId))
    return letterId === letter.elementId;
  return (element.attempt ?? 0) === (letter.attempt ?? 0);
}

function tellProduct(product: string | undefined): Pick<DeliveryAttempt, "product"> {
  return product === undefined ? {} : { product };
}

function tellEnd({ outcome, code, cause }: SentElement): Partial<DeliveryAttempt> {
  return {
    ...(outcome === undefined ? {} : { outcome }),
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause }),
  };
}
