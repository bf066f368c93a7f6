/** Whose keys `doctor` tries: the signers of the pipelines, and those of the ente's file alone. */
import type { DoctorFinding } from "../../integrations/diagnosis.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { diagnoseSigner } from "../../integrations/signing/doctor.ts";
import type { DoctorDemands } from "./doctor-demands.ts";

type Signer = Parameters<typeof diagnoseSigner>[1] & { readonly isUsed: boolean };

/** The signers that pipelines name, and those that only the ente's file names. */
export function listSigners(
  { signing }: EnteSettings,
  { signers }: DoctorDemands,
): readonly Signer[] {
  const used: Signer[] = signers.map((signer) => ({ ...signer, isUsed: true }));
  for (const [name, { pkcs12, csc }] of Object.entries(signing.signers))
    if (!signers.some((signer) => signer.name === name)) {
      const hasKey = pkcs12 !== undefined || csc !== undefined;
      used.push({ name, use: hasKey ? "signs" : "uploads", isUsed: false });
    }
  return used;
}

/** No run stops because of a signer that no pipeline names. */
export function markUnused(finding: DoctorFinding): DoctorFinding {
  const note = `${finding.note} (Nessuna pipeline lo usa.)`;
  return { ...finding, note, state: finding.state === "bad" ? "doubtful" : finding.state };
}
