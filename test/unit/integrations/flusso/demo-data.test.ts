/** The demo flusso: readable by the demo ente's mapping, fresh on any day, with one example of each classic defect. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { Value } from "typebox/value";
import { parse } from "yaml";
import { runOnItem } from "../../../../engine/step/step.ts";
import { toEpochMs, systemClock } from "../../../../engine/host/clock.ts";
import type { EffectContext } from "../../../../engine/step/context.ts";
import { ItemRejected } from "../../../../engine/host/errors.ts";
import { openPostal } from "../../../../integrations/flusso/postal/postal.ts";
import { demoDay, buildDemoFlusso } from "../../../../integrations/flusso/demo-data.ts";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import { FlussoSettings } from "../../../../integrations/flusso/settings.ts";
import type { Validation } from "../../../../steps/schemas/fields.ts";
import { Verbale } from "../../../../steps/schemas/verbale.ts";
import validate from "../../../../steps/validate.ts";
import { openRegister } from "../../../support/register.ts";

const root = join(import.meta.dir, "../../../..");

async function verbaliOf(csv: Uint8Array): Promise<readonly Verbale[]> {
  const ente = parse(await Bun.file(join(root, "pipelines/enti/borgolieto.yaml")).text()) as {
    readonly flusso: object;
  };
  const settings = Value.Default(FlussoSettings, ente.flusso) as FlussoSettings;
  const flusso = createFlusso({ settings, inboxRoot: "", clock: systemClock });
  const verbali: Verbale[] = [];
  const file = {
    name: "flusso.csv",
    async *open() {
      yield csv;
    },
  };
  for await (const row of flusso.readRows(file)) {
    if ("faults" in row) throw new Error(JSON.stringify(row.faults));
    expect(Value.Errors(Verbale, row.verbale)).toEqual([]);
    verbali.push(row.verbale as Verbale);
  }
  return verbali;
}

const shipped = openPostal(join(root, "no-such-folder"));

async function endOf(verbale: Verbale, today: string): Promise<string> {
  const ctx = {
    config: Value.Default(validate.config, {}),
    services: {
      flusso: { readPostalTable: () => shipped },
      register: openRegister(`${today}T10:00:00Z`),
      desk: { listDowntimes: async () => [] },
      ente: {
        payments: { adapter: "gpd" },
        send: { subject: "Violazione del Codice della Strada", taxonomyCode: "010101P" },
      },
    },
    clock: { now: () => toEpochMs(`${today}T10:00:00Z`) },
    log: { debug: () => {} },
    holders: async () => new Map(),
  } as unknown as EffectContext<unknown, unknown>;
  try {
    const fields = await runOnItem(
      validate,
      { key: verbale.numero, round: 1, data: { verbale } },
      ctx,
    );
    return (fields as { readonly validation: Validation }).validation.warnings.join(" ");
  } catch (error) {
    if (error instanceof ItemRejected) return error.code;
    throw error;
  }
}

test.each(["2026-11-20", "2027-03-01", "2031-12-31"])(
  "on %s sixty verbali are read, four of them fail validate, and only the one for SEND to refuse has a warning",
  async (today) => {
    const verbali = await verbaliOf(buildDemoFlusso(today).csv);

    const ends = new Map<string, string>();
    for (const verbale of verbali) {
      const end = await endOf(verbale, today);
      if (end !== "") ends.set(verbale.numero, end);
    }

    expect(verbali).toHaveLength(60);
    expect(Object.fromEntries(ends)).toEqual({
      "2026-V-0113": "FOREIGN_RECIPIENT",
      "2026-V-0121": "TAX_CODE_CHECK",
      "2026-V-0129": "TAX_CODE_COMPANY_PERSONAL",
      "2026-V-0134": "DEADLINE_PASSED",
      "2026-V-0152":
        "CAP, comune e provincia: forse non stanno insieme nella tabella dei CAP del 30/06/2025. Rimedio: il CAP di questo comune è 26013; questo CAP è di AZZANELLO (CR), BAGNOLO CREMASCO (CR), CAMISANO (CR), e altri 30. Correggere quello sbagliato.",
    });
  },
);

test("the committed file is the flusso of its own day, and later days only move its dates", async () => {
  const committed = await Bun.file(join(root, "data/demo/flusso-2026-11.csv")).bytes();

  const [first] = await verbaliOf(committed);
  const [later] = await verbaliOf(buildDemoFlusso("2026-12-20").csv);

  expect(buildDemoFlusso(demoDay).csv).toEqual(committed);
  expect(first?.dataViolazione).toBe("2026-11-15");
  expect(later).toEqual({ ...first, dataViolazione: "2026-12-15" } as Verbale);
});

test("accents survive, positions are told apart, sole traders are persons", async () => {
  const verbali = await verbaliOf(buildDemoFlusso(demoDay).csv);

  const towns = new Set(verbali.map((each) => each.destinatario.indirizzo.comune));
  const counts = verbali.map((each) => each.posizioni?.length ?? 0);
  expect(towns.has("San Donà di Piave")).toBe(true);
  expect(counts.filter((count) => count === 1)).toHaveLength(10);
  expect(counts.filter((count) => count === 2)).toHaveLength(1);
  expect(
    verbali.filter(
      ({ destinatario }) => destinatario.tipo === "PF" && destinatario.partitaIva !== undefined,
    ).length,
  ).toBeGreaterThan(3);
  expect(verbali.filter(({ destinatario }) => destinatario.tipo === "PG")).toHaveLength(10);
});

test("the verbale whose CAP is of another town is right in everything else", async () => {
  const verbali = await verbaliOf(buildDemoFlusso(demoDay).csv);

  const table = (await Bun.file(join(root, "data/reference/cap.csv")).text()).toUpperCase();
  const strangers = verbali.filter(({ destinatario: { indirizzo } }) => {
    const town = indirizzo.comune
      .normalize("NFD")
      .replace(/(\p{L})\p{M}/gu, "$1'")
      .toUpperCase();
    return !table.includes(`${indirizzo.cap};${town};${indirizzo.provincia}`);
  });

  expect(strangers.map(({ numero }) => numero)).toEqual(["2026-V-0113", "2026-V-0152"]);
});

test("exactly one position is paid already, and every position named is there but one", async () => {
  const { csv, positions } = buildDemoFlusso(demoDay);
  const known = positions as readonly { readonly iupd: string; readonly status: string }[];

  const named = (await verbaliOf(csv)).flatMap((each) =>
    (each.posizioni ?? []).map((position) => [each.numero, position.iupd] as const),
  );
  const absent = named.filter(([, iupd]) => known.every((each) => each.iupd !== iupd));

  expect(known.filter(({ status }) => status === "PAID").map(({ iupd }) => iupd)).toEqual([
    "89999990164-2026-V-0142",
  ]);
  expect(absent).toEqual([["2026-V-0146", "89999990164-2026-SCONOSCIUTA"]]);
  expect(known).toHaveLength(11);
});
