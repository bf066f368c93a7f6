/** Mail against a real SMTP server: encrypted or not at all, one recipient, and what a person is told when it fails; webhooks held against the library of their standard. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import { createHttp } from "../../../../engine/host/http.ts";
import { openMailer } from "../../../../server/alerts/mail.ts";
import type { MailSettings } from "../../../../server/alerts/settings.ts";
import { postWebhook } from "../../../../server/alerts/webhook.ts";
import {
  type MailServer,
  makeCertificate,
  openMailServer,
  type TestCertificate,
} from "../../../support/mail-server.ts";

const hasOpenssl = Bun.which("openssl") !== null;
const servers: MailServer[] = [];
let here: TestCertificate;
let elsewhere: TestCertificate;
beforeAll(() => {
  if (!hasOpenssl) return;
  here = makeCertificate("localhost");
  elsewhere = makeCertificate("posta.altrove.example");
});
afterAll(() => {
  for (const one of hasOpenssl ? [here, elsewhere] : []) one.remove();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const letter = {
  to: "ced@comune.example",
  subject: "[Postino] Comune di Prova: flusso fermo",
  text: "Il flusso 20261129-0001 è fermo.\n",
  html: "<p>Il flusso 20261129-0001 è fermo.</p>",
  id: "0123456789abcdef",
};

type Options = Parameters<typeof openMailServer>[0];

async function send(
  options: Options,
  settings: Partial<MailSettings>,
): Promise<{ readonly fault: string | null; readonly server: MailServer }> {
  const server = await openMailServer(options);
  servers.push(server);
  const mailer = await openMailer(
    {
      host: "localhost",
      port: server.port,
      security: "starttls",
      from: "postino@comune.example",
      ...settings,
    },
    async () => "segreta",
  );
  try {
    return { fault: await mailer.send(letter), server };
  } finally {
    mailer.close();
  }
}

const password = {
  user: "postino",
  password: { secret: "SMTP_PASSWORD" },
};
const auth: Options = {
  authOptional: false,
  onAuth: ({ username, password: given }, _session, done) =>
    given === "segreta" && username === "postino"
      ? done(null, { user: username })
      : done(new Error("535 no")),
};

describe.skipIf(!hasOpenssl)(`over TLS${hasOpenssl ? "" : " (skipped: no openssl here)"}`, () => {
  test.each(["tls", "starttls"] as const)("%s: the letter arrives encrypted", async (security) => {
    const { fault, server } = await send(
      { secure: security === "tls", key: here.key, cert: here.cert, ...auth },
      { security, ca: here.certPath, ...password },
    );

    expect(fault).toBeNull();
    expect(server.letters).toHaveLength(1);
    expect(server.letters[0]).toMatchObject({
      from: "postino@comune.example",
      to: ["ced@comune.example"],
      isEncrypted: true,
    });
    expect(server.letters[0]?.text).toContain("Message-ID: <0123456789abcdef@comune.example>");
    expect(server.letters[0]?.text).toContain("Auto-Submitted: auto-generated");
    expect(server.letters[0]?.text).toContain("Il flusso 20261129-0001 è fermo.");
  });

  test.each([
    ["nobody known signed it", () => ({ key: here.key, cert: here.cert }), () => ({})],
    [
      "it is of another name",
      () => ({ key: elsewhere.key, cert: elsewhere.cert }),
      () => ({ ca: elsewhere.certPath }),
    ],
  ] as const)("a certificate is refused where %s", async (_why, options, settings) => {
    for (const security of ["tls", "starttls"] as const) {
      const { fault, server } = await send(
        { secure: security === "tls", ...options() },
        { security, ...settings() },
      );

      expect(fault).toBe(
        "Il certificato del server di posta non è di un'autorità nota, o è di un altro nome.",
      );
      expect(server.letters).toEqual([]);
    }
  });

  test("a wrong password is told as one", async () => {
    const { fault } = await send(
      {
        key: here.key,
        cert: here.cert,
        ...auth,
        onAuth: (_auth, _session, done) => done(new Error("no")),
      },
      { ca: here.certPath, ...password },
    );

    expect(fault).toBe("Il server di posta rifiuta utente o password.");
  });
});

test("a server without STARTTLS is sent nothing in clear", async () => {
  const { fault, server } = await send({ hideSTARTTLS: true, disabledCommands: ["STARTTLS"] }, {});

  expect(fault).toBe(
    "Il server di posta non cifra la connessione: nulla è stato mandato in chiaro.",
  );
  expect(server.letters).toEqual([]);
});

test.each([
  [
    "an unknown recipient",
    {
      onRcptTo: (_address: unknown, _session: unknown, done: (error: Error) => void) =>
        done(new Error("550 unknown ced@comune.example")),
    },
    "Il server di posta rifiuta il destinatario o il mittente.",
  ],
  [
    "a full server",
    {
      onData: (
        stream: { resume(): void; on(name: string, then: () => void): void },
        _session: unknown,
        done: (error: Error) => void,
      ) => {
        stream.resume();
        stream.on("end", () => done(new Error("452 full")));
      },
    },
    "Il server di posta rifiuta il messaggio.",
  ],
])("%s is told without the server's words", async (_what, options, told) => {
  const { fault } = await send(options, { security: "none" });

  expect(fault).toBe(told);
});

test("nobody there is told as that", async () => {
  const mailer = await openMailer(
    { host: "127.0.0.1", port: 1, security: "none", from: "postino@comune.example" },
    async () => "",
  );

  expect([await mailer.send(letter), await mailer.probe()]).toEqual([
    "Il server di posta rifiuta la connessione.",
    "Il server di posta rifiuta la connessione.",
  ]);
});

test("the doctor's probe signs in and sends nothing", async () => {
  const server = await openMailServer();
  servers.push(server);
  const mailer = await openMailer(
    { host: "127.0.0.1", port: server.port, security: "none", from: "postino@comune.example" },
    async () => "",
  );

  expect(await mailer.probe()).toBeNull();
  expect([server.sessions(), server.letters]).toEqual([1, []]);
});

describe("a webhook", () => {
  const secret = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
  const now = Date.now();

  test("is what the library of the standard accepts, and nothing else of it", async () => {
    const seen: { body: string; headers: Record<string, string> }[] = [];
    const http = createHttp(async (input, init) => {
      const request = new Request(input, init);
      seen.push({ body: await request.text(), headers: Object.fromEntries(request.headers) });
      return new Response(null, { status: 204 });
    });
    const body = JSON.stringify({ type: "postino.stopped", data: { title: "però" } });

    const fault = await postWebhook(http, {
      url: "https://hook.example/",
      secret,
      id: "msg_1",
      body,
      now,
    });

    const [got] = seen;
    if (got === undefined) throw new Error("nothing came");
    expect(fault).toBeNull();
    expect(new Webhook(secret).verify(got.body, got.headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(secret).verify(`${got.body} `, got.headers)).toThrow();
    const other = `whsec_${Buffer.from("another-secret-of-24-bytes-x").toString("base64")}`;
    expect(() => new Webhook(other).verify(got.body, got.headers)).toThrow();
  });

  test.each([
    [
      "whsec_",
      "Il segreto del webhook non ha la forma giusta: whsec_ seguito da base64, almeno 24 byte.",
    ],
    [
      "whsec_YQ==",
      "Il segreto del webhook non ha la forma giusta: whsec_ seguito da base64, almeno 24 byte.",
    ],
    [
      "password",
      "Il segreto del webhook non ha la forma giusta: whsec_ seguito da base64, almeno 24 byte.",
    ],
  ])("with the secret %s is not sent", async (wrong, told) => {
    const http = createHttp(async () => {
      throw new Error("must not be called");
    });

    expect(
      await postWebhook(http, {
        url: "https://hook.example/",
        secret: wrong,
        id: "1",
        body: "{}",
        now,
      }),
    ).toBe(told);
  });

  test.each([
    [500, "Il webhook risponde 500."],
    [302, "Il webhook risponde 302."],
    [410, "Il webhook risponde 410."],
  ])("that is answered %i did not arrive", async (status, told) => {
    const http = createHttp(async () => new Response("", { status }));

    expect(
      await postWebhook(http, { url: "https://hook.example/", secret, id: "1", body: "{}", now }),
    ).toBe(told);
  });
});
