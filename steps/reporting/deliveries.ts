/** Deliveries to the office's program: made durable with their numbers first, handed over then, one after the other. */
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { passCrashpoint } from "../../engine/host/crashpoint.ts";
import type { EsitiPort } from "../../integrations/esiti/port.ts";
import type { AnyDraft, Register, RegisterKind } from "../../integrations/register/port.ts";
import type {
  EsitiDelivery,
  Fact,
  Reporting,
  ToldFact,
} from "../../integrations/register/reports.ts";
import { collectFacts, type KnownNotification, type NamedFact } from "./facts.ts";

interface Desk {
  readonly register: Register;
  readonly esiti: EsitiPort;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The kinds whose changes may be facts. */
const tellingKinds = [
  "verdict",
  "followed",
  "costs",
  "receipts",
] as const satisfies readonly RegisterKind[];

/** One delivery holds the facts of so many changes. */
const changesPerDelivery = 2_000;
const stateKey = "stato";
const nothingTold: Reporting = { through: 0, progressivo: 0, lotto: 0, open: null };

/**
 * Tells everything that the register knows and the office does not: what was begun before a kill first, with the numbers and
 * rows that it had. Returns how many facts of each notification went out, by IUN. Throws what the port throws; nothing is lost then.
 */
export async function deliverFacts(desk: Desk): Promise<ReadonlyMap<string, number>> {
  const told = new Map<string, number>();
  for (;;) {
    const state = (await desk.register.read("reporting", stateKey))?.data ?? nothingTold;
    if (state.open !== null) {
      const delivery = await handOver(desk, state, state.open);
      for (const { iun } of delivery.facts) told.set(iun, (told.get(iun) ?? 0) + 1);
    } else if (!(await planDelivery(desk, state))) return told;
  }
}

/** The open delivery goes out, and is known to have arrived. */
async function handOver(desk: Desk, state: Reporting, lotto: number): Promise<EsitiDelivery> {
  const key = nameDelivery(lotto);
  const entry = await desk.register.read("delivery", key);
  if (entry === null) throw new Error(`no delivery ${lotto} in the register`);
  await desk.esiti.deliver(entry.data, desk.signal);
  passCrashpoint("report-after-delivery");
  const deliveredAt = toInstant(desk.clock.now());
  await desk.register.write([
    { kind: "delivery", key, data: { ...entry.data, deliveredAt } },
    { kind: "reporting", key: stateKey, data: { ...state, open: null } },
  ]);
  return entry.data;
}

/** Makes the next delivery durable, or moves on over changes that are no news; false: there is nothing behind. */
async function planDelivery({ register, clock }: Desk, state: Reporting): Promise<boolean> {
  const changes = await register.listChanges(tellingKinds, state.through, changesPerDelivery);
  const through = changes.at(-1)?.number;
  if (through === undefined) return false;
  const iuns = [...new Set(changes.map(({ key }) => key))];
  let { progressivo } = state;
  const facts: { readonly key: string; readonly told: ToldFact }[] = [];
  for (const known of await readKnown(register, iuns))
    for (const { key, told } of await findNews(register, known)) {
      progressivo += 1;
      facts.push({ key, told: { ...told, progressivo } });
    }
  if (facts.length === 0) {
    await register.write([{ kind: "reporting", key: stateKey, data: { ...state, through } }]);
    return true;
  }
  const lotto = state.lotto + 1;
  const delivery: EsitiDelivery = {
    lotto,
    madeAt: toInstant(clock.now()),
    facts: facts.map(({ told }) => told),
    deliveredAt: null,
  };
  const drafts: AnyDraft[] = facts.map(({ key, told }) => ({
    kind: "fact",
    key,
    subject: told.iun,
    data: told,
  }));
  await register.write([
    ...drafts,
    { kind: "delivery", key: nameDelivery(lotto), data: delivery },
    { kind: "reporting", key: stateKey, data: { through, progressivo, lotto, open: lotto } },
  ]);
  passCrashpoint("report-after-plan");
  return true;
}

function nameDelivery(lotto: number): string {
  return String(lotto).padStart(9, "0");
}

async function readKnown(
  register: Register,
  iuns: readonly string[],
): Promise<readonly KnownNotification[]> {
  const acts = await register.readMany("act", iuns);
  const verdicts = await register.readMany("verdict", iuns);
  const followed = await register.readMany("followed", iuns);
  const costs = await register.readMany("costs", iuns);
  const receipts = await register.readMany("receipts", iuns);
  const numbers = [...acts.values()].map(({ data }) => data.numero);
  const schede = await register.readMany("scheda", numbers);
  return iuns.flatMap((iun) => {
    const act = acts.get(iun)?.data;
    // Sent by a version that kept no acts, and not taken over yet: told once it is.
    if (act === undefined) return [];
    return [
      {
        iun,
        act,
        verdict: verdicts.get(iun)?.data ?? null,
        followed: followed.get(iun)?.data ?? null,
        costs: costs.get(iun)?.data ?? null,
        receipts: receipts.get(iun)?.data ?? null,
        scheda: schede.get(act.numero)?.data ?? null,
      },
    ];
  });
}

type News = { readonly key: string; readonly told: Omit<ToldFact, "progressivo"> };

/** Facts that were not told, or are not what was told; and those that were and do not hold any more. */
async function findNews(register: Register, known: KnownNotification): Promise<readonly News[]> {
  const before = new Map(
    (await register.listBySubject("fact", known.iun)).map(({ key, data }) => [key, data]),
  );
  const now = collectFacts(known);
  const changed = now.flatMap((named) => compareFact(named, before.get(named.key)));
  const held = new Set(now.map(({ key }) => key));
  const gone = [...before].filter(([key, { valido }]) => valido && !held.has(key));
  return [
    ...changed,
    ...gone.map(([key, { progressivo, ...fact }]) => ({
      key,
      told: { ...fact, corregge: progressivo, valido: false },
    })),
  ];
}

function compareFact({ key, fact }: NamedFact, before: ToldFact | undefined): readonly News[] {
  if (before === undefined) return [{ key, told: { ...fact, corregge: null, valido: true } }];
  const isSame = before.valido && factFields.every((field) => before[field] === fact[field]);
  return isSame ? [] : [{ key, told: { ...fact, corregge: before.progressivo, valido: true } }];
}

const factFields = [
  "data",
  "istante",
  "come",
  "importoCents",
  "codice",
  "nota",
] as const satisfies readonly (keyof Fact)[];
