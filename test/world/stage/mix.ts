/** How bad a world is: which faults it knows and how often they strike; drawn from its seed, so that worlds differ. */

export const faultKinds = [
  "refused",
  "server-error",
  "too-many",
  "lost-reply",
  "twice",
  "slow",
  "window",
  "kill",
  "power-cut",
  "disk-full",
  "clock-jump",
  "backup",
  "cancel",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Mix {
  /** Chance of each at one occasion. */
  readonly chances: Readonly<Record<FaultKind, number>>;
  /** Days that are played before the world becomes calm. */
  readonly days: number;
  readonly startMs: number;
  /** The payment system of the ente; `aca`: GPD's first version alone. */
  readonly side: "gpd" | "aca" | "govpay";
  /** How the ente hears what SEND has to say. */
  readonly by: "polling" | "stream";
  /** Who signs: the key file, a person with an OTP, another program. */
  readonly signing: "automatic" | "otp" | "upload";
  /** What each call of the other side may take, as the ente's technician has it for good; `null`: as it is shipped. */
  readonly timeout: "20s" | null;
  /** The inbox lies on another machine: it outlives the host, and no copy holds it. */
  readonly isInboxApart: boolean;
}

const most: Readonly<Record<FaultKind, number>> = {
  refused: 0.06,
  "server-error": 0.08,
  "too-many": 0.06,
  "lost-reply": 0.1,
  twice: 0.05,
  slow: 0.06,
  window: 0.25,
  kill: 0.03,
  "power-cut": 0.4,
  "disk-full": 0.1,
  "clock-jump": 0.1,
  backup: 0.12,
  cancel: 0.1,
};

const signatures = ["automatic", "automatic", "automatic", "otp", "upload"] as const;

/** Some kinds are left out of each world, and a few worlds are calm; most are short, for most goes wrong in the days of a sending. */
export function drawMix(seed: number): Mix {
  const draw = (name: string): number => Bun.hash.xxHash32(`mix ${name}`, seed) / 2 ** 32;
  const harshness = draw("calm") < 0.05 ? 0 : 0.2 + 0.8 * draw("harshness");
  const chances = Object.fromEntries(
    faultKinds.map((kind) => [kind, draw(`has ${kind}`) < 0.45 ? 0 : most[kind] * harshness]),
  ) as Record<FaultKind, number>;
  const day = Math.floor(draw("start") * 365);
  const isLong = draw("long") < 0.2;
  return {
    chances,
    days: isLong ? 30 + Math.floor(draw("days") * 110) : 5 + Math.floor(draw("days") * 15),
    startMs: Date.UTC(2026, 10, 2) + day * 86_400_000,
    side: drawSide(draw("side")),
    by: draw("by") < 0.25 ? "stream" : "polling",
    signing: signatures[Math.floor(draw("signing") * signatures.length)] ?? "automatic",
    timeout: draw("timeout") < 0.3 ? "20s" : null,
    isInboxApart: draw("inbox") < 0.5,
  };
}

function drawSide(chance: number): Mix["side"] {
  if (chance < 0.25) return "govpay";
  return chance < 0.45 ? "aca" : "gpd";
}
