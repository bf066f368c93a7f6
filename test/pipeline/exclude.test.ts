/** Verbali that a person takes out of a flusso before they are sent, and the rest of a file whose first verbali went ahead, from the pages. */
import { afterAll, beforeAll, expect } from "bun:test";
import { testInOrder } from "../support/chapters.ts";
import { type Desk, openDesk } from "../support/desk.ts";
import {
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
} from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld;
let desk: Desk;
beforeAll(async () => {
  world = await makeInstallationWorld({
    sendYaml: sendYaml.replace("  - uses: render\n", "  - uses: render\n    approval: true\n"),
  });
  desk = await openDesk(world);
});
afterAll(() => world.close());

function writeFlusso(from: number, to: number): string {
  const lines = [];
  for (let n = from; n <= to; n += 1) lines.push(JSON.stringify(makeVerbale(n, world.freshDay)));
  return lines.join("\n");
}

interface Told {
  readonly run: { readonly state: string };
  readonly items: readonly {
    readonly key: string;
    readonly state: string;
    readonly note: string | null;
  }[];
}

async function readRun(id: string): Promise<Told> {
  return (await (await desk.get(`/api/runs/${id}`)).json()) as Told;
}

async function untilState(id: string, state: string): Promise<Told> {
  for (let asked = 0; asked < 600; asked += 1) {
    const told = await readRun(id);
    if (told.run.state === state) return told;
    await Bun.sleep(25);
  }
  throw new Error(`${id} is not ${state}`);
}

let run = "";

testInOrder("verbali are taken out before they are sent", [
  [
    "while a person is waited for, two of four are excluded with a reason",
    async () => {
      const { document } = await startFlusso(writeFlusso(1, 4));
      run = document;
      await untilState(run, "waiting-for-person");

      const missing = await desk.post(`/flussi/${run}/escludi`, { verbale: "T00002" });
      const done = await desk.post(`/flussi/${run}/escludi`, {
        verbale: "T00002",
        chi: "Ada Bruni",
        motivo: "ricorso in corso",
      });
      const api = await fetch(`${desk.url}/api/runs/${run}/exclude`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-postino-command": "1" },
        body: JSON.stringify({ items: ["T00003"], by: "Ada Bruni", reason: "annullato" }),
      });

      expect([missing.status, done.status, api.status]).toEqual([400, 303, 202]);
      const { items } = await untilState(run, "waiting-for-person");
      expect(items.map(({ key, state, note }) => [key, state, note])).toEqual([
        ["T00001", "pending", "Nuova posizione con due codici avviso."],
        ["T00002", "cancelled", "Escluso da Ada Bruni: ricorso in corso"],
        ["T00003", "cancelled", "Escluso da Ada Bruni: annullato"],
        ["T00004", "pending", "Nuova posizione con due codici avviso."],
      ]);
    },
  ],
  [
    "the go-ahead is of those that are left, and only they are sent",
    async () => {
      await desk.post(`/flussi/${run}/benestare`, { by: "Ada Bruni" });
      const { items } = await untilState(run, "completed");

      expect(items.map(({ state }) => state)).toEqual(["done", "cancelled", "cancelled", "done"]);
      expect(world.report().send.accepted).toBe(2);
    },
  ],
  [
    "what was sent, and a flusso that has ended, are not excluded any more",
    async () => {
      const late = await desk.post(`/flussi/${run}/escludi`, {
        verbale: "T00001",
        chi: "Ada Bruni",
        motivo: "tardi",
      });

      expect(late.status).toBe(409);
      expect(await late.text()).toContain("Il flusso è già concluso.");
    },
  ],
  [
    "an excluded verbale comes again with another flusso, and is sent once",
    async () => {
      const { document } = await startFlusso(writeFlusso(2, 2));
      await untilState(document, "waiting-for-person");
      await desk.post(`/flussi/${document}/benestare`, { by: "Ada Bruni" });
      const { items } = await untilState(document, "completed");

      expect(items.map(({ key, state }) => [key, state])).toEqual([["T00002", "done"]]);
      expect(world.report().send.accepted).toBe(3);
    },
  ],
  [
    "the rest of a file follows its first verbali by one button, once",
    async () => {
      const { document } = await startFlusso(writeFlusso(11, 14), "1");
      await untilState(document, "waiting-for-person");
      await desk.post(`/flussi/${document}/benestare`, { by: "Ada Bruni" });
      await untilState(document, "completed");

      const page = await desk.read(`/flussi/${document}`);
      const sent = await desk.post(`/flussi/${document}/resto`, {});
      const rest = /flussi\/([\d-]+)/.exec(sent.headers.get("location") ?? "")?.[1] ?? "";
      const again = await desk.post(`/flussi/${document}/resto`, {});
      await untilState(rest, "waiting-for-person");
      await desk.post(`/flussi/${rest}/benestare`, { by: "Ada Bruni" });
      const { items } = await untilState(rest, "completed");

      expect(page).toContain("Manda gli altri 3 verbali del file");
      expect([sent.status, again.status]).toEqual([303, 409]);
      expect(items.map(({ key }) => key)).toEqual(["T00011", "T00012", "T00013", "T00014"]);
      expect(world.report().send.accepted).toBe(7);
      await desk.stop();
    },
  ],
]);

/** Its id. */
async function startFlusso(
  content: string,
  first?: string,
): Promise<{ readonly document: string }> {
  const answer = await fetch(`${desk.url}/api/runs`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-postino-command": "1" },
    body: JSON.stringify({
      pipeline: "send",
      ente: "prova",
      input: { name: "flusso.jsonl", base64: Buffer.from(content).toString("base64") },
      ...(first !== undefined && { first: Number(first) }),
    }),
  });
  return { document: ((await answer.json()) as { readonly run: string }).run };
}
