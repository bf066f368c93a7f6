/** Whether who collects really adds the costs of a notification, where only what he did tells. */
import type { DoctorFinding } from "../diagnosis.ts";

/** A finding about the costs: who adds them, and how far that is proved. */
export function buildCostFinding(
  state: DoctorFinding["state"],
  who: string,
  proof: string,
): DoctorFinding {
  return { state, note: `Spese di notifica: ${who}. ${proof}.` };
}

/** By Postino's price service: proved once somebody has asked. */
export function provePriceService(who: string, askedOn: string | undefined): DoctorFinding {
  if (askedOn !== undefined) {
    const day = askedOn.split("-").toReversed().join("/");
    return buildCostFinding(
      "good",
      who,
      `Provato: il prezzo è stato chiesto l'ultima volta il ${day}`,
    );
  }
  return {
    ...buildCostFinding("doubtful", who, "Non ancora provato: nessuno ha mai chiesto un prezzo"),
    hint: "Consegnare a chi incassa l'indirizzo /prezzo/ e la chiave, poi provare a pagare un avviso notificato.",
  };
}
