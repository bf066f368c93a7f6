/** A verbale that SEND knows, prepared to be notified anew: to somebody else, at another address, or because the first came to nothing. */
import { italianAddressFields } from "../../integrations/address.ts";
import { type ChainLink, readChain } from "../../integrations/register/chain.ts";
import { createRegister } from "../../integrations/register/register.ts";
import {
  judgeTyped,
  listFieldFaults,
  type SuggestedPlace,
  suggestPlaces,
} from "../correct/judge-typed.ts";
import { type FieldFault, toFormTexts } from "../correct/verbale-form.ts";
import type { FlussoDrafts } from "../drafts/flusso-drafts.ts";
import type { Catalog } from "../history/catalog.ts";
import type { WritingInstallation } from "../installation.ts";
import type { StartResult } from "../web/requests.ts";
import type { WaitingDesk } from "./open-desk.ts";
import { toUploaded } from "./to-uploaded.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A verbale that may be notified anew. */
export interface OpenRenotification {
  readonly ente: string;
  readonly numero: string;
  /** The notifications of the violation, from the first to the last. */
  readonly chain: readonly ChainLink[];
  /** As SEND was given it, without what belongs to that notification alone. */
  readonly verbale: Fields;
  /** The pipeline that it goes through; `null`: none takes it. */
  readonly pipeline: string | null;
  /** Whether it waits in the register, or is a file that is looked at before it starts. */
  readonly isRegistered: boolean;
  /** Why it is not notified anew, in Italian; `null`: it may be. */
  readonly refusal: string | null;
}

/** `draft`: a file to be looked at before it starts. `run`: the flusso that put it into the register. */
export type RenotifyResult =
  | { readonly status: "draft"; readonly handle: string }
  | { readonly status: "run"; readonly runId: string }
  | Extract<StartResult, { readonly status: "refused" }>;

export interface Renotifications {
  /** `null`: Postino has not sent such a verbale. */
  read(ente: string, numero: string): Promise<OpenRenotification | null>;
  /** What the checks say of these data. Reads only. */
  check(open: OpenRenotification, verbale: Fields): Promise<readonly FieldFault[]>;
  suggest(open: OpenRenotification, verbale: Fields): Promise<readonly SuggestedPlace[]>;
  /** Nothing is sent yet. */
  prepare(open: OpenRenotification, verbale: Fields): Promise<RenotifyResult>;
}

interface Means {
  readonly waiting: Pick<WaitingDesk, "readUse" | "add">;
  readonly drafts: Pick<FlussoDrafts, "keep">;
  loadCatalog(): Promise<Catalog>;
}

export function openRenotifications(writing: WritingInstallation, means: Means): Renotifications {
  return {
    read: (ente, numero) => readRenotification(writing, means, ente, numero),
    async check(open, verbale) {
      const { ente, pipeline } = open;
      const own = listOwnFaults(open, verbale);
      if (pipeline === null) return own;
      const by = { ente, pipeline, params: {} };
      const judged = await judgeTyped(writing, by, readRenotifiedNumber(verbale), verbale);
      // The checks say the same of a file's columns.
      const isTold = own.some(({ fields }) =>
        fields.some((name) => name.startsWith("rinotifica.")),
      );
      const others = listFieldFaults(judged).filter(
        ({ fields }) => !isTold || !fields.includes("rinotifica.causa"),
      );
      return [...own, ...others];
    },
    async suggest({ ente, pipeline }, verbale) {
      if (pipeline === null) return [];
      return await suggestPlaces(writing, { ente, pipeline, params: {} }, verbale);
    },
    prepare: (open, verbale) => prepareAnew(means, open, verbale),
  };
}

/** Empty: it has none. */
export function readRenotifiedNumber(verbale: Fields): string {
  const { numero } = verbale;
  return typeof numero === "string" ? numero : "";
}

async function readRenotification(
  writing: WritingInstallation,
  means: Means,
  ente: string,
  numero: string,
): Promise<OpenRenotification | null> {
  const register = createRegister(writing.journal, ente);
  const acts = await register.listBySubject("act", numero);
  const act = acts.toSorted((one, other) => one.number - other.number).at(-1);
  if (act === undefined) return null;
  const chain = await readChain(register, act.key);
  const receipts = await register.read("receipts", act.key);
  const isPaid = receipts?.data.codes.some(({ state }) => state === "paid") === true;
  const later = chain[chain.findLastIndex((link) => link.numero === numero) + 1];
  const { registers, generates } = await means.waiting.readUse(ente);
  const isRegistered = registers !== null && generates !== null;
  const pipeline = isRegistered ? registers : await findPipeline(writing, means, act.data.runId);
  return {
    ente,
    numero,
    chain,
    verbale: withoutFirst(act.data.verbale, numero),
    pipeline,
    isRegistered,
    refusal: explainRefusal({ isPaid, later, pipeline }),
  };
}

