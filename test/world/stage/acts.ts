/** The acts of the office: verbali with the way in which SEND will reach each recipient. */
import { addDays } from "../../../engine/host/clock.ts";
import { tokenNames } from "../../../simulators/send/outcomes/tokens.ts";
import type { Verbale } from "../../../steps/schemas/verbale.ts";
import { makeVerbale } from "../../support/verbali.ts";
import { makeOldPosition } from "./old-positions.ts";
import type { World } from "./world.ts";

export interface Act {
  readonly numero: string;
  readonly verbale: Verbale;
  /** The token of SEND's test environment, PEC, or what stands for it. */
  readonly outcome: string;
  /** Nothing in its data stands against a notification. */
  readonly isGood: boolean;
  /** The notice code of the position that it had before, which reset-iuv is to cancel; `null`: it had none. */
  readonly oldCode: string | null;
  /** When the office first had it in a whole file. */
  readonly exportedAt: number;
}

/** For recipients at home and by registered letter. */
const letters = tokenNames.filter((name) => !/_(RS|RIS|RIR)$/.test(name));

/** A new act, of a violation some days ago. */
export function inventAct(world: World, n: number, today: string): Act {
  const verbale = makeVerbale(n, addDays(today, -world.chaos.drawBetween("age", 3, 60)));
  const outcome = drawOutcome(world);
  const tokens = [/^(PEC|CAP)/.test(outcome) ? "PROVA" : `@${outcome}`];
  const add = (token: string): void => {
    // A row of an address holds so many characters.
    if (`VIA ${[...tokens, token].join(" ")}`.length <= 44) tokens.push(token);
  };
  const access = world.draw("access");
  if (access < 0.25) add(`@VIEWED-${world.chaos.drawBetween("viewed", 2, 32)}`);
  else if (access < 0.33) add(`@RADD-${world.chaos.drawBetween("radd", 2, 22)}`);
  add(
    `@COST-${world.chaos.drawBetween("cost", 900, 1_100)}-${world.chaos.drawBetween("cost", 800, 1_000)}`,
  );
  const { destinatario } = verbale;
  const old = world.draw("old position") < 0.35 ? makeOldPosition(world, n) : null;
  return {
    numero: verbale.numero,
    outcome,
    isGood: true,
    oldCode: old?.noticeCode ?? null,
    exportedAt: world.now(),
    verbale: {
      ...verbale,
      ...(old === null ? {} : { posizioni: [old.named] }),
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
    },
  };
}

function drawOutcome(world: World): string {
  const kind = world.draw("outcome");
  if (kind < 0.06) return "SERVICE_UNAVAILABLE";
  if (kind < 0.12) return "CAP";
  if (kind < 0.125) return "WAITING";
  if (kind < 0.4) return "PEC";
  if (kind < 0.5) return "PEC-FAIL";
  return letters[Math.floor(world.draw("letter") * letters.length)] ?? "OK_890";
}
