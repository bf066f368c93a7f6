/** A dead and a moved recipient are found before a euro is spent, from a CSV; nothing is charged for them, and the log says who asked. */
import { afterAll, beforeAll, expect } from "bun:test";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { userInfo } from "node:os";
import { testInOrder } from "../support/chapters.ts";
import {
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
} from "../support/installation-world.ts";
import { type Desk, openDesk } from "../support/desk.ts";
import { buildLookupSettings, demoKey } from "../support/lookups.ts";

const env = { DEMO_PDND_KEY: demoKey };
let isAway = false;
let world: InstallationWorld;
let run = "";
let desk: Desk;

const people = [
  ["T1", "NVNTMS66B24X001Q", "Corso Umberto I", "24", "30027", "San Donà di Piave", "VE"],
  ["T2", "MMGDSR94R60X001L", "Vicolo Corto", "42", "22063", "Cantù", "CO"],
  ["T3", "DMSNMO60T60X001G", "Piazza della Libertà", "75", "24047", "Treviglio", "BG"],
  ["T4", "VRTTMS84B14X001X", "Corso Umberto I", "14", "46100", "Mantova", "MN"],
  ["T5", "FNTTMS54R12X001U", "Via delle Prove", "23", "24047", "Treviglio", "BG"],
] as const;

function buildCsv(day: string): string {
  const head =
    "numero;dataViolazione;oraViolazione;luogo;targa;articolo;descrizione;agente;motivoMancataContestazione;puntiPatente;importoRidottoCents;speseCents;destinatario.tipo;destinatario.cognome;destinatario.nome;destinatario.codiceFiscale;destinatario.indirizzo.via;destinatario.indirizzo.civico;destinatario.indirizzo.cap;destinatario.indirizzo.comune;destinatario.indirizzo.provincia";
  const names: Readonly<Record<string, readonly [string, string]>> = {
    T1: ["Inventati", "Tommaso"],
    T2: ["Immaginari", "Desirée"],
    T3: ["Dimostri", "Noemi"],
    T4: ["Verità", "Tommaso"],
    T5: ["Finti", "Tommaso"],
  };
  const rows = people.map(([numero, code, ...address], index) =>
    [
      numero,
      day,
      "10:15",
      "Via Roma",
      `ZZ00${index}ZZ`,
      "7, commi 1 e 15",
      "Sostava fuori dagli spazi",
      "matr. 1",
      `Il trasgressore non era presente (${numero})`,
      "0",
      "4200",
      "850",
      "PF",
      ...(names[numero] ?? []),
      code,
      ...address,
    ].join(";"),
  );
  return [head, ...rows].join("\n");
}

beforeAll(async () => {
  world = await makeInstallationWorld({
    sendYaml: sendYaml
      .replace('"*.jsonl"', '"*.csv"')
      .replace(
        "  - uses: reset-iuv\n",
        "  - uses: look-up-residence\n    within: 24h\n    retry: { times: 3, wait: 10m, maxWait: 10m }\n  - uses: reset-iuv\n",
      ),
    enteYaml: (text) => {
      const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? "";
      const own = buildLookupSettings(origin);
      return `${text}consultazioni: ${JSON.stringify({ ...own, anpr: { ...own.anpr, requestsPerSecond: 1000 } })}\n`;
    },
    refuse: ({ url }) =>
      isAway && url.includes("/anpr/") ? new Response(null, { status: 503 }) : null,
  });
});
afterAll(() => world.close());

interface Audited {
  readonly actor: string;
  readonly subject: string;
  readonly detail: string;
}

function listLookups(): readonly Audited[] {
  const db = new Database(join(world.dataFolder, "persone.sqlite"), { readonly: true });
  try {
    return db
      .query<Audited, []>(
        "SELECT actor, subject, detail FROM audit WHERE action = 'consultazione' ORDER BY seq",
      )
      .all();
  } finally {
    db.close();
  }
}

