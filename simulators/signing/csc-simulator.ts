/** A server that speaks CSC v2 and v1.0.4 with their error codes. */
import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import type { Clock } from "../../engine/host/clock.ts";
import { simulatedCredentials, simulatedOtps, refusedSecret } from "./csc-data.ts";
import type { SimulatedCredential, SimulatedOtp } from "./csc-data.ts";
import { signDigest, openSimulatorKey } from "./csc-key.ts";
import type { SimulatorKey } from "./csc-key.ts";
import { openCscStore } from "./csc-store.ts";
import type { CscReport, CscStore, Transaction } from "./csc-store.ts";
import type { OpenedKey } from "../../integrations/signing/pkcs12.ts";
import { CscRefusal, refuseOtherHashes } from "./csc-refusal.ts";

export interface CscSimulatorOptions {
  readonly clock: Clock;
  /** SQLite file; default: in memory. */
  readonly file?: string;
  /** Key of every credential (RSA); default: made at the first call and gone with the process. */
  readonly key?: SimulatorKey;
}

export interface CscSimulator {
  /** To be mounted at `/csc/v1`. */
  readonly v1: Hono;
  /** To be mounted at `/csc/v2`. */
  readonly v2: Hono;
  report(): CscReport;
  close(): void;
}

type Version = "1" | "2";
type Body = Readonly<Record<string, unknown>>;

interface Server {
  readonly clock: Clock;
  readonly store: CscStore;
  openKey(): Promise<OpenedKey>;
}

const tokenSeconds = 3600;

/** A CSC server; what it does is chosen by credential and OTP (csc-data.ts). */
export function createCscSimulator(options: CscSimulatorOptions): CscSimulator {
  const store = openCscStore(options.file ?? ":memory:");
  let opening: Promise<OpenedKey> | null = null;
  const server: Server = {
    clock: options.clock,
    store,
    openKey() {
      opening ??= openSimulatorKey(options.key, {
        subject: { commonName: "Firmatario di prova", serialNumber: "TINIT-RSSMRA80A01H501U" },
        uses: ["nonRepudiation"],
      });
      return opening;
    },
  };
  return {
    v1: createRoutes(server, "1"),
    v2: createRoutes(server, "2"),
    report: () => store.report(),
    close: () => store.close(),
  };
}

function createRoutes(server: Server, version: Version): Hono {
  const app = new Hono();
  app.onError((error, c) => {
    if (!(error instanceof CscRefusal)) throw error;
    server.store.count(`refused ${error.error}`);
    return c.json({ error: error.error, error_description: error.message }, error.status);
  });
  app.post("/oauth2/token", (c) => giveToken(server, c));
  app.use("*", async (c, next) => {
    const bearer = /^Bearer (.+)$/.exec(c.req.header("authorization") ?? "")?.[1];
    if (bearer === undefined || !server.store.isToken(bearer, server.clock.now()))
      throw new CscRefusal("invalid_token", "The access token is missing or expired", 401);
    await next();
  });
  const post = (
    path: string,
    answer: (body: Body, c: Context) => Promise<Response> | Response,
  ): void => {
    app.post(path, async (c) => answer(await readBody(c), c));
  };
  post("/credentials/list", (_body, c) =>
    c.json({ credentialIDs: simulatedCredentials.map(({ id }) => id) }),
  );
  post("/credentials/info", async (body, c) =>
    c.json(buildCredentialInfo(requireCredential(body), await server.openKey(), version)),
  );
  post(version === "2" ? "/credentials/getChallenge" : "/credentials/sendOTP", (body, c) => {
    if (requireCredential(body).otp === "sent") server.store.count("otps");
    return c.body(null, 204);
  });
  post("/credentials/authorize", (body, c) => authorize(server, version, body, c));
  post("/credentials/authorizeCheck", (body, c) => c.json(requireKept(server, body["handle"])));
  post("/credentials/extendTransaction", (body, c) => extendTransaction(server, version, body, c));
  post("/signatures/signHash", (body, c) => signHash(server, version, body, c));
  post("/signatures/signPolling", (body, c) => c.json(requireKept(server, body["responseID"])));
  return app;
}

async function readBody(c: Context): Promise<Body> {
  try {
    const body: unknown = await c.req.json();
    if (typeof body === "object" && body !== null) return body as Body;
  } catch {
    throw new CscRefusal("invalid_request", "The body is no JSON object");
  }
  throw new CscRefusal("invalid_request", "The body is no JSON object");
}

