/** The planted bugs fit the product as it is: each changes its file in one place. */
import { expect, test } from "bun:test";
import { readRepositoryFile } from "../../support/repository.ts";
import { plantedBugs } from "./planted.ts";

test("there are thirty, each under a name of its own", () => {
  const names = plantedBugs.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(30);
});

test("each fits its file in one place", () => {
  const wrong = plantedBugs
    .filter(({ file, from }) => readRepositoryFile(file).split(from).length !== 2)
    .map(({ name }) => name);

  expect(wrong).toEqual([]);
});
