/** The CSC client against the simulated server, over its real requests, in both versions. */
import { verify, X509Certificate } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import type { Fetch } from "../../../../engine/host/http.ts";
import { createCscSigner } from "../../../../integrations/signing/csc/client.ts";
import { createCscSimulator } from "../../../../simulators/signing/csc-simulator.ts";
import { toPkcs12 } from "../../../../simulators/signing/fictional-authority.ts";
import { WrongOtp } from "../../../../integrations/signing/port.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import { signedAt, signer } from "../../documents/verify/fixtures.ts";
import { catchThrown } from "../../../support/thrown.ts";

const versions = ["1", "2"] as const;

interface WorldOptions {
  readonly version?: "1" | "2";
  readonly credentialId?: string;
  readonly pin?: string | null;
  readonly secret?: string;
  readonly chunk?: number;
  /** Stands between client and server. */
  readonly between?: (next: Fetch) => Fetch;
}

async function world(options: WorldOptions = {}) {
  const clock = createFakeClock(signedAt);
  const identity = await signer();
  const simulator = createCscSimulator({
    clock,
    key: { pkcs12: await toPkcs12(identity, "chiave"), password: "chiave" },
  });
  const server = new Hono();
  server.route("/csc/v1", simulator.v1);
  server.route("/csc/v2", simulator.v2);
  const direct: Fetch = async (input, init) => server.request(input, init);
  const version = options.version ?? "2";
  const port = createCscSigner({
    version,
    baseUrl: `http://firma.example/csc/v${version}`,
    clientId: "postino",
    clientSecret: () => Promise.resolve(options.secret ?? "segreto"),
    credentialId: options.credentialId ?? "comandante",
    pin: options.pin == null ? null : () => Promise.resolve(options.pin ?? ""),
    chunk: options.chunk ?? 500,
    http: createHttp(options.between === undefined ? direct : options.between(direct)),
    clock,
  });
  return { clock, identity, simulator, port };
}

function texts(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, index) => new TextEncoder().encode(`verbale ${index}`));
}

function areValid(
  chain: readonly Uint8Array[],
  toSign: readonly Uint8Array[],
  signatures: readonly Uint8Array[],
): boolean {
  const key = new X509Certificate(chain[0]!).publicKey;
  return (
    signatures.length === toSign.length &&
    toSign.every((text, index) => verify("sha256", text, key, signatures[index]!))
  );
}

