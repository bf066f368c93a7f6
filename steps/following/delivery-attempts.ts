/** The tries to reach one recipient, each with what came of it. */
import type { DeliveryAttempt } from "../../integrations/register/followed.ts";
import type { SentElement } from "../../integrations/send/desk-port.ts";
import { isStalled, listAbout } from "./letters.ts";
import type { Patience } from "./patience.ts";

/** `elements`: those of this recipient that hold, oldest first. */
export function listAttempts(
  elements: readonly SentElement[],
  patience: Patience,
): DeliveryAttempt[] {
  return [...listDigital(elements), ...listLetters(elements, patience)].toSorted(
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
function listLetters(
  elements: readonly SentElement[],
  patience: Patience,
): readonly DeliveryAttempt[] {
  return elements
    .filter(({ category }) => letters.has(category))
    .map((letter) => {
      const about = listAbout(letter, elements);
      const outcome = about.findLast(({ category }) => category === "SEND_ANALOG_FEEDBACK");
      const last = outcome ?? about.at(-1);
      const code = about.findLast(({ registeredLetterCode }) => registeredLetterCode !== undefined);
      const isAnalog = letter.category === "SEND_ANALOG_DOMICILE";
      return {
        channel: isAnalog ? ("analog" as const) : ("simple-letter" as const),
        at: letter.at,
        ...tellProduct(letter.product),
        ...(last === undefined ? {} : tellEnd(last)),
        ...(code?.registeredLetterCode === undefined
          ? {}
          : { registeredLetterCode: code.registeredLetterCode }),
        ...(letter.costCents === undefined ? {} : { costCents: letter.costCents }),
        ...(isAnalog && isStalled(letter, elements, patience) ? { isStalled: true } : {}),
      };
    });
}

const letters: ReadonlySet<string> = new Set([
  "SEND_ANALOG_DOMICILE",
  "SEND_SIMPLE_REGISTERED_LETTER",
]);

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
