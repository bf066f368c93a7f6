/** The table of CAPs: what it says of an address, importing another, and the one that ships. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FlussoFile } from "../../../../integrations/flusso/port.ts";
import {
  resolvePostalPath,
  importPostal,
  openPostal,
} from "../../../../integrations/flusso/postal/postal.ts";
import { buildPostalTable } from "../../../../integrations/flusso/postal/postal-table.ts";
import {
  matchesProvince,
  genericCaps,
  isProvince,
} from "../../../../integrations/flusso/postal/provinces.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postal-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function file(text: string): FlussoFile {
  return {
    name: "cap.csv",
    async *open() {
      yield new TextEncoder().encode(text);
    },
  };
}

describe("a table of all comuni", () => {
  const rows = [
    ["26010", "OFFANENGO", "CR"],
    ["26010", "RIPALTA CREMASCA", "CR"],
    ["26013", "CREMA", "CR"],
    ["26100", "CREMONA", "CR"],
    ["30027", "SAN DONA' DI PIAVE", "VE"],
    ["47121", "FORLI'", "FC"],
    ["39100", "BOLZANO", "BZ"],
    ["42121", "REGGIO NELL'EMILIA", "RE"],
    ["07026", "OLBIA", "SS"],
  ].map(([cap = "", town = "", province = ""]) => ({ cap, town, province }));
  const table = buildPostalTable(rows, "2026-11-23", "comuni");
  const judge = (cap: string, comune: string, provincia: string) =>
    table.judge({ cap, comune, provincia });
  const sure = { status: "mismatch", isSure: true, near: [] };

  test.each([
    ["26013", "Crema", "CR"],
    ["47121", "Forlì", "fc"],
    ["39100", "Bolzano/Bozen", "BZ"],
    ["42121", "Reggio nell'Emilia", "RE"],
    ["42121", "Reggio Emilia", "RE"],
    ["30027", "S. Donà di Piave", "VE"],
  ])("%s %s %s is together", (cap, comune, provincia) => {
    expect(judge(cap, comune, provincia)).toEqual({ status: "ok" });
  });

  test("a town with another's CAP is wrong for sure, with both suggestions", () => {
    expect(judge("26013", "Cremona", "CR")).toEqual({
      ...sure,
      towns: ["CREMA (CR)"],
      caps: ["26100"],
    } as never);
  });

  test("so is a CAP that nobody has, with the right one", () => {
    expect(judge("26031", "Crema", "CR")).toEqual({ ...sure, towns: [], caps: ["26013"] } as never);
  });

  test("so is another province, the one of before or after a reform too", () => {
    expect(judge("26013", "Crema", "LO")).toMatchObject({ isSure: true, towns: ["CREMA (CR)"] });
    expect(judge("07026", "Olbia", "OT")).toMatchObject({ isSure: true, towns: ["OLBIA (SS)"] });
  });

  test("a CAP that many comuni share leaves a doubt", () => {
    expect(judge("26010", "Crema", "CR")).toEqual({
      status: "mismatch",
      isSure: false,
      near: [],
      towns: ["OFFANENGO (CR)", "RIPALTA CREMASCA (CR)"],
      caps: ["26013"],
    });
  });

  test("a letter too few is told with the town that was meant", () => {
    expect(judge("26013", "Crma", "CR")).toMatchObject({
      isSure: false,
      near: ["26013 CREMA (CR)"],
    });
    expect(judge("26010", "Ofanengho", "CR")).toMatchObject({ near: ["26010 OFFANENGO (CR)"] });
  });

  test("a town of elsewhere leaves a doubt, a name that no comune has is unknown", () => {
    expect(judge("26013", "Olbia", "CR")).toMatchObject({ status: "mismatch", isSure: false });
    expect(judge("26013", "Santa Maria della Croce", "CR")).toEqual({ status: "unknown" });
    expect(judge("26019", "Vailate", "CR")).toEqual({ status: "unknown" });
  });
});

describe("a table that an operator imports", () => {
  const address = { cap: "90121", comune: "Palermo", provincia: "PA" };

  test("when it is whole, what it does not have is wrong", () => {
    const whole = buildPostalTable(
      Array.from({ length: 10_000 }, (_, index) => ({
        cap: String(10_000 + index),
        town: `T${index}`,
        province: "TO",
      })),
      "",
    );

    expect(whole.judge(address)).toMatchObject({ status: "mismatch", isSure: true });
  });

  test("when it is not, it never refuses", () => {
    const some = buildPostalTable([{ cap: "26013", town: "CREMA", province: "CR" }], "");

    expect(some.judge(address)).toEqual({ status: "unknown" });
    expect(some.judge({ cap: "26013", comune: "Cremona", provincia: "CR" })).toMatchObject({
      isSure: false,
    });
  });
});

test("an import is checked, kept with its day, and used from then on", async () => {
  const text = "CAP;localita;provincia\r\n26013;CREMA;CR\r\n00010;BORGO; RM\r\n";

  const done = await importPostal(file(text), folder, "2027-01-15");
  const table = await openPostal(folder);

  expect(done).toEqual({ rows: 2, extent: "some" });
  expect(table).toMatchObject({ rows: 2, date: "2027-01-15", extent: "some" });
  expect(await readFile(resolvePostalPath(folder), "utf8")).toBe(
    "CAP;localita;provincia;2027-01-15\n26013;CREMA;CR\n00010;BORGO;RM\n",
  );
});

test.each([
  ["a wrong header", "comune;cap\nCrema;26013\n", "cap.csv: la prima riga"],
  ["a wrong row", "CAP;localita;provincia\n2601;CREMA;CR\n", "cap.csv:2:1: la riga non"],
  ["no rows", "CAP;localita;provincia\n", "cap.csv: non ci sono righe"],
])("%s is refused and nothing is kept", async (_, text, message) => {
  const error = await importPostal(file(text), folder, "2027-01-15").catch(
    (thrown: unknown) => thrown,
  );

  expect(error).toHaveProperty("code", "FLUSSO_REFUSED");
  expect(error).toHaveProperty("message", expect.stringContaining(message));
  expect(existsSync(resolvePostalPath(folder))).toBe(false);
});

test("the table that ships has all comuni and its day", async () => {
  const table = await openPostal(folder);

  expect(table).toMatchObject({ date: "2025-06-30", extent: "comuni" });
  expect(table.rows).toBeGreaterThan(8_000);
  expect(table.judge({ cap: "20121", comune: "Milano", provincia: "MI" }).status).toBe("ok");
  expect(table.judge({ cap: "26013", comune: "Cremona", provincia: "CR" }).status).toBe("mismatch");
});

const shippedTable = join(import.meta.dir, "../../../../data/reference/cap.csv");
const reference = join(
  process.env["POSTINO_REFERENCE"] ?? join(import.meta.dir, "../../../../../shared"),
  "postal/PagoPA-ListaCLP.csv",
);
const isHere = existsSync(reference);

async function listOfPagoPA(): Promise<readonly (readonly [string, string, string])[]> {
  const lines = (await readFile(reference, "utf8")).trim().split(/\r?\n/).slice(1);
  return lines.map((line) => {
    const [cap = "", town = "", province = ""] = line.split(";");
    return [cap, town, province] as const;
  });
}

test.skipIf(!isHere)(
  "PagoPA's own list imports whole; our provinces and prefixes agree (skipped: reference folder absent)",
  async () => {
    const done = await importPostal(file(await readFile(reference, "utf8")), folder, "2026-11-23");

    expect(done.extent).toBe("all");
    for (const [cap, town, province] of await listOfPagoPA()) {
      expect([cap, town, isProvince(province), matchesProvince(cap, province)]).toEqual([
        cap,
        town,
        true,
        true,
      ]);
      expect(genericCaps.has(cap)).toBe(false);
    }
  },
);

describe.skipIf(!isHere)("the table that ships against PagoPA's list", () => {
  /** How many of these the table calls wrong for sure, and how many doubtful. */
  async function told(rows: readonly (readonly [string, string, string])[]) {
    const table = await openPostal(folder);
    let sure = 0;
    let doubtful = 0;
    for (const [cap, comune, provincia] of rows) {
      const verdict = table.judge({ cap, comune, provincia });
      if (verdict.status !== "mismatch") continue;
      if (verdict.isSure) sure += 1;
      else doubtful += 1;
    }
    return { sure, doubtful };
  }

  test("no right address is refused, few are doubted", async () => {
    const rows = await listOfPagoPA();

    const { sure, doubtful } = await told(rows);

    expect(rows.length).toBeGreaterThan(16_000);
    expect(sure).toBe(0);
    expect(doubtful / rows.length).toBeLessThan(0.03);
  });

  test("of comuni with a wrong CAP or province nearly all are found", async () => {
    const rows = await listOfPagoPA();
    const right = new Set(rows.map((row) => row.join(";")));
    const known = new Set((await readFile(shippedTable, "utf8")).split("\n"));
    // One in six: each wrong one is compared with every town of its province.
    const comuni = rows.filter((row, index) => index % 6 === 0 && known.has(row.join(";")));
    const wrong = (change: (row: readonly [string, string, string], index: number) => string[]) =>
      comuni
        .map((row, index) => change(row, index) as [string, string, string])
        .filter((row) => !right.has(row.join(";")));
    const swapped = wrong(([cap, town, province]) => [
      `${cap.slice(0, 3)}${cap[4]}${cap[3]}`,
      town,
      province,
    ]);
    const neighbour = wrong(([, town, province], index) => [
      comuni[(index + 7) % comuni.length]?.[0] ?? "",
      town,
      province,
    ]);
    const elsewhere = wrong(([cap, town], index) => [
      cap,
      town,
      comuni[(index + 700) % comuni.length]?.[2] ?? "",
    ]);
    const typed = wrong(([cap, town, province]) => [
      cap,
      town.slice(0, 2) + town.slice(3),
      province,
    ]);

    for (const rowsOfKind of [swapped, neighbour, elsewhere, typed]) {
      const { sure, doubtful } = await told(rowsOfKind);
      expect((sure + doubtful) / rowsOfKind.length).toBeGreaterThan(0.98);
    }
    expect((await told(elsewhere)).sure).toBe(elsewhere.length);
  });
});
