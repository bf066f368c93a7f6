/** One proof from SEND into the store, piece by piece; its digest is ours, for SEND tells none. */
import { extname } from "node:path";
import { toInstant } from "../../engine/host/clock.ts";
import type { Sink } from "../../engine/host/http.ts";
import type { StepContext } from "../../engine/step/context.ts";
import type { KeptProof, ProofName } from "../../integrations/register/evidence.ts";
import type { SendDesk, SendDownload } from "../../integrations/send/desk-port.ts";
import { aarCategory } from "./proofs.ts";

type Context = Pick<
  StepContext<unknown, { readonly desk: SendDesk }>,
  "services" | "artifacts" | "clock" | "signal"
>;

/** The file as it is kept, or `null` while SEND has it in its archive. Faults as those of the desk. */
export async function downloadProof(
  iun: string,
  proof: ProofName,
  { services, artifacts, clock, signal }: Context,
): Promise<KeptProof | null> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const take = async (piece: Uint8Array): Promise<void> => {
    // The pieces of the door are one buffer that is used again.
    await writer.write(piece.slice());
  };
  const download = takeFromSend(services.desk, iun, { proof, take, signal }, writer);
  const storing = artifacts.putStream(proof.id, readable).catch((error: unknown) => {
    if (error instanceof NotThere) return null;
    throw error;
  });
  // The fault of the download is the cause of the other's.
  const [downloaded, stored] = await Promise.allSettled([download, storing]);
  if (downloaded.status === "rejected") throw downloaded.reason;
  if (stored.status === "rejected") throw stored.reason;
  if (stored.value === null) return null;
  const { sha256, bytes } = stored.value;
  const name = nameProof(iun, proof, readName(downloaded.value));
  return { ...proof, name, sha256, bytes, keptAt: toInstant(clock.now()) };
}

/** Ends the writer as the download ended: closed when all came, else aborted. */
async function takeFromSend(
  desk: SendDesk,
  iun: string,
  {
    proof,
    take,
    signal,
  }: { readonly proof: ProofName; readonly take: Sink; readonly signal: AbortSignal },
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<SendDownload | null> {
  try {
    const given =
      proof.category === aarCategory
        ? await desk.downloadAar(iun, proof.id, take, signal)
        : await desk.downloadLegalFact(iun, proof.id, take, signal);
    if (given?.status === "ready") await writer.close();
    else await writer.abort(new NotThere());
    return given;
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}

/** SEND has no bytes to give now. */
class NotThere extends Error {}

function readName(answer: SendDownload | null): string {
  return answer?.status === "ready" ? answer.name : "";
}

/** `IUN_0_20261103T090000Z_ANALOG_DELIVERY_23L_3f2a.pdf`: names say nothing of a person, and sort as things happened. */
function nameProof(iun: string, proof: ProofName, given: string): string {
  const { recipient, at, category, kind, id } = proof;
  const instant = `${at.slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const tail = id.replace(/\.[^.]*$/, "").slice(-6);
  const parts = [
    iun,
    recipient === undefined ? "" : String(recipient),
    instant,
    category,
    kind,
    tail,
  ];
  const stem = parts
    .filter((part) => part !== undefined && part !== "")
    .join("_")
    .replaceAll(/[^A-Za-z0-9_-]/g, "-");
  const extension = extname(given) || extname(id) || ".pdf";
  return `${stem}${/^\.[A-Za-z0-9]{1,5}$/.test(extension) ? extension.toLowerCase() : ".bin"}`;
}
