/** Preload and upload of the simulated SEND: presigned URLs, checks of headers, checksum and expiry, S3's XML errors. */
import { createHash, randomUUID } from "node:crypto";
import type { Context, Hono } from "hono";
import { toInstant } from "../../engine/host/clock.ts";
import type { SimulatedKey, SimulatorWorld } from "./options.ts";
import { answerGatewayProblem, answerJson, answerS3Error } from "./problem.ts";
import { checkGatewayBody } from "./checks/gateway.ts";
import type { SimulatorStore, StoredFile } from "./store.ts";
import type { WirePreload, WirePreloaded } from "../../integrations/send/wire.ts";

export interface UploadRoutes {
  readonly world: SimulatorWorld;
  readonly store: SimulatorStore;
  readonly requireKey: (c: Context) => SimulatedKey;
  /** Must pages be counted? Only where the 20 gram rule holds. */
  readonly countsPages: boolean;
}

/** Adds `POST /delivery/attachments/preload`, `PUT /upload/:key` and `GET /download/:key`. */
export function addUploadRoutes(app: Hono, routes: UploadRoutes): void {
  const { world, store } = routes;

  app.post("/delivery/attachments/preload", async (c) => {
    const now = world.clock.now();
    const body: unknown = await c.req.json().catch(() => null);
    const faults = checkGatewayBody("preload", body);
    if (faults.length > 0) return answerGatewayProblem("PN_INVALID_BODY", faults, now);
    const base = resolvePublicBase(c.req.url, world.publicUrl);
    const { paTaxId } = routes.requireKey(c);
    const answers = store.db.transaction(() =>
      (body as readonly Partial<WirePreload>[]).map((item) =>
        preloadFile(item, paTaxId, base, routes),
      ),
    )();
    store.count("preloaded", answers.length);
    return answerJson(200, answers);
  });

  app.put("/upload/:key", async (c) => {
    const file = store.findFile(c.req.param("key"));
    const refused = uploadFault(file, c, world);
    if (refused !== null || file === null) return refused ?? answerNoSuchKey();
    return takeUpload(file, new Uint8Array(await c.req.arrayBuffer()), routes);
  });

  app.get("/download/:key", (c) => {
    const content = store.readFileContent(c.req.param("key"));
    if (content === null) return answerNoSuchKey();
    return new Response(content as BodyInit, { headers: { "content-type": "application/pdf" } });
  });
}

async function takeUpload(
  file: StoredFile,
  bytes: Uint8Array,
  { world, store, countsPages }: UploadRoutes,
): Promise<Response> {
  if (createHash("sha256").update(bytes).digest("base64") !== file.sha256)
    return answerS3Error(
      400,
      "BadDigest",
      "The SHA256 you specified did not match the calculated checksum.",
    );
  const versionId = randomUUID().replaceAll("-", "");
  const isPdf = Buffer.from(bytes.subarray(0, 5)).toString("latin1") === "%PDF-";
  store.markUploaded(file.key, {
    at: world.clock.now(),
    versionId,
    bytes: bytes.byteLength,
    isPdf,
    pages: await countPages(bytes, file.contentType, isPdf && countsPages),
    content: world.keepsFiles ? bytes : null,
  });
  return new Response(null, { status: 200, headers: { "x-amz-version-id": versionId } });
}

function preloadFile(
  item: Partial<WirePreload>,
  pa: string,
  base: string,
  { world, store }: UploadRoutes,
): WirePreloaded {
  const contentType = item.contentType ?? "application/pdf";
  const name = randomUUID().replaceAll("-", "");
  const key =
    contentType === "application/json"
      ? `PN_F24_META-${name}.json`
      : `PN_NOTIFICATION_ATTACHMENTS-${name}.pdf`;
  const file = {
    key,
    pa,
    contentType,
    sha256: item.sha256 ?? "",
    secret: randomUUID(),
    expiresAt: world.clock.now() + world.environment.uploadUrlMs,
  };
  store.putFile(file);
  const query = new URLSearchParams({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Date": toInstant(world.clock.now()).replaceAll(/[-:]|\.\d+/g, ""),
    "X-Amz-Expires": String(Math.floor(world.environment.uploadUrlMs / 1000)),
    "X-Amz-SignedHeaders": "content-type;host;x-amz-checksum-sha256;x-amz-meta-secret",
    "X-Amz-Signature": computeSignature(file),
  });
  return {
    ...(item.preloadIdx === undefined ? {} : { preloadIdx: item.preloadIdx }),
    secret: file.secret,
    httpMethod: "PUT",
    url: `${base}/upload/${key}?${query.toString()}`,
    key,
  };
}

