/** The half year in tables, and the history of the first verbale about which the house broke its word. */
import { toInstant } from "../../../engine/host/clock.ts";
import { days } from "./cast.ts";
import { type Broken, type Invariant, invariants } from "./judge.ts";
import type { Played } from "./play.ts";

type Cell = string | number;

/** Two columns under a title. */
function drawTable(title: string, rows: Iterable<readonly [string, Cell]>): string {
  const all = [...rows].map(([name, value]) => [name, String(value)] as const);
  const width = Math.max(...all.map(([name]) => name.length), title.length);
  const lines = all.map(([name, value]) => `  ${name.padEnd(width)}  ${value.padStart(9)}`);
  return [title, ...lines].join("\n");
}

function countBy(names: Iterable<string>): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].toSorted(([one], [other]) => one.localeCompare(other));
}

function formatEuro(cents: number): string {
  return (cents / 100).toFixed(2).replace(".", ",");
}

/** Everything that was counted. */
export function describePlayed(played: Played, wallMs: number): string {
  const { books, parts, kills, runs, checks, notifications } = played;
  const { paid, costs } = books;
  const reworked = notifications.filter(({ reworkedAt }) => reworkedAt !== null).length;
  return [
    drawTable("esiti di SEND", countBy(parts.map(({ outcome }) => outcome))),
    drawTable("conclusione", books.ends),
    drawTable("perfezionamento", books.rules),
    drawTable("chi paga", countBy(parts.map(({ payer }) => payer))),
    drawTable("pagamenti e spese", [
      ["pagati una volta", paid.once],
      ["pagati due volte", paid.twice],
      ["pagati in meno, per altra via", paid.short],
      ["pagati in più, per altra via", paid.over],
      ["incassato, euro", formatEuro(paid.cents)],
      ["prezzo di SEND, euro", formatEuro(costs.priceCents)],
      ["spese nelle ricevute, euro", formatEuro(costs.paidCents)],
      ["spese venute dopo il pagamento, euro", formatEuro(costs.afterCents)],
      ["… in quanti verbali", costs.after],
    ]),
    drawTable("secondo pagamento", countBy(notifications.flatMap(({ again }) => again ?? []))),
    drawTable("correzioni", [
      ["notifiche corrette da SEND", reworked],
      ["esiti consegnati", books.facts],
      ["… di cui correzioni", books.corrections],
    ]),
    drawTable("flussi", runs),
    drawTable("SIGKILL", countBy(kills.map(({ command, where }) => `${command} (${where})`))),
    drawTable("verifiche", describeChecks(checks)),
    drawTable("tempo", [
      ["giorni simulati", days],
      ["secondi veri", (wallMs / 1000).toFixed(1)],
    ]),
  ].join("\n\n");
}

function describeChecks(checks: ReadonlyMap<Invariant, number>): readonly [string, number][] {
  return (Object.keys(invariants) as Invariant[]).map((name) => [
    invariants[name],
    checks.get(name) ?? 0,
  ]);
}

/** What broke, and all that is known of the verbale. */
export function describeBroken(broken: Broken): string {
  const { invariant, message, notified } = broken;
  const head = `NON VALE: ${invariants[invariant]}\n${message}`;
  if (notified === null) return head;
  const { part, iun, words, payments, story } = notified;
  const { numero, outcome, payer, fate, week, after } = part;
  const told = words.map(({ since, day }) => `  ${toInstant(since)} perfezionamento ${day}`);
  const paid = payments.map(
    ({ at, kind, feeCents }) => `  ${toInstant(at)} pagato ${kind}, spese ${feeCents}`,
  );
  return [
    head,
    `verbale ${numero}, IUN ${iun}: ${JSON.stringify({ outcome, payer, fate, week, after })}`,
    ...told,
    ...paid,
    ...story.map((line) => `  ${line}`),
    ...broken.history.map((line) => `  ${line}`),
  ].join("\n");
}
