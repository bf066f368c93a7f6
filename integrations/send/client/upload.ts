/** Preload and upload of files to SEND: groups of 15, the three signed headers and no other, a new URL when one has expired. */
import { createHash } from "node:crypto";
import { ItemRejected, RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import { NoAnswer, type Http, type HttpAnswer } from "../../../engine/host/http.ts";
import { httpStatusError, noAnswerError, nothingMore } from "../../service-faults.ts";
import type { Clock } from "../../../engine/host/clock.ts";
import type { SendCall } from "./call.ts";
import { sendCallError, denyEffect } from "./faults.ts";
import { requireOwnAddress, requireOwnPlace, type Where } from "./storage-address.ts";
import type { SendFile, SendFileRef } from "../port.ts";
import { toRecords, toWord } from "../../reading.ts";
import { filesPerPreload, paths, type WirePreload } from "../wire.ts";

export interface UploadDoor {
  readonly call: SendCall;
  readonly http: Http;
  readonly clock: Clock;
  /** Decides which addresses are SEND's own. */
  readonly access: Where;
}

interface Announced {
  readonly file: SendFile;
  readonly sha256: string;
}

/** Uploads the files in the order given; every fault says that nothing counts yet (`effect: "none"`). */
export async function uploadFiles(
  files: readonly SendFile[],
  door: UploadDoor,
  signal?: AbortSignal,
): Promise<readonly SendFileRef[]> {
  const announced = files.map((file) => ({
    file,
    sha256:
      file.sha256 === undefined
        ? createHash("sha256").update(file.bytes).digest("base64")
        : Buffer.from(file.sha256, "hex").toString("base64"),
  }));
  const refs: SendFileRef[] = [];
  for (let start = 0; start < announced.length; start += filesPerPreload)
    refs.push(
      ...(await uploadGroup(announced.slice(start, start + filesPerPreload), door, signal)),
    );
  return refs;
}

async function uploadGroup(
  group: readonly Announced[],
  door: UploadDoor,
  signal?: AbortSignal,
): Promise<readonly SendFileRef[]> {
  try {
    const slots = await preload(group, door, signal);
    const settled = await Promise.allSettled(slots.map((slot) => uploadOne(slot, door, signal)));
    return settled.map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
  } catch (error) {
    if (error instanceof NoAnswer) throw denyEffect(noAnswerError(error, "SEND"));
    throw error instanceof Error ? denyEffect(error) : error;
  }
}

interface Slot extends Announced {
  readonly url: string;
  readonly method: "PUT" | "POST";
  readonly secret: string;
  readonly key: string;
}

async function preload(
  group: readonly Announced[],
  { call, clock, access }: UploadDoor,
  signal?: AbortSignal,
): Promise<readonly Slot[]> {
  const body: readonly WirePreload[] = group.map(({ file, sha256 }, index) => ({
    preloadIdx: String(index),
    contentType: file.contentType,
    sha256,
  }));
  const answer = await call({ method: "POST", path: paths.preload, json: body, signal });
  if (answer.status !== 200) throw sendCallError(answer, clock.now());
  const given = toRecords(answer.body);
  const slots = group.map((announced, index) =>
    readSlot(
      announced,
      given.find(({ preloadIdx }) => preloadIdx === String(index)),
      access,
    ),
  );
  // Two files under one key: the second would lie in the place of the first, and the refusal cost a euro.
  if (new Set(slots.map(({ key }) => key)).size < slots.length) throw incompletePreloadError();
  return slots;
}

/** No field of a slot is required by SEND's schema: each is checked. Throws RetryLater, or RunBlocked for an address that is not SEND's. */
function readSlot(
  announced: Announced,
  given: Readonly<Record<string, unknown>> = {},
  access: UploadDoor["access"],
): Slot {
  const url = toWord(given["url"]);
  const secret = toWord(given["secret"]);
  const key = toWord(given["key"]);
  const method = (toWord(given["httpMethod"]) ?? "PUT").toUpperCase();
  if (url === undefined || secret === undefined || key === undefined)
    throw incompletePreloadError();
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) throw incompletePreloadError();
  // What cannot stand in a header, and what SEND would not take as ref.key.
  if (!/^[ -~]+$/.test(secret) || !/^(safestorage:\/\/)?[A-Za-z0-9._-]{1,500}$/.test(key))
    throw incompletePreloadError();
  if (method !== "PUT" && method !== "POST") throw incompletePreloadError();
  return { ...announced, url: requireOwnAddress(url, access), method, secret, key };
}

