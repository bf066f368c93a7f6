/** validate: each check by its code, all faults at once, severities from YAML, nothing personal in a note. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runOnItem } from "../../../engine/step/step.ts";
import { toEpochMs } from "../../../engine/host/clock.ts";
import type { EffectContext } from "../../../engine/step/context.ts";
import type { Holder } from "../../../engine/step/item.ts";
import { ItemRejected, RunBlocked } from "../../../engine/host/errors.ts";
import type { PostalTable } from "../../../integrations/flusso/port.ts";
import { buildPostalTable } from "../../../integrations/flusso/postal/postal-table.ts";
import { fillChecksTable } from "../../../scripts/checks-page.ts";
import { checks } from "../../../steps/checks/catalogue.ts";
import type { Doubts, Neighbours, Validation } from "../../../steps/schemas/fields.ts";
import type { Destinatario, Indirizzo, Verbale } from "../../../steps/schemas/verbale.ts";
import validate from "../../../steps/validate.ts";
import { openRegister } from "../../support/register.ts";

const address: Indirizzo = {
  via: "Via Giuseppe Verdi",
  civico: "12",
  cap: "26013",
  comune: "Crema",
  provincia: "CR",
};
const person: Destinatario = {
  tipo: "PF",
  qualita: "proprietario",
  cognome: "Rossi",
  nome: "Mario",
  codiceFiscale: "RSSMRA80A01H501U",
  indirizzo: address,
};
const company: Destinatario = {
  tipo: "PG",
  qualita: "proprietario",
  denominazione: "Trasporti Fittizi S.r.l.",
  partitaIva: "00743110157",
  indirizzo: address,
};
const base: Verbale = {
  numero: "AB123",
  dataViolazione: "2026-11-03",
  luogo: "Via Roma",
  targa: "AA000AA",
  articolo: "7/9",
  descrizione: "Accesso in ZTL",
  agente: "matr. 12",
  puntiPatente: 0,
  motivoMancataContestazione: "Accesso visto dopo, dalle immagini del varco",
  importoRidottoCents: 8300,
  importoScontatoCents: 5810,
  speseCents: 1500,
  destinatario: person,
};

const crema = [{ cap: "26013", town: "CREMA", province: "CR" }];

/** Of the settings of the step. */
const defaults = {
  limitDays: 90,
  marginDays: 10,
  toleranceKmh: 5,
  tolerancePercent: 5,
  calibrationDays: 366,
  repeatedReasons: 20,
};

interface Trial {
  readonly now?: string;
  readonly config?: Record<string, unknown>;
  readonly adapter?: "gpd" | "govpay" | "file";
  /** Of `payments.govpay`; default true. */
  readonly sendAbilitato?: boolean;
  readonly send?: Record<string, string | boolean>;
  /** What the table of CAPs has; only Crema, and not all comuni, unless given. */
  readonly table?: PostalTable;
  /** Who holds which name. */
  readonly holders?: Readonly<Record<string, Holder>>;
  /** What others of its flusso say of it. */
  readonly neighbours?: Neighbours;
  readonly doubts?: Doubts;
}

async function run(verbale: Verbale, trial: Trial = {}): Promise<Validation> {
  const ctx = {
    ente: "borgo",
    runId: "R1",
    config: { ...defaults, ...trial.config },
    services: {
      ente: {
        payments: {
          adapter: trial.adapter ?? "gpd",
          govpay: { sendAbilitato: trial.sendAbilitato ?? true },
        },
        send: { subject: "Violazione del CdS", taxonomyCode: "010101P", ...trial.send },
      },
      flusso: {
        readPostalTable: async () => trial.table ?? buildPostalTable(crema, "2026-11-23"),
      },
      desk: { listDowntimes: async () => [] },
      register: openRegister(),
    },
    clock: { now: () => toEpochMs(trial.now ?? "2026-11-23T05:30:00Z") },
    log: { debug: () => {} },
    holders: async (names: readonly string[]) =>
      new Map(
        names.flatMap((name) => {
          const holder = trial.holders?.[name];
          return holder === undefined ? [] : [[name, [holder]] as const];
        }),
      ),
  } as unknown as EffectContext<unknown, unknown>;
  const fields = await runOnItem(
    validate,
    {
      key: verbale.numero,
      round: 1,
      data: {
        verbale,
        ...(trial.neighbours !== undefined && { neighbours: trial.neighbours }),
        ...(trial.doubts !== undefined && { doubts: trial.doubts }),
      },
    },
    ctx,
  );
  return (fields as { validation: Validation }).validation;
}

async function rejectionOf(verbale: Verbale, trial: Trial = {}): Promise<ItemRejected> {
  const error = await run(verbale, trial).catch((thrown: unknown) => thrown);
  if (error instanceof ItemRejected) return error;
  throw new Error("the verbale was not rejected");
}

/** What the ente file has wrong stops the run, not the verbale. */
async function blockOf(
  send: Record<string, string>,
  more: Pick<Trial, "adapter" | "sendAbilitato"> = {},
): Promise<RunBlocked> {
  const error = await run(base, { send, ...more }).catch((thrown: unknown) => thrown);
  if (error instanceof RunBlocked) return error;
  throw new Error("the run was not blocked");
}

function withPerson(changes: Partial<Destinatario>): Verbale {
  return { ...base, destinatario: { ...person, ...changes } };
}

function withAddress(changes: Partial<Indirizzo>): Verbale {
  return withPerson({ indirizzo: { ...address, ...changes } });
}

test("a verbale without faults gets its settled recipient and the last day", async () => {
  expect(await run(base)).toEqual({
    checkedOn: "2026-11-23",
    taxId: "RSSMRA80A01H501U",
    denomination: "Mario Rossi",
    address,
    printedRows: ["Mario Rossi", "Via Giuseppe Verdi 12", "26013 Crema CR"],
    notifyBy: "2027-02-01",
    warnings: [],
  });
});

test("the day is Rome's: shortly before midnight UTC it is already the next", async () => {
  expect((await run(base, { now: "2026-11-23T23:30:00Z" })).checkedOn).toBe("2026-11-24");
});

test("a company without codice fiscale goes by its partita IVA", async () => {
  const validation = await run({ ...base, destinatario: company });

  expect(validation.taxId).toBe("00743110157");
  expect(validation.denomination).toBe("Trasporti Fittizi S.r.l.");
});

