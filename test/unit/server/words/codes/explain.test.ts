/** What is said of the codes: every code has words, and the examples do what they say. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { checkFiles } from "../../../../../loader/check/check.ts";
import type { FaultCode } from "../../../../../loader/yaml/diagnostics.ts";
import faultCodes from "../../../../../loader/yaml/fault-codes.json";
import { openPipelineFiles } from "../../../../../loader/pipeline/files.ts";
import { EnteSettings } from "../../../../../integrations/ente.ts";
import { codeSections } from "../../../../../scripts/house/error-codes.ts";
import { createStrictInspection } from "../../../../../server/ente/inspect-ente.ts";
import { openInstallation } from "../../../../../server/installation.ts";
import { readConfig } from "../../../../../server/config.ts";
import codeWords from "../../../../../server/words/codes/code-words.json";
import { explainCode, listExplained } from "../../../../../server/words/codes/explain.ts";
import { type FaultPage, faultPages } from "../../../../../server/words/codes/fault-pages.ts";
import { putExample } from "../../../../support/code-examples.ts";

const installation = await openInstallation(readConfig({}));

/** The codes that check tells of a shipped file with a piece of the page in it. */
async function tellCodes(page: FaultPage, which: "wrong" | "right"): Promise<ReadonlySet<string>> {
  const file = page.file === "ente" ? "pipelines/enti/borgolieto.yaml" : "pipelines/send.yaml";
  const unsaved = buildUnsaved(page, which, file);
  const { problems } = await checkFiles({
    pipelinesFolder: "pipelines",
    ...((page.file === "pipeline" || page.file === "ente") && { files: [file] }),
    registry: installation.registry,
    settingsSchema: EnteSettings,
    inspectEnte: createStrictInspection(installation),
    clock: installation.clock,
    openFiles: (folder) => openPipelineFiles(folder, EnteSettings, unsaved),
  });
  return new Set(problems.map(({ code }) => code));
}

function buildUnsaved(
  page: FaultPage,
  which: "wrong" | "right",
  file: string,
): ReadonlyMap<string, string> {
  const piece = page[which] ?? "";
  switch (page.file) {
    case "names":
      return new Map([[resolve(piece), readFileSync("pipelines/import-iun.yaml", "utf8")]]);
    case "base": {
      const ente = "pipelines/enti/borgolieto.yaml";
      return new Map([
        [resolve("pipelines/enti/base-esempio.yaml"), `${piece}\n`],
        [resolve(ente), `extends: [base-esempio.yaml]\n${readFileSync(ente, "utf8")}`],
      ]);
    }
    case "pipeline":
    case "ente":
      return new Map([[resolve(file), putExample(readFileSync(file, "utf8"), page, which)]]);
    case "past":
      break;
  }
  throw new Error("what happened before is in no file");
}

describe("codes of check", () => {
  test("P042 is about what was tried before: test/pipeline/families.test.ts has it", () => {
    expect(explainCode("P042")).toContain("postino impact");
  });

  for (const [code, page] of Object.entries(faultPages) as [FaultCode, FaultPage][]) {
    if (page.file === "past") continue;
    test(`${code}: the wrong example yields it, the right one yields nothing`, async () => {
      const wrong = await tellCodes(page, "wrong");
      const right = page.right === null ? new Set<string>() : await tellCodes(page, "right");

      expect([...wrong]).toContain(code);
      // Every schedule tells when it runs next.
      expect([...right].filter((other) => other !== "P022")).toEqual([]);
      expect(explainCode(code)).toContain(page.wrong.split("\n")[0] ?? "");
      expect(explainCode(code)).toStartWith(`${code}: ${faultCodes[code]}\n`);
    });
  }
});

describe("all other codes", () => {
  const known = codeSections.flatMap(({ codes }) => Object.keys(codes));

  test("what is explained exists, and nearly everything that exists is explained", () => {
    const explained = new Set(listExplained());

    expect(Object.keys(codeWords).filter((code) => !known.includes(code))).toEqual([]);
    expect(known.filter((code) => explained.has(code)).length / known.length).toBeGreaterThan(0.9);
  });

  test("the words are Italian sentences, and name no machine", () => {
    const odd = Object.entries(codeWords).filter(
      ([, words]) => !/^[A-ZÈ0-9`].*\.$/.test(words) || /\b(the|is|was|blocked)\b/.test(words),
    );

    expect(odd).toEqual([]);
  });

  test.each([
    ["SAME_VIOLATION", "SAME_VIOLATION: controllo di un verbale\n"],
    [
      "SEND_NOT_ACTIVE",
      "SEND_NOT_ACTIVE\n\n`send.active: false`: il flusso si ferma prima di inviare.\n",
    ],
    ["CAP_TOWN", "severity: { CAP_TOWN: "],
  ])("%s", (code, told) => {
    expect(explainCode(code)).toContain(told);
  });

  test.each(["P999", "toString", "PN_GENERIC", ""])("%p is no code of ours", (code) => {
    expect(explainCode(code)).toBeNull();
  });
});
