/** The file adapter: what it exports once, what it reads back, and that a half-written row does not count. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  rmdir,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ItemRejected, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { createFilePayments } from "../../../../integrations/payments/file/file-adapter.ts";
import type { PaymentsPort } from "../../../../integrations/payments/port.ts";
import { creditor, fakeClock, orderFor, refusalOf } from "./payments-world.ts";
import type { FakeClock } from "./payments-world.ts";

/** sha256("00000000191|V-1"), first 24 hex characters, generation. */
const reference = "cdcfc857f50e27dca08c7877-g1";
const head = "riferimento;esito;codice_avviso_scontato;codice_avviso_ridotto;nota\r\n";

let root: string;
let folder: string;
let clock: FakeClock;
let payments: PaymentsPort;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "pagamenti-"));
  folder = join(root, "borgo", "pagamenti");
  clock = fakeClock();
  payments = createFilePayments({ folder, creditor, clock, settings: {} });
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

/** As a spreadsheet saves «Unicode text», with the mark that says so. */
function utf16(text: string): Buffer {
  return Buffer.from(`\uFEFF${text}`, "utf16le");
}

const today = (): Promise<string> => readFile(join(folder, "richieste-2026-11-23.csv"), "utf8");

async function answer(rows: string, name = "risposte.csv"): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), rows);
}

