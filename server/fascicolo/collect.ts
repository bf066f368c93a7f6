/** All that the installation keeps of one notification, as a case file needs it. */
import type { StoredArtifact } from "../../engine/host/files.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import { type ChainLink, readChain } from "../../integrations/register/chain.ts";
import type { Evidence } from "../../integrations/register/evidence.ts";
import type { Followed } from "../../integrations/register/followed.ts";
import type { Act, Verdict } from "../../integrations/register/kinds.ts";
import { createRegisterReader } from "../../integrations/register/register.ts";
import type { LegalTerms } from "../../integrations/register/terms.ts";
import { buildItemView } from "../history/item-view.ts";

/** One notification and what is known of it. */
export interface CaseFile {
  readonly ente: string;
  readonly iun: string;
  readonly act: Act;
  readonly verdict: Verdict | null;
  readonly followed: Followed | null;
  readonly terms: LegalTerms | null;
  /** The notifications of the violation, from the first to the last. */
  readonly chain: readonly ChainLink[];
  readonly evidence: Evidence | null;
  /** The documents before their signature, by the digest of the signed one. */
  readonly originals: ReadonlyMap<string, StoredArtifact>;
}

/** The notifications of a verbale, the oldest first; `name`: its number or an IUN. */
export async function findCases(
  journal: JournalReader,
  ente: string,
  name: string,
): Promise<readonly CaseFile[]> {
  const register = createRegisterReader(journal, ente);
  const byIun = await register.read("act", name.trim().toUpperCase());
  const acts = byIun === null ? await register.listBySubject("act", name.trim()) : [byIun];
  const cases: CaseFile[] = [];
  for (const entry of acts.toSorted((one, other) => one.number - other.number)) {
    const iun = entry.key;
    cases.push({
      ente,
      iun,
      act: entry.data,
      verdict: (await register.read("verdict", iun))?.data ?? null,
      followed: (await register.read("followed", iun))?.data ?? null,
      terms: (await register.read("terms", iun))?.data ?? null,
      chain: await readChain(register, iun),
      evidence: (await register.read("evidence", iun))?.data ?? null,
      originals: await findOriginals(journal, entry.data),
    });
  }
  return cases;
}

/** What was drawn stands with its run; a run that was purged has none. */
async function findOriginals(
  journal: JournalReader,
  { runId, numero }: Act,
): Promise<ReadonlyMap<string, StoredArtifact>> {
  if ((await journal.readRun(runId)) === null) return new Map();
  const [item] = await journal.listItems(runId, { key: numero, limit: 1 });
  if (item === undefined) return new Map();
  const { signed, unsigned } = buildItemView(item, []);
  // In the same order; names differ where the signature added a word.
  return new Map(
    signed.flatMap(({ sha256 }, index) => {
      const original = unsigned[index];
      return original === undefined ? [] : [[sha256, original] as const];
    }),
  );
}
