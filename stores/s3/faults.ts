/** What an S3 server refuses, as whoever keeps the installation understands it: the cause, where, and the one thing to do. */
import { systemClock } from "../../engine/host/clock.ts";
import { RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import type { Again, BucketPlace } from "./place.ts";

/** `NoSuchKey` and the like; `null`: the answer is not one of S3. */
export function findErrorCode(bytes: Buffer): string | null {
  return findElement(bytes, "Code");
}

function findElement(bytes: Buffer, name: string): string | null {
  return new RegExp(`<${name}>([^<]{1,200})</${name}>`).exec(bytes.toString("utf8"))?.[1] ?? null;
}

/** S3 refuses requests whose time is further off than that. */
const mostSkewMs = 15 * 60_000;

/** By its code, or because the server's own clock says otherwise: a signed address that is too old is refused under several names. */
export function isSkewed(code: string, headers: Headers): boolean {
  if (code === "RequestTimeTooSkewed") return true;
  if (code !== "AccessDenied" && code !== "SignatureDoesNotMatch" && code !== "ExpiredToken")
    return false;
  const there = Date.parse(headers.get("date") ?? "");
  return Math.abs(there - systemClock.now()) > mostSkewMs;
}

/** A refusal that no try mends. */
export function bucketFault(place: BucketPlace, code: string, bytes: Buffer): RunBlocked {
  if (code === "RequestTimeTooSkewed")
    return new RunBlocked(
      "CLOCK_WRONG",
      `L'orologio di questo computer non va d'accordo con quello dell'archivio dei documenti (${describePlace(place)}): la differenza è di oltre un quarto d'ora.`,
      { hint: "Regolare data e ora (servizio NTP), poi ripetere." },
    );
  const [message, hint] = describeRefusal(place, code, bytes);
  return new RunBlocked("ARTIFACTS_REFUSED", message, { hint });
}

function describeRefusal(
  place: BucketPlace,
  code: string,
  bytes: Buffer,
): readonly [message: string, hint: string] {
  const where = describePlace(place);
  const key = "nei segreti ARTIFACTS_S3_KEY e ARTIFACTS_S3_SECRET";
  switch (code) {
    case "NoSuchBucket":
    case "InvalidBucketName":
      return [
        `L'archivio dei documenti non c'è: il bucket «${place.bucket}» non esiste (${where}).`,
        "Crearlo, o correggere il nome in POSTINO_ARTIFACTS.",
      ];
    case "InvalidAccessKeyId":
      return [
        `L'archivio dei documenti non conosce la chiave di accesso (${where}).`,
        `Mettere la chiave giusta ${key}.`,
      ];
    case "SignatureDoesNotMatch":
      return [
        `L'archivio dei documenti non riconosce la firma: la chiave segreta non è quella della chiave di accesso (${where}).`,
        `Mettere la coppia giusta ${key}.`,
      ];
    case "AccessDenied":
    case "AllAccessDisabled":
      return [
        `La chiave di accesso non ha i permessi sull'archivio dei documenti (${where}).`,
        `Darle s3:GetObject, s3:PutObject, s3:DeleteObject sul prefisso e s3:ListBucket sul bucket.`,
      ];
    case "AuthorizationHeaderMalformed":
    case "PermanentRedirect":
    case "HTTP_301": {
      const region = findElement(bytes, "Region");
      return [
        `Il bucket «${place.bucket}» non è nella regione «${place.region}»${region === null ? "" : `, ma in «${region}»`}.`,
        `Scrivere la regione giusta in POSTINO_ARTIFACTS (?region=${region ?? "…"}).`,
      ];
    }
    default:
      return [
        `L'archivio dei documenti ha rifiutato una richiesta con ${code} (${where}).`,
        "Controllare POSTINO_ARTIFACTS: indirizzo, regione, stile; poi ripetere.",
      ];
  }
}

/** Nothing is lost, and the verbali go on by themselves once it answers. */
export function storageAwayError(place: BucketPlace, { code, cause }: Again): RetryLater {
  return new RetryLater(
    `L'archivio dei documenti non risponde (${describePlace(place)}, ${code}).`,
    {
      code: "ARTIFACTS_AWAY",
      afterMs: 60_000,
      hint: "Controllare rete e servizio; ciò che aspetta riprende da sé.",
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** Without keys. */
export function describePlace({ bucket, prefix, endpoint, region }: BucketPlace): string {
  const at = endpoint === undefined ? region : new URL(endpoint).host;
  return `s3://${bucket}/${prefix} su ${at}`;
}
