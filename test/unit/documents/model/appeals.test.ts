/** Ways of appeal: which wording applies on which day, what an ente changes of it, and that nothing unread is printed. */
import { describe, expect, test } from "bun:test";
import {
  type AppealWordings,
  buildAppealValues,
  findAppeals,
  readAppealWordings,
} from "../../../../documents/model/appeals.ts";

const days = { prefetto: { days: 60 }, giudiceDiPace: { days: 30, daysAbroad: 60 } };

test("each row that ships has a source and says whether the law was read; what was not is never found", () => {
  const rows = Object.values(readAppealWordings()).flat();

  expect(rows.length).toBeGreaterThanOrEqual(4);
  for (const row of rows) {
    expect(row.source).toBeTruthy();
    expect(["read", "memory"]).toContain(row.mark ?? "");
  }
  const printed = Object.values(findAppeals("2026-11-29", days));
  for (const { come, spese } of printed) {
    expect(come).not.toContain("certificata");
    expect(spese).toBeUndefined();
  }
});

test("days are those that are counted, for who lives abroad too", () => {
  const values = buildAppealValues(findAppeals("2026-11-29", days));

  expect([
    values["ricorso.prefetto.giorni"],
    values["ricorso.prefetto.giorniEstero"],
    values["ricorso.giudiceDiPace.giorni"],
    values["ricorso.giudiceDiPace.giorniEstero"],
  ]).toEqual(["60", "60", "30", "60"]);
});

describe("an ente's rows", () => {
  const changes: AppealWordings = {
    prefetto: [
      { to: "2026-12-31", come: "di persona" },
      { from: "2027-01-01", come: "per posta", seconda: { de: "per Post" }, source: "letto" },
    ],
    giudiceDiPace: [{ spese: "43 euro", indirizzo: "Via Po 1" }],
  };

  test.each([
    ["2026-12-31", "di persona", "file dell'ente", ""],
    ["2027-01-01", "per posta", "letto", "per Post"],
    ["2031-05-05", "per posta", "letto", "per Post"],
  ])("on %s", (day, come, source, second) => {
    const appeals = findAppeals(day, days, changes);

    expect([appeals.prefetto.come, appeals.prefetto.source]).toEqual([come, source]);
    expect(appeals.prefetto.norma).toBe("art. 203 CdS");
    expect(buildAppealValues(appeals, "de")["ricorso.prefetto.comeSeconda"]).toBe(second);
  });

  test("a part of it leaves the others as they are, in both languages", () => {
    const { giudiceDiPace } = findAppeals("2026-11-29", days, changes);

    expect(giudiceDiPace).toMatchObject({
      come: "il ricorso si deposita in cancelleria o si invia con raccomandata",
      spese: "43 euro",
      indirizzo: "Via Po 1",
    });
    expect(giudiceDiPace.seconda?.["fr"]).toBe(
      "Le recours est déposé au greffe ou envoyé par lettre recommandée",
    );
  });
});

test("an act of a kind has none of these values", () => {
  expect(new Set(Object.values(buildAppealValues(undefined, "de")))).toEqual(new Set([""]));
});
