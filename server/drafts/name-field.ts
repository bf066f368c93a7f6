/** The fields of a verbale in the words of operators. */
import { Verbale } from "../../steps/schemas/verbale.ts";

interface Titled {
  readonly title?: string;
  readonly properties?: Readonly<Record<string, Titled>>;
  readonly items?: Titled;
}

const parts: Readonly<Record<string, string>> = {
  destinatario: "destinatario",
  destinatari: "destinatario",
  veicolo: "veicolo",
};

/** `destinatario.codiceFiscale` is «Codice fiscale del destinatario»; a field that no title names stands as it is. */
export function nameField(field: string): string {
  const path = field.replaceAll(/\[\d*\]/g, "").split(".");
  let schema: Titled | undefined = Verbale as Titled;
  for (const name of path) schema = schema?.properties?.[name] ?? schema?.items?.properties?.[name];
  const title = schema?.title;
  if (title === undefined) return field;
  const whose = parts[path[0] ?? ""];
  return whose === undefined || path.length < 2 || title.toLowerCase().includes(whose)
    ? title
    : `${title} del ${whose}`;
}
