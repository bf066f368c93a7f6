/** By which words a verbale is found: its codes, each one word however it was typed, and the names of whom it is for. */
import { foldCode } from "../../integrations/flusso/look-alikes.ts";
import { toFields, toList, toText } from "../history/fields.ts";

/** What a person may look for; the columns of the index, in its order. */
export const searchKinds = [
  "numero",
  "protocollo",
  "iuv",
  "avviso",
  "iun",
  "token",
  "codiceFiscale",
  "targa",
  "nome",
] as const;
export type SearchKind = (typeof searchKinds)[number];

/** Kinds that a person may know by their end alone. */
export const kindsByEnd: readonly SearchKind[] = ["iuv", "avviso", "targa", "protocollo", "numero"];

export type Terms = Readonly<Record<SearchKind, readonly string[]>>;

/** What an item of any pipeline is found by: the verbale that it carries, its payment, its notification; each word once. */
export function collectTerms(key: string, data: Readonly<Record<string, unknown>>): Terms {
  const act = toFields(data["act"]);
  const verbale = toFields(data["verbale"] ?? act["verbale"]);
  const payment = toFields(data["payment"] ?? act["payment"]);
  const notification = toFields(data["notification"] ?? act);
  const people = [verbale["destinatario"], ...toList(verbale["destinatari"])].map(toFields);
  const options = toList(payment["options"]).map(toFields);
  const old = [...toList(verbale["posizioni"]), ...toList(payment["cancelled"])].map(toFields);
  const codes = (values: readonly unknown[]): readonly string[] =>
    Array.from(new Set(values.flatMap((value) => foldTerm(toText(value) ?? ""))));
  const numero = codes([readNumberTerm(key, data)]);
  const protocols = codes([
    verbale["protocollo"],
    notification["protocol"],
    toFields(data["protocolled"] ?? act["protocolled"])["number"],
  ]);
  return {
    numero,
    // Where an office has no protocol its number stands in for it.
    protocollo: protocols.filter((code) => !numero.includes(code)),
    iuv: codes(options.map(({ iuv }) => iuv)),
    avviso: codes(
      [...options, ...old].flatMap(({ noticeCode, numeroAvviso }) => [noticeCode, numeroAvviso]),
    ),
    iun: codes([data["iun"]]),
    token: codes([notification["notificationRequestId"]]),
    codiceFiscale: codes(
      people.flatMap(({ codiceFiscale, partitaIva }) => [codiceFiscale, partitaIva]),
    ),
    targa: codes([verbale["targa"]]),
    nome: Array.from(
      new Set(
        people.flatMap(({ cognome, nome, denominazione }) =>
          [cognome, nome, denominazione].flatMap((name) => splitWords(toText(name) ?? "")),
        ),
      ),
    ),
  };
}

/** The number by which people know the verbale of an item, whatever the item is called. */
export function readNumberTerm(key: string, data: Readonly<Record<string, unknown>>): string {
  return toText(data["numero"]) ?? toText(toFields(data["verbale"])["numero"]) ?? key;
}

/** A code as one word of the index: capitals, blanks and what does not show do not count; none for an empty one. */
export function foldTerm(code: string): readonly string[] {
  const folded = foldCode(code).replaceAll(/[^\p{L}\p{N}/=+_-]/gu, "");
  return folded === "" ? [] : [folded];
}

/** The words of a name, as the index splits them. */
export function splitWords(name: string): readonly string[] {
  return name.normalize("NFKC").match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

/** What of a verbale is what was looked for; empty where it is only a part of something. */
export function listKinds(terms: Terms, text: string): readonly SearchKind[] {
  const [code] = foldTerm(text);
  const words = splitWords(text).map(foldName);
  const names = new Set(terms.nome.map(foldName));
  return searchKinds.filter((kind) =>
    kind === "nome"
      ? words.length > 0 && words.every((word) => names.has(word))
      : code !== undefined && terms[kind].includes(code),
  );
}

function foldName(word: string): string {
  return word.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}
