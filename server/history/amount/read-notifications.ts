/** Every notification of a verbale with all that the register keeps of each, the newest first. */
import type { JournalReader } from "../../../engine/journal/journal.ts";
import { createRegisterReader } from "../../../integrations/register/register.ts";
import type { AmountSources } from "./right-amount.ts";

export interface NotificationAmount extends AmountSources {
  readonly iun: string;
}

export async function readNotifications(
  journal: JournalReader,
  ente: string,
  numero: string,
): Promise<readonly NotificationAmount[]> {
  const register = createRegisterReader(journal, ente);
  const acts = await register.listBySubject("act", numero);
  const iuns = acts.map(({ key }) => key);
  const [verdicts, followed, terms, costs, receipts] = await Promise.all([
    register.readMany("verdict", iuns),
    register.readMany("followed", iuns),
    register.readMany("terms", iuns),
    register.readMany("costs", iuns),
    register.readMany("receipts", iuns),
  ]);
  return acts
    .toSorted((one, other) => other.number - one.number)
    .map(({ key, data }) => ({
      iun: key,
      act: data,
      verdict: verdicts.get(key)?.data ?? null,
      followed: followed.get(key)?.data ?? null,
      terms: terms.get(key)?.data ?? null,
      costs: costs.get(key)?.data ?? null,
      receipts: receipts.get(key)?.data ?? null,
    }));
}
