/** «Nuovo flusso»: a file is understood, tried, started in part or whole, and its columns are said, before anything happens. */
import { afterAll, beforeAll, expect } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testInOrder } from "../support/chapters.ts";
import { type Desk, openDesk } from "../support/desk.ts";
import {
  makeInstallationWorld,
  sendYaml,
  type InstallationWorld,
} from "../support/installation-world.ts";
import { makeVerbale, verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
let desk: Desk;
beforeAll(async () => {
  world = await makeInstallationWorld({
    sendYaml: sendYaml.replace("*.jsonl", "*.*"),
    enteYaml: (text) => `# tenere questo commento\n${text}`,
  });
  writeFileSync(join(world.pipelinesFolder, "periodo.yaml"), periodoYaml);
  desk = await openDesk(world);
});
afterAll(() => world.close());

const periodoYaml = `name: Verbali di un periodo
params:
  dal: { type: date, required: true, help: "Dal giorno" }
  giorni: { type: integer, min: 1, max: 90, default: 30, help: "Quanti giorni" }
  quota: { type: number, help: "Quota" }
  attesa: { type: duration, default: 30s, help: "Attesa" }
  tipo: { choices: [tutti, solo-pec], default: tutti, help: "Quali" }
  prova: { type: boolean, default: false, help: "Per prova" }
${sendYaml.replace(/^name:.*$/m, "").replace("*.jsonl", "*.*")}`;

const choice = { ente: "prova", pipeline: "send" };
let draft = "";

async function follow(answer: Response): Promise<string> {
  expect(answer.status).toBe(303);
  return answer.headers.get("location") ?? "";
}

testInOrder("a flusso is looked at before it starts", [
  [
    "a file with a fault: what goes, what does not and why, and the most that it costs",
    async () => {
      const wrong = makeVerbale(8, world.freshDay);
      const { destinatario } = wrong;
      const faulty = {
        ...wrong,
        destinatario: { ...destinatario, codiceFiscale: "FNTTMS54R12X001A" },
      };
      const content = `${verbaliLines(7, world.freshDay)}${JSON.stringify(faulty)}\n`;

      draft = await follow(
        await desk.upload("/nuovo/controllo", choice, { name: "novembre.jsonl", content }),
      );
      const page = await desk.read(draft);

      expect(draft).toMatch(/^\/nuovo\/[0-9a-f]{32}$/);
      expect(page).toContain("Partirebbero 7 su 8 nel file");
      expect(page).toContain("Da correggere 1");
      // Seven times SEND's euro and two letters of 10,50 with 22 % VAT.
      expect(page).toContain("Costo di SEND, al più 186,34 € almeno 7,00 €");
      expect(page).toContain("8 T00008 Da correggere Codice fiscale");
      expect(page).toContain("Avvia 7 verbali Prova i primi 5 Indietro");
      expect(world.report().send.accepted).toBe(0);
    },
  ],
  [
    "back keeps the choice and the file: it is not asked for twice",
    async () => {
      const [handle = ""] = draft.split("/").slice(-1);
      const form = await (await desk.get(`/nuovo?bozza=${handle}`)).text();
      expect(form).toContain("novembre.jsonl");
      expect(form).toContain('<option value="prova" selected="">');

      const again = await follow(
        await desk.upload("/nuovo/controllo", { ...choice, bozza: handle }),
      );
      expect(again).not.toBe(draft);
      expect(await desk.read(again)).toContain("Avvia 7 verbali");
      expect(await desk.read("/nuovo")).toContain("Caricati e non ancora avviati novembre.jsonl");
      expect(await follow(await desk.post(`${again}/scarta`, {}))).toBe("/nuovo");
      expect((await desk.get(again)).status).toBe(404);
    },
  ],
  [
    "the first five go ahead, then the others, each once",
    async () => {
      const first = await follow(await desk.post(`${draft}/avvia`, { primi: "si" }));
      expect(first).toMatch(/^\/flussi\/\d{8}-\d{4}\?fatto=primi$/);
      await untilSent(5);
      const between = await desk.read(draft);
      expect(between).toContain("I primi verbali sono già partiti con il flusso");
      expect(between).toContain("Partirebbero 2 su 8 nel file");
      expect(between).toContain("Già inviati 5");

      const [one, two] = await Promise.all([
        desk.post(`${draft}/avvia`, {}),
        desk.post(`${draft}/avvia`, {}),
      ]);
      expect(await follow(one)).toBe(await follow(two));
      await untilSent(7);
      expect(await desk.read(draft)).toContain("Questo file è già partito con il flusso");
      expect(world.report().send.repeated).toBe(0);
    },
  ],
  [
    "an export with names of its own: the columns are said, kept with the comments, and the file goes",
    async () => {
      const content = csvOf(
        [
          "N. Verbale",
          "Data infr.",
          "Ora",
          "Località",
          "Targa veicolo",
          "Art. violato",
          "Descrizione infrazione",
          "Agente",
          "Importo",
          "Importo 30%",
          "Spese",
          "Tipo sogg.",
          "Cognome",
          "Nome",
          "Cod. Fisc.",
          "Indirizzo",
          "Civ.",
          "CAP",
          "Comune",
          "Prov.",
          "Motivo mancata contestazione",
        ],
        [20, 21, 22].map((n) => {
          const { destinatario: who, ...fine } = makeVerbale(n, world.freshDay);
          const day = fine.dataViolazione.split("-").toReversed().join("/");
          return [
            fine.numero,
            day,
            fine.oraViolazione ?? "",
            fine.luogo,
            fine.targa,
            fine.articolo,
            fine.descrizione,
            fine.agente,
            "42,00",
            "29,40",
            "8,50",
            who.tipo,
            who.cognome ?? "",
            who.nome ?? "",
            who.codiceFiscale ?? "",
            who.indirizzo.via,
            who.indirizzo.civico ?? "",
            who.indirizzo.cap,
            who.indirizzo.comune,
            who.indirizzo.provincia,
            fine.motivoMancataContestazione ?? "",
          ];
        }),
      );
      const mapped = await follow(
        await desk.upload("/nuovo/controllo", choice, { name: "gestionale.csv", content }),
      );
      const refused = await desk.read(mapped);
      expect(refused).toContain("Dire che cosa contengono le colonne");
      expect(refused).not.toContain("Avvia 3");

      const columns = await (await desk.get(`${mapped}/colonne`)).text();
      expect(columns).toContain('<option value="destinatario.codiceFiscale" selected="">');
      const wrong = await desk.post(`${mapped}/colonne`, {
        azione: "scrivi",
        "colonna.N. Verbale": "-",
      });
      expect(wrong.status).toBe(409);
      expect(await wrong.text()).toContain("Nulla è stato scritto.");

      await follow(await desk.post(`${mapped}/colonne`, { azione: "scrivi" }));
      const written = readFileSync(join(world.pipelinesFolder, "enti", "prova.yaml"), "utf8");
      expect(written).toStartWith("# tenere questo commento\n");
      expect(written).toContain("Cod. Fisc.: destinatario.codiceFiscale");
      expect(await desk.read(mapped)).toContain("Avvia 3 verbali");
      await follow(await desk.post(`${mapped}/avvia`, {}));
      await untilSent(10);
    },
  ],
  [
    "parameters have fields of their types; what is wrong is told beside each, and the file is not asked for again",
    async () => {
      const form = await (await desk.get("/nuovo?pipeline=periodo&ente=prova")).text();
      expect(form).toMatch(/<input id="param\.periodo\.dal"[^>]* type="date"/);
      expect(form).toMatch(
        /<input id="param\.periodo\.giorni"[^>]* type="number" step="1" min="1" max="90"/,
      );
      expect(form).toMatch(/<input id="param\.periodo\.quota"[^>]* type="number"[^>]* step="any"/);
      expect(form).toContain("Un numero da 1 fino a 90. Se non si dice: 30");
      expect(form).toContain("Una durata: 30s, 10m, 24h. Se non si dice: 30s");
      expect(form).toContain('<option value="false">No</option>');

      const wrong = await desk.upload(
        "/nuovo/controllo",
        {
          ente: "prova",
          pipeline: "periodo",
          "param.periodo.dal": "2026-02-30",
          "param.periodo.giorni": "91",
          "param.periodo.quota": "1,5",
          "param.periodo.attesa": "domani",
          "param.periodo.tipo": "nessuno",
        },
        { name: "periodo.jsonl", content: verbaliLines(1, world.freshDay) },
      );
      const html = await wrong.text();
      const told = [
        ...html.matchAll(/id="param\.periodo\.(\w+)-nota"><span class="fault bad">([^<]*)</g),
      ].map(([, name, fault]) => [name, fault]);
      expect(wrong.status).toBe(409);
      expect(told).toEqual([
        [
          "dal",
          "non ha la forma prevista: scrivi un giorno che c&#39;è, anno per primo: 2026-11-29",
        ],
        ["giorni", "è troppo grande: al massimo 90"],
        ["attesa", "non ha la forma prevista: scrivi una durata: 30s, 10m, 24h"],
        ["tipo", "non può essere &quot;nessuno&quot;: scegli tra: tutti, solo-pec"],
      ]);
      expect(html).toContain("Già caricato: <strong>periodo.jsonl</strong>");

      const missing = await (
        await desk.upload("/nuovo", { ente: "prova", pipeline: "periodo" })
      ).text();
      expect(missing).toContain('<span class="fault bad">Manca: scriverlo.</span>');
    },
  ],
  [
    "no file, a file that is none, and an address that was made up",
    async () => {
      const none = await desk.upload("/nuovo/controllo", choice);
      expect([none.status, takeProblem(await none.text())]).toEqual([
        409,
        "Scegliere il file dei verbali.",
      ]);
      const picture = await follow(
        await desk.upload("/nuovo/controllo", choice, {
          name: "foto.csv",
          content: new Uint8Array([137, 80, 78, 71, 0, 1, 2]),
        }),
      );
      expect(await desk.read(picture)).not.toContain("Avvia ");
      expect((await desk.get("/nuovo/../../etc")).status).toBe(404);
      expect((await desk.get(`/nuovo/${"0".repeat(32)}`)).status).toBe(404);
    },
  ],
]);

function takeProblem(html: string): string {
  return /role="alert">.*?<strong>(.*?)<\/strong>/s.exec(html)?.[1] ?? "";
}

function csvOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, ...rows]
    .map((row) => row.join(";"))
    .join("\n")
    .concat("\n");
}

/** SEND has taken so many. */
async function untilSent(count: number): Promise<void> {
  for (let asked = 0; asked < 400; asked += 1) {
    if (world.report().send.requests.length >= count) break;
    await Bun.sleep(25);
  }
  expect(world.report().send.requests.length).toBe(count);
}
