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
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Mix {
  /** Chance of each at one occasion. */
  readonly chances: Readonly<Record<FaultKind, number>>;
  /** Days that are played before the world becomes calm. */
  readonly days: number;
  readonly startMs: number;
}

const most: Readonly<Record<FaultKind, number>> = {
  refused: 0.03,
  "server-error": 0.04,
  "too-many": 0.04,
  "lost-reply": 0.04,
  twice: 0.02,
  slow: 0.03,
  window: 0.2,
  kill: 0.004,
  "power-cut": 0.3,
  "disk-full": 0.06,
  "clock-jump": 0.05,
  backup: 0.03,
};

/** Some kinds are left out of each world, and a few worlds are calm. */
export function drawMix(seed: number): Mix {
  const draw = (name: string): number => Bun.hash.xxHash32(`mix ${name}`, seed) / 2 ** 32;
  const harshness = draw("calm") < 0.1 ? 0 : 0.1 + 0.9 * draw("harshness") ** 2;
  const chances = Object.fromEntries(
    faultKinds.map((kind) => [kind, draw(`has ${kind}`) < 0.5 ? 0 : most[kind] * harshness]),
  ) as Record<FaultKind, number>;
  const day = Math.floor(draw("start") * 365);
  return {
    chances,
    days: 20 + Math.floor(draw("days") * 120),
    startMs: Date.UTC(2026, 10, 2) + day * 86_400_000,
  };
}
