/** One of the register, corrected before a flusso has it: a version with who and why beside those of before. */
import { toInstant } from "../../engine/host/clock.ts";
import type { Entry } from "../../integrations/register/port.ts";
import { createRegister } from "../../integrations/register/register.ts";
import {
  type ArrivedVerbale,
  buildStanding,
  type WaitingStanding,
} from "../../integrations/register/waiting.ts";
import { buildWaitingRow } from "../../steps/registering/build-row.ts";
import type { Verbale } from "../../steps/schemas/verbale.ts";
import {
  type CheckedBy,
  judgeTyped,
  listFieldFaults,
  type SuggestedPlace,
  suggestPlaces,
} from "../correct/judge-typed.ts";
import { type FieldFault, listChanged } from "../correct/verbale-form.ts";
import type { WritingInstallation } from "../installation.ts";
import type { CommandResult } from "../web/requests.ts";
import { allowAgain } from "./waiting-desk.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A verbale of the register with its versions. */
export interface OpenWaiting {
  readonly ente: string;
  readonly standing: Entry<"standing">;
  /** As it stands now. */
  readonly verbale: Fields;
  /** Oldest first. */
  readonly versions: readonly Entry<"arrival">[];
  /** Why it is not corrected here, in Italian; `null`: it is. */
  readonly refusal: string | null;
}

export interface CorrectWaitingRequest {
  readonly verbale: Fields;
  readonly by: string;
  readonly reason: string;
}

/** `null`: no such verbale. */
export async function readWaiting(
  { journal }: Pick<WritingInstallation, "journal">,
  ente: string,
  numero: string,
): Promise<OpenWaiting | null> {
  const register = createRegister(journal, ente);
  const standing = await register.read("standing", numero);
  if (standing === null) return null;
  const versions = await register.listVersions("arrival", numero);
  return {
    ente,
    standing,
    versions,
    verbale: versions.at(-1)?.data.verbale ?? {},
    refusal: explainRefusal(standing.data),
  };
}

function explainRefusal({ state, flusso }: WaitingStanding): string | null {
  if (state === "taken")
    return `Il verbale è nel flusso ${flusso ?? ""}: se lì viene scartato, si corregge da lì o da qui.`;
  return state === "sent" ? `Il verbale è già stato inviato con il flusso ${flusso ?? ""}.` : null;
}

/** What the checks say of these data. Reads only. */
export async function checkWaiting(
  writing: WritingInstallation,
  open: OpenWaiting,
  verbale: Fields,
): Promise<readonly FieldFault[]> {
  return listFieldFaults(await judgeOf(writing, open, verbale));
}

export async function suggestWaiting(
  writing: WritingInstallation,
  open: OpenWaiting,
  verbale: Fields,
): Promise<readonly SuggestedPlace[]> {
  const by = await findChecks(writing, open);
  return by === null ? [] : await suggestPlaces(writing, by, verbale);
}

/** Keeps the corrected version; one that came back goes with the next flusso, with new codes. */
export async function correctWaiting(
  writing: WritingInstallation,
  open: OpenWaiting,
  { verbale, by, reason }: CorrectWaitingRequest,
): Promise<CommandResult> {
  const { journal, clock } = writing;
  const { ente, standing, versions } = open;
  if (open.refusal !== null) return { status: "refused", reason: open.refusal };
  const changed = listChanged(open.verbale, verbale);
  if (changed.length === 0)
    return { status: "refused", reason: "Nulla è stato cambiato: correggere almeno un dato." };
  const judged = await judgeOf(writing, open, verbale);
  if ("reason" in judged) return { status: "refused", reason: judged.reason };
  const findings = [...judged.blocking, ...judged.findings];
  if (findings.some(({ severity }) => severity === "error"))
    return { status: "refused", reason: "Restano difetti: sono segnati accanto ai dati." };
  const before = standing.data;
  const state = before.state === "back" ? await allowAgain(journal, ente, before) : "ready";
  if (typeof state !== "string") return { status: "refused", reason: state.reason };
  const newest = versions.at(-1);
  // Where others of its file stand is no longer said of other data; a person has looked at what was in doubt.
  const arrival: ArrivedVerbale = {
    verbale,
    run: newest?.data.run ?? before.origin,
    correction: { by, reason, changed },
  };
  const next: WaitingStanding = {
    ...before,
    state,
    row: buildWaitingRow(verbale as Verbale),
    arrival: (newest?.version ?? 0) + 1,
    notifyBy: judged.term?.day ?? before.notifyBy,
    faults: [],
    warnings: findings
      .filter(({ severity }) => severity === "warning")
      .map(({ message }) => message),
    why: null,
    word: { by, at: toInstant(clock.now()) },
  };
  const register = createRegister(journal, ente);
  const written = await register.write([
    buildStanding(next, standing.number),
    {
      kind: "arrival",
      key: standing.key,
      subject: arrival.run,
      follows: newest?.number ?? null,
      data: arrival,
    },
  ]);
  if (written.length === 2) return { status: "accepted" };
  return {
    status: "refused",
    reason: "Intanto un'altra persona, o un flusso, lo ha preso: riaprire la pagina.",
  };
}

async function judgeOf(writing: WritingInstallation, open: OpenWaiting, verbale: Fields) {
  const by = await findChecks(writing, open);
  if (by === null)
    return { reason: "Il flusso che lo ha registrato non c'è più: mandarlo di nuovo." };
  return await judgeTyped(writing, by, open.standing.key, verbale);
}

/** Those of the pipeline that registered it. */
async function findChecks(
  { journal }: WritingInstallation,
  { standing }: OpenWaiting,
): Promise<CheckedBy | null> {
  return await journal.readRun(standing.data.origin);
}
