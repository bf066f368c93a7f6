/** A hired car, from the first notification to the payment of who had hired it; and the neighbours: another address, an act that is paid, one that nobody knows. */
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { addDays, systemClock } from "../../engine/host/clock.ts";
import { testInOrder } from "../support/chapters.ts";
import { type Desk, openDesk, takeText } from "../support/desk.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { runJournalSql } from "../support/journal-sql.ts";
import { makeVerbale } from "../support/verbali.ts";

setDefaultTimeout(60_000);

const paTaxId = "89999990164";
const root = resolve(import.meta.dir, "../..");
let world: InstallationWorld;
/** How far the clock of the payment system is ahead. */
let shiftMs = 0;
let first: readonly string[] = [];
let second: readonly string[] = [];

const address = {
  via: "Via delle Prove",
  civico: "7",
  cap: "24047",
  comune: "Treviglio",
  provincia: "BG",
};
const hirer = {
  tipo: "PG",
  qualita: "proprietario",
  denominazione: "Autonoleggi Fittizi S.r.l.",
  codiceFiscale: "00743110157",
  pec: "uno@pec.it",
  indirizzo: address,
};
const lessee = {
  tipo: "PF",
  qualita: "locatario",
  cognome: "Finti",
  nome: "Tommaso",
  codiceFiscale: "FNTTMS54R12X001U",
  pec: "due@pec.it",
  indirizzo: address,
};

beforeAll(async () => {
  world = await makeInstallationWorld({
    dayMs: 1,
    clock: { ...systemClock, now: () => systemClock.now() + shiftMs },
  });
  copyFileSync(
    join(root, "pipelines", "seguito.yaml"),
    join(world.pipelinesFolder, "seguito.yaml"),
  );
  const send = join(world.pipelinesFolder, "send.yaml");
  const text = readFileSync(send, "utf8");
  if (!text.includes("close-origin"))
    writeFileSync(send, `${text.trimEnd()}\n  - uses: close-origin\n`);
});
afterAll(() => world.close());

async function send(name: string, ...lines: readonly object[]) {
  const input = world.file(`${name}.jsonl`, lines.map((line) => JSON.stringify(line)).join("\n"));
  const { document } = await world.json([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--wait",
    "1m",
    "--json",
  ]);
  return document.items;
}

async function follow(): Promise<void> {
  for (const kind of ["followed", "receipts", "verdict"])
    runJournalSql(world.dataFolder, [
      "UPDATE records SET due_at = '2026-01-01T00:00:00.000Z' WHERE kind = ?",
      [kind],
    ]);
  expect((await world.json(["run", "seguito", "--ente", "prova", "--json"])).code).toBe(0);
}

async function pay(code: string): Promise<number> {
  return (await fetch(`${world.url}/payer/${paTaxId}/${code}`, { method: "POST" })).status;
}

/** The same violation, long before its 90 days were over when it became known who had hired the car. */
function buildViolation(change: object): object {
  return { ...makeVerbale(1, addDays(world.today, -80)), ...change };
}