async function giveToken(server: Server, c: Context): Promise<Response> {
  const form = new URLSearchParams(await c.req.text());
  if (form.get("grant_type") !== "client_credentials")
    throw new CscRefusal("unsupported_grant_type", "Only client_credentials is offered");
  const secret = form.get("client_secret") ?? "";
  if ((form.get("client_id") ?? "") === "" || secret === "" || secret === refusedSecret)
    throw new CscRefusal("invalid_client", "Client authentication failed", 401);
  const token = randomBytes(24).toString("base64url");
  server.store.addToken(token, server.clock.now() + tokenSeconds * 1000);
  return c.json({ access_token: token, token_type: "Bearer", expires_in: tokenSeconds });
}

function requireCredential(body: Body): SimulatedCredential {
  const id = body["credentialID"];
  if (typeof id !== "string")
    throw new CscRefusal(
      "invalid_request",
      "Missing (or invalid type) string parameter credentialID",
    );
  const found = simulatedCredentials.find((credential) => credential.id === id);
  if (found === undefined)
    throw new CscRefusal("invalid_request", "Invalid parameter credentialID");
  return found;
}

function buildCredentialInfo(
  credential: SimulatedCredential,
  key: OpenedKey,
  version: Version,
): object {
  const { mode, pin, otp } = credential;
  const common = {
    key: {
      status: credential.keyStatus,
      algo: ["1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1"],
      len: key.privateKey.asymmetricKeyDetails?.modulusLength ?? 2048,
    },
    cert: {
      status: "valid",
      certificates: key.chain.map((der) => Buffer.from(der).toString("base64")),
    },
    SCAL: credential.scal,
    multisign: credential.multisign,
  };
  if (version === "1")
    return {
      ...common,
      authMode: mode,
      PIN: { presence: pin === null ? "false" : "true", format: "N", label: "PIN" },
      OTP: {
        presence: otp === "none" ? "false" : "true",
        type: otp === "device" ? "offline" : "online",
        format: "N",
        label: "OTP",
        ID: "OTP",
      },
    };
  const objects = [
    ...(pin === null ? [] : [{ type: "Password", id: "PIN", format: "N", label: "PIN" }]),
    ...(otp === "none"
      ? []
      : [
          {
            type: "ChallengeResponse",
            id: "OTP",
            format: "N",
            label: "OTP",
            ...(otp === "device" ? { generator: "totp" } : {}),
          },
        ]),
  ];
  // v2 knows no implicit mode for itself: an expression without objects asks for nothing.
  return {
    ...common,
    auth: {
      mode: mode === "implicit" ? "explicit" : mode,
      expression: objects.map(({ id }) => id).join(" AND "),
      objects,
    },
  };
}

async function authorize(
  server: Server,
  version: Version,
  body: Body,
  c: Context,
): Promise<Response> {
  const credential = requireCredential(body);
  if (credential.isLocked === true) throw new CscRefusal("invalid_request", "Credential locked");
  const count = Number(body["numSignatures"]);
  if (!Number.isInteger(count) || count < 1)
    throw new CscRefusal(
      "invalid_request",
      "Missing (or invalid type) integer parameter numSignatures",
    );
  if (count > credential.multisign)
    throw new CscRefusal("invalid_request", "Numbers of signatures is too high");
  const hashes = readHashes(body, version);
  if (credential.scal === "2" && hashes.length === 0)
    throw new CscRefusal("invalid_request", "Empty hash array");
  if (credential.scal === "2" && hashes.length > count)
    throw new CscRefusal("invalid_request", "Numbers of signatures is too low");
  const otp = checkFactors(credential, version, body);
  const sad = addTransaction(server, {
    credential: credential.id,
    remaining: count,
    expiresAt: server.clock.now() + otp.sadSeconds * 1000,
    hashes: credential.scal === "2" ? new Set(hashes) : null,
    isSlow: otp.isSlow && version === "2",
  });
  server.store.count("authorisations");
  const answer = { SAD: sad, expiresIn: otp.sadSeconds };
  if (!otp.isSlow || version === "1") return c.json(answer);
  const handle = randomBytes(8).toString("hex");
  server.store.keep(handle, answer);
  return c.json({ handle }, 202);
}

const withoutOtp: SimulatedOtp = { outcome: "accepted", sadSeconds: 3600, isSlow: false };

