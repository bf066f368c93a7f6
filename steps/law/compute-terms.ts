/** All terms of one recipient of a verbale. */
import type { Downtime } from "../../integrations/send/desk-port.ts";
import { countTerm, type LegalTerm } from "./count-term.ts";
import { extendTerm } from "./downtimes.ts";
import type { Law } from "./law.ts";
import { type TermName, termRules } from "./terms.ts";

/** What the terms start from; days are `YYYY-MM-DD`, Europe/Rome. */
export interface TermFacts {
  /** Day on which the notification is perfected for this recipient, or will be; absent: not known yet. */
  readonly perfezionamento?: string;
  /** Day of the first perfezionamento of the notification, with several recipients; default: that of this one. */
  readonly firstPerfezionamento?: string;
  /** Day from which the term to notify runs; absent: nobody asks for it. */
  readonly accertamento?: string;
  /** Resides abroad; default false. */
  readonly isAbroad?: boolean;
  /** Contested at once to the driver, notified to who is liable with him; default false. */
  readonly wasContested?: boolean;
  /** Declared malfunctions of SEND; default none. */
  readonly downtimes?: readonly Downtime[];
}

/** The terms that have a start, in the order of the table. */
export function computeTerms(facts: TermFacts, law: Law): readonly LegalTerm[] {
  const { isAbroad = false, downtimes = [] } = facts;
  const terms: LegalTerm[] = [];
  for (const name of Object.keys(termRules) as TermName[]) {
    const start = findStart(name, facts);
    if (start === undefined) continue;
    const term = countTerm(law, name, { start, isAbroad });
    terms.push(termRules[name].starts === "accertamento" ? extendTerm(term, downtimes, law) : term);
  }
  return terms;
}

function findStart(name: TermName, facts: TermFacts): string | undefined {
  const { perfezionamento, accertamento, wasContested = false } = facts;
  if (name === "notification") return wasContested ? undefined : accertamento;
  if (name === "contestedNotification") return wasContested ? accertamento : undefined;
  if (name === "documents") return facts.firstPerfezionamento ?? perfezionamento;
  return perfezionamento;
}