test("a sole trader is a person with the name of the firm", async () => {
  const validation = await run(withPerson({ denominazione: "Rossi Mario Autoriparazioni" }));

  expect(validation.denomination).toBe("Rossi Mario Autoriparazioni");
});

describe("each fault has its code", () => {
  const long = "x".repeat(45);
  test.each<readonly [string, Verbale, keyof typeof checks]>([
    ["foreign state", withAddress({ stato: "Francia" }), "FOREIGN_RECIPIENT"],
    ["province EE", withAddress({ provincia: "EE" }), "FOREIGN_RECIPIENT"],
    ["no tax code", withPerson({ codiceFiscale: " " }), "TAX_CODE_MISSING"],
    [
      "a person with only a partita IVA",
      withPerson({ codiceFiscale: "", partitaIva: "00743110157" }),
      "TAX_CODE_MISSING",
    ],
    [
      "a company with a personal code",
      { ...base, destinatario: { ...company, codiceFiscale: "RSSMRA80A01H501U" } },
      "TAX_CODE_COMPANY_PERSONAL",
    ],
    [
      "a person with eleven digits",
      withPerson({ codiceFiscale: "00743110157" }),
      "TAX_CODE_PERSON_NUMERIC",
    ],
    ["a code too short", withPerson({ codiceFiscale: "RSSMRA80A01H501" }), "TAX_CODE_FORM"],
    ["a wrong check letter", withPerson({ codiceFiscale: "RSSMRA80A01H501A" }), "TAX_CODE_CHECK"],
    [
      "a wrong digit of a company",
      { ...base, destinatario: { ...company, partitaIva: "00743110158" } },
      "VAT_CHECK",
    ],
    ["no name", withPerson({ nome: "" }), "NAME_MISSING"],
    [
      "a company without name",
      { ...base, destinatario: { ...company, denominazione: "" } },
      "NAME_MISSING",
    ],
    ["a name of 89", withPerson({ denominazione: "x".repeat(89) }), "NAME_LENGTH"],
    ["Cyrillic", withPerson({ denominazione: "Иван" }), "CHARSET"],
    ["garbled accents", withAddress({ via: "Via NiccolÃ² Paganini" }), "CHARSET_GARBLED"],
    ["a line end in letters", withPerson({ denominazione: "Rossi\\nMario" }), "CHARSET_ESCAPED"],
    ["a bar", withAddress({ via: "Via Verdi | B" }), "CHARSET_FORBIDDEN"],
    ["no street", withAddress({ via: " " }), "ADDRESS_MISSING"],
    ["no town", withAddress({ comune: "" }), "ADDRESS_MISSING"],
    ["a street of one letter", withAddress({ via: "A", civico: "" }), "ADDRESS_MISSING"],
    ["a town of one letter", withAddress({ comune: "A" }), "ADDRESS_MISSING"],
    ["a CAP of four", withAddress({ cap: "2601" }), "CAP_FORM"],
    ["no CAP", withAddress({ cap: "" }), "CAP_FORM"],
    ["a CAP of another province", withAddress({ cap: "20121" }), "CAP_PROVINCE"],
    [
      "a Cyrillic letter in a tax code",
      withPerson({ codiceFiscale: "RSSMRА80A01H501U" }),
      "CODE_CHARACTER",
    ],
    ["an Arabic digit in a CAP", withAddress({ cap: "2601٣" }), "CODE_CHARACTER"],
    ["a Greek letter in a plate", { ...base, targa: "ΑB123CD" }, "CODE_CHARACTER"],
    ["a province by name", withAddress({ provincia: "Cremona" }), "PROVINCE"],
    ["no province", withAddress({ provincia: "" }), "PROVINCE"],
    ["a long street", withAddress({ via: "x".repeat(42), civico: "12" }), "ADDRESS_ROW"],
    ["long details", withAddress({ dettagli: long }), "ADDRESS_ROW"],
    [
      "presso and frazione",
      withAddress({ presso: "x".repeat(22), frazione: "x".repeat(22) }),
      "ADDRESS_ROW",
    ],
    ["a long town", withAddress({ comune: "x".repeat(36) }), "ADDRESS_ROW"],
    ["a PEC without at", withPerson({ pec: "rossi.pec.it" }), "PEC_FORM"],
    ["two PEC", withPerson({ pec: "a@pec.it;b@pec.it" }), "PEC_FORM"],
    ["tomorrow", { ...base, dataViolazione: "2026-11-24" }, "DATE_FUTURE"],
    ["the 91st day", { ...base, dataViolazione: "2026-08-24" }, "DEADLINE_PASSED"],
    ["nothing to pay", { ...base, importoRidottoCents: 0, importoScontatoCents: 0 }, "AMOUNT_ZERO"],
    ["no discount", { ...base, importoScontatoCents: 8300 }, "AMOUNT_DISCOUNT"],
    [
      "a cent beyond the symbols of a notice",
      {
        ...base,
        importoRidottoCents: 9_999_999_999,
        importoScontatoCents: 6_999_999_999,
        speseCents: 1,
      },
      "AMOUNT_LIMIT",
    ],
    [
      "a notice code that Excel has rounded",
      {
        ...base,
        posizioni: [{ iupd: "A" }, { numeroAvviso: "302000100000019000" }],
      },
      "NOTICE_CODE_ROUNDED",
    ],
    ["no plate", { ...base, targa: "" }, "FIELD_MISSING"],
    ["a long protocol", { ...base, protocollo: "x".repeat(257) }, "PROTOCOL_FORM"],
    [
      "a position by notice code on GPD",
      { ...base, posizioni: [{ numeroAvviso: "302000100000019421" }] },
      "POSITION_REFERENCE",
    ],
  ])("%s", async (_, verbale, code) => {
    const rejection = await rejectionOf(verbale);

    expect(rejection.code).toBe(code);
    expect(rejection.message).toContain("Rimedio: ");
  });
});