/** Where the other routes of this simulator are reached from outside. */
export function resolvePublicBase(requestUrl: string, configured: string | null): string {
  if (configured !== null) return configured.replace(/\/+$/, "");
  const url = new URL(requestUrl);
  const at = url.pathname.search(/\/(delivery(-push)?|downtime)\//);
  return url.origin + url.pathname.slice(0, Math.max(0, at));
}

function computeSignature({
  secret,
  key,
  contentType,
  sha256,
  expiresAt,
}: Partial<StoredFile>): string {
  return createHash("sha256")
    .update([secret, key, contentType, sha256, expiresAt].join("\n"))
    .digest("hex");
}

/** S3's refusals in S3's order: authentication, expiry, signed headers, checksum form. */
function uploadFault(
  file: StoredFile | null,
  c: Context,
  { clock }: SimulatorWorld,
): Response | null {
  if (c.req.header("authorization") !== undefined)
    return answerS3Error(
      400,
      "InvalidArgument",
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
    );
  if (file === null) return answerNoSuchKey();
  if (clock.now() > file.expiresAt)
    return answerS3Error(403, "AccessDenied", "Request has expired");
  const checksum = c.req.header("x-amz-checksum-sha256") ?? "";
  // Its form is looked at before the signature: the text of a hexadecimal digest in Base64 is 88 characters long.
  if (checksum !== "" && !/^[A-Za-z0-9+/]{43}=$/.test(checksum))
    return answerS3Error(
      400,
      "InvalidRequest",
      "Value for x-amz-checksum-sha256 header is invalid.",
    );
  const isSigned =
    c.req.query("X-Amz-Signature") === computeSignature(file) &&
    c.req.header("content-type") === file.contentType &&
    c.req.header("x-amz-meta-secret") === file.secret &&
    checksum === file.sha256;
  if (!isSigned)
    return answerS3Error(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    );
  return null;
}

function answerNoSuchKey(): Response {
  return answerS3Error(404, "NoSuchKey", "The specified key does not exist.");
}

async function countPages(
  bytes: Uint8Array,
  contentType: string,
  isCounted: boolean,
): Promise<number> {
  if (contentType === "application/json") return judgeMetadata(bytes);
  return isCounted ? await countPdfPages(bytes) : 0;
}

/** What the simulator knows of an F24's metadata; kept in place of its pages. */
export const metadataStates = { wrong: 0, free: 1, charged: 2, unknown: 3 } as const;

const f24Kinds = ["f24Standard", "f24Simplified", "f24Excise", "f24Elid"] as const;

/** No JSON object, or one of several kinds at once: wrong. Of a kind that it knows: does a row carry the cost of the notification? */
function judgeMetadata(bytes: Uint8Array): number {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return metadataStates.wrong;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return metadataStates.wrong;
  const kinds = f24Kinds.filter((kind) => kind in value);
  if (kinds.length === 0) return metadataStates.unknown;
  if (kinds.length > 1) return metadataStates.wrong;
  return hasCost(value) ? metadataStates.charged : metadataStates.free;
}

function hasCost(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  return Object.entries(node).some(
    ([name, value]) => (name === "applyCost" && value === true) || hasCost(value),
  );
}

/** Page count: from the page tree when it is written in the open, else by parsing. */
async function countPdfPages(bytes: Uint8Array): Promise<number> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  let most = 0;
  for (const tree of text.matchAll(/\/Type\s*\/Pages\b[^>]*?\/Count\s+(\d+)/g))
    most = Math.max(most, Number(tree[1]));
  for (const tree of text.matchAll(/\/Count\s+(\d+)[^>]*?\/Type\s*\/Pages\b/g))
    most = Math.max(most, Number(tree[1]));
  if (most > 0) return most;
  const { PDFDocument } = await import("pdf-lib");
  try {
    const document = await PDFDocument.load(bytes, { updateMetadata: false });
    return document.getPageCount();
  } catch {
    // Unreadable: SEND would reschedule; one page lets the other rules speak.
    return 1;
  }
}
