/** Whom the ente believes when a carrier's attestation is judged: the authorities of its signatures, and the schemas that it has looked at. */
import type { AttestationPolicy } from "../../documents/attestation/attestation.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import { readTrust } from "../../integrations/signing/trust-anchors.ts";

export type CaseTrust = Omit<AttestationPolicy, "nowMs">;

/** Where the authorities cannot be read there are none: the report says that nobody can be verified. */
export async function readCaseTrust(
  { send, signing }: Pick<EnteSettings, "send" | "signing">,
  { base, nowMs }: { readonly base: string; readonly nowMs: number },
): Promise<CaseTrust> {
  const confirmedSchemas = send.attestationSchemas ?? [];
  try {
    const trust = await readTrust({ folder: signing.trust, base, nowMs });
    const { anchors, qualifiedAnchors, revocationLists } = trust;
    return { trustAnchors: anchors, qualifiedAnchors, revocationLists, confirmedSchemas };
  } catch (error) {
    if (!(error instanceof RunBlocked)) throw error;
    return { trustAnchors: [], confirmedSchemas };
  }
}