test.each(["2026/V/1", "x".repeat(36), " "])(
  "an idPendenza that GovPay cannot have («%s») is told before anything is asked",
  async (idPendenza) => {
    const named = { ...base, posizioni: [{ idPendenza }] };

    expect((await rejectionOf(named, { adapter: "govpay" })).code).toBe("POSITION_REFERENCE");
    expect(
      (await run({ ...base, posizioni: [{ idPendenza: "2026-V_1" }] }, { adapter: "govpay" }))
        .warnings,
    ).toEqual([]);
  },
);

describe("what should be looked at is a warning", () => {
  test.each<readonly [string, Verbale, string]>([
    [
      "a provisional code as company",
      { ...base, destinatario: { ...company, partitaIva: "12345671510" } },
      "Codice fiscale o partita IVA: è del tipo che l'Agenzia delle Entrate dà in via provvisoria alle persone fisiche. Rimedio: controllare che il destinatario sia davvero una PG.",
    ],
    [
      "another person's code",
      withPerson({ cognome: "Bianchi" }),
      "Codice fiscale: le prime sei lettere non corrispondono a cognome e nome. Rimedio: controllare che codice e nome siano della stessa persona.",
    ],
    [
      "a foreign letter",
      withAddress({ presso: "Šimić" }),
      "Presso: inviato con la trascrizione Š → S, ć → c. Rimedio: scriverlo già così nel gestionale, se la trascrizione non va bene.",
    ],
    [
      "an unusual character",
      withAddress({ dettagli: "Scala B #3" }),
      "Dettagli dell'indirizzo: contiene caratteri che SEND potrebbe rifiutare: #. Rimedio: lasciare lettere, cifre, spazi e . / ' - , @ _",
    ],
    [
      "a generic CAP",
      withAddress({ cap: "20100", comune: "Milano", provincia: "mi" }),
      "CAP: è quello generico di una città divisa in zone. Rimedio: indicare il CAP della via.",
    ],
    [
      "no house number",
      withPerson({
        indirizzo: { via: "Via Verdi", cap: "26013", comune: "Crema", provincia: "CR" },
      }),
      "Civico: manca. Rimedio: indicare il numero, il chilometro (KM 12) oppure SNC.",
    ],
    [
      "ordinary mail",
      withPerson({ pec: "mario@gmail.com" }),
      "PEC: il dominio è di posta ordinaria, non di PEC. Rimedio: togliere l'indirizzo, o indicare la PEC.",
    ],
    [
      "the last day",
      { ...base, dataViolazione: "2026-08-25" },
      "Data della violazione: il termine di 90 giorni scade oggi. Rimedio: mandare il verbale senza attendere altri flussi.",
    ],
    [
      "an odd discount",
      { ...base, importoScontatoCents: 6860 },
      "Importo scontato: non è il 70 % dell'importo ridotto. Rimedio: controllare che le spese non siano dentro l'uno o l'altro importo.",
    ],
    [
      "euro taken for cents",
      { ...base, speseCents: 150_000 },
      "Spese: è insolitamente alto. Rimedio: controllare che euro e centesimi non siano scambiati.",
    ],
    [
      "words for a number",
      withAddress({ civico: "12 scala B" }),
      "Civico: non ha una forma che la posta riconosce. Rimedio: scrivere il solo numero con l'esponente (12/B), KM 3 oppure SNC; scala e interno vanno nei dettagli.",
    ],
    [
      "a box without its office",
      withAddress({ via: "Casella postale 12" }),
      "Dettagli dell'indirizzo: manca l'ufficio postale della casella. Rimedio: scrivere nei dettagli UFFICIO e il suo nome.",
    ],
    [
      "a notice code with wrong check digits",
      { ...base, posizioni: [{ iupd: "P1", numeroAvviso: "302000100000019421" }] },
      "Numero d'avviso da annullare: le cifre di controllo non corrispondono. Rimedio: confrontarlo con l'avviso stampato.",
    ],
  ])("%s", async (_, verbale, warning) => {
    expect((await run(verbale)).warnings).toEqual([warning]);
  });
});

test("the same violation under another number is told", async () => {
  expect((await run(base, { neighbours: { similar: ["AB9"] } })).warnings).toEqual([
    "Verbale: stesso destinatario, targa, giorno e ora del verbale AB9 dello stesso flusso. Rimedio: controllare che la violazione non sia stata inserita due volte.",
  ]);
});

test("the foreign letters are sent as they were told", async () => {
  const validation = await run(
    withPerson({
      denominazione: "Officina  “Đurić”",
      indirizzo: { ...address, via: "Via\tŽižka" },
    }),
  );

  expect(validation.denomination).toBe('Officina "Duric"');
  expect(validation.address.via).toBe("Via Zizka");
});

test.each([
  ["the tenth day before the end", "2026-09-04", 0],
  ["the ninth day before the end", "2026-09-03", 1],
])("%s", async (_, dataViolazione, warnings) => {
  expect((await run({ ...base, dataViolazione })).warnings).toHaveLength(warnings);
});

test("the rows on the envelope are shown as SEND prints them, cut at 44 characters", async () => {
  const validation = await run(
    withPerson({
      denominazione: "Società Agricola dei Fratelli Inventati di Fantasia Tommaso e Figli",
      indirizzo: {
        ...address,
        presso: "Studio Legale Prova Associati",
        dettagli: "Scala B Interno 3",
        frazione: "Vergonzana",
      },
    }),
  );

  expect(validation.printedRows).toEqual([
    "Società Agricola dei Fratelli Inventati di F",
    "antasia Tommaso e Figli Studio Legale Prova",
    "Scala B Interno 3 Vergonzana",
    "Via Giuseppe Verdi 12",
    "26013 Crema CR",
  ]);
  expect(validation.warnings).toEqual([
    "Cognome e nome: con «presso» non sta in due righe di 44 caratteri: la stampa lo taglierebbe. Rimedio: abbreviare il nome o il presso.",
  ]);
});

test.each([
  ["44 of a street", { via: "x".repeat(41), civico: "12" }, true],
  ["45 of a street", { via: "x".repeat(42), civico: "12" }, false],
  ["44 of details, blanks around them", { dettagli: ` ${"x".repeat(44)} ` }, true],
  ["44 of presso and frazione", { presso: "x".repeat(21), frazione: "x".repeat(22) }, true],
  ["45 of presso and frazione", { presso: "x".repeat(22), frazione: "x".repeat(22) }, false],
  ["44 of CAP, town and province", { comune: "x".repeat(35) }, true],
  ["45 of CAP, town and province", { comune: "x".repeat(36) }, false],
] as const)("%s in a printed row", async (_, changes, isRight) => {
  const result = run(withAddress(changes), { table: buildPostalTable([], "") });

  if (isRight) expect((await result).warnings).toEqual([]);
  else expect(await result.catch((error: unknown) => error)).toHaveProperty("code", "ADDRESS_ROW");
});

