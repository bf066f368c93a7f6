/** The number that the step protocol was given stands in the act where a model names it, and leaves no trace where there is none. */
import { expect, test } from "bun:test";
import { readNeutralCrest } from "../../../../documents/layout/crest.ts";
import { buildVerbaleModel } from "../../../../documents/model/models.ts";
import { createVerbaleRenderer } from "../../../../documents/sheets/verbale.ts";
import { readStructure, walk } from "./read-structure.ts";
import { sampleEnte, sampleVerbale } from "./samples.ts";

const changes = {
  blocks: { apertura: { subtitles: ["**n. {numero}**", "Protocollo n. {registrazione}"] } },
};

async function read(registrazione?: string): Promise<readonly string[]> {
  const renderer = createVerbaleRenderer(buildVerbaleModel("verbale-cds", changes), {
    ente: sampleEnte,
    crest: readNeutralCrest(),
  });
  const content = { ...sampleVerbale, ...(registrazione !== undefined && { registrazione }) };
  const { elements } = await readStructure((await renderer.render(content)).bytes);
  return [...walk(elements)]
    .map(({ text }) => text)
    .filter((text) => text.startsWith("Protocollo"));
}

test.each([
  ["41877/2026 del 29/11/2026", ["Protocollo n. 41877/2026 del 29/11/2026"]],
  ["0000012/2026", ["Protocollo n. 0000012/2026"]],
  ["", []],
  [undefined, []],
])("%p", async (registrazione, told) => {
  expect(await read(registrazione)).toEqual(told);
});
