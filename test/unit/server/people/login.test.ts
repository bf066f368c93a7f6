/** Coming in and going out: passwords, guessing, sessions and their ends, invitations, second factors. */
import { afterEach, describe, expect, test } from "bun:test";
import { removeSecondFactors } from "../../../../server/people/accounts.ts";
import { computeTotp } from "../../../../server/people/totp.ts";
import { origin, token } from "../../../support/dashboard.ts";
import {
  goodPassword,
  makePeopleWorld,
  type PeopleWorld,
  type Visitor,
} from "../../../support/people-world.ts";

const open: PeopleWorld[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

async function makeWorld(
  options: Parameters<typeof makePeopleWorld>[0] = {},
): Promise<PeopleWorld> {
  const world = await makePeopleWorld(options);
  open.push(world);
  await world.addUser("anna", [{ ente: "roccaserena", role: "operatore" }], {
    fullName: "Anna Bianchi",
  });
  return world;
}

const minute = 60_000;
const isIn = async (visitor: Visitor): Promise<boolean> => (await visitor.get("/")).status === 200;
const tryPassword = (visitor: Visitor, nome: string, parola: string) =>
  visitor.post("/accesso", { nome, parola });

describe("without users", () => {
  test("this machine is answered without a login, and there is no login page", async () => {
    const world = await makePeopleWorld();
    open.push(world);

    expect((await world.visit().get("/")).status).toBe(200);
    expect((await world.visit().get("/accesso")).headers.get("location")).toBe("/");
  });
});

test("the first person is added at the terminal, not by whoever reaches the page", async () => {
  const world = await makePeopleWorld();
  open.push(world);
  const form = { completo: "Ugo Verdi", nome: "ugo", ruolo: "amministratore", ente: "*" };
  const answer = await world.visit().post("/persone", form);

  expect(answer.status).toBe(409);
  expect(await answer.text()).toContain("postino user add");
  expect(world.people.users.list()).toEqual([]);
});

describe("name and password", () => {
  test("the right ones lead to the page that was asked for", async () => {
    const world = await makeWorld();
    const visitor = world.visit();

    const sent = await visitor.get("/flussi/20261123-0002?stato=done");
    expect(sent.headers.get("location")).toBe(
      "/accesso?poi=%2Fflussi%2F20261123-0002%3Fstato%3Ddone",
    );
    const answer = await visitor.post(
      "/accesso",
      { nome: "ANNA", parola: goodPassword, poi: "/flussi/20261123-0002?stato=done" },
      "/accesso",
    );
    expect(answer.headers.get("location")).toBe("/flussi/20261123-0002?stato=done");
    expect(await (await visitor.get("/")).text()).toContain("Anna Bianchi");
  });

  test.each([
    "//evil.example/",
    "https://evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "/a b",
  ])("nobody is sent on to %s", async (poi) => {
    const visitor = (await makeWorld()).visit();

    const answer = await visitor.post("/accesso", { nome: "anna", parola: goodPassword, poi });
    expect(answer.headers.get("location")).toBe("/");
  });

  test.each([
    ["a wrong password", "anna", "una parola sbagliata"],
    ["an unknown name", "nessuno", goodPassword],
    ["an empty password", "anna", ""],
    ["the hash itself", "anna", "$argon2id$"],
    ["a name that is SQL", "anna' OR 1=1 --", goodPassword],
  ])("%s is refused in the same words", async (_what, nome, parola) => {
    const world = await makeWorld();
    const visitor = world.visit();

    const answer = await tryPassword(visitor, nome, parola);
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain("Nome o parola d&#39;accesso non sono giusti.");
    expect(await isIn(visitor)).toBe(false);
  });

  test("accents count however they are typed", async () => {
    const world = await makeWorld();
    const user = world.people.users.find("anna")!;
    world.people.users.setPassword(
      user.id,
      await world.people.passwords.hash("città perché caffè".normalize("NFD")),
    );

    expect(
      (await tryPassword(world.visit(), "anna", "città perché caffè".normalize("NFC"))).status,
    ).toBe(303);
  });

  test("what was typed as a name is not written down, for it may be a password", async () => {
    const world = await makeWorld();
    await tryPassword(world.visit(), "la mia parola segreta", "x");

    const [row] = world.people.audit.listRows({ limit: 1 });
    expect(row).toMatchObject({
      actor: "sconosciuto",
      action: "accesso-negato",
      address: "192.0.2.7",
    });
    expect(JSON.stringify(world.people.audit.listRows({ limit: 100 }))).not.toContain("segreta");
  });
});

describe("guessing", () => {
  test("after five wrong ones from a place even the right one waits, for a quarter of an hour", async () => {
    const world = await makeWorld();
    for (let n = 0; n < 5; n += 1)
      await tryPassword(world.visit("203.0.113.5"), "anna", `sbagliata ${n}`);

    const answer = await tryPassword(world.visit("203.0.113.5"), "anna", goodPassword);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get("retry-after"))).toBe(900);
    await world.clock.advance(15 * minute);
    expect((await tryPassword(world.visit("203.0.113.5"), "anna", goodPassword)).status).toBe(303);
  });

  test("strangers from everywhere cannot keep somebody out of where they came in before", async () => {
    const world = await makeWorld();
    await world.signIn("anna", { address: "192.0.2.7" });
    for (let n = 0; n < 70; n += 1)
      await tryPassword(world.visit(`203.0.113.${n}`), "anna", "una parola sbagliata");

    expect((await tryPassword(world.visit("198.51.100.1"), "anna", goodPassword)).status).toBe(429);
    expect((await tryPassword(world.visit("192.0.2.7"), "anna", goodPassword)).status).toBe(303);
  });

  test("one place cannot try one password on all names", async () => {
    const world = await makeWorld();
    const statuses: number[] = [];
    for (let n = 0; n < 45; n += 1)
      statuses.push(
        (await tryPassword(world.visit("203.0.113.5"), `nome${n}`, goodPassword)).status,
      );

    expect(statuses.filter((status) => status === 401)).toHaveLength(40);
    expect(statuses.at(-1)).toBe(429);
  });

  test("a hundred at once are five", async () => {
    const world = await makeWorld();
    const visitor = world.visit("203.0.113.5");
    const page = await (await visitor.get("/accesso")).text();
    const csrf = /name="csrf" value="([0-9a-f]{32})"/.exec(page)![1]!;
    const cookie = `postino_csrf=${visitor.cookies.get("postino_csrf")}`;
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        world.dashboard.app.request(
          `${origin}/accesso`,
          {
            method: "POST",
            headers: {
              host: "127.0.0.1:8099",
              origin,
              cookie,
              "content-type": "application/x-www-form-urlencoded",
            },
            body: new URLSearchParams({ csrf, nome: "anna", parola: `sbagliata ${n}` }).toString(),
          },
          { address: "203.0.113.5" },
        ),
      ),
    );

    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(25);
  });

  test("an IPv6 network that one customer has is one place", async () => {
    const world = await makeWorld();
    for (let n = 0; n < 5; n += 1)
      await tryPassword(world.visit(`2001:db8:1:2::${n + 1}`), "anna", "sbagliata");

    expect(
      (await tryPassword(world.visit("2001:db8:1:2:ffff::9"), "anna", goodPassword)).status,
    ).toBe(429);
    expect((await tryPassword(world.visit("2001:db8:1:3::9"), "anna", goodPassword)).status).toBe(
      303,
    );
  });
});