test.each(["", "Italia", "ITALY", "italien", "IT", "ITA", "Repubblica Italiana"])(
  "«%s» is Italy",
  async (stato) => {
    expect((await run(withAddress({ stato }))).warnings).toEqual([]);
  },
);

test.each([
  { stato: "San Marino" },
  { stato: "Città del Vaticano" },
  { stato: "CH" },
  { provincia: "SM" },
  { provincia: "ee" },
])("%j is abroad", async (changes) => {
  expect((await rejectionOf(withAddress(changes))).code).toBe("FOREIGN_RECIPIENT");
});

describe("abroad, where the ente reaches it with SEND", () => {
  const send = { abroad: true };
  const paris = {
    via: "Rue de l'Exemple",
    civico: "4",
    cap: "75001",
    comune: "Parigi",
    provincia: "EE",
    stato: "Francia",
  };

  test("who has a tax code gets six rows, no province and 360 days", async () => {
    const { address, printedRows, notifyBy, warnings } = await run(withAddress(paris), {
      send,
      config: { limitDays: undefined },
    });

    expect(warnings).toEqual([]);
    expect(address).toEqual({
      via: "Rue de l'Exemple",
      civico: "4",
      cap: "75001",
      comune: "Parigi",
      provincia: "",
      stato: "FRANCIA",
    });
    expect(printedRows?.slice(-2)).toEqual(["75001 Parigi", "FRANCIA"]);
    expect(notifyBy).toBe("2027-10-29");
  });

  test("who has none stays with the procedure for abroad", async () => {
    const verbale = {
      ...withAddress(paris),
      destinatario: { ...person, codiceFiscale: "", indirizzo: { ...address, ...paris } },
    };

    const { message } = await rejectionOf(verbale, { send });

    expect(message).toContain("procedura per l'estero");
  });

  test.each(["", "F", "FR", "D"])("a country is called by its name, not «%s»", async (stato) => {
    expect((await rejectionOf(withAddress({ ...paris, stato }), { send })).code).toBe(
      "FOREIGN_STATE",
    );
  });

  test("a place without CAP is right there, one without street is not", async () => {
    expect((await run(withAddress({ ...paris, cap: "" }), { send })).address.cap).toBe("");
    expect((await rejectionOf(withAddress({ ...paris, via: "" }), { send })).code).toBe(
      "ADDRESS_MISSING",
    );
  });

  test("another address is as before", async () => {
    expect((await run(base, { send })).address.provincia).toBe("CR");
  });
});

test("all faults of a verbale come at once, in the order of the catalogue", async () => {
  const rejection = await rejectionOf({
    ...base,
    targa: "",
    dataViolazione: "2026-05-01",
    destinatario: {
      ...person,
      codiceFiscale: "RSSMRA80A01H501A",
      pec: "nessuna",
      indirizzo: { ...address, cap: "2601", provincia: "XX" },
    },
  });

  expect(rejection.code).toBe("TAX_CODE_CHECK");
  expect(rejection.message).toBe(
    "Codice fiscale: la lettera di controllo non corrisponde: un carattere è sbagliato o scambiato. Rimedio: ricopiarlo dalla patente o dall'anagrafe. " +
      "CAP: non è di cinque cifre. Rimedio: rimettere gli zeri iniziali, che il foglio di calcolo ha tolto. " +
      "Provincia: non è una sigla italiana di due lettere. Rimedio: indicare la sigla, per esempio CR. " +
      "PEC: non è un indirizzo di posta. Rimedio: correggerla, o lasciarla vuota: SEND cerca da sé il domicilio digitale. " +
      "Data della violazione: il termine di 90 giorni è scaduto il 30/07/2026. Rimedio: il verbale non può più essere notificato; se il termine decorre da un altro giorno, indicare quello. " +
      "Targa: manca. Rimedio: completare il verbale nel gestionale.",
  );
});

test("a foreign recipient is told that alone of the address", async () => {
  const rejection = await rejectionOf(withAddress({ stato: "FRANCE", cap: "", provincia: "" }));

  expect(rejection.message).toBe(
    "Stato estero: il destinatario è all'estero: il verbale non può partire con questo flusso. Rimedio: notificarlo con la procedura per l'estero (termine di 360 giorni).",
  );
  expect(rejection.hint).toBe(
    "Seguire il rimedio: con SEND il verbale, così com'è, non si notifica. Nulla è stato inviato.",
  );
});

test("a value that can be mended goes with another flusso", async () => {
  const rejection = await rejectionOf(withAddress({ cap: "2601" }));

  expect(rejection.hint).toBe(
    "Correggere il verbale nel gestionale e mandarlo con un altro flusso. Nulla è stato inviato.",
  );
});

test("ten cents off the 30 % are rounding, eleven are not, in whole cents", async () => {
  const small = { ...base, importoRidottoCents: 90 };

  const [fine, odd] = [
    await run({ ...small, importoScontatoCents: 73 }),
    await run({ ...small, importoScontatoCents: 74 }),
  ];

  expect(fine.warnings).toEqual([]);
  expect(odd.warnings).toHaveLength(1);
});

test("YAML raises, lowers and silences a check", async () => {
  const odd = { ...base, importoScontatoCents: 6860 };
  const severity = { AMOUNT_RATE: "error" };

  expect((await rejectionOf(odd, { config: { severity } })).code).toBe("AMOUNT_RATE");
  expect(
    (await run(withAddress({ cap: "2601" }), { config: { severity: { CAP_FORM: "warning" } } }))
      .warnings,
  ).toHaveLength(1);
  expect((await run(odd, { config: { severity: { AMOUNT_RATE: "off" } } })).warnings).toEqual([]);
});