function checkFactors(credential: SimulatedCredential, version: Version, body: Body): SimulatedOtp {
  const findFactor = (name: "PIN" | "OTP"): unknown => {
    if (version === "1") return body[name];
    const data = body["authData"];
    const entries = Array.isArray(data) ? (data as { id?: unknown; value?: unknown }[]) : [];
    return entries.find(({ id }) => id === name)?.value;
  };
  if (credential.pin !== null && findFactor("PIN") !== credential.pin)
    throw new CscRefusal("invalid_pin", "The PIN is invalid");
  if (credential.otp === "none") return withoutOtp;
  const otp = findFactor("OTP");
  const given = typeof otp === "string" ? simulatedOtps[otp] : undefined;
  if (given === undefined) throw new CscRefusal("invalid_otp", "The OTP is invalid");
  if (given.outcome === "expired") throw new CscRefusal("invalid_otp", "The OTP has expired");
  return given;
}

function addTransaction(server: Server, transaction: Omit<Transaction, "sad" | "isSpent">): string {
  const sad = randomBytes(24).toString("base64url");
  server.store.addTransaction({ ...transaction, sad, isSpent: false });
  return sad;
}

function requireTransaction(
  server: Server,
  body: Body,
  credential: SimulatedCredential,
): Transaction {
  const sad = body["SAD"];
  const found = typeof sad === "string" ? server.store.findTransaction(sad) : null;
  if (found === null || found.credential !== credential.id)
    throw new CscRefusal("invalid_request", "Invalid parameter SAD");
  if (server.clock.now() >= found.expiresAt) throw new CscRefusal("invalid_request", "SAD expired");
  return found;
}

function extendTransaction(server: Server, version: Version, body: Body, c: Context): Response {
  const credential = requireCredential(body);
  if (!credential.canExtend) return c.json({ error: "invalid_request" }, 404);
  const old = requireTransaction(server, body, credential);
  // What is left passes to the new SAD: of the old one nothing can be made again.
  if (old.remaining === 0) throw new CscRefusal("invalid_request", "Invalid parameter SAD");
  refuseOtherHashes(old.hashes, readHashes(body, version));
  const sad = addTransaction(server, { ...old });
  server.store.spend(old.sad, old.remaining);
  server.store.count("extensions");
  return c.json({ SAD: sad, expiresIn: Math.ceil((old.expiresAt - server.clock.now()) / 1000) });
}

async function signHash(
  server: Server,
  version: Version,
  body: Body,
  c: Context,
): Promise<Response> {
  const credential = requireCredential(body);
  const hashes = readHashes(body, version);
  if (hashes.length === 0) throw new CscRefusal("invalid_request", "Empty hash array");
  const transaction = requireTransaction(server, body, credential);
  // CSC v2, 9: a SAD serves one call; for the next there is extendTransaction.
  if (transaction.isSpent && credential.canExtend)
    throw new CscRefusal("invalid_request", "Invalid parameter SAD");
  if (hashes.length > transaction.remaining)
    throw new CscRefusal("invalid_request", "Numbers of signatures is too high");
  refuseOtherHashes(transaction.hashes, hashes);
  const digests = hashes.map((hash) => Buffer.from(hash, "base64"));
  if (digests.some((digest) => digest.byteLength !== 32))
    throw new CscRefusal("invalid_request", "Invalid digest value length");
  const { privateKey } = await server.openKey();
  server.store.spend(transaction.sad, hashes.length);
  server.store.count("sign calls");
  server.store.addSignatures(hashes);
  const answer = {
    signatures: digests.map((digest) => signDigest(privateKey, digest).toString("base64")),
  };
  if (!transaction.isSlow) return c.json(answer);
  const responseID = randomBytes(8).toString("hex");
  server.store.keep(responseID, answer);
  return c.json({ responseID });
}

function readHashes(body: Body, version: Version): readonly string[] {
  const value = body[version === "2" ? "hashes" : "hash"] ?? [];
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== "string"))
    throw new CscRefusal("invalid_request", "Missing (or invalid type) array parameter hash");
  return value as string[];
}

function requireKept(server: Server, id: unknown): object {
  const answer = typeof id === "string" ? server.store.findKept(id) : null;
  if (answer === null) throw new CscRefusal("invalid_request", "Invalid parameter handle");
  return answer as object;
}
