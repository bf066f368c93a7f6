/** Tests of `postino postal`: a table of CAPs is taken whole or refused whole, and told of by day and extent. */
import { afterEach, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";

let world: InstallationWorld | null = null;

afterEach(async () => {
  await world?.close();
  world = null;
});

async function makeWorld(): Promise<InstallationWorld> {
  world = await makeInstallationWorld();
  return world;
}

/** `2026-11-23` as `23/11/2026`. */
function italian(day: string): string {
  return day.split("-").toReversed().join("/");
}

test("an imported table takes the place of the one that ships, and says its day and extent", async () => {
  const { postino, file, today } = await makeWorld();
  const path = file("elenco.csv", "CAP;localita;provincia\n26013;CREMA;CR\n00118;ROMA;RM\n");

  const before = await postino(["postal", "show"]);
  const imported = await postino(["postal", "import", path]);
  const after = await postino(["postal", "show"]);

  const line = `Tabella dei CAP in uso: importata, del ${italian(today)}, 2 righe, parziale: i CAP che non conosce non sono controllati.\n`;
  expect(before.stdout).toMatch(
    /^Tabella dei CAP in uso: compresa nel programma, del \d{2}\/\d{2}\/\d{4}, [\d.]+ righe, di tutti i comuni, senza i nomi delle frazioni\.\n$/,
  );
  expect(imported).toMatchObject({
    code: 0,
    stdout: `Importate 2 righe da elenco.csv.\n${line}`,
    stderr: "",
  });
  expect(after).toMatchObject({ code: 0, stdout: line });
});

test("a whole table says that a CAP which is not in it is wrong", async () => {
  const { postino, file } = await makeWorld();
  const rows = Array.from(
    { length: 10_000 },
    (_, index) => `${String(10_000 + index)};PAESE ${index};TO`,
  );
  const path = file("italia.csv", `CAP;localita;provincia\n${rows.join("\n")}\n`);

  const { code, stdout } = await postino(["postal", "import", path]);

  expect(code).toBe(0);
  expect(stdout).toContain("10.000 righe, completa: un CAP che non c'è è un errore.");
});

test("a bad table is refused with all its faults, and the one in use stays", async () => {
  const { postino, file } = await makeWorld();
  await postino([
    "postal",
    "import",
    file("buona.csv", "CAP;localita;provincia\n26013;CREMA;CR\n"),
  ]);
  const path = file(
    "cattiva.csv",
    "CAP;localita;provincia\n118;ROMA;RM\n26013;CREMA;CR\n00118;;RM\n",
  );

  const { code, stderr } = await postino(["postal", "import", path]);

  expect(code).toBe(2);
  expect(stderr).toContain(
    "La tabella dei CAP cattiva.csv non è stata accettata; resta quella di prima.",
  );
  expect(stderr).toContain("cattiva.csv:2:1: la riga non ha CAP di cinque cifre");
  expect(stderr).toContain("cattiva.csv:4:1: la riga non ha CAP di cinque cifre");
  expect((await postino(["postal", "show"])).stdout).toContain("importata");
});

test.each([
  [["postal", "import", "manca.csv"], "Il file manca.csv non esiste.\n"],
  [["postal", "togli"], "«togli» non è né «import» né «show».\n"],
  [["postal", "import"], "Manca <FILE>.\n"],
])("%p is wrong usage", async (args, message) => {
  const { postino } = await makeWorld();

  const { code, stderr } = await postino(args);

  expect(code).toBe(2);
  expect(stderr).toStartWith(message);
});

test("check says that PagoPA's own list was never imported, until it is", async () => {
  const { postino, file } = await makeWorld();
  const note = "l'elenco dei CAP di PagoPA non è mai stato importato";

  expect((await postino(["check"])).stdout).toContain(note);
  const document = (await postino(["check", "--json"])).stdout;
  expect(document).not.toContain(note);
  expect(JSON.parse(document)).toHaveProperty("postal", { isImported: false });
  await postino(["postal", "import", file("cap.csv", "CAP;localita;provincia\n26013;CREMA;CR\n")]);

  expect((await postino(["check"])).stdout).not.toContain(note);
});
