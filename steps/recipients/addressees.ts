/** Whom a verbale is for: one recipient or several, each with what was settled of it and with its own ways to pay. */
import type { Payment, PaymentOption, Validation } from "../schemas/fields.ts";
import type { Destinatario, Indirizzo, Verbale } from "../schemas/verbale.ts";

export interface Addressee {
  /** SEND's recIndex. */
  readonly index: number;
  readonly destinatario: Destinatario;
  readonly taxId: string;
  readonly denomination: string;
  readonly address: Indirizzo;
}

/** All of them, the first one first. */
export function listAddressees(
  { destinatario, destinatari = [] }: Pick<Verbale, "destinatario" | "destinatari">,
  validation: Pick<Validation, "taxId" | "denomination" | "address" | "others">,
): readonly Addressee[] {
  const { taxId, denomination, address, others = [] } = validation;
  return [
    { index: 0, destinatario, taxId, denomination, address },
    ...destinatari.flatMap((other, at) => {
      const settled = others[at];
      return settled === undefined ? [] : [{ index: at + 1, destinatario: other, ...settled }];
    }),
  ];
}

/** The ways to pay of one recipient. */
export function listOwnOptions(
  { options }: Pick<Payment, "options">,
  index: number,
): readonly PaymentOption[] {
  return options.filter(({ recipient = 0 }) => recipient === index);
}

/** A position with its codes, and whose it is. */
export interface OwnPosition {
  readonly recipient: number;
  readonly ref: string;
  readonly options: readonly PaymentOption[];
}

/** Every position of a payment, each once, in the order of the recipients. */
export function listPositions({
  ref,
  options,
}: Pick<Payment, "ref" | "options">): readonly OwnPosition[] {
  const byRef = Map.groupBy(options, (option) => option.ref ?? ref);
  return [...byRef].map(([name, own]) => ({
    recipient: own[0]?.recipient ?? 0,
    ref: name,
    options: own,
  }));
}
