/** ANPR over PDND: what is asked, how it is signed, what an answer means, and when nobody is asked. */
import { expect, test } from "bun:test";
import { createHash, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { messageOf, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { diagnoseLookups } from "../../../../integrations/lookups/create-lookups.ts";
import type { SimulatedPerson } from "../../../../simulators/lookups/people.ts";
import {
  buildLookupSettings,
  demoKey,
  type LookupWorldOptions,
  openLookups,
} from "../../../support/lookups.ts";
import { catchThrown } from "../../../support/thrown.ts";

const tommaso = "NVNTMS66B24X001Q";
const people: readonly SimulatedPerson[] = [
  {
    codiceFiscale: tommaso,
    residenza: {
      specie: "VIA",
      toponimo: "GARIBALDI",
      numero: "0012",
      esponente: "A",
      cap: "46100",
      comune: "MANTOVA",
      provincia: "mn",
      presso: "FAMIGLIA ESEMPI",
      dal: "2026-09-14",
    },
  },
  { codiceFiscale: "DMSNMO60T60X001G", deceduto: "2026-08-30" },
  { codiceFiscale: "VRTTMS84B14X001X", aire: true },
  { codiceFiscale: "FNTTMS54R12X001U", nonRisponde: true },
];

function ask(world: ReturnType<typeof openLookups>, taxCode: string, numero = "T1") {
  return world.lookups.findResidence({ taxCode, numero, runId: "run-1" });
}

test.each([
  [
    "living",
    tommaso,
    {
      status: "living",
      address: {
        via: "VIA GARIBALDI",
        civico: "12/A",
        presso: "FAMIGLIA ESEMPI",
        cap: "46100",
        comune: "MANTOVA",
        provincia: "MN",
      },
      since: "2026-09-14",
    },
    ["ANPR C030", "ANPR C020"],
  ],
  ["dead", "DMSNMO60T60X001G", { status: "dead", day: "2026-08-30" }, ["ANPR C030", "ANPR C020"]],
  ["of AIRE: C030 finds nobody", "VRTTMS84B14X001X", { status: "unknown" }, ["ANPR C030"]],
  ["unknown", "RSSMRA80A01H501U", { status: "unknown" }, ["ANPR C030"]],
] as const)("%s", async (_title, taxCode, answer, registers) => {
  const world = openLookups({ people });

  const found = await ask(world, taxCode);

  expect(found).toEqual({ ...answer, askedOn: "2026-11-23" } as never);
  expect(world.noted.map(({ register }) => register)).toEqual([...registers]);
  expect(world.simulators.report().calls.map(({ user, reason }) => [user, reason])).toEqual(
    registers.map(() => ["anna", "T1"]),
  );
});

test("each call has a voucher of its own, a signed body, and a trace that names who asks", async () => {
  const world = openLookups({ people });
  await ask(world, tommaso);
  const calls = world.requests.filter(({ url }) => url.includes("/anpr/"));
  expect(world.requests.filter(({ url }) => url.includes("/pdnd/"))).toHaveLength(2);
  expect(new Set(calls.map(({ headers }) => headers.get("authorization"))).size).toBe(2);
  for (const call of calls) {
    const read = (name: string) => {
      const [head = "", payload = "", signature = ""] = (call.headers.get(name) ?? "").split(".");
      const isGood = verify(
        "RSA-SHA256",
        Buffer.from(`${head}.${payload}`),
        createPublicKey(demoKey),
        Buffer.from(signature, "base64url"),
      );
      return { isGood, ...JSON.parse(Buffer.from(payload, "base64url").toString()) };
    };
    const body = await call.text();
    const digest = `SHA-256=${createHash("sha256").update(body).digest("base64")}`;
    const service = call.url.includes("C030")
      ? "C030-servizioAccertamentoIdUnicoNazionale"
      : "C020-servizioAccertamentoResidenza";
    const aud = `http://registri.test/anpr/govway/rest/in/MinInternoPortaANPR/${service}/v1`;
    expect(call.headers.get("digest")).toBe(digest);
    expect(read("agid-jwt-signature")).toMatchObject({
      isGood: true,
      aud,
      signed_headers: [{ digest }, { "content-type": "application/json" }],
    });
    // The clock stands at 2026-11-23T09:00:00Z; the token is five seconds older.
    expect(read("agid-jwt-signature")["iat"]).toBe(1_795_424_395);
    expect(read("agid-jwt-trackingevidence")).toMatchObject({
      isGood: true,
      aud,
      userID: "anna",
      userLocation: "postino",
      LoA: "LOA2",
    });
  }
});

test("an answer holds for its days, in the next process too, and the journal names nobody", async () => {
  const world = openLookups({ people });
  await ask(world, tommaso);
  const kept = await world.options.records.listRecords("prova", "lookup", { limit: 10 });
  expect(kept.map(({ key }) => /^[0-9a-f]{64}$/.test(key))).toEqual([true, true]);
  expect(JSON.stringify(kept)).not.toContain(tommaso);

  world.clock.advance(29 * 86_400_000);
  const again = await world.reopen().findResidence({ taxCode: tommaso, numero: "T2", runId: "r2" });
  expect(again).toMatchObject({ status: "living", askedOn: "2026-11-23" });
  expect(world.noted).toHaveLength(2);

  world.clock.advance(2 * 86_400_000);
  expect(await ask(world, tommaso)).toMatchObject({ askedOn: "2026-12-24" });
  expect(world.noted).toHaveLength(4);
});

test("several verbali of one person side by side are one question", async () => {
  const world = openLookups({ people });
  const found = await Promise.all(["T1", "T2", "T3"].map((numero) => ask(world, tommaso, numero)));
  expect(found.map(({ status }) => status)).toEqual(["living", "living", "living"]);
  expect(world.noted).toHaveLength(2);
});

test("numbers of operations grow however many ask side by side, and after the journal was put back", async () => {
  const many = Array.from({ length: 6 }, (_, n) => ({
    codiceFiscale: `PERSONA${n}`,
    deceduto: "2026-01-01",
  }));
  const world = openLookups({ people: many });
  const found = await Promise.all(many.map(({ codiceFiscale }) => ask(world, codiceFiscale)));
  expect(found.map(({ status }) => status)).toEqual(many.map(() => "dead"));
  const bodies = await Promise.all(
    world.requests.filter(({ url }) => url.includes("C030")).map((one) => one.json()),
  );
  const numbers = (bodies as { idOperazioneClient: string }[]).map((one) =>
    BigInt(one.idOperazioneClient),
  );
  expect(numbers.toSorted((left, right) => (left < right ? -1 : 1))).toEqual(numbers);
});

test("the day's questions are used up: the others wait until some minutes into tomorrow", async () => {
  const world = openLookups({
    people,
    change: (own) => ({
      ...own,
      anpr: { ...own.anpr, identity: { ...own.anpr.identity, perDay: 2 } },
    }),
  });
  await ask(world, tommaso);
  await ask(world, "RSSMRA80A01H501U");
  const error = await catchThrown(ask(world, "DMSNMO60T60X001G"));
  expect(error).toBeInstanceOf(RetryLater);
  // 10.00 in Rome: fourteen hours, and five minutes.
  expect(error).toMatchObject({ code: "LOOKUP_QUOTA", afterMs: 14 * 3_600_000 + 300_000 });
  expect(world.noted).toHaveLength(3);
  world.clock.advance(14 * 3_600_000 + 300_000);
  expect(await ask(world, "DMSNMO60T60X001G")).toMatchObject({ status: "dead" });
});

test("429 is waited for as ANPR asks", async () => {
  const world = openLookups({ people, perDay: { C030: 1 } });
  await ask(world, tommaso);
  const error = await catchThrown(ask(world, "RSSMRA80A01H501U"));
  expect(error).toMatchObject({ code: "TOO_MANY_REQUESTS", afterMs: 3_600_000 });
});

const rejected = (status: number, body: unknown): LookupWorldOptions => ({
  people,
  intercept: ({ url }) => (url.includes("C020") ? Response.json(body, { status }) : null),
});

// Nothing that a register says of itself rejects a verbale.
test.each<[string, LookupWorldOptions, typeof RetryLater | typeof RunBlocked, string]>([
  ["away for one", {}, RetryLater, "SERVICE_UNAVAILABLE"],
  ["a page of a proxy", rejected(200, "<html>"), RetryLater, "UNREADABLE_ANSWER"],
  ["an empty list", rejected(200, { listaSoggetti: {} }), RetryLater, "UNREADABLE_ANSWER"],
  [
    "somebody else",
    rejected(200, {
      listaSoggetti: { datiSoggetto: [{ generalita: { codiceFiscale: { codFiscale: "ALTRO" } } }] },
    }),
    RetryLater,
    "UNREADABLE_ANSWER",
  ],
  [
    "an error of its own",
    rejected(400, {
      listaErrori: [{ codiceErroreAnomalia: "EN500", testoErroreAnomalia: tommaso }],
    }),
    RetryLater,
    "LOOKUP_ERROR",
  ],
  ["no list of errors", rejected(404, {}), RunBlocked, "LOOKUP_REFUSED"],
  ["refused", rejected(403, {}), RunBlocked, "LOOKUP_DENIED"],
  [
    "another audience",
    {
      people,
      change: (own) => ({
        ...own,
        anpr: { ...own.anpr, residence: { ...own.anpr.residence, audience: "http://altro" } },
      }),
    },
    RunBlocked,
    "LOOKUP_REFUSED",
  ],
  [
    "another purpose",
    {
      people,
      change: (own) => ({
        ...own,
        anpr: {
          ...own.anpr,
          residence: { purposeId: own.anpr.identity.purposeId },
        },
      }),
    },
    RunBlocked,
    "LOOKUP_DENIED",
  ],
  [
    "a purpose that PDND does not know",
    {
      people,
      change: (own) => ({ ...own, anpr: { ...own.anpr, residence: { purposeId: "altra" } } }),
    },
    RunBlocked,
    "PDND_REFUSED",
  ],
  [
    "another key",
    {
      people,
      key: generateKeyPairSync("rsa", {
        modulusLength: 2048,
        publicKeyEncoding: { type: "spki", format: "pem" },
        privateKeyEncoding: { type: "pkcs8", format: "pem" },
      }).privateKey,
    },
    RunBlocked,
    "PDND_REFUSED",
  ],
  ["no key at all", { people, key: "niente" }, RunBlocked, "PDND_KEY_UNREADABLE"],
  ["not named in the file", { change: () => ({}) }, RunBlocked, "LOOKUP_SETTINGS"],
])("%s", async (title, options, kind, code) => {
  const world = openLookups({ people, ...options });
  const taxCode = title === "away for one" ? "FNTTMS54R12X001U" : tommaso;

  const error = await catchThrown(ask(world, taxCode));

  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject({ code });
  // Whatever the register says, our words name nobody.
  expect(`${messageOf(error)} ${JSON.stringify(error)}`).not.toContain(taxCode);
});

test("what was found by the identifier is not asked twice after a call that came to nothing", async () => {
  let isAway = true;
  const world = openLookups({
    people,
    intercept: ({ url }) =>
      isAway && url.includes("C020") ? new Response(null, { status: 503 }) : null,
  });
  await catchThrown(ask(world, tommaso));
  isAway = false;
  expect(await ask(world, tommaso)).toMatchObject({ status: "living" });
  expect(world.noted.map(({ register }) => register)).toEqual([
    "ANPR C030",
    "ANPR C020",
    "ANPR C020",
  ]);
});

test("the doctor asks PDND alone", async () => {
  const world = openLookups({ people });
  expect(await diagnoseLookups(world.options)).toEqual([
    { state: "good", note: "ANPR C030: PDND rilascia il voucher per la sua finalità." },
    { state: "good", note: "ANPR C020: PDND rilascia il voucher per la sua finalità." },
    { state: "good", note: "INAD: PDND rilascia il voucher per la sua finalità." },
  ]);
  expect(world.noted).toEqual([]);
  const other = openLookups({
    change: (own) => ({ ...own, pdnd: { ...own.pdnd, keyId: "altra" } }),
  });
  expect(await diagnoseLookups(other.options)).toMatchObject([
    { state: "bad", note: "ANPR C030: PDND non ha rilasciato il voucher (HTTP 400)." },
    { state: "bad" },
    { state: "bad" },
  ]);
});

test("C001 is asked where the ente chose it", async () => {
  const { purposes } = { purposes: { C001: "30303030-0000-4000-8000-000000000001" } };
  const world = openLookups({
    people,
    change: (own) => ({
      ...own,
      anpr: { ...own.anpr, residence: { service: "C001", purposeId: purposes.C001 } },
    }),
  });
  expect(await ask(world, tommaso)).toMatchObject({ status: "living" });
  expect(world.requests.at(-1)?.url).toBe(
    `${buildLookupSettings("http://registri.test").anpr.baseUrl}/C001-servizioNotifica/v1/anpr-service-e002`,
  );
});

const spoiled: readonly (readonly [string, Readonly<Record<string, string>>, string, number])[] = [
  ["the same call again", {}, "", 400],
  ["another body under the same signature", {}, " ", 400],
  ["a digest of something else", { digest: "SHA-256=AAAA" }, "", 400],
  ["without its trace", { "agid-jwt-trackingevidence": "" }, "", 400],
  ["without its signature", { "agid-jwt-signature": "" }, "", 400],
  ["without a voucher", { authorization: "" }, "", 401],
  ["a voucher that nobody sealed", { authorization: "Bearer a.b.c" }, "", 401],
];

test.each(spoiled)("the simulated ANPR refuses %s", async (_title, headers, more, status) => {
  const world = openLookups({ people });
  await ask(world, tommaso);
  const call = world.requests.find(({ url }) => url.includes("C030"));
  if (call === undefined) throw new Error("nobody asked");
  const answer = await world.simulators.app.request(call.url, {
    method: "POST",
    headers: { ...Object.fromEntries(call.headers), ...headers },
    body: (await call.text()) + more,
  });
  expect(answer.status).toBe(status);
  expect(world.simulators.report().calls).toHaveLength(2);
});

test("a voucher is over after ten minutes, whatever else is good", async () => {
  const world = openLookups({ people });
  await ask(world, tommaso);
  const call = world.requests.find(({ url }) => url.includes("C030"));
  world.clock.advance(600_000);
  const { url = "", headers = new Headers() } = call ?? {};
  const answer = await world.simulators.app.request(url, { method: "POST", headers, body: "" });
  expect(answer.status).toBe(401);
});
