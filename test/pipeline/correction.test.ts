/** A rejected verbale corrected on its sheet: faults beside the fields, the versions with who and why, sent again with new codes in its own flusso. */
import { afterAll, beforeAll, expect } from "bun:test";
import { openJournal } from "../../stores/sqlite/store.ts";
import { systemClock } from "../../engine/host/clock.ts";
import { createRegisterReader } from "../../integrations/register/register.ts";
import { testInOrder } from "../support/chapters.ts";
import { type Desk, openDesk } from "../support/desk.ts";
import { makeInstallationWorld, type InstallationWorld } from "../support/installation-world.ts";
import { leaveTownToSend, makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld;
let desk: Desk;
let run = "";
beforeAll(async () => {
  world = await makeInstallationWorld({ enteYaml: leaveTownToSend });
  const [first, second, third] = [1, 2, 3].map((n) => makeVerbale(n, world.freshDay));
  if (first === undefined || second === undefined || third === undefined) throw new Error("none");
  const lines = [
    first,
    // A wrong check letter: our own checks.
    { ...second, destinatario: { ...second.destinatario, codiceFiscale: "NVNTMS66B24X001A" } },
    // A CAP of another town, which this ente leaves to SEND: refused after it was sent.
    {
      ...third,
      destinatario: {
        ...third.destinatario,
        indirizzo: { ...third.destinatario.indirizzo, cap: "26013" },
      },
    },
  ];
  const input = world.file("flusso.jsonl", lines.map((one) => JSON.stringify(one)).join("\n"));
  const { document } = await world.json([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--json",
  ]);
  run = document.run.id;
  expect(document.items.map(({ key, state }) => [key, state])).toEqual([
    ["T00001", "done"],
    ["T00002", "rejected"],
    ["T00003", "rejected"],
  ]);
  desk = await openDesk(world);
});
afterAll(() => world.close());

const sheet = (key: string): string => `/flussi/${run}/verbali/${key}/scheda`;
const who = { chi: "Anna Bianchi", motivo: "controllato in anagrafe", azione: "rimanda" };

/** The form as the page has it, with other values. */
async function fillForm(key: string, change: Readonly<Record<string, string>>) {
  const html = await (await desk.get(sheet(key))).text();
  const fields: Record<string, string> = {};
  for (const [, tag = ""] of html.matchAll(/<input ([^>]*)>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1];
    if (name !== undefined)
      fields[name] = /value="([^"]*)"/.exec(tag)?.[1]?.replaceAll("&#39;", "'") ?? "";
  }
  for (const [, name = "", inner = ""] of html.matchAll(
    /<select [^>]*?name="([^"]*)"[^>]*>(.*?)<\/select>/gs,
  ))
    fields[name] = /value="([^"]*)" selected/.exec(inner)?.[1] ?? "";
  return { ...fields, ...change };
}

async function untilDone(key: string): Promise<void> {
  for (let asked = 0; asked < 400; asked += 1) {
    const page = await desk.read(`/flussi/${run}/verbali/${key}`);
    if (page.includes("Ha passato tutti i passi")) return;
    await Bun.sleep(25);
  }
  throw new Error(`${key} did not come through`);
}

