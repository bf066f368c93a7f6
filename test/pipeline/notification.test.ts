/** What an office does with a notification that is out: look at it, fetch its files, cancel it; and SEND's word on itself. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
let iun: string;
/** Of a second notification: the one that a test cancels. */
let doomed: string;
let cancellations = 0;
beforeAll(async () => {
  world = await makeInstallationWorld({
    keepsFiles: false,
    observe: ({ url }) => {
      if (url.includes("/notifications/cancel/")) cancellations += 1;
    },
  });
  copyFileSync(
    join(resolve(import.meta.dir, "../.."), "pipelines", "annulla.yaml"),
    join(world.pipelinesFolder, "annulla.yaml"),
  );
  const input = world.file("flusso.jsonl", verbaliLines(2, world.freshDay));
  const { document } = await world.json([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--json",
  ]);
  [iun, doomed] = document.items.map((item) => item.iun ?? "") as [string, string];
});
afterAll(() => world.close());

test("a notification is told as SEND tells it, in Italian", async () => {
  const { code, stdout } = await world.postino(["notification", iun, "--ente", "prova"]);

  expect(code).toBe(0);
  const lines = stdout.split("\n");
  expect(lines[0]).toStartWith(`Notifica ${iun}, protocollo T00001, inviata il `);
  expect(lines[1]).toBe("Stato: accettata: per l'ente la notifica è perfezionata (ACCEPTED)");
  expect(stdout).toContain("Documenti: Verbale di accertamento\n");
  expect(stdout).toContain("Attestazioni: presa in carico (atto opponibile a terzi)\n");
  expect(stdout).toMatch(
    /Avviso \d{18}: costi di notifica 2,00\s€ in questo momento \(ente 1,00\s€, SEND 1,00\s€, posta 0,00\s€ più IVA 22 %\)/,
  );
  expect(stdout).toContain(`postino run annulla --ente prova --param iun=${iun}`);
});

test("its files are fetched for the person alone; what lies in the archive is told with its wait", async () => {
  const folder = join(world.folder, "scaricati");

  const { code, stdout } = await world.postino([
    "notification",
    iun,
    "--ente",
    "prova",
    "--download",
    folder,
  ]);

  // The simulated SEND keeps no bytes of documents: they are as in the archive.
  expect(code).toBe(4);
  expect(stdout).toContain(
    "Verbale di accertamento: SEND lo sta riprendendo dall'archivio, chiederlo di nuovo fra 1 h.",
  );
  const names = readdirSync(folder);
  expect(names).toEqual([`${iun}-sender_ack-PN_LEGAL_FACTS-${iun}.pdf`]);
  expect(statSync(join(folder, names[0] ?? "")).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test.each([
  ["ciao", 2, "«CIAO» non è uno IUN: ha la forma ABCD-EFGH-ILMN-202611-N-1."],
  [
    "AAAA-AAAA-AAAA-202611-H-1",
    2,
    "SEND non conosce lo IUN AAAA-AAAA-AAAA-202611-H-1, o la notifica non è di questo ente.",
  ],
])("%s is refused with a sentence", async (wrong, code, text) => {
  const ended = await world.postino(["notification", wrong, "--ente", "prova"]);

  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(text);
  expect(ended.stdout).toBe("");
});

test("--json is one document", async () => {
  const { stdout } = await world.postino(["notification", iun, "--ente", "prova", "--json"]);

  expect(JSON.parse(stdout)).toMatchObject({
    notification: { iun, protocol: "T00001", status: "ACCEPTED" },
    legalFacts: [{ category: "SENDER_ACK" }],
    files: [],
  });
});

test("SEND says that it works, and a month that is none is refused", async () => {
  const well = await world.postino(["platform", "--ente", "prova", "--month", "2026-10"]);
  const wrong = await world.postino(["platform", "--ente", "prova", "--month", "2026-13"]);

  expect(well).toMatchObject({
    code: 0,
    stdout: "SEND dichiara di funzionare.\nDisservizi risolti di 2026-10: nessuno.\n",
  });
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("--month vuole un mese AAAA-MM, non «2026-13».");
});

test("a notification is cancelled only after a person agreed, and the run keeps it", async () => {
  const cancel = ["run", "annulla", "--ente", "prova", "--param", `iun=${doomed}`, "--json"];

  const asked = await world.json(cancel);
  const before = await world.postino(["notification", doomed, "--ente", "prova"]);
  const done = await world.json(["answer", asked.document.run.id, "--approve", "--json"]);
  const after = await world.postino(["notification", doomed, "--ente", "prova"]);
  const again = await world.json(cancel);
  const agreedAgain = await world.json(["answer", again.document.run.id, "--approve", "--json"]);

  expect([asked.code, asked.document.run.state]).toEqual([4, "waiting-for-person"]);
  expect(asked.document.items[0]?.note).toBe(
    "Protocollo T00002, stato su SEND: accettata: per l'ente la notifica è perfezionata (ACCEPTED).",
  );
  expect(before.stdout).toContain("(ACCEPTED)\n");
  expect([done.code, done.document.run.state]).toEqual([0, "completed"]);
  expect(done.document.items[0]?.note).toBe(
    "Notifica annullata su SEND. I codici avviso sono di nuovo liberi; le posizioni debitorie restano aperte.",
  );
  expect(after.stdout).toContain("Stato: annullata (CANCELLED)\n");
  expect(after.stdout).not.toContain("postino run annulla");
  expect([again.code, agreedAgain.code]).toEqual([4, 0]);
  expect(agreedAgain.document.items[0]?.state).toBe("done");
  expect(cancellations).toBe(1);
});