test.each(["12", "12/B", "12 bis", "15-17", "3 R", "KM 3.400", "km. 12", "SNC", "N. 4"])(
  "%s is a house number",
  async (civico) => {
    expect((await run(withAddress({ civico }))).warnings).toEqual([]);
  },
);

describe("CAP, town and province", () => {
  const table = buildPostalTable(crema, "2026-11-23", "comuni");

  test("that are surely not together stop the verbale, with what was meant", async () => {
    const wrong = await rejectionOf(withAddress({ cap: "26031" }), { table });
    const nameless = await rejectionOf(withAddress({ comune: "Soncino" }), {
      table: { ...buildPostalTable(crema, ""), judge: buildPostalTable(crema, "", "all").judge },
    });

    expect(wrong.code).toBe("CAP_TOWN");
    expect(wrong.message).toBe(
      "CAP, comune e provincia: non stanno insieme nella tabella dei CAP del 23/11/2026. Rimedio: il CAP di questo comune è 26013. Correggere quello sbagliato.",
    );
    expect(nameless.message).toBe(
      "CAP, comune e provincia: non stanno insieme nella tabella dei CAP. Rimedio: questo CAP è di CREMA (CR). Correggere quello sbagliato.",
    );
  });

  test("that may be right are told", async () => {
    expect((await run(withAddress({ comune: "Crma" }), { table })).warnings).toEqual([
      "CAP, comune e provincia: forse non stanno insieme nella tabella dei CAP del 23/11/2026. Rimedio: forse si intendeva 26013 CREMA (CR); questo CAP è di CREMA (CR). Correggere quello sbagliato.",
    ]);
  });

  test("are one fault where the first digits of the CAP are of another province too", async () => {
    const rejection = await rejectionOf(withAddress({ cap: "20121" }), { table });

    expect(rejection.message.match(/Rimedio/g)).toHaveLength(1);
  });

  test("are not judged by a generic CAP, which has a check of its own", async () => {
    const { warnings } = await run(
      withAddress({ cap: "20100", comune: "Milano", provincia: "MI" }),
      { table },
    );

    expect(warnings).toHaveLength(1);
  });

  test("are not looked up when both checks are off", async () => {
    const config = { severity: { CAP_TOWN: "off", CAP_TOWN_DOUBT: "off" } };

    expect((await run(withAddress({ cap: "26031" }), { config, table })).warnings).toEqual([]);
  });
});

describe("what the table that ships does not tell", () => {
  const rows = [
    ...crema,
    { cap: "90121", town: "PALERMO", province: "PA" },
    { cap: "90122", town: "PALERMO", province: "PA" },
    { cap: "20019", town: "SETTIMO MILANESE", province: "MI" },
  ];
  const table = buildPostalTable(rows, "2026-11-23", "comuni");

  test("an unknown town is told with the way out", async () => {
    const unknown =
      "CAP, comune e provincia: la località non è tra i comuni della tabella dei CAP: nessuno ha potuto controllarla. Rimedio: se è una frazione scrivere il comune, con la frazione nel suo campo; oppure far importare l'elenco dei CAP di PagoPA, che ha anche le frazioni.";

    for (const change of [{ comune: "Vergonzana" }, { comune: "Paperopoli", cap: "26014" }])
      expect((await run(withAddress(change), { table })).warnings).toEqual([unknown]);
    const short = await run(withAddress({ comune: "Paperopoli", cap: "26014" }));
    expect(short.warnings).toEqual([]);
  });

  test("a city of another province is an error, also where the CAP fits the province", async () => {
    const rejection = await rejectionOf(
      withAddress({ cap: "20019", comune: "Palermo", provincia: "MI" }),
      { table },
    );

    expect(rejection.code).toBe("CAP_TOWN");
  });

  test("first digits that no province has are no proof of another province", async () => {
    expect(
      (await run(withAddress({ cap: "77001", comune: "Altrove" }), { table })).warnings,
    ).toEqual([expect.stringContaining("la località non è tra i comuni")]);
  });
});

describe("names that are not Italian", () => {
  test("one name alone is whole where the tax code says so, in either field", async () => {
    for (const names of [
      { cognome: "Kumar", nome: "" },
      { cognome: "", nome: "Kumar" },
    ]) {
      const validation = await run(withPerson({ codiceFiscale: "KMRXXX80A01Z222U", ...names }));

      expect([validation.denomination, validation.warnings]).toEqual(["Kumar", []]);
    }
  });

  test("one name alone is not whole where the tax code has both", async () => {
    const rejection = await rejectionOf(
      withPerson({ nome: "", codiceFiscale: "RSSMRA80A01H501U" }),
    );

    expect(rejection.message).toBe(
      "Cognome e nome: manca. Rimedio: indicare anche l'altro; chi ha un nome solo ha XXX tra le lettere del codice fiscale, e questo codice non le ha.",
    );
  });

  test.each([
    [
      { cognome: "Mario", nome: "Rossi" },
      "cognome e nome sono scambiati: rimetterli ciascuno nel suo campo.",
    ],
    [
      { cognome: "Bianchi", nome: "Luca" },
      "controllare che codice e nome siano della stessa persona.",
    ],
  ])("a remedy that fits: %j", async (names, remedy) => {
    expect((await run(withPerson(names))).warnings).toEqual([
      `Codice fiscale: le prime sei lettere non corrispondono a cognome e nome. Rimedio: ${remedy}`,
    ]);
  });

  test("a second name beside the code of one alone has its remedy", async () => {
    const found = await run(
      withPerson({ cognome: "Kumar", nome: "Raj", codiceFiscale: "KMRXXX80A01Z222U" }),
    );

    expect(found.warnings[0]).toEndWith(
      "Rimedio: il codice è di una persona con un nome solo: scriverlo nel cognome e lasciare vuoto il nome, se è lei.",
    );
  });
});

test("a look-alike is named by its number and place", async () => {
  const rejection = await rejectionOf(withPerson({ codiceFiscale: "RSSMRА80A01H501U" }));

  expect(rejection.message).toStartWith(
    "Codice fiscale: contiene U+0410 al 6º posto, che sembra «A». Rimedio: riscriverlo a mano nel gestionale.",
  );
});