testInOrder("a rejected verbale is corrected and sent again", [
  [
    "its page leads to the sheet, where the fault stands beside its field",
    async () => {
      const page = await (await desk.get(`/flussi/${run}/verbali/T00002`)).text();
      expect(page).toContain(sheet("T00002"));
      const html = await (await desk.get(sheet("T00002"))).text();
      expect(html).toMatch(
        /data-fault="destinatario\.codiceFiscale"><span class="fault bad">la lettera di controllo non corrisponde/,
      );
      expect(html).toContain("1 difetto da correggere");
      expect(await desk.read(`/flussi/${run}/verbali/T00001`)).not.toContain("Correggi");
    },
  ],
  [
    "what is typed is checked before it goes: a check sends nothing, a fault that is left neither",
    async () => {
      const good = { "destinatario.codiceFiscale": "NVNTMS66B24X001Q", azione: "controlla" };
      const checked = await desk.post(sheet("T00002"), await fillForm("T00002", good));
      expect(checked.status).toBe(200);
      expect(await checked.text()).toContain("Nessun difetto: il verbale può ripartire.");

      for (const [change, said] of [
        [{ ...who }, "Resta un difetto: è segnato qui sotto."],
        [{ ...who, ...good, azione: "rimanda", importoRidottoCents: "dieci" }, "Resta un difetto"],
        [
          { ...who, ...good, azione: "rimanda", chi: "" },
          "Scrivere nome e cognome di chi corregge.",
        ],
        [{ ...who, ...good, azione: "rimanda", motivo: " " }, "Scrivere perché si corregge"],
      ] as const) {
        const refused = await desk.post(sheet("T00002"), await fillForm("T00002", change));
        expect([refused.status, await refused.text()]).toEqual([
          409,
          expect.stringContaining(said),
        ]);
      }
    },
  ],
  [
    "corrected, it goes again in its flusso; both versions stay, with who and why",
    async () => {
      const form = await fillForm("T00002", {
        ...who,
        "destinatario.codiceFiscale": "NVNTMS66B24X001Q",
      });
      // Two people press at once: one correction counts.
      const other = { ...form, chi: "Bruno Verdi" };
      const answers = await Promise.all(
        [form, other].map((one) => desk.post(sheet("T00002"), one)),
      );
      expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([
        303, 409,
      ]);
      expect(answers.map((answer) => answer.headers.get("location"))).toContain(
        `/flussi/${run}/verbali/T00002?fatto=rimandato`,
      );
      await untilDone("T00002");
      const again = await desk.post(sheet("T00002"), form);
      expect(await again.text()).toContain("Il verbale non è scartato");
    },
  ],
  [
    "one that SEND refused: the places that fit are offered, a suggested one is put in, and it goes with new codes",
    async () => {
      const html = await (await desk.get(sheet("T00003"))).text();
      expect(html).toContain('value="24047|TREVIGLIO|BG"');
      const placed = await desk.post(
        sheet("T00003"),
        await fillForm("T00003", { "luogo-suggerito": "24047|TREVIGLIO|BG" }),
      );
      expect(await placed.text()).toContain(
        'name="destinatario.indirizzo.cap" aria-describedby="difetto-destinatario.indirizzo.cap" type="text" value="24047"',
      );
      const before = await readCodes("T00003");
      const sent = await desk.post(
        sheet("T00003"),
        await fillForm("T00003", { ...who, "destinatario.indirizzo.cap": "24047" }),
      );
      expect(sent.status).toBe(303);
      await untilDone("T00003");
      const after = await readCodes("T00003");
      expect(after.length).toBe(before.length);
      expect(after.filter((code) => before.includes(code))).toEqual([]);
    },
  ],
  [
    "the register holds as it came and as it was corrected",
    async () => {
      await desk.stop();
      const journal = openJournal(`${world.dataFolder}/postino.sqlite`, systemClock);
      try {
        const twice = await createRegisterReader(journal, "prova").listVersions("scheda", "T00002");
        expect(twice.length).toBe(2);
        const versions = await createRegisterReader(journal, "prova").listVersions(
          "scheda",
          "T00003",
        );
        expect(
          versions.map(({ data }) => [
            data.by,
            data.reason,
            data.changed,
            (data.verbale as { destinatario: { indirizzo: { cap: string } } }).destinatario
              .indirizzo.cap,
          ]),
        ).toEqual([
          ["", "", [], "26013"],
          ["Anna Bianchi", "controllato in anagrafe", ["CAP del destinatario"], "24047"],
        ]);
      } finally {
        await journal.close();
      }
    },
  ],
]);

async function readCodes(key: string): Promise<readonly string[]> {
  const page = await desk.read(`/flussi/${run}/verbali/${key}`);
  return [...new Set(page.match(/\b3\d{17}\b/g) ?? [])];
}