testInOrder("a hired car", [
  [
    "the hire company is notified as owner",
    async () => {
      const [item] = await send("primo", buildViolation({ numero: "N1", destinatario: hirer }));
      first = item?.noticeCodes ?? [];
      await follow();

      expect(item).toMatchObject({ state: "done" });
      expect(first).toHaveLength(2);
    },
  ],
  [
    "who had hired it is notified anew, within days of his own, and the first codes close",
    async () => {
      const rinotifica = {
        origine: "N1",
        causa: "locatario",
        dataConoscenza: world.today,
        documento: "PEC del noleggiatore, prot. 12",
      };
      const [item] = await send(
        "secondo",
        buildViolation({ numero: "N1/L", destinatario: lessee, rinotifica }),
      );
      second = item?.noticeCodes ?? [];

      expect(item).toMatchObject({ state: "done" });
      expect(second.some((code) => first.includes(code))).toBe(false);
      const { stdout } = await world.postino(["find", "N1"]);
      expect(stdout).toMatch(
        /Una storia sola:\n {2}1\. N1 \([A-Z0-9-]+\): prima notifica, .*, codici chiusi\n {2}2\. N1\/L \([A-Z0-9-]+\): notificato di nuovo al locatario, saputo il .*, PEC del noleggiatore, prot\. 12, inviato il /,
      );
      // GPD closes a code within minutes; and following the first one does not open it again.
      await follow();
      shiftMs = 600_000;
      expect(
        [await pay(first[0] ?? ""), await pay(first[1] ?? "")].every((code) => code >= 400),
      ).toBe(true);
    },
  ],
  [
    "he pays, and the story is one",
    async () => {
      expect(await pay(second[1] ?? "")).toBe(200);
      await follow();

      const { stdout } = await world.postino([
        "fascicolo",
        "N1",
        "--ente",
        "prova",
        "--to",
        join(world.folder, "caso"),
      ]);
      expect(stdout).toMatch(/./);
    },
  ],
  [
    "what is paid is not notified again, nor is what nobody knows without a word; another address goes on with the first days",
    async () => {
      const again = { origine: "N1/L", causa: "indirizzo" };
      const [paid] = await send(
        "terzo",
        buildViolation({ numero: "N1/M", destinatario: lessee, rinotifica: again }),
      );
      const unknown = { origine: "ALTROVE", causa: "conducente", dataConoscenza: world.today };
      const moved = { origine: "N2", causa: "indirizzo" };
      const [before] = await send("quarto", { ...makeVerbale(2, world.freshDay), numero: "N2" });
      const buildLate = (n: number, rinotifica: object) => ({
        ...makeVerbale(n, addDays(world.today, -120)),
        numero: `N${n}`,
        rinotifica,
      });
      const rest = await send(
        "quinto",
        { ...makeVerbale(2, world.freshDay), numero: "N2/I", rinotifica: moved },
        buildLate(3, unknown),
        buildLate(4, { origine: "N3", causa: "indirizzo" }),
        buildLate(5, { origine: "N3", causa: "conducente" }),
        buildLate(6, { origine: "N3", causa: "locatario", dataConoscenza: "2020-01-01" }),
        buildLate(7, { causa: "locatario", dataConoscenza: world.today }),
        buildLate(8, { origine: "N8", causa: "locatario", dataConoscenza: world.today }),
      );

      expect(paid).toMatchObject({ state: "rejected", code: "RENOTIFICATION_PAID" });
      expect(before).toMatchObject({ state: "done" });
      expect(rest.map(({ key, state, code }) => [key, state, code])).toEqual([
        ["N2/I", "done", null],
        ["N3", "done", null],
        ["N4", "rejected", "DEADLINE_PASSED"],
        ["N5", "rejected", "DEADLINE_PASSED"],
        ["N6", "rejected", "DEADLINE_PASSED"],
        ["N7", "rejected", "RENOTIFICATION_DATA"],
        ["N8", "rejected", "RENOTIFICATION_DATA"],
      ]);
      expect(rest[1]?.note).toContain("chiuderli a mano");
    },
  ],
  [
    "the page of a verbale tells its story, and from there the next notification is prepared with its faults beside the data",
    async () => {
      shiftMs = 0;
      const desk = await openDesk(world);
      try {
        const { headers } = await desk.get("/verbali/prova/N1%2FL");
        const page = await desk.read(headers.get("location") ?? "");
        expect(page).toMatch(
          /notifiche di questa violazione N1 [A-Z0-9-]+ prima notifica, .* codici chiusi N1\/L \(questa\) [A-Z0-9-]+ notificato di nuovo al locatario/,
        );
        expect(await desk.read("/verbali/prova/N1/rinotifica")).toContain(
          "È già stato notificato di nuovo con il numero N1/L: si riparte da quello.",
        );
        expect(await desk.read("/verbali/prova/N1%2FL/rinotifica")).toContain(
          "Il verbale risulta pagato",
        );
        expect((await desk.get("/verbali/prova/ALTROVE/rinotifica")).status).toBe(404);

        const path = "/verbali/prova/N2%2FI/rinotifica";
        const empty = await desk.post(path, { numero: "N2/I", azione: "rimanda" });
        expect(empty.status).toBe(409);
        const faults = takeText(await empty.text());
        expect(faults).toContain("È il numero della prima notifica: ne serve uno nuovo.");
        expect(faults).toContain("Scegliere perché si notifica di nuovo.");
        const same = await desk.post(path, {
          numero: "N2/C",
          "rinotifica.causa": "conducente",
          azione: "rimanda",
        });
        const told = takeText(await same.text());
        expect(told).toContain("È ancora il destinatario della prima notifica.");
        expect(told).toContain("Scrivere quando si è saputo: da lì decorrono i 90 giorni.");
        expect(told).not.toContain("colonne rinotifica");
        const near = await desk.post(path, {
          numero: "N2/C",
          "rinotifica.causa": "indirizzo",
          azione: "rimanda",
        });
        expect(takeText(await near.text())).toContain("È ancora l'indirizzo della prima notifica.");

        const prepared = await desk.post(path, {
          numero: "N2/C",
          "rinotifica.causa": "indirizzo",
          "destinatario.indirizzo.civico": "99",
          azione: "rimanda",
        });
        expect(prepared.status).toBe(303);
        const draft = prepared.headers.get("location") ?? "";
        expect(await desk.read(draft)).toContain("rinotifica-N2-I.jsonl");
        const started = await desk.post(`${draft}/avvia`, {});
        expect(started.status).toBe(303);
        const id = /flussi\/([\w-]+)/.exec(started.headers.get("location") ?? "")?.[1] ?? "";
        const item = await untilDone(desk, id);
        expect(item).toMatchObject({ key: "N2/C", state: "done" });
        expect(await desk.read(`/flussi/${id}/verbali/N2%2FC`)).toMatch(
          /N2 [A-Z0-9-]+ prima notifica.* N2\/I [A-Z0-9-]+ notificato di nuovo a un altro indirizzo.* N2\/C \(questa\)/,
        );
      } finally {
        await desk.stop();
      }
    },
  ],
]);

async function untilDone(desk: Desk, id: string): Promise<unknown> {
  for (let asked = 0; asked < 600; asked += 1) {
    const answer = await desk.get(`/api/runs/${id}`);
    const { run, items } = (await answer.json()) as {
      readonly run: { readonly state: string };
      readonly items: readonly unknown[];
    };
    if (!["queued", "running", "waiting"].includes(run.state)) return items[0];
    await Bun.sleep(25);
  }
  throw new Error(`${id} does not rest`);
}
