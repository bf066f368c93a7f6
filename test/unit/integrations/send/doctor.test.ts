/** What the doctor finds out about an ente's access to SEND, without sending anything; and how the parts are put together. */
import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { createHttp } from "../../../../engine/host/http.ts";
import { createLimiter } from "../../../../engine/host/limiter.ts";
import { createSend, listSendAddresses } from "../../../../integrations/send/create-send.ts";
import { diagnoseSender } from "../../../../integrations/send/doctor/sender.ts";
import { diagnoseSend } from "../../../../integrations/send/doctor/doctor.ts";
import type { SendSettings } from "../../../../integrations/send/settings.ts";
import { makeSend, paTaxId, settings, type World, type WorldChanges } from "./setup.ts";

const pdnd = {
  tokenUrl: "https://pdnd.test/token.oauth2",
  audience: "a",
  clientId: "c",
  keyId: "k",
  purposeId: "p",
  privateKey: { secret: "PDND_KEY" },
};
const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
});

const keys = [
  { key: "plain", paTaxId },
  { key: "with-pdnd", paTaxId, isPdnd: true },
];

async function sendWith(
  changes: {
    readonly settings?: Partial<SendSettings>;
    readonly apiKey?: string;
    readonly world?: WorldChanges;
    readonly typ?: string;
    readonly lifeSeconds?: number;
  } = {},
) {
  const world: World = await makeSend({
    // SEND's gateway would answer the second question from what it remembers of the first, for a minute.
    simulator: { apiKeys: keys, environment: { authorizerCacheMs: 0 } },
    ...changes.world,
  });
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const send = createSend({
    settings: { ...settings, ...changes.settings },
    sender: { denomination: "Comune di Esempio", taxId: paTaxId },
    secrets: {
      get: (name) => Promise.resolve(name === "PDND_KEY" ? pem : (changes.apiKey ?? "plain")),
    },
    http: createHttp(async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.startsWith("https://pdnd.test/")) return await world.fetch(request);
      const exp = Math.floor(world.clock.now() / 1000) + (changes.lifeSeconds ?? 600);
      return Response.json({
        access_token: `${part({ typ: changes.typ ?? "at+jwt" })}.${part({ exp })}.x`,
        expires_in: 600,
      });
    }),
    clock: world.clock,
    limiter: createLimiter(world.clock),
    allowBaseUrl: () => true,
  });
  const found = await diagnoseSend(send.access);
  return { found, world, send };
}

function keyNote(found: Awaited<ReturnType<typeof sendWith>>["found"]): string | undefined {
  return found.find(({ check }) => check === "key")?.note;
}

test("a good key is let in, and nothing was sent", async () => {
  const { found, world } = await sendWith();

  expect(found.map(({ check, state }) => [check, state])).toEqual([
    ["address", "good"],
    ["clock", "doubtful"],
    ["key", "good"],
    ["sender", "good"],
    ["streams", "good"],
  ]);
  // The one request that cannot become a notification was refused at once.
  expect(world.simulator.report()).toMatchObject({
    accepted: 0,
    refused: 1,
    preloaded: 0,
    postsPerProtocol: { "postino-doctor": 1 },
    requests: [],
  });
});

test("a key with voucher works through the whole port", async () => {
  const { found, send } = await sendWith({ apiKey: "with-pdnd", settings: { pdnd } });

  expect(keyNote(found)).toBe("SEND accetta la chiave API con il voucher PDND.");
  expect(await send.port.find("V-1", "t")).toBeNull();
  expect(await send.streams.list()).toEqual([]);
});

test.each([
  [
    "no voucher for a PDND key",
    { apiKey: "with-pdnd" },
    "SEND rifiuta la chiave API senza voucher.",
  ],
  ["a wrong key", { apiKey: "wrong" }, "SEND rifiuta la chiave API senza voucher."],
  [
    "a voucher for a plain key",
    { settings: { pdnd } },
    "La chiave API è stata creata senza PDND, ma il file dell'ente aggiunge un voucher.",
  ],
  [
    "a wrong key with a good voucher",
    { apiKey: "wrong", settings: { pdnd } },
    "SEND rifiuta la chiave API con il voucher PDND: il voucher è in ordine, la chiave è errata o bloccata o di un altro ente.",
  ],
  [
    "a voucher of the wrong type",
    { apiKey: "with-pdnd", settings: { pdnd }, typ: "JWT" },
    "SEND rifiuta la chiave API con il voucher PDND: il voucher non è di tipo at+jwt.",
  ],
  [
    "a voucher that has expired",
    { apiKey: "with-pdnd", settings: { pdnd }, lifeSeconds: -1 },
    "SEND rifiuta la chiave API con il voucher PDND: il voucher è scaduto.",
  ],
  ["an empty key", { apiKey: "" }, "SEND non ha ricevuto la chiave API."],
])("%s", async (_name, changes, note) => {
  const { found } = await sendWith(changes);

  expect(keyNote(found)).toBe(note);
});

test.each([
  [0, "good", "L'orologio va d'accordo con quello di SEND."],
  [-600_000, "bad", "L'orologio di questa macchina va avanti di 10 minuti."],
  [600_000, "bad", "L'orologio di questa macchina va indietro di 10 minuti."],
  [-62_000, "doubtful", "L'orologio di questa macchina va avanti di un minuto."],
  [-180_000, "doubtful", "L'orologio di questa macchina va avanti di 3 minuti."],
] as const)("a clock that is off by %p ms is %s", async (offMs, state, note) => {
  const { found } = await sendWith({
    world: {
      between: async (_request, next) => {
        const answer = await next();
        const date = new Date(Date.UTC(2026, 10, 23, 9, 0, 0) + offMs);
        answer.headers.set("date", date.toUTCString());
        return answer;
      },
    },
  });

  expect(found.find(({ check }) => check === "clock")).toMatchObject({ state, note });
});

