/** The slips of a technician: each is told in its place, and nearly all are mended by one edit that the message alone asks for. */
import { describe, expect, test } from "bun:test";
import { readConfig } from "../../../../server/config.ts";
import { openInstallation } from "../../../../server/installation.ts";
import { allMistakes, type Tried, tryMistake } from "../../../support/mistakes/tally.ts";

const installation = await openInstallation(readConfig({}));
const tried: Tried[] = [];
for (const mistake of allMistakes) tried.push(await tryMistake(mistake, installation));

describe("the slips of a technician", () => {
  test("are a hundred and more, each with a name of its own, and each is told", () => {
    expect(allMistakes.length).toBeGreaterThanOrEqual(130);
    expect(new Set(allMistakes.map(({ file, name }) => `${file} ${name}`)).size).toBe(
      allMistakes.length,
    );
    expect(tried.filter(({ told }) => told === null).map(({ mistake }) => mistake.name)).toEqual(
      [],
    );
  });

  test("are mended in one edit by following the message alone, at least 95 of 100", () => {
    const left = tried.filter(({ way }) => way === null).map(({ mistake }) => mistake.name);

    expect(left.length / tried.length).toBeLessThanOrEqual(0.05);
  });

  test("half of the remedies need no thought: they can be carried out as they stand", () => {
    const mechanical = tried.filter(({ way }) => way !== null && way !== "value");

    expect(mechanical.length / tried.length).toBeGreaterThanOrEqual(0.5);
  });

  test("one cause is one message, nearly always", () => {
    const several = tried.filter(({ count }) => count > 1).map(({ mistake }) => mistake.name);

    expect(several.length).toBeLessThanOrEqual(5);
  });
});