describe("asking", () => {
  test("writes one row per verbale with amounts, debtor and what to cancel, and waits", async () => {
    const order = orderFor("V-1", {
      old: [{ noticeCode: "307000000000099001" }, { iupd: "OLD-2" }],
      reason: 'Sanzione "CdS"; verbale V-1',
    });

    const error = await refusalOf(payments.reset(order));

    expect(error).toBeInstanceOf(RetryLater);
    expect(error.code).toBe("WAITING_FOR_CODES");
    expect((error as RetryLater).afterMs).toBe(900_000);
    expect(await today()).toBe(
      "\uFEFFriferimento;verbale;posizioni_da_annullare;importo_scontato;importo_ridotto;causale;tipo_debitore;codice_fiscale;denominazione;indirizzo;civico;cap;comune;provincia;codice_gestore;anno_emissione;numero_emissione\r\n" +
        `${reference};V-1;307000000000099001 OLD-2;44,00;56,60;"Sanzione ""CdS""; verbale V-1";PF;RSSMRA80A01H501U;Rossi Mario;Via Roma;12/A;00100;Roma;RM;;;\r\n`,
    );
  });

  test("what a spreadsheet would compute or round is written as a text", async () => {
    const { debtor } = orderFor("V-1");

    await refusalOf(
      payments.reset(
        orderFor("-V-1", {
          old: [{ noticeCode: "307000000000099001" }],
          debtor: { ...debtor, denomination: '=HYPERLINK("http://x.example")' },
          reason: "riga uno\nriga due",
        }),
      ),
    );

    const [, row] = (await today()).split("\r\n");
    expect(row).toContain(';\'-V-1;"\t307000000000099001";44,00;');
    expect(row).toContain(";riga uno riga due;PF;");
    expect(row).toContain(';"\'=HYPERLINK(""http://x.example"")";');
  });

  test("one amount leaves the other column empty; another generation names the one before", async () => {
    await refusalOf(
      payments.reset(
        orderFor("V-1", { generation: 2, options: [{ kind: "reduced", amountCents: 5 }] }),
      ),
    );

    expect(await today()).toContain(
      "cdcfc857f50e27dca08c7877-g2;V-1;cdcfc857f50e27dca08c7877-g1;;0,05;",
    );
  });

  test("the emission and the ente's code at the payment manager go along", async () => {
    const settings = { managerCode: "BRG-7", emission: { year: 2026, number: "012" } };
    const own = createFilePayments({ folder, creditor, clock, settings });

    await refusalOf(own.reset(orderFor("V-1")));

    expect(await today()).toEndWith(";Roma;RM;BRG-7;2026;012\r\n");
  });

  test("asks once, however often and after however many restarts", async () => {
    await refusalOf(payments.reset(orderFor("V-1")));
    await refusalOf(payments.reset(orderFor("V-1")));
    clock.advance(2 * 86_400_000);
    const restarted = createFilePayments({ folder, creditor, clock, settings: {} });
    await refusalOf(restarted.reset(orderFor("V-1")));
    await refusalOf(restarted.reset(orderFor("V-2")));

    expect((await today()).split("\r\n")).toHaveLength(3);
    expect(await readFile(join(folder, "richieste-2026-11-25.csv"), "utf8")).toContain(";V-2;");
  });

  test("does not ask again when the office has taken the request file away", async () => {
    await refusalOf(payments.reset(orderFor("V-1")));
    await rm(join(folder, "richieste-2026-11-23.csv"));

    await refusalOf(
      createFilePayments({ folder, creditor, clock, settings: {} }).reset(orderFor("V-1")),
    );

    expect(await readdir(folder)).toEqual(["registro.csv"]);
  });

  test("many at once are all written whole", async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => refusalOf(payments.reset(orderFor(`V-${index}`)))),
    );

    const lines = (await today()).trimEnd().split("\r\n");
    expect(lines).toHaveLength(51);
    expect(new Set(lines.slice(1).map((line) => line.split(";").length))).toEqual(new Set([17]));
  });

  test("two flussi at once ask once for the same verbale, below one header", async () => {
    const other = createFilePayments({ folder, creditor, settings: {}, clock: fakeClock() });
    await refusalOf(payments.reset(orderFor("V-0")));
    await refusalOf(other.reset(orderFor("V-0")));

    await Promise.all([
      refusalOf(payments.reset(orderFor("V-1"))),
      refusalOf(other.reset(orderFor("V-1"))),
      refusalOf(other.reset(orderFor("V-2"))),
      refusalOf(payments.reset(orderFor("V-2"))),
    ]);

    const [head, ...rows] = (await today())
      .trimEnd()
      .split("\r\n")
      .map((line) => line.split(";")[1] ?? "");
    expect(head).toBe("verbale");
    // Who asked first is first: that depends on whose look at the folder ended sooner.
    expect(rows.toSorted()).toEqual(["V-0", "V-1", "V-2"]);
  });

  test("a row that a dying process left half written is dropped and written again", async () => {
    await refusalOf(payments.reset(orderFor("V-0")));
    await appendFile(join(folder, "richieste-2026-11-23.csv"), `${reference};V-1;;44`);

    await refusalOf(
      createFilePayments({ folder, creditor, clock, settings: {} }).reset(orderFor("V-1")),
    );

    const lines = (await today()).trimEnd().split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[2]).toStartWith(`${reference};V-1;;44,00;56,60;`);
  });

  test("a row that a full disk cut short is dropped by the next try of the same process", async () => {
    await refusalOf(payments.reset(orderFor("V-0")));
    const name = join(folder, "richieste-2026-11-24.csv");
    clock.advance(86_400_000);
    await mkdir(name);
    await refusalOf(payments.reset(orderFor("V-1")));
    await rmdir(name);
    await writeFile(name, "riferimento;verbale\r\ncdcfc857;V-1;;44");

    await refusalOf(payments.reset(orderFor("V-1")));

    const lines = (await readFile(name, "utf8")).trimEnd().split("\r\n");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toStartWith(`${reference};V-1;;44,00;56,60;`);
  });

  test("a folder that cannot be made blocks the run", async () => {
    await writeFile(join(root, "borgo"), "a file where the folder should be");

    const error = await refusalOf(payments.reset(orderFor("V-1")));

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error.code).toBe("FOLDER_NOT_USABLE");
  });
});

