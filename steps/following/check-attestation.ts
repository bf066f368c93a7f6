/** A carrier's attestation as it comes: one that was changed, or is about another letter, is told at once. Who signed it is judged where the ente's authorities are known: in the case file. */
import { readAttestations } from "../../documents/attestation/attestation.ts";
import { type AttestedAct, matchAct } from "../../documents/attestation/match-act.ts";
import { SignatureRefused } from "../../documents/verify/verdict.ts";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import type { KeptProof } from "../../integrations/register/evidence.ts";

interface Checked {
  readonly artifacts: Pick<ArtifactStore, "read">;
  readonly nowMs: number;
}

/** An Italian sentence for a person; `null`: nothing is wrong with it, or it attests nothing by a signature. */
export async function findAttestationFault(
  { name, sha256, letter }: KeptProof,
  { iun, protocol }: Pick<AttestedAct, "iun" | "protocol">,
  { artifacts, nowMs }: Checked,
): Promise<string | null> {
  if (!/\.(zip|xml)$/i.test(name)) return null;
  const bytes = await artifacts.read(sha256);
  const nobody = { trustAnchors: [], confirmedSchemas: [], nowMs };
  try {
    const read = await readAttestations({ name, bytes }, nobody);
    for (const one of read?.attestations ?? []) {
      if (one.state === "altered")
        return `L'attestazione ${one.file} è alterata: ${one.reason}. Chiederla di nuovo all'assistenza di SEND.`;
      const act = { iun, protocol, ...(letter !== undefined && { letter }) };
      const match = matchAct(one, act);
      if (match.state === "other")
        return `L'attestazione ${one.file} riguarda la raccomandata ${match.letter}, e per SEND questa è la ${letter ?? ""}: chiedere all'assistenza di SEND.`;
    }
    return null;
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error;
    return `Il file ${name} non si può aprire: ${error.reason}.`;
  }
}
