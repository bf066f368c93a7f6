/** Half a year of one ente in a few seconds: every end, every cent, every day and every line for the office, with corrections, a malfunction, payers and SIGKILL. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { Broken } from "../support/half-year/judge.ts";
import { chooseDoomed, playHalfYear } from "../support/half-year/play.ts";
import { describeBroken } from "../support/half-year/report.ts";
import { makeRandom } from "../support/random.ts";

setDefaultTimeout(300_000);

test.each([
  { seed: 1, side: "gpd", by: "polling", verbali: 14 },
  { seed: 2, side: "govpay", by: "stream", verbali: 14 },
] as const)(
  "$side by $by: every verbale has its end, every cent its reason, every code its days",
  async (setting) => {
    const played = await playHalfYear({ ...setting, kills: 1, skipsQuietDays: true }).catch(
      (error: unknown) => {
        throw error instanceof Broken ? new Error(describeBroken(error)) : error;
      },
    );

    const { books, checks, kills, notifications } = played;
    expect([...books.ends.values()].reduce((sum, count) => sum + count, 0)).toBe(setting.verbali);
    expect([...books.ends.keys()]).toEqual(
      expect.arrayContaining(["perfezionata", "rifiutata", "annullata"]),
    );
    expect(notifications.some(({ reworkedAt }) => reworkedAt !== null)).toBe(true);
    expect(books.corrections).toBeGreaterThan(0);
    expect(books.paid.once).toBeGreaterThan(0);
    expect(kills.length).toBeGreaterThan(0);
    for (const count of checks.values()) expect(count).toBeGreaterThan(0);
    expect(checks.size).toBe(10);
  },
);

test("there are runs to kill for every seed", () => {
  // Of these, 9, 38, 43 and 48 once looked for a thirteenth week of sending for ever.
  for (let seed = 1; seed <= 60; seed += 1) {
    const runs = [...chooseDoomed(24, makeRandom(seed)).values()];

    expect(runs.filter((run) => run === "send").length).toBeGreaterThanOrEqual(11);
    expect(runs).toHaveLength(24);
  }
});
