/** Every example of docs/it/colonne.md is read as the page says. */
import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { systemClock } from "../../../../engine/host/clock.ts";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import { fieldSpecs } from "../../../../integrations/flusso/fields.ts";
import { nameColumns } from "../../../../integrations/flusso/columns.ts";
import { fedBySplit } from "../../../../integrations/flusso/mapping/split-fields.ts";
import type { FlussoSettings } from "../../../../integrations/flusso/settings.ts";
import { readRepositoryFile } from "../../../support/repository.ts";

const whole = readRepositoryFile("docs/it/colonne.md");
// What stands above is about the command.
const page = whole.slice(whole.indexOf("## Un campo"));

/** What the other columns of a row hold. */
const others: Readonly<Record<string, string>> = {
  numero: "A1",
  dataViolazione: "2026-11-03",
  luogo: "Via Roma",
  targa: "AA000AA",
  articolo: "7",
  descrizione: "Sosta",
  agente: "matr. 1",
  importoRidottoCents: "4200",
  speseCents: "850",
  "destinatario.tipo": "PF",
  "destinatario.indirizzo.via": "Via Prova 1",
  "destinatario.indirizzo.cap": "26013",
  "destinatario.indirizzo.comune": "Crema",
  "destinatario.indirizzo.provincia": "CR",
};

interface Example {
  readonly yaml: string;
  readonly cells: readonly (readonly [string, string])[];
  readonly fields: readonly (readonly [string, string])[];
}

function readPairs(text: string): readonly (readonly [string, string])[] {
  return [...text.matchAll(/`([^`]*)`/g)].map(([, pair = ""]) => {
    const at = pair.indexOf(":");
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const;
  });
}

const examples: readonly Example[] = [
  ...page.matchAll(/```yaml\n([\s\S]*?)```\n\n((?:\|.*\n)+)/g),
].flatMap(([, yaml = "", table = ""]) =>
  table
    .trim()
    .split("\n")
    .slice(2)
    .map((row) => {
      const [, cells = "", fields = ""] = row.split("|");
      return { yaml, cells: readPairs(cells), fields: readPairs(fields) };
    }),
);

function listFed(settings: Partial<FlussoSettings>): ReadonlySet<string> {
  const fed = Object.values(settings.columns ?? {}).flatMap((target) => {
    if (typeof target === "string") return [target];
    return target.split === undefined || target.split === "first"
      ? [target.to ?? ""]
      : fedBySplit[target.split];
  });
  return new Set([...fed, ...Object.keys(settings.constants ?? {}), ...(settings.deduce ?? [])]);
}

function toSettings(yaml: string): FlussoSettings {
  const written = parse(yaml, { schema: "failsafe" }) as Partial<FlussoSettings>;
  return { delimiter: ";", encoding: "auto", dates: "AAAA-MM-GG", amounts: "1.234,56", ...written };
}

/** The cells that the example does not speak of, in the notation that it declares. */
function listOthers(settings: FlussoSettings): readonly (readonly [string, string])[] {
  const fed = listFed(settings);
  const day = settings.dates === "GG/MM/AA" ? "03/11/26" : "2026-11-03";
  return Object.entries(others)
    .filter(([field]) => !fed.has(field))
    .map(([field, text]) => {
      if (fieldSpecs.get(field)?.kind === "cents") return [field, "42,00"] as const;
      return [field, field === "dataViolazione" ? day : text] as const;
    });
}

test("the page has examples of everything", () => {
  expect(examples.length).toBeGreaterThan(15);
  for (const word of [
    "values",
    "default",
    "split",
    "join",
    "empty",
    "format",
    "skip",
    "deduce",
    "constants",
  ])
    expect(page).toContain(word);
});

describe("an example", () => {
  test.each(examples)("$yaml", async ({ yaml, cells, fields }) => {
    const settings = toSettings(yaml);
    const pairs = [...cells, ...listOthers(settings)];
    const bytes = new TextEncoder().encode(
      `${pairs.map(([header]) => `"${header}"`).join(";")}\n${pairs.map(([, text]) => `"${text}"`).join(";")}\n`,
    );
    const flusso = createFlusso({ settings, inboxRoot: "unused", clock: systemClock });
    const file = {
      name: "flusso.csv",
      async *open() {
        yield bytes;
      },
    };
    expect(nameColumns(pairs.map(([header]) => header))).toHaveLength(pairs.length);
    const found = await flusso.inspect(file, 10);
    expect(found.faults).toEqual([]);

    for await (const row of flusso.readRows(file)) {
      if ("faults" in row) throw new Error("a faulty row");
      const read = Object.fromEntries(
        fields.map(([field]) => [
          field,
          field === "in dubbio" ? (row.doubts?.[0]?.kind ?? "") : pick(row.verbale, field),
        ]),
      );
      expect(read).toEqual(Object.fromEntries(fields));
    }
  });
});

function pick(verbale: unknown, field: string): string {
  let value = verbale;
  for (const part of field.split(".")) value = (value as Record<string, unknown> | null)?.[part];
  return value === undefined ? "(vuoto)" : `${value as string | number}`;
}
