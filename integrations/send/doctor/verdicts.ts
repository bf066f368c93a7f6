/** Looks whether the stream that an ente's pipelines read verdicts from is there. */
import { type DoctorFinding, toDoctorFinding } from "../../diagnosis.ts";
import type { SendStreams } from "../desk-port.ts";
import { findEnteStream } from "../verdicts.ts";

/** Lists the ente's streams; makes none. */
export async function diagnoseVerdictStream(
  streams: SendStreams,
  { ente, streamVersion }: { readonly ente: string; readonly streamVersion: string | undefined },
  signal?: AbortSignal,
): Promise<DoctorFinding> {
  try {
    const found = await findEnteStream(streams, { ente, streamVersion }, signal);
    if (found !== null)
      return { state: "good", note: `Lo stream degli esiti c'è: ${found.stream.title}.` };
  } catch (error) {
    return toDoctorFinding(error, "doubtful");
  }
  return {
    state: "bad",
    note: `Su SEND non c'è lo stream degli esiti di questo ente.`,
    hint: { action: "prepare", ente, after: "Oppure usare «by: polling» nel passo import-iun." },
  };
}
