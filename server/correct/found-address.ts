/** The address that a register has, put into the fields of the form. */
import { italianAddressFields } from "../../integrations/address.ts";
import type { FoundResidence } from "../../integrations/register/kinds.ts";
import { formatDay } from "../words/format.ts";

/** All fields of the address are the register's; what it does not say of CAP and province stays as it was typed. */
export function takeFoundAddress(
  texts: ReadonlyMap<string, string>,
  { people }: FoundResidence,
): ReadonlyMap<string, string> {
  const address = people.find(({ recipient }) => recipient === 0)?.address;
  if (address === undefined) return texts;
  const changed = new Map(texts);
  for (const name of italianAddressFields) {
    const text = address[name] ?? "";
    const isKept = text === "" && (name === "cap" || name === "provincia");
    if (!isKept) changed.set(`destinatario.indirizzo.${name}`, text);
  }
  return changed;
}

/** Why it is corrected, as the versions tell it. */
export function explainFound({ askedOn }: FoundResidence): string {
  return `Residenza in ANPR, chiesta il ${formatDay(askedOn)}`;
}
