/** Keeps what proves a notification as SEND hands it over: attestations, receipts, scans and the notice of deposit, by their sha256. */
import { Type } from "typebox";
import { addDays, toInstant, toRomeDay } from "../engine/host/clock.ts";
import type { StepContext } from "../engine/step/context.ts";
import type { Evidence, KeptProof, ProofName } from "../integrations/register/evidence.ts";
import type { Followed } from "../integrations/register/followed.ts";
import { pureStep, type Services } from "../integrations/services.ts";
import { findAttestationFault } from "./following/check-attestation.ts";
import { downloadProof } from "./following/download-proof.ts";
import { isAway } from "./following/put-off.ts";
import { EvidenceField, FollowedField, NotifiedField } from "./schemas/notified.ts";

interface Config {
  readonly alarmDays: number;
}

type Context = StepContext<Config, Pick<Services, "desk" | "register">>;

/**
 * SEND keeps documents 120 days from the first perfezionamento of the notification.
 * Source: pn-delivery-push-workflow, MaxDocumentsAvailableDays.
 */
const documentDays = 120;

export default pureStep({
  title: "Prove della notifica",
  summary:
    "Scarica e conserva attestazioni, ricevute, scansioni e avviso di deposito entro i 120 giorni in cui SEND li tiene",
  needs: ["desk", "register"],
  config: Type.Object(
    {
      alarmDays: Type.Integer({
        minimum: 0,
        maximum: 119,
        default: 20,
        description:
          "Quanti giorni prima che SEND tolga i documenti avvisare di una prova che manca",
      }),
    },
    { additionalProperties: false },
  ),
  reads: Type.Object({ ...NotifiedField.properties, ...FollowedField.properties }),
  adds: EvidenceField,
  note: ({ evidence, isEvidenceLate }) => describeEvidence(evidence, isEvidenceLate),
  examples: ["{}", "alarmDays: 30\n"],
  async run({ data }, ctx) {
    const { iun, numero, followed, act } = data;
    const known = (await ctx.services.register.read("evidence", iun))?.data;
    const names = { iun, protocol: act.protocol };
    const evidence = await collectEvidence(names, followed, known?.kept ?? [], ctx);
    const day = toRomeDay(ctx.clock.now());
    const isLate =
      evidence.missing.length > 0 &&
      evidence.until !== undefined &&
      addDays(day, ctx.config.alarmDays) >= evidence.until;
    await ctx.services.register.write([
      {
        kind: "evidence",
        key: iun,
        subject: numero,
        // An archived file is there some hours later.
        dueAt: evidence.missing.length === 0 ? null : toInstant(ctx.clock.now() + retryMs),
        data: evidence,
      },
    ]);
    return { evidence, isEvidenceLate: isLate };
  },
});

const retryMs = 6 * 3_600_000;

/** What a carrier may name the act by. */
interface ActNames {
  readonly iun: string;
  readonly protocol: string;
}

async function collectEvidence(
  names: ActNames,
  followed: Followed,
  before: readonly KeptProof[],
  ctx: Context,
): Promise<Evidence> {
  const keptById = new Map(before.map((proof) => [proof.id, proof]));
  const kept: KeptProof[] = [];
  const missing: ProofName[] = [];
  for (const proof of followed.proofs ?? []) {
    const known = keptById.get(proof.id);
    const file = known ?? (await take(names, proof, ctx));
    // What SEND says of it now counts: a correction takes its element back.
    if (file === null) missing.push(proof);
    else kept.push({ ...proof, ...pickFile(file) });
  }
  // What was kept stays, whatever the timeline says later.
  const named = new Set((followed.proofs ?? []).map(({ id }) => id));
  kept.push(...before.filter(({ id }) => !named.has(id)));
  const until = findLastDay(followed);
  return { kept, missing, ...(until === null ? {} : { until }) };
}

/** `null`: SEND does not give it now. Away or in its archive, it is asked for again in some hours; the codes do not wait for it. */
async function take(names: ActNames, proof: ProofName, ctx: Context): Promise<KeptProof | null> {
  const { iun } = names;
  try {
    const kept = await downloadProof(iun, proof, ctx);
    if (kept === null) return null;
    const { artifacts, clock } = ctx;
    const warning = await findAttestationFault(kept, names, { artifacts, nowMs: clock.now() });
    return warning === null ? kept : { ...kept, warning };
  } catch (error) {
    if (!isAway(error) || ctx.signal.aborted) throw error;
    ctx.log.warn("proof not downloaded", { iun, error });
    return null;
  }
}

function pickFile({ name, sha256, bytes, keptAt, warning }: KeptProof) {
  return { name, sha256, bytes, keptAt, ...(warning !== undefined && { warning }) };
}

function findLastDay({ recipients }: Followed): string | null {
  const days = recipients.flatMap(({ perfezionamento }) =>
    perfezionamento?.isFinal === true ? [perfezionamento.day] : [],
  );
  const [first] = days.toSorted((one, other) => one.localeCompare(other));
  return first === undefined ? null : addDays(first, documentDays);
}

function describeEvidence(evidence: Evidence, isLate: boolean): string | null {
  const warnings = evidence.kept.flatMap(({ warning }) => warning ?? []);
  const told = [describeFiles(evidence, isLate), ...new Set(warnings)];
  const sentences = told.filter((sentence) => sentence !== null);
  return sentences.length === 0 ? null : sentences.join(" ");
}

function describeFiles({ kept, missing, until }: Evidence, isLate: boolean): string | null {
  if (missing.length === 0) return kept.length === 0 ? null : `${countKept(kept.length)}.`;
  const day = until?.split("-").toReversed().join("/");
  const term = day === undefined ? "" : ` SEND le tiene fino al ${day}.`;
  const alarm = isLate ? " Attenzione: il termine è vicino, avvisare il tecnico." : "";
  return `${countKept(kept.length)}, ${missing.length} ancora da scaricare.${term}${alarm}`;
}

function countKept(proofs: number): string {
  return proofs === 1 ? "Una prova conservata" : `${proofs} prove conservate`;
}
