/** The addresses of the pages: what is built is read back, nonsense is left out. */
import { describe, expect, test } from "bun:test";
import {
  parseGridQuery,
  parseHistoryQuery,
  buildHistoryUrl,
  buildItemUrl,
  buildRunUrl,
} from "../../../../server/web/urls.ts";
import { toRomeMidnight } from "../../../../server/words/day.ts";

function searchOf(address: string): URLSearchParams {
  return new URL(address, "http://localhost").searchParams;
}

describe("addresses", () => {
  test("the history's filters survive the address", () => {
    const query = {
      ente: "roccaserena",
      pipeline: "send",
      states: ["running", "blocked"] as const,
      since: "2026-11-01",
      before: 900,
    };

    const address = buildHistoryUrl(query);

    expect(address).toBe(
      "/flussi?ente=roccaserena&pipeline=send&stato=running&stato=blocked&dal=2026-11-01&prima=900",
    );
    expect(parseHistoryQuery(searchOf(address))).toEqual(query);
  });

  test("filters that make no sense are left out", () => {
    const search = searchOf("/flussi?stato=finto&dal=2026-02-31&prima=-3&ente=%20");

    expect(parseHistoryQuery(search)).toEqual({});
  });

  test("the grid's filters survive the address and lead to the grid", () => {
    const address = buildRunUrl("20261123-0002", { states: ["in-doubt"], after: 50 });

    expect(address).toBe("/flussi/20261123-0002?stato=in-doubt&dopo=50#verbali");
    expect(parseGridQuery(searchOf(address))).toEqual({ states: ["in-doubt"], after: 50 });
  });

  test("a number with a slash is one piece of the address", () => {
    expect(buildItemUrl("20261123-0002", "V/2026/04101")).toBe(
      "/flussi/20261123-0002/verbali/V%2F2026%2F04101",
    );
  });

  test("a day begins at midnight in Rome, in winter, in summer and on the nights of the change", () => {
    expect(toRomeMidnight("2026-11-23")).toBe("2026-11-22T23:00:00.000Z");
    expect(toRomeMidnight("2026-07-01")).toBe("2026-06-30T22:00:00.000Z");
    expect(toRomeMidnight("2026-03-29")).toBe("2026-03-28T23:00:00.000Z");
    expect(toRomeMidnight("2026-10-25")).toBe("2026-10-24T22:00:00.000Z");
    expect(toRomeMidnight("2026-13-01")).toBeNull();
    expect(toRomeMidnight("ieri")).toBeNull();
  });
});

test.each(["0", "00", "007", "-1", "1.5", "1e3", "", "9".repeat(16)])(
  "a page after or before %p is the first one",
  (given) => {
    expect(parseGridQuery(new URLSearchParams({ dopo: given }))).toEqual({});
    expect(parseHistoryQuery(new URLSearchParams({ prima: given }))).toEqual({});
  },
);

test.each([
  ["roccaserena", "ente=roccaserena"],
  ["a b", "ente=a+b"],
  ["a&b=c#d", "ente=a%26b%3Dc%23d"],
  ["Forlì", "ente=Forl%C3%AC"],
  ["50%", "ente=50%25"],
  ["1.2-3_4*", "ente=1.2-3_4*"],
  ["a~b!c'(d)", "ente=a%7Eb%21c%27%28d%29"],
])("a value stands in an address as a form would write it (%s)", (ente, expected) => {
  const address = buildHistoryUrl({ ente });

  expect(address).toBe(`/flussi?${expected}`);
  expect(address).toBe(`/flussi?${new URLSearchParams({ ente })}`);
  expect(searchOf(address).get("ente")).toBe(ente);
});