for (const version of versions)
  describe(`CSC v${version}`, () => {
    test("one OTP signs a batch in chunks, each under a fresh permission", async () => {
      const { port, simulator, identity } = await world({ version, chunk: 4 });
      const toSign = texts(10);

      const info = await port.describe();
      await port.sendOtp();
      const grant = await port.authorise(toSign, "123456");
      const signatures = await port.sign(grant, toSign);

      expect(info.needsOtp).toBe(true);
      expect(info.signaturesPerOtp).toBe(100_000);
      expect(areValid(identity.chain, toSign, signatures)).toBe(true);
      expect(simulator.report()).toEqual({
        authorisations: 1,
        otpsSent: 1,
        extensions: 2,
        signatures: 10,
        signedAgain: 0,
        signCalls: 3,
        refused: {},
      });
    });

    test("a server without extendTransaction lets the permission be used on", async () => {
      const { port, simulator, identity } = await world({
        version,
        credentialId: "senza-estensione",
        chunk: 4,
      });
      const toSign = texts(10);

      const grant = await port.authorise(toSign, "123456");
      const signatures = await port.sign(grant, toSign);

      expect(areValid(identity.chain, toSign, signatures)).toBe(true);
      expect(simulator.report().extensions).toBe(0);
    });

    test("a wrong OTP may be tried again", async () => {
      const { port, simulator } = await world({ version });
      const toSign = texts(1);

      const thrown = await catchThrown(port.authorise(toSign, "000000"));
      const grant = await port.authorise(toSign, "123456");

      expect(thrown).toBeInstanceOf(WrongOtp);
      expect((thrown as WrongOtp).message).toBe("Il codice OTP non è giusto.");
      expect(grant.signatures).toBe(1);
      expect(simulator.report().refused).toEqual({ invalid_otp: 1 });
    });

    test("a late OTP is called late", async () => {
      const { port } = await world({ version });

      const thrown = await catchThrown(port.authorise(texts(1), "999999"));

      expect(thrown).toBeInstanceOf(WrongOtp);
      expect((thrown as WrongOtp).message).toBe("Il codice OTP è scaduto.");
    });

    test("a permission that ended asks for another OTP", async () => {
      const { port, clock } = await world({ version });
      const toSign = texts(2);
      const grant = await port.authorise(toSign, "123456");
      await clock.advance(301_000);

      const thrown = await catchThrown(port.sign(grant, toSign));

      expect(thrown).toBeInstanceOf(WrongOtp);
      expect((thrown as WrongOtp).message).toBe(
        "Il permesso di firma è scaduto prima della fine: serve un nuovo codice.",
      );
    });

    test("the server signs no digest that was not authorised", async () => {
      const { port, simulator } = await world({ version });
      const [first, second] = texts(2);
      const grant = await port.authorise([first!], "123456");

      const thrown = await catchThrown(port.sign(grant, [second!]));

      expect(thrown).toBeInstanceOf(RunBlocked);
      expect(simulator.report().signatures).toBe(0);
    });

    test("a PIN of the ente's secrets goes with the OTP of a device", async () => {
      const { port, simulator, identity } = await world({
        version,
        credentialId: "con-pin",
        pin: "12345678",
      });
      const toSign = texts(2);

      await port.sendOtp();
      const signatures = await port.sign(await port.authorise(toSign, "123456"), toSign);

      expect(areValid(identity.chain, toSign, signatures)).toBe(true);
      expect(simulator.report().otpsSent).toBe(0);
    });

    test("a wrong PIN blocks the run: it is no matter of the person", async () => {
      const { port } = await world({ version, credentialId: "con-pin", pin: "00000000" });

      const thrown = await catchThrown(port.authorise(texts(1), "123456"));

      expect(thrown).toBeInstanceOf(RunBlocked);
      expect((thrown as RunBlocked).code).toBe("SIGNER_PIN");
    });

    test("an automatic credential needs no OTP", async () => {
      const { port, identity } = await world({ version, credentialId: "automatica" });
      const toSign = texts(3);

      const info = await port.describe();
      const signatures = await port.sign(await port.authorise(toSign, null), toSign);

      expect(info.needsOtp).toBe(false);
      expect(areValid(identity.chain, toSign, signatures)).toBe(true);
    });

    test("the provider's limit is told before anything is signed", async () => {
      const { port } = await world({ version, credentialId: "cinque-per-volta" });

      const info = await port.describe();

      expect(info.signaturesPerOtp).toBe(5);
    });

    for (const [credentialId, code] of [
      ["disattivata", "SIGNER_DISABLED"],
      ["browser", "SIGNER_MODE_UNSUPPORTED"],
      ["nessuno", "SIGNER_REFUSED"],
      ["con-pin", "SIGNER_PIN"],
    ] as const)
      test(`the credential «${credentialId}» blocks the run at its description`, async () => {
        const { port } = await world({ version, credentialId });

        const thrown = await catchThrown(port.describe());

        expect(thrown).toBeInstanceOf(RunBlocked);
        expect((thrown as RunBlocked).code).toBe(code);
      });

    test("a locked credential blocks the run", async () => {
      const { port } = await world({ version, credentialId: "bloccata" });

      const thrown = await catchThrown(port.authorise(texts(1), "123456"));

      expect((thrown as RunBlocked).code).toBe("SIGNER_LOCKED");
    });

    test("a refused client secret blocks the run without saying it", async () => {
      const { port } = await world({ version, secret: "rifiutato" });

      const thrown = await catchThrown(port.describe());

      expect((thrown as RunBlocked).code).toBe("SIGNER_ACCESS_DENIED");
      expect((thrown as RunBlocked).message).not.toContain("rifiutato");
    });

    test("a server that is down keeps the run waiting", async () => {
      const { port } = await world({
        version,
        between: () => () => Promise.resolve(new Response("", { status: 503 })),
      });

      expect(await catchThrown(port.describe())).toBeInstanceOf(RetryLater);
    });

    test("a signature of another key is not let through", async () => {
      const { port } = await world({
        version,
        between: (next) => async (input, init) => {
          const response = await next(input, init);
          const url = input instanceof Request ? input.url : String(input);
          if (!url.endsWith("signHash")) return response;
          return Response.json({ signatures: [Buffer.alloc(256, 7).toString("base64")] });
        },
      });
      const toSign = texts(1);
      const grant = await port.authorise(toSign, "123456");

      const thrown = await catchThrown(port.sign(grant, toSign));

      expect((thrown as RunBlocked).code).toBe("SIGNATURE_INVALID");
    });

    for (const [name, answer] of [
      ["busy", () => Promise.resolve(new Response("", { status: 503 }))],
      ["silent", () => Promise.reject(new TypeError("connection reset"))],
    ] as const)
      test(`a service that is ${name} for a moment costs no second OTP`, async () => {
        let troubles = 2;
        const { port, clock, simulator, identity } = await world({
          version,
          chunk: 2,
          between: (next) => async (input, init) => {
            const url = input instanceof Request ? input.url : String(input);
            if (!url.endsWith("signHash") || troubles === 0) return next(input, init);
            troubles -= 1;
            return answer();
          },
        });
        const toSign = texts(4);
        const grant = await port.authorise(toSign, "123456");

        const signing = port.sign(grant, toSign);
        await clock.untilAsleep();
        await clock.advance(2_000);
        await clock.untilAsleep();
        await clock.advance(5_000);

        expect(areValid(identity.chain, toSign, await signing)).toBe(true);
        expect(simulator.report().authorisations).toBe(1);
      });

    test("a service that stays down keeps the run waiting", async () => {
      const { port, clock } = await world({
        version,
        between: (next) => async (input, init) => {
          const url = input instanceof Request ? input.url : String(input);
          return url.endsWith("signHash") ? new Response("", { status: 503 }) : next(input, init);
        },
      });
      const grant = await port.authorise(texts(1), "123456");

      const signing = catchThrown(port.sign(grant, texts(1)));
      for (const wait of [2_000, 5_000, 15_000, 30_000]) {
        await clock.untilAsleep();
        await clock.advance(wait);
      }

      expect(await signing).toBeInstanceOf(RetryLater);
    });

    test("a permission whose count is spent asks for another OTP", async () => {
      const { port } = await world({ version, credentialId: "senza-estensione" });
      const toSign = texts(2);
      const grant = await port.authorise(toSign, "123456");
      await port.sign(grant, toSign);

      const thrown = await catchThrown(port.sign(grant, toSign));

      expect(thrown).toBeInstanceOf(WrongOtp);
      expect((thrown as Error).message).toBe(
        "Il permesso di firma è finito prima dei documenti: serve un nuovo codice.",
      );
    });

    test("an OTP that was refused with 401 is not sent twice", async () => {
      let sent = 0;
      const { port } = await world({
        version,
        between: (next) => async (input, init) => {
          const url = input instanceof Request ? input.url : String(input);
          if (!url.endsWith("authorize")) return next(input, init);
          sent += 1;
          return Response.json({ error: "invalid_otp" }, { status: 401 });
        },
      });

      expect(await catchThrown(port.authorise(texts(1), "123456"))).toBeInstanceOf(WrongOtp);
      expect(sent).toBe(1);
    });

    test("what an automatic credential refuses is the ente's PIN, for no person gave an OTP", async () => {
      const { port } = await world({
        version,
        credentialId: "automatica",
        between: (next) => async (input, init) => {
          const url = input instanceof Request ? input.url : String(input);
          return url.endsWith("authorize")
            ? Response.json({ error: "invalid_authentication_data" }, { status: 400 })
            : next(input, init);
        },
      });

      const thrown = await catchThrown(port.authorise(texts(1), null));

      expect((thrown as RunBlocked).code).toBe("SIGNER_PIN");
    });

    test("an ended access token is renewed without a word", async () => {
      const { port, clock } = await world({ version });
      await port.describe();
      await clock.advance(2 * 3_600_000);

      expect((await port.describe()).needsOtp).toBe(true);
    });
  });

describe("CSC v2 alone", () => {
  test("a slow server is asked again until it is done", async () => {
    const { port, clock, identity } = await world();
    const toSign = texts(2);

    const authorising = port.authorise(toSign, "222222");
    await clock.untilAsleep();
    await clock.advance(1000);
    const signing = port.sign(await authorising, toSign);
    await clock.untilAsleep();
    await clock.advance(1000);

    expect(areValid(identity.chain, toSign, await signing)).toBe(true);
  });
});
