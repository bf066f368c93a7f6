/** The register of those that are to be notified: registered with their faults, chosen, sent by a flusso of the chosen, and back where they were refused. */
import { afterAll, beforeAll, expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { testInOrder } from "../support/chapters.ts";
import { type Desk, openDesk, takeText } from "../support/desk.ts";
import { makeInstallationWorld, type InstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

/** An ente that notifies from the register, and leaves CAP and town to SEND once a verbale is chosen. */
const fromRegister = (text: string): string => `${text}pipelines:
  send:
    change:
      load-verbali: { uses: load-register }
      validate: { with: { severity: { CAP_TOWN: warning } } }
  registra:
    change:
      validate: { with: { severity: { CAP_TOWN: warning } } }
`;

const registra = `name: Registro
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl", onInvalidRow: reject }
  - uses: validate
    with: { faults: keep }
  - uses: register
`;

let world: InstallationWorld;
let desk: Desk;
beforeAll(async () => {
  world = await makeInstallationWorld({ enteYaml: fromRegister });
  writeFileSync(join(world.pipelinesFolder, "registra.yaml"), registra);
  desk = await openDesk(world);
});
afterAll(() => world.close());

/** As the office's own program does. */
async function bring(lines: readonly unknown[]): Promise<string> {
  const answer = await fetch(`${desk.url}/api/verbali`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-postino-command": "1" },
    body: JSON.stringify({ ente: "prova", verbali: lines }),
  });
  const body = (await answer.json()) as { readonly run?: string };
  if (answer.status !== 202 || body.run === undefined)
    throw new Error(`${answer.status} ${JSON.stringify(body)}`);
  return await untilRest(body.run);
}

async function untilRest(id: string): Promise<string> {
  for (let asked = 0; asked < 600; asked += 1) {
    const answer = await fetch(`${desk.url}/api/runs/${id}`);
    const { run } = (await answer.json()) as { readonly run: { readonly state: string } };
    if (!["queued", "running"].includes(run.state)) return run.state;
    await Bun.sleep(25);
  }
  throw new Error(`${id} does not rest`);
}

const say = (word: string, numbers: readonly string[], state = "ready") =>
  fetch(`${desk.url}/registro/parola`, {
    method: "POST",
    redirect: "manual",
    headers: {
      cookie: "postino_csrf=0123456789abcdef0123456789abcdef",
      origin: desk.url,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams([
      ["csrf", "0123456789abcdef0123456789abcdef"],
      ["indirizzo", `/registro?ente=prova&stato=${state}`],
      ["parola", word],
      ...numbers.map((numero): [string, string] => ["verbale", numero]),
    ]).toString(),
  });

async function count(): Promise<Readonly<Record<string, number>>> {
  const answer = await fetch(`${desk.url}/api/verbali?ente=prova`);
  const { counts } = (await answer.json()) as { readonly counts: Record<string, number> };
  return Object.fromEntries(Object.entries(counts).filter(([, found]) => found > 0));
}

testInOrder("verbali wait in the register until a person sends them", [
  [
    "each stands there with what the checks say of it",
    async () => {
      const wrong = makeVerbale(2, world.freshDay);
      const town = makeVerbale(3, world.freshDay);
      await bring([
        makeVerbale(1, world.freshDay),
        { ...wrong, destinatario: { ...wrong.destinatario, codiceFiscale: "NVNTMS66B24X001A" } },
        {
          ...town,
          destinatario: {
            ...town.destinatario,
            indirizzo: { ...town.destinatario.indirizzo, cap: "26013" },
          },
        },
        makeVerbale(4, world.freshDay),
      ]);

      expect(await count()).toEqual({ ready: 3, wrong: 1 });
      const page = await desk.read("/registro?ente=prova&stato=wrong");
      expect(page).toContain("T00002");
      expect(page).toContain("lettera di controllo");
      expect(await desk.read("/registro?ente=prova")).toContain("T00001");
      expect(await desk.read("/")).toContain("1 verbale da correggere");
    },
  ],
  [
    "the same again is the same",
    async () => {
      await bring([makeVerbale(1, world.freshDay), makeVerbale(4, world.freshDay)]);

      expect(await count()).toEqual({ ready: 3, wrong: 1 });
    },
  ],
  [
    "a request that a program sends again with its key happens once, also where nobody has signed in",
    async () => {
      const ask = (numero: number): Promise<Response> =>
        fetch(`${desk.url}/api/verbali`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "x-postino-command": "1",
            "idempotency-key": "arrivo-1",
          },
          body: JSON.stringify({ ente: "prova", verbali: [makeVerbale(numero, world.freshDay)] }),
        });
      const first = await ask(1);
      const again = await ask(1);
      const other = await ask(4);
      const { run } = (await first.json()) as { readonly run: string };

      expect([first.status, again.status, other.status]).toEqual([202, 202, 422]);
      expect(again.headers.get("idempotency-replayed")).toBe("true");
      expect(await again.json()).toMatchObject({ run });
      await untilRest(run);
    },
  ],
  [
    "one with faults cannot be chosen, the others are",
    async () => {
      expect((await say("choose", ["T00002"], "wrong")).status).toBe(303);
      expect(await count()).toEqual({ ready: 3, wrong: 1 });
      await say("choose", ["T00001", "T00003"]);
      expect(await count()).toEqual({ ready: 1, chosen: 2, wrong: 1 });
    },
  ],
  [
    "«Nuovo flusso» asks for no file where the register is used, and leads there",
    async () => {
      const form = await (await desk.get("/nuovo?ente=prova&pipeline=send")).text();
      expect(form).toMatch(/data-pair="prova send"[^]*href="\/registro\?ente=prova"/);
      for (const path of ["/nuovo", "/nuovo/controllo"]) {
        const refused = await desk.upload(
          path,
          { ente: "prova", pipeline: "send" },
          {
            name: "novembre.jsonl",
            content: `${JSON.stringify(makeVerbale(9, world.freshDay))}\n`,
          },
        );
        expect(refused.status).toBe(409);
        expect(await refused.text()).toContain(
          '<a href="/registro?ente=prova">Scegliere i verbali in «Da notificare»</a>',
        );
      }
      expect(await count()).toEqual({ ready: 1, chosen: 2, wrong: 1 });
    },
  ],
  [
    "a flusso of the chosen is asked for with their number and what they cost at most",
    async () => {
      const page = await desk.read("/registro/genera?ente=prova");
      expect(page).toContain("Verbali scelti 2");
      expect(page).toContain("Avvia 2 verbali");
      const stale = await desk.post("/registro/genera", { ente: "prova", quanti: "3" });
      expect(stale.status).toBe(409);
      expect(takeText(await stale.text())).toContain("ora sono 2");

      const started = await desk.post("/registro/genera", { ente: "prova", quanti: "2" });
      const again = await desk.post("/registro/genera", { ente: "prova", quanti: "2" });

      expect(started.status).toBe(303);
      const id = /\/flussi\/([^?]+)/.exec(started.headers.get("location") ?? "")?.[1] ?? "";
      if (again.status === 303) {
        // Both began at once: the second found none of them.
        const other = /\/flussi\/([^?]+)/.exec(again.headers.get("location") ?? "")?.[1] ?? "";
        await untilRest(other);
      }
      expect(await untilRest(id)).toBe("completed-with-rejections");
      expect(await count()).toEqual({ ready: 1, wrong: 1, sent: 1, back: 1 });
      expect(
        world
          .report()
          .send.requests.map(({ status }) => status)
          .toSorted(),
      ).toEqual(["ACCEPTED", "REFUSED"]);
    },
  ],
  [
    "what a flusso has is not registered again with other data",
    async () => {
      const other = makeVerbale(1, world.freshDay, { luogo: "Via Nuova" });
      expect(await bring([other])).toBe("completed-with-rejections");
      expect(await count()).toEqual({ ready: 1, wrong: 1, sent: 1, back: 1 });
    },
  ],
  [
    "the refused one is corrected on its sheet and goes with the next flusso, with new codes",
    async () => {
      const page = await (await desk.get("/registro/prova/T00003")).text();
      expect(takeText(page)).toContain("Tornato");
      const fields = readForm(page);
      const sent = await desk.post("/registro/prova/T00003", {
        ...fields,
        "destinatario.indirizzo.cap": "24047",
        chi: "Anna Bianchi",
        motivo: "controllato in anagrafe",
        azione: "rimanda",
      });
      expect([sent.status, takeText(await sent.text())]).toEqual([303, ""]);
      expect(await count()).toEqual({ ready: 1, wrong: 1, sent: 1, chosen: 1 });

      const started = await desk.post("/registro/genera", { ente: "prova", quanti: "1" });
      const id = /\/flussi\/([^?]+)/.exec(started.headers.get("location") ?? "")?.[1] ?? "";
      expect(await untilRest(id)).toBe("completed");

      expect(await count()).toEqual({ ready: 1, wrong: 1, sent: 2 });
      const { requests } = world.report().send;
      expect(
        requests.filter(({ protocol }) => protocol === "T00003").map(({ status }) => status),
      ).toEqual(["REFUSED", "ACCEPTED"]);
    },
  ],
  [
    "one that was wrong is corrected, and the export of before does not undo it",
    async () => {
      const page = await (await desk.get("/registro/prova/T00002")).text();
      const sent = await desk.post("/registro/prova/T00002", {
        ...readForm(page),
        "destinatario.codiceFiscale": "NVNTMS66B24X001Q",
        chi: "Anna Bianchi",
        motivo: "letto sulla tessera",
        azione: "rimanda",
      });
      expect(sent.status).toBe(303);
      expect(await count()).toEqual({ ready: 2, sent: 2 });

      const wrong = makeVerbale(2, world.freshDay);
      await bring([
        { ...wrong, destinatario: { ...wrong.destinatario, codiceFiscale: "NVNTMS66B24X001A" } },
      ]);

      expect(await count()).toEqual({ ready: 2, sent: 2 });
      expect(await desk.read("/registro/prova/T00002")).toContain("Anna Bianchi");
    },
  ],
]);

/** The form as the page has it. */
function readForm(html: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, tag = ""] of html.matchAll(/<input ([^>]*)>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1];
    if (name !== undefined && name !== "csrf" && name !== "indirizzo" && name !== "verbale")
      fields[name] = /value="([^"]*)"/.exec(tag)?.[1]?.replaceAll("&#39;", "'") ?? "";
  }
  for (const [, name = "", inner = ""] of html.matchAll(
    /<select [^>]*?name="([^"]*)"[^>]*>(.*?)<\/select>/gs,
  ))
    fields[name] = /value="([^"]*)" selected/.exec(inner)?.[1] ?? "";
  return fields;
}