describe("reading the answers", () => {
  const order = orderFor("V-1", { old: [{ noticeCode: "307000000000099001" }] });

  test("the codes of the office become the open position, and reconcile finds them", async () => {
    await answer(`${head}${reference};creata;3070 0000 0000 0001 05;307000000000000206;\r\n`);

    const expected = {
      ref: reference,
      creditorTaxId: "00000000191",
      options: [
        {
          kind: "discounted" as const,
          amountCents: 4400,
          noticeCode: "307000000000000105",
          iuv: "07000000000000105",
        },
        {
          kind: "reduced" as const,
          amountCents: 5660,
          noticeCode: "307000000000000206",
          iuv: "07000000000000206",
        },
      ],
    };
    expect(await payments.reset(order)).toEqual(expected);
    expect(await payments.find(order)).toEqual(expected);
    expect(await payments.find(orderFor("V-2"))).toBeNull();
  });

  test("commas, a mark at the start, other columns and capitals are fine", async () => {
    await answer(
      `\uFEFFNota,Esito,RIFERIMENTO,codice_avviso_ridotto,codice_avviso_scontato\n"a, ""b""",Creata,${reference},307000000000000206,307000000000000105\n`,
      "Risposte novembre.CSV",
    );

    expect((await payments.reset(order)).options[1]?.noticeCode).toBe("307000000000000206");
  });

  test.each([
    ["UTF-16 with its mark", (text: string) => utf16(text)],
    ["Unicode text of Excel", (text: string) => utf16(text.replaceAll(";", "\t"))],
    ["Windows-1252", (text: string) => Buffer.from(text, "latin1")],
    ["line ends of an old Mac", (text: string) => Buffer.from(text.replaceAll("\r\n", "\r"))],
    ["no last line end", (text: string) => Buffer.from(text.trimEnd())],
  ])("a file in %s is read, its note too", async (_what, write) => {
    await mkdir(folder, { recursive: true });
    const text = `${head}${reference};rifiutata;;;già \xE8 così\r\n`;
    await writeFile(join(folder, "risposte.csv"), write(text));

    const error = await refusalOf(payments.reset(order));

    expect(error.code).toBe("PAYMENT_DATA_REFUSED");
    expect(error.message).toContain(": già è così.");
  });

  test.each([
    "'307000000000000206",
    '"\t307000000000000206"',
    "3070\u00A00000\u00A00000\u00A00002\u00A006",
    '"\t307000000000000206"',
  ])("a code that a spreadsheet keeps as a text (%s) is the code", async (written) => {
    await answer(`${head}${reference};creata;307000000000000105;${written};\r\n`);

    expect((await payments.reset(order)).options[1]?.noticeCode).toBe("307000000000000206");
  });

  test("a code that a spreadsheet has rounded to 15 digits waits", async () => {
    await answer(`${head}${reference};creata;307000000000000105;307000000000123000;\r\n`);

    const error = await refusalOf(payments.reset(order));

    expect(error.code).toBe("ANSWER_UNREADABLE");
    expect(error.message).toContain(
      "riga 2: codice_avviso_ridotto finisce con 000 e le sue cifre di controllo sono sbagliate",
    );
  });

  test("a code whose check digits are its giver's own business is taken, 000 too where they fit", async () => {
    // 3070000000000740 is 0 modulo 93.
    await answer(`${head}${reference};creata;302000100000019421;307000000000074000;\r\n`);

    expect((await payments.reset(order)).options.map((option) => option.noticeCode)).toEqual([
      "302000100000019421",
      "307000000000074000",
    ]);
  });

  test.each([
    ['"Rossi" dice;307000000000000105;307000000000000206;x', "virgolette"],
    ["creata;307000000000000105;307000000000000206;vedi; mail", "più valori che colonne"],
  ])("a row whose cells may have moved (%s) waits", async (row, why) => {
    await answer(`${head}${reference};${row}\r\n`);

    const error = await refusalOf(payments.reset(order));

    expect(error.code).toBe("ANSWER_UNREADABLE");
    expect(error.message).toContain(why);
  });

  test("empty cells beyond the last column, as spreadsheets add them, do no harm", async () => {
    await answer(
      `${head}${reference};creata;307000000000000105;307000000000000206;;;;\r\n;;;;;;;\r\n`,
    );

    expect((await payments.reset(order)).options).toHaveLength(2);
  });

  test.each(["", "\uFEFF", "riferimento;esi"])(
    "a file whose first line is not whole yet («%s») stops nobody",
    async (start) => {
      await answer(start);

      expect((await refusalOf(payments.reset(order))).code).toBe("WAITING_FOR_CODES");
    },
  );

  test.each([
    ["risposte.csv", "risposte-2.csv"],
    ["risposte.csv", "risposte (2).csv"],
    ["risposte-9.csv", "risposte-10.csv"],
    ["risposte-2026-11-09.csv", "risposte-2026-11-10.csv"],
  ])("what %s says is corrected by %s", async (first, last) => {
    await answer(`${head}${reference};pagata;;;\r\n`, first);
    await answer(`${head}${reference};creata;307000000000000105;307000000000000206;\r\n`, last);

    expect((await payments.reset(order)).options).toHaveLength(2);
  });

  test("a corrected file is read again, and the last file wins", async () => {
    await answer(`${head}${reference};creata;3,07E+17;307000000000000206;\r\n`, "risposte-1.csv");
    const error = await refusalOf(payments.reset(order));
    expect(error).toBeInstanceOf(RetryLater);
    expect(error.code).toBe("ANSWER_UNREADABLE");
    expect(error.message).toContain("risposte-1.csv");
    expect(error.message).toContain("riga 2");
    expect(error.message).toContain("codice_avviso_scontato deve avere 18 cifre");

    await answer(
      `${head}${reference};creata;307000000000000105;307000000000000206;\r\n`,
      "risposte-2.csv",
    );

    expect((await payments.reset(order)).options[0]?.noticeCode).toBe("307000000000000105");
  });

  test("an answer is found whichever file of several holds it", async () => {
    await answer(
      `${head}${reference};creata;307000000000000105;307000000000000206;\r\n`,
      "risposte-1.csv",
    );
    await answer(
      `${head}un-altro-verbale;creata;307000000000000307;307000000000000408;\r\n`,
      "risposte-2.csv",
    );

    expect((await payments.reset(order)).options[0]?.noticeCode).toBe("307000000000000105");
  });

  test.each([
    ["307000000000099001", "307000000000000206", "posizione da annullare"],
    ["307000000000000105", "307000000000000105", "devono essere diversi"],
    ["", "307000000000000206", "18 cifre"],
  ])("codes %p and %p wait for a correction", async (discounted, reduced, text) => {
    await answer(`${head}${reference};creata;${discounted};${reduced};\r\n`);

    const error = await refusalOf(payments.reset(order));

    expect(error.code).toBe("ANSWER_UNREADABLE");
    expect(error.message).toContain(text);
  });

  test("a code that stands beside another verbale too waits, with the other row", async () => {
    await answer(
      `${head}${reference};creata;307000000000000105;307000000000000206;\r\naltro;creata;;3070 0000 0000 0002 06;\r\n`,
    );

    const error = await refusalOf(payments.reset(order));

    expect(error.code).toBe("ANSWER_UNREADABLE");
    expect(error.message).toContain("anche nel file risposte.csv alla riga 3");
  });

  test("two different answers for one verbale in one file wait, the same one twice does not", async () => {
    const row = `${reference};creata;307000000000000105;307000000000000206;\r\n`;
    await answer(`${head}${row}${reference};pagata;;;\r\n`);
    const error = await refusalOf(payments.reset(order));
    await answer(`${head}${row}${row}`);

    expect(error.code).toBe("ANSWER_UNREADABLE");
    expect(error.message).toContain("la riga 2 risponde altro");
    expect((await payments.reset(order)).options).toHaveLength(2);
  });

  test.each([
    "creata;3070000000001",
    "creata;307000000000000105;",
    "creata;307000000000000105;30700000000000",
    "crea",
  ])("a file that is still being copied («%s») waits", async (torn) => {
    await answer(`${head}${reference};${torn}`);

    expect((await refusalOf(payments.reset(order))).code).toBe("ANSWER_UNREADABLE");
  });

  test("paid and refused reject the verbale; a note keeps no personal data", async () => {
    await answer(`${head}${reference};pagata;;;\r\n`);
    expect((await refusalOf(payments.reset(order))).code).toBe("ALREADY_PAID");
    expect(await payments.find(order)).toBeNull();

    await answer(
      `${head}${reference};rifiutata;;;Il sig. MARIO ROSSI (rossi, Rossini) è sconosciuto\r\n`,
    );
    const error = await refusalOf(payments.reset(order));
    expect(error).toBeInstanceOf(ItemRejected);
    expect(error.message).toContain("Il sig. … (…, Rossini) è sconosciuto");
  });

  test("an unknown outcome waits, a missing column blocks the run", async () => {
    await answer(`${head}${reference};forse;;;\r\n`);
    expect((await refusalOf(payments.reset(order))).code).toBe("ANSWER_UNREADABLE");

    await answer("riferimento;esito;codice_avviso_ridotto\r\n");
    const error = await refusalOf(payments.reset(order));
    expect(error).toBeInstanceOf(RunBlocked);
    expect(error.message).toContain("«codice_avviso_scontato»");
  });
});