testInOrder("look-ups before sending", [
  [
    "while ANPR is away nobody is rejected, and nothing is spent",
    async () => {
      isAway = true;
      const input = world.file("flusso.csv", buildCsv(world.freshDay));
      const args = ["run", "send", "--ente", "prova", "--input", input, "--wait", "1s", "--json"];
      const { document } = await world.json(args, { env });
      isAway = false;
      run = document.run.id;
      expect(document.items.map(({ state, code }) => [state, code])).toEqual(
        people.map(() => ["waiting", "SERVICE_UNAVAILABLE"]),
      );
      expect(world.report().gpd.positions).toEqual([]);
    },
  ],

  [
    "the dead and the moved leave before a position is made; the others are sent",
    async () => {
      const { document } = await world.json(["resume", run, "--json"], { env });
      expect(document.items.map(({ key, state, code, note }) => [key, state, code, note])).toEqual([
        ["T1", "done", null, "Accettato da SEND."],
        [
          "T2",
          "rejected",
          "RECIPIENT_DEAD",
          "Il destinatario risulta deceduto in ANPR il 30 agosto 2026. Nulla è stato speso.",
        ],
        [
          "T3",
          "rejected",
          "RECIPIENT_MOVED",
          "Il destinatario risiede dal 14 settembre 2026 in un altro comune, secondo ANPR. Nulla è stato speso.",
        ],
        ["T4", "done", null, "Accettato da SEND."],
        ["T5", "done", null, "Accettato da SEND."],
      ] as never);
      expect(world.report().gpd.positions).toHaveLength(3);
      expect(world.report().send.accepted).toBe(3);
    },
  ],

  [
    "the log says who asked what, for which verbale, and names nobody",
    async () => {
      const asked = listLookups();
      const { username } = userInfo();
      expect(new Set(asked.map(({ actor }) => actor))).toEqual(new Set([`sistema:${username}`]));
      // T4 and T5 are not found by C030, so that nobody asks where they live.
      const last = (numero: string) =>
        asked
          .filter(({ subject }) => subject === `${run}/${numero}`)
          .map(({ detail }) => (JSON.parse(detail) as { registro: string }).registro)
          .filter((register, index, all) => all.indexOf(register) === index);
      expect(["T1", "T2", "T3", "T4", "T5"].map(last)).toEqual([
        ["ANPR C030", "ANPR C020"],
        ["ANPR C030", "ANPR C020"],
        ["ANPR C030", "ANPR C020"],
        ["ANPR C030"],
        ["ANPR C030"],
      ]);
      for (const [, code] of people) expect(JSON.stringify(asked)).not.toContain(code);
    },
  ],

  [
    "the sheet offers the address of ANPR; taken, it goes to SEND without asking again",
    async () => {
      desk = await openDesk(world);
      const sheet = `/flussi/${run}/verbali/T3/scheda`;
      const before = listLookups().length;
      const page = await desk.read(sheet);
      expect(page).toContain("Residenza in ANPR, chiesta il");
      expect(page).toContain("VIALE DEGLI ESEMPI 5/B, 46100 MANTOVA (MN), dal 14/09/2026");

      const filled = await (await desk.post(sheet, { "indirizzo-trovato": "anpr" })).text();
      const address: Record<string, string> = {};
      for (const [, name = "", value = ""] of filled.matchAll(
        /<input id="campo-[^"]*" name="(destinatario\.indirizzo\.[^"]*)"[^>]*value="([^"]*)"/g,
      ))
        address[name] = value;
      expect(address).toMatchObject({
        "destinatario.indirizzo.via": "VIALE DEGLI ESEMPI",
        "destinatario.indirizzo.civico": "5/B",
        "destinatario.indirizzo.cap": "46100",
        "destinatario.indirizzo.comune": "MANTOVA",
        "destinatario.indirizzo.provincia": "MN",
      });
      expect(filled).toMatch(/name="motivo"[^>]*value="Residenza in ANPR, chiesta il/);

      const sent = await desk.post(sheet, {
        ...address,
        chi: "Anna Bianchi",
        motivo: "Residenza in ANPR",
        azione: "rimanda",
      });
      expect(sent.status).toBe(303);
      await untilSent(4);
      expect(listLookups()).toHaveLength(before);
      expect(await desk.read(`/flussi/${run}/verbali/T2`)).toContain("non passa agli eredi");
    },
  ],
]);

async function untilSent(count: number): Promise<void> {
  for (let asked = 0; asked < 400; asked += 1) {
    if (world.report().send.accepted === count) return;
    await Bun.sleep(25);
  }
  throw new Error("it was not sent");
}
