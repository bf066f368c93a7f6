/** A request that SEND was found to have: whether it stands for what this flusso has of the verbale. */
import type { StepContext } from "../../engine/step/context.ts";
import { ItemRejected, RetryLater } from "../../engine/host/errors.ts";
import type { Sink } from "../../engine/host/http.ts";
import type { SendDesk, SendDownload } from "../../integrations/send/desk-port.ts";
import type { SendStatus } from "../../integrations/send/port.ts";
import type { DocumentFile } from "../schemas/fields.ts";

type Context = Pick<
  StepContext<unknown, { readonly desk: SendDesk }>,
  "services" | "artifacts" | "signal"
>;

const tenMinutesMs = 600_000;

const signedApart =
  "SEND ha gli stessi documenti firmati in un altro momento: valgono i suoi, non i PDF di questo flusso.";

/**
 * What was found counts for the verbale when it carries its files, or the same PDFs under another signature: then the Italian
 * warnings say so. `files`: documents first, then payment notices, as they would be sent. Throws ItemRejected
 * `SENT_OTHER_DOCUMENTS` when it carries others, RetryLater while that cannot be told. A refused one notified nothing.
 */
export async function compareFound(
  found: SendStatus,
  files: readonly DocumentFile[],
  ctx: Context,
): Promise<readonly string[]> {
  if (found.status === "refused") return [];
  if (found.digests === undefined) throw notToldError();
  const held = new Set(found.digests);
  const ours = files.map(({ sha256 }) => Buffer.from(sha256, "hex").toString("base64"));
  if (held.size === new Set(ours).size && ours.every((digest) => held.has(digest))) return [];
  if (found.status === "waiting")
    throw new RetryLater(
      "SEND sta ancora esaminando una richiesta di questo verbale con altri documenti.",
      {
        code: "EARLIER_REQUEST_WAITING",
        // Minutes as a rule, hours at times: whoever asks every few seconds has given up before SEND decides.
        afterMs: Math.max(found.retryAfterMs, tenMinutesMs),
        hint: "Aspettare l'esito di SEND e poi chiedere di nuovo. Se dopo un giorno non c'è ancora, aprire una segnalazione all'assistenza di SEND con il numero di protocollo.",
      },
    );
  if (!(await isSignedApart(found.iun, files, ctx))) throw otherDocumentsError(found.iun);
  return [signedApart];
}

function notToldError(): RetryLater {
  return new RetryLater("SEND ha già la richiesta del verbale ma non dice con quali documenti.", {
    code: "DOCUMENTS_NOT_TOLD",
    hint: "Controllare che fra Postino e SEND non ci sia un proxy che cambia le risposte.",
  });
}

function otherDocumentsError(iun: string): ItemRejected {
  return new ItemRejected(
    "SENT_OTHER_DOCUMENTS",
    `SEND ha già notificato questo verbale (IUN ${iun}) con documenti diversi da quelli di questo flusso: vale quella notifica, e i PDF di questo flusso non sono stati inviati.`,
    {
      hint: {
        action: "start",
        pipeline: "annulla",
        first:
          "Confrontare i documenti notificati con questi: se la notifica è giusta non serve altro. Se è sbagliata, annullarla prima di notificare di nuovo:",
      },
    },
  );
}

/** A signature is appended to the PDF that was rendered: what stands before it says whether the act is the same. */
async function isSignedApart(
  iun: string,
  files: readonly DocumentFile[],
  ctx: Context,
): Promise<boolean> {
  const { desk } = ctx.services;
  const notification = await desk.findNotification(iun, ctx.signal);
  if (notification === null) throw notToldError();
  const downloads = [
    ...notification.documents.map(
      ({ index }): Download =>
        async (into) =>
          await desk.downloadDocument(iun, index, into, ctx.signal),
    ),
    ...notification.payments
      .filter(({ hasAttachment }) => hasAttachment)
      .map(
        ({ recipient, index }): Download =>
          async (into) =>
            await desk.downloadPaymentAttachment(iun, recipient, index, into, ctx.signal),
      ),
  ];
  if (downloads.length !== files.length) return false;
  for (const [place, download] of downloads.entries()) {
    const own = await ctx.artifacts.read(files[place]?.sha256 ?? "");
    if (!(await beginsLike(own, download))) return false;
  }
  return true;
}

type Download = (into: Sink) => Promise<SendDownload | null>;

/** Whether SEND's file has the same PDF before what was appended to it; only that much of it is kept in memory. */
async function beginsLike(own: Uint8Array, download: Download): Promise<boolean> {
  const end = Buffer.from(own).indexOf("%%EOF");
  const kept: Uint8Array[] = [];
  let room = Math.max(0, end);
  const found = await download((piece) => {
    if (room > 0) kept.push(piece.slice(0, room));
    room = Math.max(0, room - piece.byteLength);
  });
  if (found === null) throw notToldError();
  if (found.status === "archived")
    throw new RetryLater("SEND sta riprendendo dall'archivio i documenti notificati.", {
      code: "DOCUMENTS_NOT_TOLD",
      afterMs: found.retryAfterMs,
    });
  return end >= 0 && Buffer.concat(kept).equals(own.subarray(0, end));
}

/** SEND has the verbale from an earlier round, with other codes. */
export function notifiedOtherwiseError(found: SendStatus): ItemRejected | RetryLater {
  if (found.status === "waiting")
    return new RetryLater(
      "SEND sta ancora esaminando la richiesta di un tentativo precedente, con altri codici avviso.",
      { code: "EARLIER_REQUEST_WAITING", effect: "none", afterMs: 60_000 },
    );
  return new ItemRejected(
    "ALREADY_NOTIFIED_OTHERWISE",
    "Il verbale è già stato notificato da un tentativo precedente, con codici avviso diversi da quelli attuali. Nulla è stato inviato di nuovo.",
    {
      hint: {
        action: "start",
        pipeline: "annulla",
        first:
          "Controllare i pagamenti: i codici notificati devono restare pagabili. Se la notifica è sbagliata, annullarla:",
      },
    },
  );
}