test("what does not show in a tax code is taken out", async () => {
  const validation = await run(withPerson({ codiceFiscale: "RSS\u200BMRA80A01\u00A0H501U\uFEFF" }));

  expect([validation.taxId, validation.warnings]).toEqual(["RSSMRA80A01H501U", []]);
});

test("a plate or a tax code in the subject stops the run", async () => {
  for (const subject of [
    "Verbale targa AB123CD",
    "Verbale targa ab-123-cd",
    "Verbale a RSSMRA80A01H501U",
  ])
    expect((await blockOf({ subject })).code).toBe("SUBJECT_PERSONAL");
});

test.each(["", "Violazione\ndel CdS"])("the subject %j stops the run", async (subject) => {
  expect((await blockOf({ subject })).code).toBe("SUBJECT_FORM");
});

test("a taxonomy code that SEND does not have stops the run, with the day of the list", async () => {
  const block = await blockOf({ taxonomyCode: "010101X" });

  expect(block.code).toBe("TAXONOMY_UNKNOWN");
  expect(block.message).toStartWith(
    "Codice tassonomico: non è nell'elenco di SEND del 11/06/2026.",
  );
  expect(block.hint).toEqual({
    action: "resume",
    first: "Correggere il file dell'ente borgo.",
  });
});

test.each<readonly [string, Record<string, string>, Trial["adapter"], string | null]>([
  ["the recipient pays, by default", { feePolicy: "DELIVERY_MODE" }, "gpd", null],
  ["the ente pays", { feePolicy: "FLAT_RATE" }, "gpd", null],
  ["SEND writes the costs on GPD", { pagoPaIntMode: "ASYNC" }, "gpd", null],
  ["who collects asks at payment", { pagoPaIntMode: "SYNC" }, "file", null],
  [
    "nothing is there to add",
    { feePolicy: "FLAT_RATE", pagoPaIntMode: "SYNC" },
    "gpd",
    "SYNC non ha nulla",
  ],
])("fee policy: %s", async (_, send, adapter, told) => {
  const { warnings } = await run(base, {
    send: { feePolicy: "DELIVERY_MODE", ...send },
    ...(adapter === undefined ? {} : { adapter }),
  });

  expect(warnings).toHaveLength(told === null ? 0 : 1);
  expect(warnings[0] ?? "").toContain(told ?? "");
});

test.each<readonly [string, string, Pick<Trial, "adapter" | "sendAbilitato">, string]>([
  ["nobody adds the costs", "NONE", {}, "con NONE nessuno"],
  ["GPD asks SEND for nothing", "SYNC", {}, "ma GPD non lo fa"],
  ["the position may not be on GPD", "ASYNC", { adapter: "govpay" }, "con ASYNC SEND"],
  [
    "GovPay is not told to ask",
    "SYNC",
    { adapter: "govpay", sendAbilitato: false },
    "GovPay non le chiede a SEND",
  ],
])("costs that are lost stop the run: %s", async (_, pagoPaIntMode, more, told) => {
  const block = await blockOf({ feePolicy: "DELIVERY_MODE", pagoPaIntMode }, more);

  expect(block.code).toBe("FEE_LOST");
  expect(block.message).toContain(told);
  expect(block.message).toEndWith("Nulla è stato inviato.");
});

test("a taxonomy without payment is told", async () => {
  expect((await run(base, { send: { taxonomyCode: "010103N" } })).warnings).toEqual([
    "Codice tassonomico: è di quelli senza pagamento. Rimedio: chiedere al tecnico di usare il codice che finisce per P.",
  ]);
});

