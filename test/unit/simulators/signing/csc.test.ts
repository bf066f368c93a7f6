/** The simulated CSC server by itself: what the standard lets it refuse, and what it remembers. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import type { Hono } from "hono";
import { createCscSimulator } from "../../../../simulators/signing/csc-simulator.ts";
import type { CscSimulator } from "../../../../simulators/signing/csc-simulator.ts";
import { toPkcs12 } from "../../../../simulators/signing/fictional-authority.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import { signedAt, signer, withFolder } from "../../documents/verify/fixtures.ts";

const sha256 = "2.16.840.1.101.3.4.2.1";
const hashes = ["uno", "due", "tre"].map((text) =>
  createHash("sha256").update(text).digest("base64"),
);

async function simulator(file?: string): Promise<CscSimulator> {
  return createCscSimulator({
    clock: createFakeClock(signedAt),
    key: { pkcs12: await toPkcs12(await signer(), "chiave"), password: "chiave" },
    ...(file === undefined ? {} : { file }),
  });
}

async function tokenOf(app: Hono): Promise<string> {
  const answer = await app.request("/oauth2/token", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "grant_type=client_credentials&client_id=a&client_secret=b",
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function post(
  app: Hono,
  path: string,
  body: object,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const answer = await app.request(path, {
    method: "POST",
    headers: { authorization: `Bearer ${await tokenOf(app)}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? {} : JSON.parse(text) };
}

const authorise = (changes: object = {}) => ({
  credentialID: "comandante",
  numSignatures: 3,
  hashes,
  hashAlgorithmOID: sha256,
  authData: [{ id: "OTP", value: "123456" }],
  ...changes,
});

describe("the simulated CSC server", () => {
  test("answers nothing without a token", async () => {
    const { v2 } = await simulator();

    const answer = await v2.request("/credentials/info", { method: "POST", body: "{}" });

    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: "invalid_token" });
  });

  for (const [name, changes, error, description] of [
    ["no hash at all under SCAL 2", { hashes: [] }, "invalid_request", "Empty hash array"],
    [
      "more signatures than the credential allows",
      { credentialID: "cinque-per-volta", numSignatures: 6 },
      "invalid_request",
      "Numbers of signatures is too high",
    ],
    [
      "more hashes than signatures",
      { numSignatures: 2 },
      "invalid_request",
      "Numbers of signatures is too low",
    ],
    ["no OTP", { authData: [] }, "invalid_otp", "The OTP is invalid"],
    [
      "no number of signatures",
      { numSignatures: "tre" },
      "invalid_request",
      "Missing (or invalid type) integer parameter numSignatures",
    ],
    [
      "an unknown credential",
      { credentialID: "nessuno" },
      "invalid_request",
      "Invalid parameter credentialID",
    ],
  ] as const)
    test(`refuses ${name}`, async () => {
      const { v2, report } = await simulator();

      const answer = await post(v2, "/credentials/authorize", authorise(changes));

      expect(answer).toEqual({ status: 400, body: { error, error_description: description } });
      expect(report().refused).toEqual({ [error]: 1 });
    });

  test("lets a permission serve one call, its extension the next, and no more than was authorised", async () => {
    const { v2, report } = await simulator();
    const signHash = (sad: unknown, some: readonly string[]) =>
      post(v2, "/signatures/signHash", {
        credentialID: "comandante",
        SAD: sad,
        hashes: some,
        hashAlgorithmOID: sha256,
        signAlgo: "1.2.840.113549.1.1.11",
      });

    const { body } = await post(v2, "/credentials/authorize", authorise());
    const first = await signHash(body["SAD"], hashes.slice(0, 2));
    const again = await signHash(body["SAD"], hashes.slice(2));
    const extended = await post(v2, "/credentials/extendTransaction", {
      credentialID: "comandante",
      SAD: body["SAD"],
      hashes: hashes.slice(2),
      hashAlgorithmOID: sha256,
    });
    const tooMany = await signHash(extended.body["SAD"], hashes.slice(0, 2));
    const second = await signHash(extended.body["SAD"], hashes.slice(2));

    expect([first.status, again.status, tooMany.status, second.status]).toEqual([
      200, 400, 400, 200,
    ]);
    expect(tooMany.body["error_description"]).toBe("Numbers of signatures is too high");
    expect(report().signatures).toBe(3);
  });

  for (const [name, isUsed] of [
    ["before its first use", false],
    ["after it", true],
  ] as const)
    test(`extends a permission once, ${name}, and signs nothing with the old one then`, async () => {
      const { v2, report } = await simulator();
      const { body } = await post(v2, "/credentials/authorize", authorise());
      const use = (path: string, some: readonly string[], more: object = {}) =>
        post(v2, path, {
          credentialID: "comandante",
          SAD: body["SAD"],
          hashes: some,
          hashAlgorithmOID: sha256,
          ...more,
        });
      const algorithm = { signAlgo: "1.2.840.113549.1.1.11" };
      if (isUsed) await use("/signatures/signHash", hashes.slice(0, 1), algorithm);

      const first = await use("/credentials/extendTransaction", hashes.slice(1));
      const second = await use("/credentials/extendTransaction", hashes.slice(1));
      const old = await use("/signatures/signHash", hashes.slice(1), algorithm);

      expect([first.status, second.status, old.status]).toEqual([200, 400, 400]);
      expect(second.body["error_description"]).toBe("Invalid parameter SAD");
      expect(report()).toMatchObject({ extensions: 1, signatures: isUsed ? 1 : 0 });
    });

  test("keeps what it did in its own file", () =>
    withFolder(async (folder) => {
      const file = join(folder, "csc.sqlite");
      const first = await simulator(file);
      await post(first.v2, "/credentials/authorize", authorise());
      first.close();

      const second = await simulator(file);

      expect(second.report().authorisations).toBe(1);
      second.close();
    }));
});