test("an address that does not answer ends the questions", async () => {
  const { found } = await sendWith({
    world: { between: () => Promise.reject(new Error("down")) },
  });

  expect(found).toEqual([
    {
      check: "address",
      state: "bad",
      note: "SEND non risponde (http://send.test).",
      hint: "Controllare la rete e l'indirizzo del servizio nel file dell'ente.",
    },
  ]);
});

test.each([
  [
    "a key of another ente",
    { key: "plain", paTaxId: "00000000026" },
    "bad",
    "Il codice fiscale dell'ente (00000000018) non è quello a cui appartiene la chiave API.",
  ],
  [
    "an ente for which SEND is off",
    { key: "plain", paTaxId, isSendEnabled: false },
    "bad",
    "SEND non è attivo per questo ente. La richiesta non è stata presa in carico: nulla è stato notificato né addebitato.",
  ],
  [
    "a key with groups",
    { key: "plain", paTaxId, groups: ["polizia"] },
    "bad",
    "La chiave API è dell'ente 00000000018. È legata a gruppi, e il file dell'ente non ne indica alcuno.",
  ],
] as const)("%s: what SEND says of the sender", async (_name, key, state, note) => {
  const { found, world } = await sendWith({ world: { simulator: { apiKeys: [key] } } });

  expect(found.find(({ check }) => check === "sender")).toMatchObject({ state, note });
  expect(world.simulator.report().accepted).toBe(0);
});

test("a taxonomy code that SEND does not know is told before the first verbale", async () => {
  const { found } = await sendWith({ settings: { taxonomyCode: "999999X" } });

  expect(found.find(({ check }) => check === "sender")).toMatchObject({
    state: "bad",
    note: "Il codice tassonomico non è nell'elenco di SEND. La richiesta non è stata presa in carico: nulla è stato notificato né addebitato.",
  });
});

test("a wrong stream version is found", async () => {
  const { found } = await sendWith({ settings: { streamVersion: "2.3" } });

  expect(found.at(-1)).toMatchObject({
    check: "streams",
    state: "bad",
    note: "SEND non ha gli stream v2.3 per questa chiave (HTTP 403).",
  });
});

test("an ente without SEND is told so at once", async () => {
  const { found } = await sendWith({ settings: { active: false } });

  expect(found).toMatchObject([{ check: "active", state: "bad" }]);
});

test("both addresses of an ente with PDND are known beforehand", () => {
  expect(listSendAddresses(settings)).toEqual(["http://send.test/send"]);
  expect(listSendAddresses({ ...settings, pdnd })).toEqual([
    "http://send.test/send",
    "https://pdnd.test/token.oauth2",
  ]);
});

test("the real service gets no request, only the word that the first verbale will tell", async () => {
  const { send } = await sendWith();
  const real = { ...settings, baseUrl: "https://api.notifichedigitali.it" };
  const asked: string[] = [];

  const found = await diagnoseSender({
    ...send.access,
    settings: real,
    http: (request) => {
      asked.push(request.url);
      return Promise.reject(new Error("not to be called"));
    },
  });

  expect(found).toMatchObject({ check: "sender", state: "doubtful" });
  expect(asked).toEqual([]);
});

test("a voucher for a plain key is told although the gateway remembers the refusal for a minute", async () => {
  const { found, world } = await sendWith({
    settings: { pdnd },
    world: { simulator: { apiKeys: keys, environment: { authorizerCacheMs: 60_000 } } },
  });

  expect(keyNote(found)).toBe(
    "La chiave API è stata creata senza PDND, ma il file dell'ente aggiunge un voucher.",
  );
  // The second question alone was believed.
  expect(world.clock.now() - Date.UTC(2026, 10, 23, 9)).toBeGreaterThanOrEqual(61_000);
});

test.each([
  [
    "Missing Authentication Token",
    "address",
    "All'indirizzo configurato non risponde l'API di SEND attesa (HTTP 403).",
  ],
  [
    "Forbidden",
    "key",
    "SEND o un apparato di rete nega l'accesso (HTTP 403) senza dire il motivo.",
  ],
] as const)("a 403 that is not the authoriser's: %s", async (message, check, note) => {
  const { found } = await sendWith({
    world: { between: () => Promise.resolve(Response.json({ message }, { status: 403 })) },
  });

  expect(found.at(-1)).toMatchObject({ check, state: "bad", note });
});

test("a malfunction that SEND declares, and a setting without effect, are told", async () => {
  const { found } = await sendWith({
    settings: { priority: 7 },
    world: {
      simulator: {
        apiKeys: keys,
        environment: {
          malfunctions: [
            {
              functionality: "NOTIFICATION_CREATE",
              from: "2026-11-23T08:00:00.000Z",
              to: "2026-11-23T10:00:00.000Z",
            },
          ],
        },
      },
    },
  });

  expect(found.slice(-2)).toEqual([
    {
      check: "platform",
      state: "doubtful",
      note: "SEND dichiara un disservizio in corso.",
      hint: {
        action: "platform",
        first: "I flussi attendono e proseguono da soli. Per saperne di più:",
      },
    },
    {
      check: "settings",
      state: "doubtful",
      note: "send.priority non ha effetto: la richiesta v2.5 non la conosce.",
      hint: 'Indicare apiVersion: "2.6", oppure togliere priority dal file dell\'ente.',
    },
  ]);
});
