/** Personal data for those who may not see them: in pages, CSV, JSON, search and files they are not there. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { maskItem } from "../../../../server/web/gate/masking.ts";
import { sampleItem } from "../../../support/sample-flussi.ts";
import { makePeopleWorld, type PeopleWorld, type Visitor } from "../../../support/people-world.ts";
import type { FindResult } from "../../../../server/search/search.ts";

const run = "20261123-0002";
const personal = [
  "PRVFTS80A01H501X",
  "Fantasia",
  "Via Inventata",
  "ZZ000ZZ",
  "Via delle Fornaci",
  "Matricola 118",
];
let world: PeopleWorld;
let masked: Visitor;
let allowed: Visitor;
let operator: Visitor;
let key: string;

const found: FindResult = {
  verbali: [
    ["numero", ["numero"]],
    ["codice fiscale", ["codiceFiscale"]],
    ["targa", ["targa"]],
    ["nome e numero", ["nome", "iun"]],
    ["fine di un codice", []],
  ].map(([numero, kinds]) => ({
    ente: "roccaserena",
    numero: numero as string,
    kinds: kinds as FindResult["verbali"][number]["kinds"],
    run: { id: run, pipeline: "send", createdAt: "2026-11-23T05:30:00.000Z", state: "waiting" },
    item: {
      key: "1",
      state: "rejected",
      code: "X",
      note: "Il nome «Prova Fantasia» e PRVFTS80A01H501X non vanno",
    },
    iun: null,
    noticeCodes: [],
    otherRuns: [],
  })),
  isPart: false,
  isCut: false,
  isTooWide: false,
};

beforeAll(async () => {
  world = await makePeopleWorld({ deps: { find: async () => found } });
  await world.addUser("lina", [{ ente: "roccaserena", role: "sola-lettura" }]);
  await world.addUser("lea", [{ ente: "roccaserena", role: "sola-lettura" }], {
    seesPersonal: true,
  });
  await world.addUser("anna", [{ ente: "roccaserena", role: "operatore" }]);
  [masked, allowed, operator] = [
    await world.signIn("lina"),
    await world.signIn("lea"),
    await world.signIn("anna"),
  ];
  const flusso = world.dashboard.journal.flusso(run);
  const [item] = flusso.items;
  key = item!.key;
  flusso.items[0] = {
    ...item!,
    note: "Al Comune di Roma non risulta Fantasia, PRVFTS80A01H501X, di Via Inventata",
  };
  const attempt = { ...flusso.attempts[0]!, itemId: item!.id, note: "Fantasia non risulta" };
  flusso.attempts.push(attempt);
});
afterAll(() => world.close());

describe("sola lettura", () => {
  test.each([
    ["the page of a verbale", () => `/flussi/${run}/verbali/${encodeURIComponent(key)}`],
    ["the page of a flusso", () => `/flussi/${run}`],
    ["the list of flussi", () => "/"],
    ["the CSV", () => `/api/runs/${run}.csv`],
    ["the log", () => `/flussi/${run}/registro?testo=${encodeURIComponent(key)}`],
    ["the log as the API tells it", () => `/api/runs/${run}/log`],
    ["the JSON document", () => `/api/runs/${run}`],
    ["the list of runs", () => "/api/runs"],
  ])("reads nobody's data in %s", async (_where, path) => {
    const answer = await masked.get(path());
    const text = await answer.text();

    expect(answer.status).toBe(200);
    for (const word of personal) expect(text).not.toContain(word);
  });

  test("finds no word in the log that is covered there", async () => {
    const read = async (visitor: Visitor): Promise<number> => {
      const answer = await visitor.get(`/api/runs/${run}/log?text=Fantasia`);
      return ((await answer.json()) as { readonly events: readonly unknown[] }).events.length;
    };

    expect(await read(masked)).toBe(0);
    expect(await read(operator)).toBe(1);
  });

  test("still reads what tells a verbale apart and how it stands", async () => {
    const text = await (
      await masked.get(`/flussi/${run}/verbali/${encodeURIComponent(key)}`)
    ).text();

    for (const word of [key, "•••", "3020000026000", "14/10/2026", "43,90"])
      expect(text).toContain(word);
  });

  test("takes no document, flusso or case file", async () => {
    const { files, run: row } = world.dashboard.journal.flusso(run);

    for (const path of [
      `/flussi/${run}/file/${files[0]!.sha256}`,
      `/flussi/${run}/file/${row.input!.sha256}`,
      "/fascicoli/roccaserena/ABCD-EFGH-JKLM-202611-A-1.zip",
    ])
      expect((await masked.get(path)).status).toBe(403);
    expect(await (await masked.get(`/flussi/${run}`)).text()).not.toContain("Flusso di origine");
  });

  test("finds nobody by tax code, plate or name", async () => {
    const ask = async (visitor: Visitor): Promise<string[]> => {
      const answer = await world.dashboard.app.request("http://127.0.0.1:8099/api/find", {
        method: "POST",
        headers: {
          host: "127.0.0.1:8099",
          "x-postino-command": "1",
          cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        },
        body: JSON.stringify({ text: "qualcosa" }),
      });
      const { verbali } = (await answer.json()) as FindResult;
      return verbali.map(({ numero, kinds, item }) => `${numero}: ${kinds.join("+")} ${item.note}`);
    };

    expect(await ask(masked)).toEqual([
      "numero: numero Il nome «•••» e ••• non vanno",
      "nome e numero: iun Il nome «•••» e ••• non vanno",
    ]);
    expect(await ask(operator)).toHaveLength(5);
  });

  test("sees everything where it is allowed, as an operator does", async () => {
    for (const visitor of [allowed, operator]) {
      const text = await (
        await visitor.get(`/flussi/${run}/verbali/${encodeURIComponent(key)}`)
      ).text();
      for (const word of personal) expect(text).toContain(word);
    }
  });
});

test("what a step of somebody's own adds is covered until it is known to name nobody", () => {
  const item = {
    ...sampleItem(1, "done", 2),
    note: "Il conducente Aldo Neri non ha risposto",
    data: {
      driver: { fullName: "Aldo Neri", dataNascita: "1980-01-01", age: 46 },
      sent: true,
      day: "2026-11-23",
    },
  };

  expect(maskItem(item)).toMatchObject({
    note: "Il conducente ••• non ha risposto",
    data: {
      driver: { fullName: "•••", dataNascita: "•••", age: 46 },
      sent: true,
      day: "2026-11-23",
    },
  });
});