function explainRefusal({
  isPaid,
  later,
  pipeline,
}: {
  readonly isPaid: boolean;
  readonly later: ChainLink | undefined;
  readonly pipeline: string | null;
}): string | null {
  if (later !== undefined)
    return `È già stato notificato di nuovo con il numero ${later.numero}: si riparte da quello.`;
  if (isPaid)
    return "Il verbale risulta pagato: l'obbligazione è estinta, non si notifica di nuovo.";
  return pipeline === null
    ? "Qui nessuna pipeline prende un file di verbali: avvisare il tecnico."
    : null;
}

/** The one that sent it, or the first that takes a file. */
async function findPipeline(
  { journal }: WritingInstallation,
  { loadCatalog }: Means,
  runId: string,
): Promise<string | null> {
  const run = await journal.readRun(runId);
  const able = (await loadCatalog()).pipelines.filter(({ takesFile }) => takesFile);
  const own = able.find(({ name }) => name === run?.pipeline) ?? able[0];
  return own?.name ?? null;
}

const ofFirst: ReadonlySet<string> = new Set(["posizioni", "protocollo"]);

/** Its old codes are closed by the step that follows the new notification; a protocol names one notification; others whom the act named have their own. */
function withoutFirst(verbale: Fields, numero: string): Fields {
  const { destinatari, ...all } = verbale;
  const [first] = Array.isArray(destinatari) ? (destinatari as readonly unknown[]) : [];
  const kept = Object.entries(all).filter(([name]) => !ofFirst.has(name));
  return {
    ...Object.fromEntries(kept),
    destinatario: all["destinatario"] ?? first,
    numero: `${numero}/R`,
    rinotifica: { origine: numero },
  };
}

/** What only a comparison with the first notification shows. */
function listOwnFaults({ numero, verbale: first }: OpenRenotification, verbale: Fields) {
  const faults: FieldFault[] = [];
  const tell = (field: string, message: string): void => {
    faults.push({ fields: [field], message, isError: true });
  };
  const typed = readRenotifiedNumber(verbale);
  if (typed === "") tell("numero", "Scrivere il numero della nuova notifica.");
  if (typed === numero) tell("numero", "È il numero della prima notifica: ne serve uno nuovo.");
  const { causa, dataConoscenza } = (verbale["rinotifica"] ?? {}) as {
    readonly causa?: string;
    readonly dataConoscenza?: string;
  };
  const [before, after] = [toFormTexts(first), toFormTexts(verbale)];
  const isSame = (names: readonly string[]): boolean =>
    names.every((name) => before.get(name) === after.get(name));
  if (causa === undefined) tell("rinotifica.causa", "Scegliere perché si notifica di nuovo.");
  const isOther = causa === "locatario" || causa === "conducente";
  if (isOther && dataConoscenza === undefined)
    tell("rinotifica.dataConoscenza", "Scrivere quando si è saputo: da lì decorrono i 90 giorni.");
  if (isOther && isSame(person))
    tell("destinatario.codiceFiscale", "È ancora il destinatario della prima notifica.");
  if (causa === "indirizzo" && isSame(address))
    tell("destinatario.indirizzo.via", "È ancora l'indirizzo della prima notifica.");
  return faults;
}

const person = ["destinatario.codiceFiscale", "destinatario.partitaIva"];
const address = italianAddressFields.map((name) => `destinatario.indirizzo.${name}`);

async function prepareAnew(
  { waiting, drafts }: Means,
  open: OpenRenotification,
  verbale: Fields,
): Promise<RenotifyResult> {
  const { ente, pipeline, isRegistered, refusal, numero } = open;
  if (refusal !== null || pipeline === null)
    return { status: "refused", reason: refusal ?? "Nessuna pipeline lo prende." };
  if (isRegistered) {
    const added = await waiting.add(ente, [verbale]);
    return added.status === "accepted" ? { status: "run", runId: added.runId } : added;
  }
  const name = `rinotifica-${numero.replaceAll(/[^A-Za-z0-9._-]/g, "-")}.jsonl`;
  const file = toUploaded(name, `${JSON.stringify(verbale)}\n`);
  const kept = await drafts.keep({ pipeline, ente, params: {} }, file);
  if (kept === null) return { status: "refused", reason: "Questo ente non c'è." };
  return { status: "draft", handle: kept.handle };
}