describe("sessions", () => {
  test("on a shared PC the cookie ends with the browser, and after fifteen minutes without anything done", async () => {
    const world = await makeWorld();
    const visitor = world.visit();
    const answer = await visitor.post("/accesso", {
      nome: "anna",
      parola: goodPassword,
      condiviso: "si",
    });
    const cookie = answer.headers
      .getSetCookie()
      .find((line) => line.startsWith("postino_sessione="))!;

    expect(cookie).toMatch(/^postino_sessione=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    await world.clock.advance(14 * minute);
    expect(await isIn(visitor)).toBe(true);
    await world.clock.advance(14 * minute);
    expect(await isIn(visitor)).toBe(true);
    await world.clock.advance(15 * minute);
    expect(await isIn(visitor)).toBe(false);
  });

  test("a page that brings itself up to date does not keep it alive", async () => {
    const world = await makeWorld();
    const visitor = await world.signIn("anna");
    for (let n = 0; n < 5; n += 1) {
      await visitor.get("/", { "x-postino-parts": "1" });
      await world.clock.advance(3 * minute);
    }

    const answer = await visitor.get("/", { "x-postino-parts": "1" });
    expect(answer.status).toBe(401);
  });

  test("elsewhere it lasts half an hour without anything done, and twelve hours whatever is done", async () => {
    const world = await makeWorld();
    const visitor = await world.signIn("anna", { isShared: false });
    for (let n = 0; n < 24; n += 1) {
      await world.clock.advance(29 * minute);
      expect(await isIn(visitor)).toBe(true);
    }
    await world.clock.advance(24 * minute);
    expect(await isIn(visitor)).toBe(false);
  });

  test("behind TLS the cookies are bound to the host, and the browser is told to stay with TLS", async () => {
    const access = { origins: ["https://postino.comune.example"], proxyHops: 1 };
    const world = await makeWorld({ deps: { access } });
    const headers = { host: "postino.comune.example", "x-forwarded-proto": "https" };
    const page = await world.dashboard.app.request("http://postino.comune.example/accesso", {
      headers,
    });
    const csrf = /name="csrf" value="([0-9a-f]{32})"/.exec(await page.text())![1]!;

    expect(page.headers.get("strict-transport-security")).toBe(
      "max-age=31536000; includeSubDomains",
    );
    const answer = await world.dashboard.app.request("http://postino.comune.example/accesso", {
      method: "POST",
      headers: {
        ...headers,
        origin: "https://postino.comune.example",
        cookie: page.headers
          .getSetCookie()
          .map((line) => line.split(";")[0])
          .join("; "),
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({
        csrf,
        nome: "anna",
        parola: goodPassword,
        condiviso: "si",
      }).toString(),
    });
    expect(
      answer.headers.getSetCookie().find((line) => line.startsWith("__Host-postino_sessione=")),
    ).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  });

  test("a session is over after the way out, everywhere after the way out of everywhere", async () => {
    const world = await makeWorld();
    const [one, two, three] = [
      await world.signIn("anna"),
      await world.signIn("anna"),
      await world.signIn("anna"),
    ];

    const left = new Map(one.cookies);
    expect((await one.post("/uscita", {}, "/profilo")).headers.get("location")).toBe(
      "/accesso?fatto=uscita",
    );
    one.cookies.set("postino_sessione", left.get("postino_sessione")!);
    expect(await isIn(one)).toBe(false);
    expect(await isIn(two)).toBe(true);
    await two.post("/uscita/ovunque", {}, "/profilo");
    expect(await isIn(three)).toBe(false);
  });

  test.each([
    [
      "its roles change",
      (world: PeopleWorld, id: number) =>
        world.people.users.setGrants(id, [{ ente: "roccaserena", role: "sola-lettura" }], false),
    ],
    [
      "it is disabled",
      (world: PeopleWorld, id: number) => world.people.users.setDisabled(id, true),
    ],
    [
      "its password is set anew",
      (world: PeopleWorld, id: number) => world.people.users.setPassword(id, "x"),
    ],
    [
      "its second factors are taken away",
      (world: PeopleWorld, id: number) =>
        removeSecondFactors(
          world.people,
          { name: "p", address: null },
          world.people.users.read(id)!,
        ),
    ],
  ])("the sessions of an account end when %s", async (_when, change) => {
    const world = await makeWorld();
    const visitor = await world.signIn("anna");
    change(world, world.people.users.find("anna")!.id);

    expect(await isIn(visitor)).toBe(false);
  });

  test("coming in once more in the same browser ends the session that was there", async () => {
    const world = await makeWorld();
    const visitor = await world.signIn("anna");
    const before = visitor.cookies.get("postino_sessione")!;
    await visitor.post("/accesso", { nome: "anna", parola: goodPassword });
    const old = world.visit();
    old.cookies.set("postino_sessione", before);

    expect(await isIn(visitor)).toBe(true);
    expect(await isIn(old)).toBe(false);
  });

  test("a stream of events ends with the session", async () => {
    const world = await makeWorld();
    const visitor = await world.signIn("anna");
    const reader = (await visitor.get("/events")).body!.getReader();
    const first = await reader.read();
    await world.clock.untilAsleep();
    await world.clock.advance(8_000);
    const beat = await reader.read();
    world.people.sessions.endAll(world.people.users.find("anna")!.id);
    await world.clock.untilAsleep();
    await world.clock.advance(8_000);

    expect([first, beat].map(({ value }) => new TextDecoder().decode(value))).toEqual([
      "retry: 2000\n: pronto\n\n",
      ": battito\n\n",
    ]);
    expect((await reader.read()).done).toBe(true);
  });

  test("a session that somebody planted is not taken up, and a login draws a new one", async () => {
    const world = await makeWorld();
    const visitor = world.visit();
    visitor.cookies.set("postino_sessione", "A".repeat(43));
    await visitor.post("/accesso", { nome: "anna", parola: goodPassword });

    expect(visitor.cookies.get("postino_sessione")).not.toBe("A".repeat(43));
    expect(await isIn(visitor)).toBe(true);
  });

  test("the token of a form is the session's: a cookie that somebody planted does not stand for it", async () => {
    const world = await makeWorld();
    const visitor = await world.signIn("anna");
    visitor.cookies.set("postino_csrf", token);
    const forged = await world.dashboard.app.request(`${origin}/flussi/20261123-0002/annulla`, {
      method: "POST",
      headers: {
        host: "127.0.0.1:8099",
        origin,
        cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        "content-type": "application/x-www-form-urlencoded",
      },
      body: `csrf=${token}`,
    });

    expect(forged.status).toBe(403);
    expect(world.dashboard.cancelled).toEqual([]);
    await visitor.post("/flussi/20261123-0002/annulla", {}, "/flussi/20261123-0002");
    expect(world.dashboard.cancelled).toEqual(["20261123-0002"]);
  });
});

describe("passwords of one's own choice", () => {
  test("an invitation is taken once, and opens the door", async () => {
    const world = await makeWorld();
    await world.addUser("capo", [{ ente: "*", role: "amministratore" }]);
    const boss = await world.signIn("capo");
    const added = await boss.post("/persone", {
      completo: "Ugo Verdi",
      nome: "ugo",
      ruolo: "firmatario",
      ente: "roccaserena",
    });
    const link = /http:\/\/127\.0\.0\.1:8099(\/accesso\/invito\/[\w-]{43})/.exec(
      await added.text(),
    )![1]!;
    const ugo = world.visit();

    const weak = await ugo.post(link, { nuova: "Polizia2026!!", ripetuta: "Polizia2026!!" });
    expect(weak.status).toBe(409);
    expect(await weak.text()).toContain("fra quelle che si provano per prime");
    const unlike = await ugo.post(link, { nuova: goodPassword, ripetuta: `${goodPassword}.` });
    expect(await unlike.text()).toContain("non sono uguali");
    expect(
      (await ugo.post(link, { nuova: goodPassword, ripetuta: goodPassword })).headers.get(
        "location",
      ),
    ).toBe("/");
    expect(await isIn(ugo)).toBe(true);
    expect((await world.visit().get(link)).status).toBe(410);
  });

  test("an invitation ends after three days, and when another one is made", async () => {
    const world = await makeWorld();
    await world.addUser("capo", [{ ente: "*", role: "amministratore" }]);
    const make = async (): Promise<string> => {
      const boss = await world.signIn("capo");
      const page = await boss.post("/persone/anna/invito", {}, "/persone/anna");
      return /(\/accesso\/invito\/[\w-]{43})/.exec(await page.text())![1]!;
    };
    const [first, second] = [await make(), await make()];

    expect((await world.visit().get(first)).status).toBe(410);
    expect((await world.visit().get(second)).status).toBe(200);
    await world.clock.advance(72 * 60 * minute);
    expect((await world.visit().get(second)).status).toBe(410);
  });

  test("a new one ends the other sessions, and wants the old one", async () => {
    const world = await makeWorld();
    const [one, other] = [await world.signIn("anna"), await world.signIn("anna")];
    const nuova = "sette cani dentro al fiume";

    const wrong = await one.post(
      "/profilo/parola",
      { attuale: "non è questa", nuova, ripetuta: nuova },
      "/profilo",
    );
    expect(wrong.status).toBe(409);
    await one.post(
      "/profilo/parola",
      { attuale: goodPassword, nuova, ripetuta: nuova },
      "/profilo",
    );
    expect(await isIn(one)).toBe(true);
    expect(await isIn(other)).toBe(false);
    expect((await tryPassword(world.visit(), "anna", goodPassword)).status).toBe(401);
    expect((await tryPassword(world.visit(), "anna", nuova)).status).toBe(303);
  });

  test("the last who manages people cannot be made another", async () => {
    const world = await makeWorld();
    await world.addUser("capo", [{ ente: "*", role: "amministratore" }]);
    const boss = await world.signIn("capo");

    for (const [way, form] of [
      ["stato", { stato: "disattivata" }],
      ["ruoli", { aggiungi: "si", ruolo: "operatore", ente: "*" }],
    ] as const) {
      const answer = await boss.post(`/persone/capo/${way}`, form, "/persone/capo");
      expect(answer.status).toBe(409);
      expect(await answer.text()).toContain("unica persona che può gestire le altre");
    }
  });
});

describe("the codes of an app", () => {
  async function enrol(
    world: PeopleWorld,
    visitor: Visitor,
  ): Promise<{ secret: Buffer; codes: string[] }> {
    const page = await (
      await visitor.post("/profilo/app", { attuale: goodPassword }, "/profilo")
    ).text();
    const typed = /<code>([A-Z2-7 ]+)<\/code>/.exec(page)![1]!.replaceAll(" ", "");
    const secret = fromBase32(typed);
    const answer = await visitor.post(
      "/profilo/app/conferma",
      { codice: codeNow(world, secret) },
      "/profilo",
    );
    const codes = [
      ...(await answer.text()).matchAll(/<code>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})<\/code>/g),
    ];
    return { secret, codes: codes.map(([, code = ""]) => code) };
  }
  const codeNow = ({ clock }: PeopleWorld, secret: Uint8Array, steps = 0): string =>
    computeTotp(secret, Math.floor(clock.now() / 30_000) + steps);

  async function sendCode(visitor: Visitor, codice: string): Promise<Response> {
    await visitor.post("/accesso", { nome: "anna", parola: goodPassword });
    return await visitor.post("/accesso/codice", { codice });
  }

  test("are asked for after the password, one counts once, the one before still counts", async () => {
    const world = await makeWorld();
    const { secret, codes } = await enrol(world, await world.signIn("anna"));
    expect(codes).toHaveLength(10);
    await world.clock.advance(60_000);
    const visitor = world.visit();

    const first = await visitor.post("/accesso", { nome: "anna", parola: goodPassword });
    expect(first.headers.get("location")).toBe("/accesso/codice?poi=%2F");
    expect(await isIn(visitor)).toBe(false);
    expect((await visitor.post("/accesso/codice", { codice: "000000" })).status).toBe(401);
    const code = codeNow(world, secret, -1);
    expect((await visitor.post("/accesso/codice", { codice: code })).status).toBe(303);
    expect(await isIn(visitor)).toBe(true);
    expect((await sendCode(world.visit(), code)).status).toBe(401);
    expect((await sendCode(world.visit(), codeNow(world, secret))).status).toBe(303);
    expect((await sendCode(world.visit(), codeNow(world, secret, -2))).status).toBe(401);
  });

  test("are not guessed: after five wrong ones the right one waits", async () => {
    const world = await makeWorld();
    const { secret } = await enrol(world, await world.signIn("anna"));
    await world.clock.advance(60_000);
    const visitor = world.visit();
    await visitor.post("/accesso", { nome: "anna", parola: goodPassword });
    for (let n = 0; n < 5; n += 1) await visitor.post("/accesso/codice", { codice: `00000${n}` });

    expect((await visitor.post("/accesso/codice", { codice: codeNow(world, secret) })).status).toBe(
      429,
    );
  });

  test("of recovery open the door once each, however they are typed", async () => {
    const world = await makeWorld();
    const { codes } = await enrol(world, await world.signIn("anna"));

    const typed = codes[3]!.toUpperCase().replaceAll("-", " ");
    expect((await sendCode(world.visit(), typed)).status).toBe(303);
    expect((await sendCode(world.visit(), typed)).status).toBe(401);
    expect((await sendCode(world.visit(), codes[4]!)).status).toBe(303);
    expect(world.people.users.countRecoveryCodes(world.people.users.find("anna")!.id)).toBe(8);
  });

  test("setting them up ends the other sessions, and takes nothing away without a code", async () => {
    const world = await makeWorld();
    const [one, other] = [await world.signIn("anna"), await world.signIn("anna")];
    const { secret } = await enrol(world, one);
    await world.clock.advance(60_000);

    expect(await isIn(one)).toBe(true);
    expect(await isIn(other)).toBe(false);
    expect((await one.post("/profilo/app/togli", { codice: "123456" }, "/profilo")).status).toBe(
      409,
    );
    expect(world.people.users.find("anna")!.hasTotp).toBe(true);
    expect(
      (await one.post("/profilo/app/togli", { codice: codeNow(world, secret) }, "/profilo")).status,
    ).toBe(303);
    expect(world.people.users.find("anna")!.hasTotp).toBe(false);
  });

  test("are not set up by whoever finds an open session", async () => {
    const world = await makeWorld();
    const visitor = await world.signIn("anna");
    const answer = await visitor.post("/profilo/app", { attuale: "non la so" }, "/profilo");

    expect([answer.status, await answer.text()]).toEqual([
      409,
      expect.stringContaining("non è quella"),
    ]);
  });

  test("where a role must have them, nothing opens before they are set up", async () => {
    const world = await makeWorld({ desk: { secondFactorFor: ["operatore"] } });
    const visitor = await world.signIn("anna");

    expect((await visitor.get("/flussi/20261123-0002")).headers.get("location")).toBe("/profilo");
    expect((await visitor.get("/api/runs")).status).toBe(403);
    expect(await (await visitor.get("/profilo")).text()).toContain("serve un secondo fattore");
    await enrol(world, visitor);
    expect((await visitor.get("/flussi/20261123-0002")).status).toBe(200);
  });
});

function fromBase32(text: string): Buffer {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = Array.from(text)
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