describe("what other verbali have already", () => {
  const elsewhere: Holder = {
    itemKey: "AB9",
    round: 1,
    runId: "20261120-0001",
    isDone: true,
    isRefused: false,
    fields: { iun: "ABCD-EFGH-ILMN-202611-N-1" },
  };
  const remedy =
    "Rimedio: se è la stessa violazione, non notificarla di nuovo; altrimenti dare al verbale un protocollo suo.";

  test("a protocol of a live notification is refused with flusso and IUN, that of the number alone too", async () => {
    const own = await rejectionOf(
      { ...base, protocollo: " P7 " },
      { holders: { "protocol P7": elsewhere } },
    );
    const byNumber = await rejectionOf(base, {
      holders: { "protocol AB123": { ...elsewhere, isDone: false, fields: {} } },
    });

    expect(own.code).toBe("PROTOCOL_IN_USE");
    expect(own.message).toBe(
      `Protocollo: è già quello della notifica del verbale AB9 (flusso 20261120-0001, IUN ABCD-EFGH-ILMN-202611-N-1). ${remedy}`,
    );
    expect(byNumber.message).toContain(
      "del verbale AB9 (flusso 20261120-0001, non ancora accettata da SEND)",
    );
  });

  describe("the same violation under another number", () => {
    const dated = { ...base, oraViolazione: "10:05" };
    /** Of `RSSMRA80A01H501U|AA000AA|2026-11-03|10:05|7/9`. */
    const violation = "violation 0686bbe1979fd48cd292dc18274f936b2de62485c74c5f5e364f4bb4270aab93";
    const decides =
      "Rimedio: decide una persona. Se è la stessa violazione, non notificarla di nuovo; se sono due, correggere il dato sbagliato, oppure chiedere al tecnico di spegnere questo controllo, e mandare di nuovo il verbale.";

    test.each<readonly [string, Verbale]>([
      ["as it is", dated],
      ["plate with dashes, small", { ...dated, targa: "aa-000 aa" }],
    ])("%s: rejected with number, flusso and IUN", async (_title, verbale) => {
      const rejection = await rejectionOf(verbale, { holders: { [violation]: elsewhere } });

      expect(rejection.code).toBe("SAME_VIOLATION");
      expect(rejection.message).toBe(
        `Verbale: ha lo stesso destinatario, targa, giorno, ora e articolo della notifica del verbale AB9 (flusso 20261120-0001, IUN ABCD-EFGH-ILMN-202611-N-1). ${decides}`,
      );
    });

    test.each<readonly [string, Verbale, Holder]>([
      ["no hour", base, elsewhere],
      ["another hour", { ...dated, oraViolazione: "10:06" }, elsewhere],
      ["another article", { ...dated, articolo: "7/10" }, elsewhere],
      ["a dash in the article", { ...dated, articolo: "7/-9" }, elsewhere],
      ["another plate", { ...dated, targa: "AA000AB" }, elsewhere],
      ["another day", { ...dated, dataViolazione: "2026-11-04" }, elsewhere],
      ["its own number", dated, { ...elsewhere, itemKey: "AB123" }],
      ["refused", dated, { ...elsewhere, isRefused: true, fields: {} }],
    ])("%s: nothing is said", async (_title, verbale, holder) => {
      expect((await run(verbale, { holders: { [violation]: holder } })).warnings).toEqual([]);
    });

    test("a number that is spelled otherwise is told, whatever its protocol", async () => {
      const holders = { "number AB123": { ...elsewhere, itemKey: "ab 123" } };

      const rejection = await rejectionOf({ ...base, protocollo: "P8" }, { holders });

      expect(rejection.message).toBe(
        `Verbale: ha lo stesso numero, scritto altrimenti, della notifica del verbale ab 123 (flusso 20261120-0001, IUN ABCD-EFGH-ILMN-202611-N-1). ${decides}`,
      );
    });

    test("speeds within an hour and a stock phrase are told", async () => {
      const neighbours = { sameHour: ["AB2", "AB3"], sameReason: 21 };

      const { warnings } = await run(base, { neighbours });
      const few = await run(base, { neighbours: { sameReason: 20 } });

      expect(warnings).toEqual([
        "Motivo della mancata contestazione: è uguale in altri 21 verbali dello stesso flusso. Rimedio: scrivere per ciascuno il proprio impedimento concreto.",
        "Velocità: lo stesso veicolo, a non più di un'ora, anche nel verbale AB2, AB3 dello stesso flusso. Rimedio: verificare se vale l'art. 142, comma 6-ter, CdS: una sola sanzione, la più grave aumentata di un terzo, se conviene.",
      ]);
      expect(few.warnings).toEqual([]);
    });

    test("another row of the flusso is told once, and SIMILAR is for another article", async () => {
      const neighbours = { similar: ["AB2", "AB3"], sameViolation: ["AB2"] };

      const rejection = await rejectionOf(base, { neighbours });
      const config = { severity: { SAME_VIOLATION: "warning" } };
      const { warnings } = await run(base, { neighbours, config });

      expect(rejection.message).toBe(
        `Verbale: stesso destinatario, targa, giorno, ora e articolo del verbale AB2 dello stesso flusso. ${decides}`,
      );
      expect(warnings).toEqual([
        rejection.message,
        "Verbale: stesso destinatario, targa, giorno e ora del verbale AB3 dello stesso flusso. Rimedio: controllare che la violazione non sia stata inserita due volte.",
      ]);
    });

    test("one that is notified itself stays what it is beside another row like it", async () => {
      const holders = { [violation]: { ...elsewhere, itemKey: "AB123" } };

      const { warnings } = await run(dated, { holders, neighbours: { sameViolation: ["AB2"] } });

      expect(warnings).toEqual([]);
    });

    test("an ente that turns it off is not asked, and transmit is told", async () => {
      const config = { severity: { SAME_VIOLATION: "off" } };

      const off = await run(dated, { config, holders: { [violation]: elsewhere } });

      expect([off.warnings, off.isViolationShared]).toEqual([[], true]);
      expect((await run(dated)).isViolationShared).toBeUndefined();
    });
  });

  test("the same verbale again is no reuse", async () => {
    const own = { ...elsewhere, itemKey: "AB123" };
    const holders = { "protocol AB123": own, "position P1": own };

    expect((await run({ ...base, posizioni: [{ iupd: "P1" }] }, { holders })).warnings).toEqual([]);
  });

  test("a cancelled notification holds nothing", async () => {
    const holders = {
      "protocol AB123": elsewhere,
      "cancelled ABCD-EFGH-ILMN-202611-N-1": { ...elsewhere, itemKey: "ABCD" },
    };
    const underWay = {
      ...holders,
      "cancelled ABCD-EFGH-ILMN-202611-N-1": { ...elsewhere, isDone: false },
    };

    expect((await run(base, { holders })).warnings).toEqual([]);
    expect((await rejectionOf(base, { holders: underWay })).code).toBe("PROTOCOL_IN_USE");
  });

  test("a protocol of another row of the flusso is refused", async () => {
    const rejection = await rejectionOf(base, { neighbours: { sameProtocol: ["AB2", "AB3"] } });

    expect(rejection.message).toBe(
      `Protocollo: è anche quello del verbale AB2, AB3 dello stesso flusso. ${remedy}`,
    );
  });

  test("an ente that shares protocols lowers the check, and transmit is told", async () => {
    const config = { severity: { PROTOCOL_IN_USE: "off" } };

    const validation = await run(base, { config, neighbours: { sameProtocol: ["AB2"] } });

    expect(validation.isProtocolShared).toBe(true);
    expect((await run(base)).isProtocolShared).toBeUndefined();
  });

  test.each(["notice code 302032002700000251", "position P1"])(
    "a position in a live notification is not cancelled: %s",
    async (name) => {
      const verbale = {
        ...base,
        posizioni: [{ iupd: "P1", numeroAvviso: "302032002700000251" }],
      };

      const rejection = await rejectionOf(verbale, { holders: { [name]: elsewhere } });

      expect(rejection.code).toBe("POSITION_NOTIFIED");
      expect(rejection.message).toBe(
        "Posizione da annullare: è nella notifica del verbale AB9 (flusso 20261120-0001, IUN ABCD-EFGH-ILMN-202611-N-1), che senza di essa non si potrebbe più pagare. Rimedio: toglierla dal verbale, oppure annullare prima la notifica su SEND.",
      );
    },
  );

  test("a position that two rows would cancel is told", async () => {
    expect((await run(base, { neighbours: { samePosition: ["AB2"] } })).warnings).toEqual([
      "Posizione da annullare: è anche del verbale AB2 dello stesso flusso. Rimedio: controllare di quale dei verbali sia la posizione.",
    ]);
  });
});

test("GovPay knows positions by notice code", async () => {
  const verbale = { ...base, posizioni: [{ numeroAvviso: "302032002700000251" }] };

  expect((await run(verbale, { adapter: "govpay" })).warnings).toEqual([]);
});