function incompletePreloadError(): RetryLater {
  return new RetryLater("SEND non ha dato l'indirizzo di caricamento di un documento.", {
    code: "PRELOAD_INCOMPLETE",
    effect: "none",
    hint: {
      action: "resume",
      only: "failed",
      first: "Nulla è stato inviato. Aspettare che SEND risponda di nuovo come previsto.",
    },
  });
}

async function uploadOne(slot: Slot, door: UploadDoor, signal?: AbortSignal): Promise<SendFileRef> {
  const answer = await put(slot, door, signal);
  if (!isExpired(answer)) return readFileRef(slot, answer, door);
  // The URL grew old between preload and upload: one more preload for this file alone.
  const [fresh] = await preload([slot], door, signal);
  if (fresh === undefined) throw new Error("preload of one file gave no slot");
  return readFileRef(fresh, await put(fresh, door, signal), door);
}

async function put(
  slot: Slot,
  { http, access }: UploadDoor,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  const { url, headers } = await requireOwnPlace(slot.url, access);
  return await http({
    method: slot.method,
    url,
    call: { service: "SEND", operation: "caricamento di un documento" },
    // All three are signed: byte-equal to what was declared, and never the API key.
    headers: {
      ...headers,
      "content-type": slot.file.contentType,
      "x-amz-meta-secret": slot.secret,
      "x-amz-checksum-sha256": slot.sha256,
    },
    body: slot.file.bytes,
    // Nothing, or S3's error.
    limits: { maxBytes: 64 * 1024 },
    // 100 kB a second at the least.
    timeoutMs: 35_000 + slot.file.bytes.byteLength / 100,
    ...(signal === undefined ? {} : { signal }),
  });
}

function isExpired(answer: HttpAnswer): boolean {
  return answer.status === 403 && /expired|ExpiredToken/i.test(toText(answer));
}

function toText(answer: HttpAnswer): string {
  return typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? "");
}

function readFileRef(slot: Slot, answer: HttpAnswer, { clock }: UploadDoor): SendFileRef {
  if (answer.status !== 200) throw uploadError(answer, clock.now());
  const versionToken = answer.headers.get("x-amz-version-id") ?? "";
  // What was stored is not what was sent: SEND would refuse the notification, at a price.
  const stored = answer.headers.get("x-amz-checksum-sha256");
  if (stored !== null && stored !== slot.sha256) throw uploadFailedError("BadDigest");
  // SEND takes 256 characters; S3 says `null` where it keeps no versions.
  if (!/^[!-~]{1,256}$/.test(versionToken) || versionToken === "null")
    throw new RetryLater("Il deposito dei documenti di SEND non ha dato il numero di versione.", {
      code: "UPLOAD_WITHOUT_VERSION",
      effect: "none",
      hint: {
        action: "resume",
        first:
          "Nulla è stato inviato. Di solito un proxy toglie le intestazioni delle risposte: escludere dal proxy gli indirizzi di SEND.",
      },
    });
  return {
    label: slot.file.label,
    key: slot.key,
    versionToken,
    sha256Base64: slot.sha256,
    contentType: slot.file.contentType,
  };
}

/** S3's errors come as XML with a code. */
function uploadError(answer: HttpAnswer, nowMs: number): ItemRejected | RetryLater | RunBlocked {
  const code = /<Code>(\w+)<\/Code>/.exec(toText(answer))?.[1] ?? `HTTP_${answer.status}`;
  if (code === "EntityTooLarge" || answer.status === 413)
    return new ItemRejected(
      "FILE_PDF_TOOBIG_ERROR",
      "Un documento supera la dimensione massima di SEND. Nulla è stato inviato.",
      { hint: { action: "resume", only: "rejected", first: "Ridurre le immagini del modello." } },
    );
  if (code === "SignatureDoesNotMatch" || code === "InvalidArgument")
    return new RunBlocked(
      "UPLOAD_REFUSED",
      `Il deposito dei documenti di SEND rifiuta la firma della richiesta (${code}).`,
      {
        ofRun: nothingMore,
        hint: {
          action: "resume",
          first:
            "Di solito un proxy aggiunge o cambia le intestazioni: escludere dal proxy gli indirizzi di SEND.",
        },
      },
    );
  if (answer.status >= 500 || answer.status === 429)
    return httpStatusError(answer, { service: "SEND", nowMs });
  // BadDigest (bytes changed on the way), a URL that expired twice, anything else: the next try starts from a new preload.
  return uploadFailedError(code);
}

function uploadFailedError(code: string): RetryLater {
  return new RetryLater(
    `Il caricamento di un documento su SEND non è riuscito (${code}); verrà ripetuto.`,
    { code: "UPLOAD_FAILED", effect: "none" },
  );
}
