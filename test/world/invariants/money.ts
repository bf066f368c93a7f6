/** Every cent that a payer paid is what the ledger says, and nothing else: receipts are those of the payers, prices those of SEND. */
import type { Costs, KeptReceipts } from "../../../integrations/register/money.ts";
import type { Notified } from "../stage/notified.ts";
import { readRows } from "../stage/rows.ts";
import { Broken, findJournal, type Invariant, type Stage } from "../stage/stage.ts";

const day = 86_400_000;
/** By then a quiet world has heard of a price; late payments are looked for once in a month. */
const priceMs = 4 * day;
const receiptMs = 34 * day;

export const money: Invariant = {
  name: "ogni-centesimo",
  promise: "ogni centesimo pagato è nel registro, e nel registro non c'è altro",
  on: ["rest"],
  check(stage) {
    stage.notified.listen();
    // What a copy does not know is told to a person.
    if (stage.restorings.length > 0) return;
    for (const notified of stage.notified.byIun.values())
      if (!notified.isCancelled) {
        checkReceipts(this.name, stage, notified);
        checkPrice(this.name, stage, notified);
      }
  },
};

function readRecord(stage: Stage, kind: string, { iun }: Notified): unknown {
  const [row] = readRows(
    findJournal(stage, stage.hosts[0]),
    "SELECT v.data FROM records r JOIN record_versions v ON v.number = r.newest WHERE r.kind = ? AND r.key = ?",
    kind,
    iun,
  );
  return row === undefined ? null : (JSON.parse(String(row["data"])) as unknown);
}

function checkReceipts(name: string, stage: Stage, notified: Notified): void {
  const receipts = readRecord(stage, "receipts", notified) as KeptReceipts | null;
  const known = (receipts?.payments ?? []).map(({ amountCents }) => amountCents ?? 0);
  const paid = notified.payments.map(({ amountCents }) => amountCents);
  const told = `${notified.numero}: pagati ${JSON.stringify(paid)}, nel registro ${JSON.stringify(known)}`;
  const left = [...paid];
  for (const cents of known) {
    const at = left.indexOf(cents);
    if (at < 0) throw new Broken(name, `${told}: qualcosa che nessuno ha pagato`);
    left.splice(at, 1);
  }
  const isOld = notified.payments.every(({ at }) => stage.world.now() - at > receiptMs);
  if (isOld && left.length > 0) throw new Broken(name, `${told}: pagato e non registrato`);
}

function checkPrice(name: string, stage: Stage, notified: Notified): void {
  const costs = readRecord(stage, "costs", notified) as Costs | null;
  const { price } = notified;
  if (costs === null || price === null || stage.world.now() - price.since < priceMs) return;
  const wrong = costs.codes.filter(({ priceCents }) => priceCents !== price.cents);
  if (wrong.length > 0)
    throw new Broken(
      name,
      `${notified.numero}: SEND chiede ${price.cents}, nel registro ${JSON.stringify(wrong)}`,
    );
}