test("a note carries no name, address, plate or code of the recipient", async () => {
  const rejection = await rejectionOf({
    ...base,
    agente: "",
    destinatario: {
      ...person,
      cognome: "Verdi|",
      codiceFiscale: "RSSMRA80A01H501A",
      pec: "mario.rossi@@pec",
      indirizzo: { ...address, via: `Via Garibaldi ${"x".repeat(44)}`, cap: "123" },
    },
  });

  expect(`${rejection.message} ${JSON.stringify(rejection.hint)}`).not.toMatch(
    /rossi|mario|verdi|garibaldi|crema|RSSMRA|AA000AA|\b123\b/i,
  );
});

describe("letters that the documents cannot show", () => {
  test.each([
    ["numero", "Numero del verbale"],
    ["protocollo", "Protocollo"],
    ["oraViolazione", "Ora della violazione"],
    ["luogo", "Luogo della violazione"],
    ["targa", "Targa"],
    ["articolo", "Articolo violato"],
    ["descrizione", "Descrizione"],
    ["agente", "Agente accertatore"],
  ] as const)(
    "in %s reject the verbale before its payment positions change",
    async (key, field) => {
      const rejection = await rejectionOf({ ...base, [key]: "x \u{1F697} \u0007" });

      const sentences = rejection.message.split("Rimedio:").map((part) => part.trim());
      expect(sentences.join("\n")).toContain(
        `${field}: caratteri che verbale e avviso non possono stampare: «\u{1F697}» (U+1F697), U+0007.`,
      );
    },
  );

  test("in a name that can be sent transcribed reject it; what cannot be sent is told once", async () => {
    const sendable = await rejectionOf(withPerson({ cognome: "\u1E54atel" }));
    const lost = await rejectionOf(withPerson({ cognome: "Иванов" }));

    expect([sendable.code, sendable.message.includes("«\u1E54» (U+1E54)")]).toEqual([
      "CHARSET_PRINT",
      true,
    ]);
    expect([lost.code, lost.message.includes("stampare")]).toEqual(["CHARSET", false]);
  });

  test("are not those that a person does not see or that stand for common ones", async () => {
    const verbale = {
      ...base,
      descrizione: "Perche\u0301\u200B: \uFB01ne\u2028corsa \u201Cbus\u201D\t€ 5 ț Ś",
      destinatario: { ...person, cognome: "\u200ERossi\u2060" },
    };

    expect((await run(verbale)).warnings).toEqual([]);
  });

  test("a description that was read in the wrong encoding is rejected, a question is not", async () => {
    const garbled = await rejectionOf({ ...base, descrizione: "Velocit\u00C3\u00A0 di 68 km/h" });

    expect(garbled.message).toBe(
      "Descrizione: le lettere accentate sono guaste. Rimedio: correggere il testo nel gestionale o la codifica dell'esportazione.",
    );
    expect((await run({ ...base, descrizione: "Perché? Â e Ã" })).warnings).toEqual([]);
  });
});

test("a check that is added to the catalogue has its row on the page, and nothing else of the page moves", () => {
  const page = readFileSync(join(import.meta.dir, "../../../docs/it/controlli.md"), "utf8");
  const added = { severity: "warning", bySend: "later", about: "La targa è | di prova." } as const;

  const filled = fillChecksTable(page, { ...checks, PLATE_TRIAL: added });

  const row = filled.split("\n").find((line) => line.includes("PLATE_TRIAL"));
  expect(row?.replaceAll(/ +/g, " ")).toBe(
    "| [`PLATE_TRIAL`](#plate_trial) | warning | dopo (1 €) | La targa è \\| di prova. |",
  );
  expect(filled.split("\n").filter((line) => line !== row)).toEqual(page.split("\n"));
  expect(() => fillChecksTable("# Una pagina senza tabella")).toThrow("has lost a mark");
});

test("every check is on the page for operators, with its severity and a section that says what to do", () => {
  const page = readFileSync(join(import.meta.dir, "../../../docs/it/controlli.md"), "utf8");
  const [aboutChecks = ""] = page.split("## Come si legge il flusso");
  const rows = aboutChecks.split("\n").filter((line) => line.startsWith("| [`"));
  const sections = new Map(
    aboutChecks
      .split("\n### ")
      .slice(1)
      .map((section) => [section.split("\n", 1)[0], section.split("\n").slice(1).join(" ").trim()]),
  );

  const told = rows.map((line) => {
    const [, code, severity, , about] = line.split("|").map((cell) => cell.trim());
    return [code, severity, about];
  });

  expect(told).toEqual(
    Object.entries(checks).map(([code, { severity, about }]) => [
      `[\`${code}\`](#${code.toLowerCase()})`,
      severity,
      about,
    ]),
  );
  expect([...sections.keys()]).toEqual(Object.keys(checks).map((code) => `\`${code}\``));
  for (const [code, text] of sections) expect([code, text.length > 20]).toEqual([code, true]);
});

describe("what the columns did not say for sure", () => {
  const doubt = (kind: Doubts[number]["kind"], header: string | null): Doubts => [
    { kind, header, why: "non si capisce." },
  ];

  test.each([
    [
      "name",
      "Trasgressore",
      "Colonna «Trasgressore»: non si capisce. Rimedio: il nome parte intero",
    ],
    ["street", "Residenza", "Colonna «Residenza»: non si capisce. Rimedio: la via parte intera"],
    ["town", "Città", "Colonna «Città»: non si capisce. Rimedio: correggerlo nel gestionale"],
  ] as const)("a %s goes out whole with a warning", async (kind, header, sentence) => {
    const { warnings } = await run(base, { doubts: doubt(kind, header) });

    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toStartWith(sentence);
  });

  test("a person decides who is neither PF nor PG for sure", async () => {
    const rejection = await rejectionOf(base, { doubts: doubt("type", null) });

    expect(rejection.code).toBe("TYPE_DOUBT");
    expect(rejection.message).toStartWith("Tipo di destinatario: non si capisce.");
  });

  test("an ente may reject what goes out whole", async () => {
    const config = { severity: { NAME_SPLIT: "error" } } as const;
    const rejection = await rejectionOf(base, { doubts: doubt("name", "Trasgressore"), config });

    expect(rejection.code).toBe("NAME_SPLIT");
  });
});
