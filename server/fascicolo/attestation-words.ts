/** What a carrier's file proves, in Italian, for the report of a case file. */
import type {
  Attestation,
  AttestationSigner,
  ReadAttestations,
} from "../../documents/attestation/attestation.ts";
import { type AttestedAct, matchAct } from "../../documents/attestation/match-act.ts";
import type { SchemaVerdict } from "../../documents/attestation/schema.ts";
import { formatDateTime } from "../words/format.ts";

export interface ToldAttestations {
  readonly text: string;
  /** It is not what was signed, or is about another letter: a person must look. */
  readonly isWrong: boolean;
}

/** Sentences on each XML, and on what stands beside it. */
export function tellAttestations(
  { attestations, others }: ReadAttestations,
  act: AttestedAct,
): ToldAttestations {
  const beside = others.length === 0 ? "" : tellBeside(others);
  if (attestations.length === 0)
    return {
      text: "Nell'archivio non c'è un'attestazione XML firmata: quello che contiene è da leggere e non prova nulla da solo.",
      isWrong: false,
    };
  const told = attestations.map((one) => tellAttestation(one, act));
  return {
    text: [...told.map(({ text }) => text), beside].filter((part) => part !== "").join(" "),
    isWrong: told.some(({ isWrong }) => isWrong),
  };
}

function tellBeside(others: readonly string[]): string {
  return others.length === 1
    ? `Il file ${others[0]} accanto non è firmato: è da leggere e non prova nulla.`
    : `I file accanto (${others.join(", ")}) non sono firmati: sono da leggere e non provano nulla.`;
}

function tellAttestation(one: Attestation, act: AttestedAct): ToldAttestations {
  const by = one.signers.map(tellSigner).join("; ");
  const signed = by === "" ? "" : ` firmata da ${by}:`;
  if (one.state === "altered")
    return {
      text: `Attestazione ${one.file}: ALTERATA, ${one.reason}.`,
      isWrong: true,
    };
  const end =
    one.state === "valid"
      ? "firma valida, e copre tutto il documento"
      : `firma non verificabile, ${one.reason}`;
  const about = tellMatch(one, act);
  return {
    text: `Attestazione ${one.file}:${signed} ${end}.${about.text} ${tellSchema(one.schema)}`,
    isWrong: about.isWrong,
  };
}

function tellSigner({ name, at, isTimeProven }: AttestationSigner): string {
  if (at === null) return `${name}, senza data`;
  const how = isTimeProven ? "data provata da una marca temporale" : "data dichiarata da chi firma";
  return `${name} il ${formatDateTime(at)} (${how})`;
}

function tellMatch(one: Attestation, act: AttestedAct): ToldAttestations {
  // Nothing of it was signed.
  if (one.signers.length === 0) return { text: "", isWrong: false };
  const match = matchAct(one, act);
  if (match.state === "same") return { text: ` Nomina ${match.by}.`, isWrong: false };
  if (match.state === "other")
    return {
      text: ` ATTENZIONE: riguarda la raccomandata ${match.letter}, e per SEND questa è la ${act.letter ?? ""}.`,
      isWrong: true,
    };
  return {
    text: " Non nomina né la raccomandata né lo IUN né il protocollo: che sia di questo atto lo dice solo SEND.",
    isWrong: false,
  };
}

function tellSchema(schema: SchemaVerdict): string {
  if (schema.state === "absent") return "L'archivio non contiene lo schema (XSD).";
  const { name, sha256, isKnownName, fault = "" } = schema;
  const whose = isKnownName ? ", di un nome che PagoPA pubblica," : "";
  const words: Readonly<Record<typeof schema.state, string>> = {
    kept: `L'XML rispetta lo schema ${name}, confermato dall'ufficio.`,
    left: `L'XML NON rispetta lo schema ${name}, confermato dall'ufficio (${fault}).`,
    unusable: `Lo schema ${name}, confermato dall'ufficio, non si può usare (${fault}).`,
    unconfirmed: `Lo schema ${name}${whose} non è confermato dall'ufficio (SHA-256 ${sha256}): l'XML non è stato confrontato.`,
  };
  return words[schema.state];
}
