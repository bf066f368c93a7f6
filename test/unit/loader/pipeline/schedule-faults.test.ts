/** What the check says of a schedule: never less than the scheduler refuses, and what an expression really does. */
import { describe, expect, test } from "bun:test";
import { findNextDue } from "../../../../engine/schedule/due-times.ts";
import { checkFiles } from "../../../../loader/check/check.ts";
import { findTrial } from "../../../support/trials.ts";
import { goodEnte, goodPipeline, registry, settingsSchema, withFolder } from "./pipeline-kit.ts";

/** The problems of a pipeline with this schedule, as `line code message`. */
async function check(schedule: string): Promise<readonly string[]> {
  const files = {
    "send.yaml": goodPipeline.replace("steps:", `schedule: ${schedule}\nsteps:`),
    "enti/prova.yaml": goodEnte,
  };
  return withFolder(files, async (pipelinesFolder) => {
    const { problems } = await checkFiles({ pipelinesFolder, registry, settingsSchema });
    return problems.map(({ line, code, message }) => `${line} ${code} ${message}`);
  });
}

describe("a time zone that the scheduler does not take is an error of the file", () => {
  const wrong: Readonly<Record<string, string>> = {
    "+01:00": `il fuso orario "+01:00" è uno scarto fisso, che non segue l'ora legale`,
    "-05:00": `il fuso orario "-05:00" è uno scarto fisso, che non segue l'ora legale`,
    "+1": `il fuso orario "+1" è uno scarto fisso, che non segue l'ora legale`,
    "UTC+1": 'il fuso orario "UTC+1" non esiste',
    "Europe/Roma": 'il fuso orario "Europe/Roma" non esiste',
    " ": 'il fuso orario " " non esiste',
  };
  for (const [timezone, message] of Object.entries(wrong))
    test(`«${timezone}»`, async () => {
      const told = await check(`{ cron: "* * * * *", timezone: "${timezone}" }`);

      expect(told).toEqual([`2 P020 ${message}`]);
      expect(() => findNextDue("* * * * *", timezone, 0)).toThrow(message);
    });

  test.each(["UTC", "CET", "Etc/GMT-1", "America/New_York"])("«%s» is one", async (timezone) => {
    expect(await check(`{ cron: "30 6 * * *", timezone: "${timezone}" }`)).toEqual([]);
  });
});

test("the file of the trial is told with its line", async () => {
  const trial = findTrial("03b-offset-timezone.yaml");
  if (trial === null) return;
  const text = await Bun.file(trial).text();
  await withFolder({ "cattiva.yaml": text }, async (pipelinesFolder) => {
    const { problems } = await checkFiles({ pipelinesFolder, registry, settingsSchema });

    expect(problems.map(({ line, code }) => `${line} ${code}`)).toContain("2 P020");
  });
});

describe("an expression that the scheduler does not take is an error of the file", () => {
  test.each([
    "0 0 L * *",
    "0 0 ? * *",
    "0 22-2 * * *",
    "60 * * * *",
    "@midnight",
    "@weekdays",
    "@annually",
    "*/0 * * * *",
    "0 0 30 2 *",
  ])("%s", async (cron) => {
    const told = await check(`{ cron: "${cron}" }`);

    expect(told.map((line) => line.slice(0, 6))).toEqual(["2 P020"]);
  });
});

describe("what an expression really does is told", () => {
  const told: Readonly<Record<string, readonly string[]>> = {
    "*/90 * * * *": ['nel campo minuti "*/90" vale solo 0'],
    "*/45 * * * *": ['nel campo minuti "*/45" vale 0, 45'],
    "0 */5 * * *": ['nel campo ore "*/5" vale 0, 5, 10, 15, 20'],
    "0 6 */40 * *": ['nel campo giorno del mese "*/40" vale solo 1'],
    "0 6 1 */5 *": ['nel campo mese "*/5" vale 1, 6, 11'],
    "0-30/40 6 * * *": ['nel campo minuti "0-30/40" vale solo 0'],
    "0 6 13 * 5": [
      'giorno del mese "13" e giorno della settimana "5" insieme: parte quando è vero anche uno solo dei due',
    ],
    "0 6 1-7 * 1": [
      'giorno del mese "1-7" e giorno della settimana "1" insieme: parte quando è vero anche uno solo dei due',
    ],
    "*/15 */6 */2 * *": [],
    "0 6 1-31 * 1-5": [],
    "0 6 13 * 0-6": [],
    "*/60 * * * *": [],
  };
  for (const [cron, messages] of Object.entries(told))
    test(cron, async () => {
      expect(await check(`{ cron: "${cron}" }`)).toEqual(
        messages.map((message) => `2 P023 ${message}`),
      );
    });
});
