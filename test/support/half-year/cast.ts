/** Who plays in the simulated half year: verbali by week, how SEND reaches each recipient, how he pays, and what befalls the notification. */
import { addDays } from "../../../engine/host/clock.ts";
import { tokenNames } from "../../../simulators/send/outcomes/tokens.ts";
import type { Verbale } from "../../../steps/schemas/verbale.ts";
import { makeVerbale } from "../verbali.ts";

/** Monday; six months with the winter's holidays, Easter and a night of 23 hours. */
export const firstDay = "2026-11-30";
export const days = 182;
/** Weeks at whose beginning verbali are sent: the last ones have their 60 days within the half year. */
export const weeks = 13;
/** Rome's days on which SEND takes no notifications, as it declares: a Monday and a Tuesday. */
export const malfunction = { first: "2026-12-28", last: "2026-12-29", week: 4 } as const;

/** How a recipient deals with his two codes. */
export type Payer =
  | "early"
  | "last-discounted-day"
  | "too-late-for-discount"
  | "last-day"
  | "too-late"
  | "twice"
  /** By a channel that asks nobody for the amount. */
  | "short"
  | "over"
  | "never";

/** What befalls it besides. */
export type Fate = "none" | "rework" | "cancelled" | "refused" | "no-verdict" | "malfunction";

export interface Part {
  readonly numero: string;
  readonly week: number;
  readonly verbale: Verbale;
  /** The token of SEND's test environment, PEC, or what stands for it. */
  readonly outcome: string;
  readonly payer: Payer;
  readonly fate: Fate;
  /** Days after acceptance at which its fate comes, or the early payer pays. */
  readonly after: number;
}

const payers: readonly Payer[] = [
  "never",
  "early",
  "last-discounted-day",
  "too-late-for-discount",
  "last-day",
  "too-late",
  "twice",
  "short",
  "over",
];

/** For recipients at home and by registered letter. */
const letters = tokenNames.filter((name) => !/_(RS|RIS|RIR)$/.test(name));

/** So many parts, the same for the same numbers. */
export function inventCast(count: number, random: () => number): readonly Part[] {
  const start = Math.floor(random() * letters.length);
  const parts: Part[] = [];
  for (let index = 0; index < count; index += 1) {
    const fate = chooseFate(index, random);
    const week = fate === "malfunction" ? malfunction.week : index % weeks;
    const outcome = chooseOutcome(index, letters[(start + index) % letters.length] ?? "", fate);
    const payer = payers[Math.floor(random() * payers.length)] ?? "never";
    // Only where nothing forbids it: SEND cancels what nobody has paid, the office what nobody will.
    const pays = fate === "none" || fate === "rework" || fate === "malfunction";
    parts.push({
      numero: `T${String(index + 1).padStart(5, "0")}`,
      week,
      verbale: makeActOf(index + 1, { week, outcome, fate, random }),
      outcome,
      payer: pays ? payer : "never",
      fate,
      // SEND is asked to cancel while the letter is on its way.
      after: 1 + Math.floor(random() * (fate === "cancelled" ? 6 : 40)),
    });
  }
  return parts;
}

/** The rare ones stand in front, so that a small cast has them too. */
function chooseFate(index: number, random: () => number): Fate {
  const first: readonly Fate[] = [
    "malfunction",
    "refused",
    "refused",
    "cancelled",
    "no-verdict",
    "rework",
    "rework",
  ];
  const own = first[index];
  if (own !== undefined) return own;
  const fate = random();
  if (fate < 0.06) return "rework";
  if (fate < 0.08) return "cancelled";
  return fate < 0.1 ? "refused" : "none";
}

function chooseOutcome(index: number, token: string, fate: Fate): string {
  if (fate === "refused") return index % 2 === 0 ? "SERVICE_UNAVAILABLE" : "CAP";
  if (fate === "no-verdict") return "WAITING";
  // Only letters are corrected.
  if (fate === "rework") return index % 2 === 0 ? "FAIL-Irreperibile_890" : "OK_890";
  if (index % 4 === 1) return "PEC";
  return index % 11 === 2 ? "PEC-FAIL" : token;
}

function makeActOf(
  n: number,
  {
    week,
    outcome,
    fate,
    random,
  }: {
    readonly week: number;
    readonly outcome: string;
    readonly fate: Fate;
    readonly random: () => number;
  },
): Verbale {
  const sentOn = addDays(firstDay, week * 7);
  // The 90th day of this one is the second day of the malfunction.
  const violated = fate === "malfunction" ? addDays(malfunction.last, -90) : addDays(sentOn, -20);
  const verbale = makeVerbale(n, violated);
  const { destinatario } = verbale;
  const tokens = [/^(PEC|CAP)/.test(outcome) ? "PROVA" : `@${outcome}`];
  const access = random();
  const add = (token: string): void => {
    // A row of an address holds so many characters.
    if (`VIA ${[...tokens, token].join(" ")}`.length <= 44) tokens.push(token);
  };
  if (fate === "none" && access < 0.1) add(`@VIEWED-${2 + Math.floor(random() * 30)}`);
  else if (fate === "none" && access < 0.13) add(`@RADD-${2 + Math.floor(random() * 20)}`);
  add(`@COST-${900 + Math.floor(random() * 200)}-${800 + Math.floor(random() * 200)}`);
  return {
    ...verbale,
    destinatario: {
      ...destinatario,
      ...(outcome === "PEC" ? { pec: "prova@pec.it" } : {}),
      ...(outcome === "PEC-FAIL" ? { pec: "prova@fail.it" } : {}),
      indirizzo: {
        ...destinatario.indirizzo,
        via: `VIA ${tokens.join(" ")}`,
        civico: "",
        ...(outcome === "CAP" ? { cap: "00118" } : {}),
      },
    },
  };
}
