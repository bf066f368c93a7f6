/** What became of the verbali that a flusso took from the register: sent, back for a person's word, or with the flusso still. */
import type { ItemRow } from "../../engine/journal/items.ts";
import { readItemPages } from "../../engine/journal/item-pages.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { endedRunStates } from "../../engine/journal/states.ts";
import type { Entry, Register } from "../../integrations/register/port.ts";
import { createRegister } from "../../integrations/register/register.ts";
import {
  buildStanding,
  listWaitingWords,
  type WaitingStanding,
} from "../../integrations/register/waiting.ts";

/** Of one flusso; nothing where it took nothing from the register. May be repeated at any time. */
export async function settleFlusso(journal: Journal, ente: string, flusso: string): Promise<void> {
  const register = createRegister(journal, ente);
  const taking = await register.read("taking", flusso);
  const run = taking === null ? null : await journal.readRun(flusso);
  if (taking === null || run === null) return;
  for await (const items of readItemPages(journal, run.id, {})) {
    const standings = await register.readMany(
      "standing",
      items.map(({ key }) => key),
    );
    const drafts = [];
    for (const item of items) {
      const entry = standings.get(item.key);
      if (entry === undefined || entry.data.flusso !== flusso) continue;
      const next = await findEnd(journal, run, entry.data, item);
      if (next !== null) drafts.push(buildStanding(next, entry.number));
    }
    if (drafts.length > 0) await register.write(drafts);
  }
  if (!endedRunStates.includes(run.state)) return;
  if (!run.isLoaded) await giveBack(register, flusso);
  const left = await listOf(register, flusso);
  if (left.length === 0)
    await register.write([{ kind: "taking", key: flusso, subject: "settled", data: { flusso } }]);
}

/** `null`: it stands where it stood. */
async function findEnd(
  journal: Journal,
  run: Run,
  standing: WaitingStanding,
  item: ItemRow,
): Promise<WaitingStanding | null> {
  if (standing.state !== "taken" && standing.state !== "back") return null;
  const next = await decideEnd(journal, run, item);
  if (next === null)
    return standing.state === "taken" ? null : { ...standing, state: "taken", why: null };
  const isSame = standing.state === next.state && standing.why?.text === next.why?.text;
  return isSame ? null : { ...standing, ...next };
}

/** `null`: the flusso has it. */
async function decideEnd(
  journal: Journal,
  run: Run,
  { state, key, round, code, note }: ItemRow,
): Promise<Pick<WaitingStanding, "state" | "why"> | null> {
  switch (state) {
    case "done":
      return { state: "sent", why: null };
    case "rejected":
      return { state: "back", why: { code: code ?? "REJECTED", text: note ?? "Scartato." } };
    case "cancelled":
      if ((await journal.findSeal(run.ente, key, round)) !== null)
        return { state: "sent", why: null };
      return {
        state: "back",
        why: { code: "CANCELLED", text: "Il flusso è stato annullato prima dell'invio." },
      };
    case "pending":
    case "running":
    case "waiting":
    case "in-doubt":
    case "failed":
      return null;
    default:
      return state satisfies never;
  }
}

/** A flusso that ended before it had read them: nothing happened to any. */
async function giveBack(register: Register, flusso: string): Promise<void> {
  for (;;) {
    const page = await listOf(register, flusso);
    if (page.length === 0) return;
    const written = await register.write(
      page.map(({ data, number }) => {
        const state = data.word === null ? "ready" : "chosen";
        return buildStanding({ ...data, state, flusso: null }, number);
      }),
    );
    if (written.length === 0) return;
  }
}

async function listOf(register: Register, flusso: string): Promise<readonly Entry<"standing">[]> {
  return await register.listPage("standing", {
    subject: "taken",
    words: listWaitingWords({ facets: { flusso } }),
    limit: 250,
  });
}
