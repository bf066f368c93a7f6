/** What a preview tells the step that draws: the same day until which to notify that `validate` would count. */
import { expect, test } from "bun:test";
import { Type } from "typebox";
import { createStepMakers, type Step } from "../../../../engine/step/step.ts";
import type { EnteSettings } from "../../../../integrations/ente.ts";
import type { LawChanges } from "../../../../steps/law/law.ts";
import type { Verbale } from "../../../../steps/schemas/verbale.ts";
import { drawDocuments, type PreviewOptions } from "../../../../server/ente/preview.ts";
import { makeVerbale } from "../../../support/verbali.ts";

const { pureStep } = createStepMakers<object>();
const open = Type.Object({});

/** The day that a step of this ente's own would print on the documents. */
async function findNotifyBy(
  change: (verbale: Verbale) => Verbale,
  law?: LawChanges,
): Promise<string> {
  const told: string[] = [];
  const step: Step = pureStep({
    summary: "Prova",
    config: open,
    reads: open,
    adds: open,
    examples: ["{}"],
    run: ({ data }) => {
      const { validation } = data as { readonly validation: { readonly notifyBy: string } };
      told.push(validation.notifyBy);
      return {};
    },
  });
  const settings = {
    ente: { codice: "prova", codiceFiscale: "89999990164" },
    payments: { segregationCode: "01" },
    ...(law !== undefined && { law }),
  };
  await drawDocuments({
    installation: { registry: { get: () => ({ step }) } },
    settings: settings as EnteSettings,
    enteFolder: "/",
    step: { id: "render", uses: "render", with: {} },
    verbale: change(makeVerbale(1, "2026-09-01")),
    day: "2026-11-29",
  } as unknown as PreviewOptions);
  return told.join();
}

const same = (verbale: Verbale): Verbale => verbale;
const contested = (verbale: Verbale): Verbale => ({ ...verbale, contestazioneImmediata: true });
const abroad = (verbale: Verbale): Verbale => {
  const { destinatario } = verbale;
  const indirizzo = { ...destinatario.indirizzo, stato: "FRANCIA" };
  return { ...verbale, destinatario: { ...destinatario, indirizzo } };
};

const cases: readonly (readonly [
  string,
  (verbale: Verbale) => Verbale,
  LawChanges | undefined,
  string,
])[] = [
  ["90 days from the violation", same, undefined, "2026-11-30"],
  ["100 where the driver was told on the spot", contested, undefined, "2026-12-10"],
  ["360 abroad", abroad, undefined, "2027-08-27"],
  ["those of the ente's law", same, { terms: { notification: [{ days: 60 }] } }, "2026-10-31"],
];

test.each(cases)("%s", async (_title, change, law, day) => {
  expect(await findNotifyBy(change, law)).toBe(day);
});