describe("telling until when codes may be paid", () => {
  const position = {
    ref: reference,
    options: [
      { kind: "discounted", iuv: "07000000000000107", amountCents: 4_400 },
      { kind: "reduced", iuv: "07000000000000208", amountCents: 5_660 },
    ],
  } as const;
  const orderOf = (round: number, lastDays: readonly (string | null)[]) => ({
    verbale: "V-1",
    ref: position.ref,
    idempotencyKey: `${round}`.repeat(64),
    debtor: orderFor("V-1").debtor,
    reason: "",
    options: position.options.map((option, index) => ({
      ...option,
      noticeCode: `3${option.iuv}`,
      lastDay: lastDays[index] ?? null,
    })),
  });
  const told = (): Promise<string> => readFile(join(folder, "scadenze-2026-11-23.csv"), "utf8");
  const first =
    "\uFEFFriferimento;posizione;verbale;importo;codice_avviso;da_pagare;pagabile_fino_al\r\n" +
    `${reference}-S-111111111111;${reference};V-1;scontato;"\t307000000000000107";44,00;2026-11-30\r\n` +
    `${reference}-R-111111111111;${reference};V-1;ridotto;"\t307000000000000208";56,60;2027-01-25\r\n`;

  test("writes one row per code, once, without the debtor", async () => {
    const order = orderOf(1, ["2026-11-30", "2027-01-25"]);

    expect(await payments.schedule(order)).toBe("scheduled");
    expect(await payments.schedule(order)).toBe("scheduled");
    // Another process, which knows nothing but the files.
    payments = createFilePayments({ folder, creditor, clock, settings: {} });
    await payments.schedule(order);

    expect(await told()).toBe(first);
  });

  test("a day that moves, and one that is taken back, are rows of their own", async () => {
    await payments.schedule(orderOf(1, ["2026-11-30", "2027-01-25"]));
    await payments.schedule(orderOf(2, ["2026-12-04", "2027-01-29"]));
    await payments.schedule(orderOf(3, [null, null]));

    expect((await told()).slice(first.length)).toBe(
      `${reference}-S-222222222222;${reference};V-1;scontato;"\t307000000000000107";44,00;2026-12-04\r\n` +
        `${reference}-R-222222222222;${reference};V-1;ridotto;"\t307000000000000208";56,60;2027-01-29\r\n` +
        `${reference}-S-333333333333;${reference};V-1;scontato;"\t307000000000000107";44,00;\r\n` +
        `${reference}-R-333333333333;${reference};V-1;ridotto;"\t307000000000000208";56,60;\r\n`,
    );
  });

  test("a row that a kill has torn is written again, and a request is no such row", async () => {
    await refusalOf(payments.reset(orderFor("V-1")));
    await payments.schedule(orderOf(1, ["2026-11-30", "2027-01-25"]));
    const whole = await told();
    await writeFile(join(folder, "scadenze-2026-11-23.csv"), whole.slice(0, -9));
    const registry = await readFile(join(folder, "registro.csv"), "utf8");
    await writeFile(
      join(folder, "registro.csv"),
      registry.split("\r\n").slice(0, -2).join("\r\n").concat("\r\n"),
    );

    payments = createFilePayments({ folder, creditor, clock, settings: {} });
    await payments.schedule(orderOf(1, ["2026-11-30", "2027-01-25"]));

    expect(await told()).toBe(first);
    expect((await today()).split("\r\n")).toHaveLength(3);
  });
});
