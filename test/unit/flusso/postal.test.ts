/** The table of CAPs: what it says of an address, importing another, and the one that ships. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FlussoFile } from "../../../integrations/flusso/port.ts";
import {
  importedTable,
  importPostal,
  openPostal,
  tableOf,
} from "../../../integrations/flusso/postal.ts";
import { fitsProvince, genericCaps, isProvince } from "../../../steps/checks/provinces.ts";

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

describe("a table", () => {
  const table = tableOf(
    [
      { cap: "26013", town: "CREMA", province: "CR" },
      { cap: "26100", town: "CREMONA", province: "CR" },
      { cap: "47121", town: "FORLI'", province: "FC" },
      { cap: "39100", town: "BOLZANO", province: "BZ" },
      { cap: "42121", town: "REGGIO EMILIA", province: "RE" },
    ],
    "2026-11-23",
  );

  test.each([
    ["26013", "Crema", "CR"],
    ["47121", "Forlì", "fc"],
    ["39100", "Bolzano/Bozen", "BZ"],
    ["42121", "Reggio nell'Emilia", "RE"],
  ])("%s %s %s is together", (cap, comune, provincia) => {
    expect(table.judge({ cap, comune, provincia })).toEqual({ status: "ok" });
  });

  test("a town with another's CAP gets both suggestions", () => {
    expect(table.judge({ cap: "26013", comune: "Cremona", provincia: "CR" })).toEqual({
      status: "mismatch",
      towns: ["CREMA (CR)"],
      caps: ["26100"],
    });
  });

  test("the right town in the wrong province is no match", () => {
    expect(table.judge({ cap: "26013", comune: "Crema", provincia: "LO" }).status).toBe("mismatch");
  });

  test("a partial table does not judge a CAP that it does not have, a complete one does", () => {
    const whole = tableOf(
      Array.from({ length: 10_000 }, (_, index) => ({
        cap: String(10_000 + index),
        town: `T${index}`,
        province: "TO",
      })),
      "",
    );
    const address = { cap: "90121", comune: "Palermo", provincia: "PA" };

    expect(table.judge(address)).toEqual({ status: "unknown" });
    expect(whole.judge(address)).toEqual({ status: "mismatch", towns: [], caps: [] });
  });
});

test("an import is checked, kept with its day, and used from then on", async () => {
  const text = "CAP;localita;provincia\r\n26013;CREMA;CR\r\n00010;BORGO; RM\r\n";

  const done = await importPostal(file(text), folder, "2027-01-15");
  const table = await openPostal(folder);

  expect(done).toEqual({ rows: 2, isComplete: false });
  expect(table).toMatchObject({ rows: 2, date: "2027-01-15", isComplete: false });
  expect(await readFile(importedTable(folder), "utf8")).toBe(
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
  expect(existsSync(importedTable(folder))).toBe(false);
});

test("the table that ships is partial, dated, and right about chief towns", async () => {
  const table = await openPostal(folder);

  expect(table).toMatchObject({ date: "2026-11-23", isComplete: false });
  expect(table.judge({ cap: "20121", comune: "Milano", provincia: "MI" }).status).toBe("ok");
  expect(table.judge({ cap: "26013", comune: "Cremona", provincia: "CR" }).status).toBe("mismatch");
});

const reference = join(
  process.env["POSTINO_REFERENCE"] ?? join(import.meta.dir, "../../../../shared"),
  "postal/PagoPA-ListaCLP.csv",
);
const isHere = existsSync(reference);

test.skipIf(!isHere)(
  "PagoPA's own list imports whole; our provinces, prefixes and towns agree (skipped: reference folder absent)",
  async () => {
    const text = await readFile(reference, "utf8");

    const done = await importPostal(file(text), folder, "2026-11-23");
    const theirs = await openPostal(folder);
    const ours = (await readFile(join(import.meta.dir, "../../../data/reference/cap.csv"), "utf8"))
      .trim()
      .split("\n")
      .slice(1);

    expect(done.isComplete).toBe(true);
    for (const line of text.trim().split(/\r?\n/).slice(1)) {
      const [cap = "", , province = ""] = line.split(";");
      expect([line, isProvince(province), fitsProvince(cap, province)]).toEqual([line, true, true]);
      expect(genericCaps.has(cap)).toBe(false);
    }
    const zoned = new Set(ours.map((line) => line.slice(6)));
    const agreed = ours.filter((line) => {
      const [cap = "", comune = "", provincia = ""] = line.split(";");
      return theirs.judge({ cap, comune, provincia }).status === "ok";
    });
    expect(new Set(agreed.map((line) => line.slice(6)))).toEqual(zoned);
  },
);
