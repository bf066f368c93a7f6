/** Verbali that the gestionale made as PDFs, through the whole pipeline: the good ones are signed and sent as they are, each bad one stays with its reason. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "bun:test";
import {
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
} from "../support/installation-world.ts";
import {
  hideClaim,
  makeBare,
  makeGood,
  makeSigned,
} from "../unit/documents/finished/foreign-pdfs.ts";

let world: InstallationWorld | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

const taxId = "NVNTMS66B24X001Q";
const pipeline = sendYaml.replace("- uses: render\n", "- uses: render\n    with: { from: pdf }\n");

function toLine(numero: string, day: string): string {
  return JSON.stringify({
    numero,
    dataViolazione: day,
    luogo: "Via Roma",
    targa: "ZZ000ZZ",
    articolo: "142, comma 8",
    descrizione: "Superava il limite",
    agente: "matr. 1",
    importoRidottoCents: 17_300,
    speseCents: 850,
    destinatario: {
      tipo: "PF",
      cognome: "Inventati",
      nome: "Tommaso",
      codiceFiscale: taxId,
      indirizzo: {
        via: "Via delle Prove",
        civico: "7",
        cap: "24047",
        comune: "Treviglio",
        provincia: "BG",
      },
    },
  });
}

test("the good ones are sent as they came, signed; the bad ones stay, each with its reason, until they are mended", async () => {
  world = await makeInstallationWorld({
    sendYaml: pipeline,
    enteYaml: (text) => text.replace("render: {", "render: { pdf: ../../pdf,"),
  });
  const inbox = join(world.folder, "pdf");
  mkdirSync(inbox);
  const make = async (numero: string): Promise<Uint8Array> =>
    await makeGood({
      numero,
      targa: "ZZ000ZZ",
      recipient: { name: "Tommaso Inventati", taxId, address: ["Via delle Prove 7"] },
    });
  const put = (name: string, bytes: Uint8Array): void => {
    writeFileSync(join(inbox, name), bytes);
  };
  const good = await make("P/1");
  put("uno.pdf", good);
  put("due.pdf", hideClaim(await make("P/2")));
  put("P-3.pdf", await make("P/30"));
  put("quattro.pdf", await make("P/4"));
  put("quattro bis.pdf", await make("P/4"));
  put("cinque.pdf", await makeBare("Verbale P/5, targa ZZ000ZZ"));
  put("sei.pdf", (await make("P/6")).slice(0, 20_000));
  put("altro.pdf", await makeSigned());
  const lines = ["P/1", "P/2", "P/3", "P/4", "P/5", "P/6"].map((one) =>
    toLine(one, world?.freshDay ?? ""),
  );
  const input = world.file("flusso.jsonl", `${lines.join("\n")}\n`);

  const { code, document } = await world.json([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--json",
  ]);

  expect(code).toBe(3);
  expect(document.items.map(({ key, code: why }) => [key, why])).toEqual([
    ["P/1", null],
    ["P/2", "PDF_NOT_PDFA"],
    ["P/3", "PDF_NOT_FOUND"],
    ["P/4", "PDF_AMBIGUOUS"],
    ["P/5", "PDF_REFUSED"],
    ["P/6", "PDF_NOT_FOUND"],
  ]);
  const [sent] = document.items;
  expect(sent?.iun).toMatch(/^[A-Z]{4}-/);
  await world.postino(["files", document.run.id, "--to", join(world.folder, "files")]);
  const signed = readFileSync(join(world.folder, "files", "P-1-verbale.pdf"));
  expect(signed.subarray(0, good.length).equals(good)).toBe(true);
  expect(signed.includes("/ETSI.CAdES.detached")).toBe(true);
  expect(existsSync(join(world.folder, "files", "P-1-avviso.pdf"))).toBe(true);

  put("due.pdf", await make("P/2"));
  rmSync(join(inbox, "quattro bis.pdf"));
  const again = await world.json(["resume", document.run.id, "--only", "rejected", "--json"]);

  const ends = new Map(again.document.items.map(({ key, code: why }) => [key, why]));
  expect([ends.get("P/2"), ends.get("P/4"), ends.get("P/5")]).toEqual([null, null, "PDF_REFUSED"]);
});

test("an ente that names no folder is told by check, and nothing is touched", async () => {
  world = await makeInstallationWorld({ sendYaml: pipeline });

  const checked = await world.postino(["check", "--ente", "prova"]);

  expect(checked.code).toBe(2);
  expect(`${checked.stdout}${checked.stderr}`).toContain("manca la cartella dei suoi PDF");
});

test("preview draws the notice alone of a sample, and with a flusso takes the PDF of its verbale too", async () => {
  world = await makeInstallationWorld({
    sendYaml: pipeline,
    enteYaml: (text) => text.replace("render: {", "render: { pdf: ../../pdf,"),
  });
  mkdirSync(join(world.folder, "pdf"));
  const recipient = { name: "Tommaso Inventati", taxId, address: ["Via delle Prove 7"] };
  const good = await makeGood({ numero: "P/1", targa: "ZZ000ZZ", recipient });
  writeFileSync(join(world.folder, "pdf", "uno.pdf"), good);
  const preview = async (...more: readonly string[]) => {
    const words = ["preview", "--ente", "prova", "--out", join(world?.folder ?? "", "anteprima")];
    const ended = await world?.postino([...words, ...more]);
    if (ended === undefined || ended.code === 1) throw new Error(ended?.stderr);
    const { code, stdout } = ended;
    const names = stdout.trim().split("\n");
    return [code, names.map((path) => path.slice(path.lastIndexOf("/") + 1))];
  };

  expect(await preview()).toEqual([0, [expect.stringMatching(/^anteprima-.*-avviso\.pdf$/)]]);
  const two = JSON.parse(toLine("P/1", world.freshDay)) as { readonly destinatario: object };
  const second = { ...two.destinatario, codiceFiscale: "FNTTMS54R12X001U" };
  const input = world.file("due.jsonl", JSON.stringify({ ...two, destinatari: [second] }));
  expect(await preview("--verbale", input)).toEqual([
    0,
    ["anteprima-P-1-verbale.pdf", "anteprima-P-1-avviso.pdf", "anteprima-P-1-avviso-2.pdf"],
  ]);
  expect(
    await preview("--verbale", world.file("altro.jsonl", toLine("P/9", world.freshDay))),
  ).toEqual([3, [""]]);
});
