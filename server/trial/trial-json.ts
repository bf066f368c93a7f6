/** A trial as one JSON document, for scripts. */
import type { Hint } from "../../engine/host/hint.ts";
import { formatTerminalHint } from "../words/hints.ts";
import { sumCosts } from "./cost.ts";
import type { Trial, TrialBlocker, TrialState } from "./trial.ts";

const states = ["ready", "repeated", "rejected", "later", "failed"] as const;

/** The same names as the document of a run where they mean the same. */
export function toTrialJson(trial: Trial): object {
  const { items, blockers, refusal, ...rest } = trial;
  const count = (state: TrialState): number => items.filter((item) => item.state === state).length;
  const ready = items.filter(({ state }) => state === "ready");
  return {
    trial: {
      ...rest,
      outside: rest.outside === true,
      counts: { taken: items.length, ...Object.fromEntries(states.map((s) => [s, count(s)])) },
      would: {
        cancel: ready.flatMap(({ cancels }) => cancels).length,
        create: ready.length,
        send: ready.length,
      },
      cost: sumCosts(ready.map(({ cost }) => cost)),
      blockers: blockers.map(toBlockerJson),
      refusal: refusal === null ? null : toBlockerJson(refusal),
    },
    items: items.map(({ hint, ...item }) => ({ ...item, hint: toText(hint) })),
  };
}

function toBlockerJson({ code, message, hint }: TrialBlocker): object {
  return { code, message, hint: toText(hint) };
}

function toText(hint: Hint | null): string | null {
  return hint === null ? null : formatTerminalHint(hint);
}
