/** What ANPR's answer about one recipient means for an act: that it goes on, with which address, or that a person looks at it first. */
import type { Answered, LookedUpAddress, Residence } from "../../integrations/lookups/port.ts";
import type { ResidenceCheck } from "../schemas/looked-up.ts";
import type { Destinatario, Indirizzo } from "../schemas/verbale.ts";
import { type AddressDifference, findAddressDifference } from "./compare-address.ts";

export interface ResidenceConfig {
  readonly moved: "reject" | "take" | "note";
  readonly unknown: "note" | "reject";
  readonly compare: "town" | "street" | "number";
}

type Checked = ResidenceCheck["people"][number];

/** A person of whom the act may go no further without somebody. */
export interface Stopped {
  readonly recipient: number;
  readonly why: "dead" | "moved" | "unknown" | "abroad";
  /** Of the death, or since when they live elsewhere. */
  readonly day: string | null;
  readonly difference: AddressDifference;
}

export interface JudgedPerson {
  readonly checked: Checked;
  readonly stopped?: Stopped;
  /** What ANPR has in the place of the address of the flusso. */
  readonly elsewhere?: { readonly address: LookedUpAddress; readonly since: string | null };
}

const depth = { town: 1, street: 2, number: 3 } as const;

/** `isConfirmed`: a person has looked at the address in this round. */
export function judgeResidence(
  recipient: number,
  destinatario: Destinatario,
  answer: Answered<Residence>,
  { config, isConfirmed }: { readonly config: ResidenceConfig; readonly isConfirmed: boolean },
): JudgedPerson {
  if (answer.status === "not-asked") return { checked: { recipient, outcome: "not-asked" } };
  const { askedOn } = answer;
  const stop = (why: Stopped["why"], day: string | null = null): Stopped => ({
    recipient,
    why,
    day,
    difference: null,
  });
  if (answer.status === "dead")
    return {
      checked: { recipient, outcome: "unknown", askedOn },
      stopped: stop("dead", answer.day),
    };
  if (answer.status !== "living") {
    const checked = { recipient, outcome: answer.status, askedOn };
    return { checked, ...(config.unknown === "reject" && { stopped: stop(answer.status) }) };
  }
  const { address, since } = answer;
  if (address === null) return { checked: { recipient, outcome: "no-address", askedOn } };
  const difference = findAddressDifference(destinatario.indirizzo, address);
  if (difference === null || depth[difference] > depth[config.compare])
    return { checked: { recipient, outcome: "same", askedOn } };
  const elsewhere = { address, since };
  if (isConfirmed) return { checked: { recipient, outcome: "confirmed", askedOn }, elsewhere };
  // Of one who trades alone the flusso has the place of business, and ANPR the home.
  const isTrader = (destinatario.denominazione ?? "").trim() !== "";
  if (config.moved === "note" || isTrader)
    return { checked: { recipient, outcome: "moved", askedOn }, elsewhere };
  if (config.moved === "take" && isWhole(address))
    return {
      checked: { recipient, outcome: "taken", askedOn, address: toIndirizzo(address) },
      elsewhere,
    };
  return {
    checked: { recipient, outcome: "moved", askedOn },
    stopped: { ...stop("moved", since), difference },
    elsewhere,
  };
}

/** What is sent needs a CAP and a province: where ANPR does not say them, a person completes it. */
function isWhole({ cap, provincia }: LookedUpAddress): boolean {
  return /^\d{5}$/.test(cap) && /^[A-Z]{2}$/.test(provincia);
}

function toIndirizzo(address: LookedUpAddress): Indirizzo {
  return { ...address };
}
