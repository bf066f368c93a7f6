/** Tests that the documents say what the product does: commands, exit codes, settings, links, examples. */
import { requireRow } from "../../engine/host/errors.ts";
import { runOnItem } from "../../engine/step/step.ts";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Type } from "typebox";
import { ItemRejected } from "../../engine/host/errors.ts";
import { formatProblem } from "../../server/words/problems.ts";
import lintCodes from "../../loader/yaml/fault-codes.json";
import { resolvePipeline } from "../../loader/pipeline/resolve.ts";
import { loadRegistry } from "../../loader/pipeline/registry.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import { effectStep, groupStep, pureStep, sourceStep } from "../../integrations/services.ts";
import { codeSections } from "../../scripts/house/error-codes.ts";
import { countCodeLines } from "../../scripts/house/sizes.ts";
import { rooms } from "../../scripts/house/rooms.ts";
import { itemStates } from "../../engine/journal/states.ts";
import { exitCodes } from "../../server/cli/command.ts";
import { itemStateWords } from "../../server/words/words.ts";
import { readRepositoryFile, repositoryFiles, repositoryFolder } from "../support/repository.ts";

const readme = readRepositoryFile("README.md");
const guide = readRepositoryFile("docs/it/guida-tecnico.md");
const markdown = repositoryFiles(".md");
const folder = mkdtempSync(join(tmpdir(), "postino-docs-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The code blocks of one language. */
function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    (match) => match[1] ?? "",
  );
}

describe("README.md", () => {
  test("its commands are scripts of package.json", () => {
    const { scripts } = JSON.parse(readRepositoryFile("package.json")) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/\b(?:npm|bun) run (?:-s )?([a-z]+)/g)].map(
      (match) => match[1],
    );

    expect(readme).toContain("npm run demo ");
    expect(readme).toContain("npm test ");
    expect(scripts["test"]).toBe("npm run --silent ensure && bun scripts/test.ts");
    expect(named.filter((name) => scripts[name ?? ""] === undefined)).toEqual([]);
  });

  test("it fits two screens", () => {
    expect(readme.split("\n").length).toBeLessThan(140);
  });

  test("it makes the promise in its exact words", () => {
    const promise =
      "_pure at least once; keyed effectively once; once at most once, never silently._";

    expect(readme).toContain(promise);
    expect(readRepositoryFile("engine/README.md")).toContain(promise);
  });

  test("its figures of the house are those that are counted, to a tenth", () => {
    const [, engine = "", loader = ""] =
      /counts ([\d,]+) lines of code in `engine\/` and ([\d,]+) in `loader\/`/.exec(readme) ?? [];

    for (const [folder, told] of Object.entries({ engine, loader })) {
      const share = Number(told.replace(",", "")) / countCodeLines(folder);
      expect(share).toBeGreaterThan(0.9);
      expect(share).toBeLessThan(1.1);
    }
  });

  test("its tree names every folder at the top, and those of engine and server", () => {
    const [tree = ""] = blocks(readme, "text");
    const tops = rooms.map(({ folder }) => folder.split("/")[0] ?? "");
    const inner = rooms
      .map(({ folder }) => folder.split("/"))
      .filter(([top, room]) => /^(engine|server)$/.test(top ?? "") && room !== undefined)
      .map(([, room]) => `  ${room}/`);

    expect(
      [...new Set(tops)].filter(
        (top) => !tree.includes(`\n${top}/`) && !tree.startsWith(`${top}/`),
      ),
    ).toEqual([]);
    expect(inner.filter((room) => !tree.includes(room))).toEqual([]);
  });

  test("every folder with code is known to it or to a README of its own", () => {
    for (const place of ["steps", "engine", "integrations", "test", "bench"])
      expect(readme).toContain(`${place}/`);
  });
});

describe("commands", () => {
  let usages: readonly string[] = [];

  beforeAll(async () => {
    const child = Bun.spawn([process.execPath, "server/main.ts", "--help"], {
      cwd: repositoryFolder,
      stdout: "pipe",
      stderr: "inherit",
    });
    const text = await new Response(child.stdout).text();
    expect(await child.exited).toBe(0);
    usages = [...text.matchAll(/^ {2}([a-z]+.*)$/gm)].map((match) => match[1] ?? "");
  });

  test("the program names those that scripts hold on to", () => {
    const names = usages.map((usage) => usage.split(" ")[0]);

    for (const name of ["run", "resume", "cancel", "runs", "status", "export", "answer", "check"])
      expect(names).toContain(name);
    for (const name of ["show", "steps", "serve", "simulate"]) expect(names).toContain(name);
  });

  test("README.md and the technician's guide name every one", () => {
    const names = usages.map((usage) => usage.split(" ")[0] ?? "");

    expect(names.filter((name) => !new RegExp(`(\`|-- )${name}\\b`).test(readme))).toEqual([]);
    expect(
      names.filter((name) => !new RegExp(`(postino|-- |npm run) ?${name}\\b`).test(guide)),
    ).toEqual([]);
  });

  test("options in the guide are options of that command", () => {
    const unknown = [...guide.matchAll(/^postino ([a-z]+)([^#\n]*)/gm)].flatMap(
      ([, name = "", rest = ""]) => {
        const usage = usages.find((line) => line.split(" ")[0] === name) ?? "";
        return [...rest.matchAll(/ (--[a-z-]+)/g)]
          .map((match) => match[1] ?? "")
          .filter((option) => !usage.includes(option))
          .map((option) => `${name} ${option}`);
      },
    );

    expect(guide).toContain("postino run send");
    expect(unknown).toEqual([]);
  });

  test("show prints the merged pipeline with the origin of its values, as the documents say", async () => {
    const child = Bun.spawn(
      [process.execPath, "server/main.ts", "show", "send", "--ente", "borgolieto"],
      { cwd: repositoryFolder, stdout: "pipe", stderr: "inherit" },
    );
    const text = await new Response(child.stdout).text();

    expect(await child.exited).toBe(0);
    expect(text).toContain("uses: transmit");
    expect(text).toMatch(/# pipelines\/send\.yaml:\d+$/m);
    expect(text).toMatch(/# pipelines\/enti\/borgolieto\.yaml:\d+$/m);
  });

  test("exit codes are those of the program", () => {
    expect(exitCodes).toEqual({
      completed: 0,
      failure: 1,
      usage: 2,
      rejections: 3,
      waiting: 4,
      blocked: 5,
      inDoubt: 6,
    });
    expect(readme).toContain(
      "0 completed, 1 failure of the program, 2 wrong usage or errors found by `check`, 3 completed with rejections, 4 waiting, 5 blocked, 6 in doubt",
    );
    for (const code of [0, 1, 2, 3, 4, 5, 6])
      expect(guide).toMatch(new RegExp(`^\\| ${code} +\\|`, "m"));
  });
});

describe("check", () => {
  test("the guide lists every code of the lint with its title, and no other", () => {
    const listed = [...guide.matchAll(/^\| `(P\d{3})` +\| (.+?) +\|$/gm)].map(([, code, title]) => [
      code ?? "",
      title ?? "",
    ]);

    expect(listed.length).toBeGreaterThan(20);
    expect(Object.fromEntries(listed)).toEqual({ ...lintCodes });
  });
});

describe("settings", () => {
  const read = [
    ...new Set(
      [
        ...readRepositoryFile("server/config.ts").matchAll(/environment\["(POSTINO_[A-Z_]+)"\]/g),
      ].map((match) => match[1] ?? ""),
    ),
  ].toSorted();

  test("the environment that the program reads is in .env.example and in the guide", () => {
    const example = readRepositoryFile(".env.example");

    expect(read).toContain("POSTINO_DATA");
    expect([...new Set(example.match(/POSTINO_[A-Z_]+/g))].toSorted()).toEqual(read);
    expect([...new Set(guide.match(/^\| `(POSTINO_[A-Z_]+)`/gm))]).toHaveLength(read.length);
    for (const name of read) expect(guide).toContain(`| \`${name}\``);
  });

  test("every line of .env.example is a comment or a commented setting", () => {
    const lines = readRepositoryFile(".env.example").split("\n");

    expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
  });
});

describe("links", () => {
  test("each leads to a file of the repository", () => {
    const broken = markdown.flatMap((path) =>
      [...readRepositoryFile(path).matchAll(/\]\((?!https?:|#|mailto:)([^)\s#]+)(?:#[^)]*)?\)/g)]
        .map((match) => match[1] ?? "")
        .filter((target) => !existsSync(join(repositoryFolder, dirname(path), target)))
        .map((target) => `${path}: ${target}`),
    );

    expect(markdown).toContain("docs/it/guida-operatore.md");
    expect(broken).toEqual([]);
  });
});

describe("examples", () => {
  const provided = { sourceStep, pureStep, effectStep, groupStep, Type };

  test.each([
    ["README.md", readme],
    ["guida-tecnico.md", guide],
  ])("the ente of %s resolves with the pipeline that is shipped", async (name, text) => {
    const example = blocks(text, "yaml").find((block) =>
      block.startsWith("# pipelines/enti/borgonuovo.yaml"),
    );
    const pipelines = join(folder, name);
    cpSync(join(repositoryFolder, "pipelines"), pipelines, { recursive: true });
    writeFileSync(join(pipelines, "enti", "borgonuovo.yaml"), example ?? "");
    const registry = await loadRegistry({ folders: [join(repositoryFolder, "steps")] });

    const { resolved, problems } = await resolvePipeline({
      pipelinesFolder: pipelines,
      pipeline: "send",
      ente: "borgonuovo",
      params: {},
      registry,
      settingsSchema: EnteSettings,
    });

    expect(problems.map(formatProblem)).toEqual([]);
    expect(resolved?.ente).toBe("borgonuovo");
  });

  test("the pipeline of the guide resolves for the ente of the demonstration", async () => {
    const example = blocks(guide, "yaml").find((block) => block.includes("uses: load-verbali"));
    const pipelines = join(folder, "pipeline");
    cpSync(join(repositoryFolder, "pipelines"), pipelines, { recursive: true });
    writeFileSync(join(pipelines, "send.yaml"), example ?? "");
    const registry = await loadRegistry({ folders: [join(repositoryFolder, "steps")] });

    const { resolved, problems } = await resolvePipeline({
      pipelinesFolder: pipelines,
      pipeline: "send",
      ente: "borgolieto",
      params: {},
      registry,
      settingsSchema: EnteSettings,
    });

    expect(problems.map(formatProblem)).toEqual([]);
    expect(resolved?.steps.map((step) => step.uses)).toEqual([
      "load-verbali",
      "validate",
      "reset-iuv",
      "render",
      "sign",
      "zip",
      "transmit",
      "import-iun",
    ]);
  });

  test("the step of README.md loads from a folder of its own and does what it says", async () => {
    const [example = ""] = blocks(readme, "ts");
    const steps = mkdtempSync(join(folder, "steps-"));
    writeFileSync(join(steps, "riconosci-ciclomotori.ts"), example);

    const registry = await loadRegistry({ folders: [steps], provided });

    const known = requireRow(registry.get("riconosci-ciclomotori"), "step of the example");
    expect(known.title).toBe("Ciclomotori");
    expect(known.readsFields).toEqual(["verbale"]);
    expect(known.addsFields).toEqual(["ciclomotore"]);
    const fields = await runOnItem(
      known.step,
      { key: "1", round: 1, data: { verbale: { targa: "X2A4BC" } } },
      {} as never,
    );
    expect(fields).toEqual({ ciclomotore: true });
  });

  test("the step of the technician's guide rejects with a code of its own, which no table has", async () => {
    const example = blocks(guide, "ts").find((block) => block.includes("ItemRejected")) ?? "";
    const steps = mkdtempSync(join(folder, "own-"));
    writeFileSync(join(steps, "controlla-protocollo.ts"), example);

    const registry = await loadRegistry({
      folders: [steps],
      provided: { ...provided, ItemRejected },
    });

    const { step } = requireRow(registry.get("controlla-protocollo"), "step of the guide");
    const run = (protocollo: string) =>
      runOnItem(step, { key: "1", round: 1, data: { verbale: { protocollo } } }, {} as never);
    expect(await run("2026-118")).toEqual({});
    await expect(run("118")).rejects.toMatchObject({
      name: "ItemRejected",
      code: "PROTOCOLLO_SENZA_ANNO",
      message: "Il protocollo non comincia con l'anno.",
    });
    const codes = codeSections.flatMap((section) => Object.keys(section.codes));
    expect(codes).not.toContain("PROTOCOLLO_SENZA_ANNO");
  });

  test("CHANGELOG.md says of the newest version, to each of its readers, what they can now do", () => {
    const { version } = JSON.parse(readRepositoryFile("package.json")) as { version: string };
    const newest = readRepositoryFile("CHANGELOG.md").split(/^## /m)[1] ?? "";
    const lists = newest.split(/^### /m).slice(1);

    expect(newest).toMatch(new RegExp(`^${RegExp.escape(version)} \\(\\d{4}-\\d{2}-\\d{2}\\)\\n`));
    expect(lists.map((list) => list.split("\n")[0])).toEqual([
      "For the operator",
      "For the technician",
      "For the developer",
    ]);
    for (const list of lists) expect(list.match(/^- /gm)?.length).toBeGreaterThan(5);
  });
});

describe("the states of a verbale", () => {
  const operator = readRepositoryFile("docs/it/guida-operatore.md");
  for (const state of itemStates)
    test(`${state} stands in the tables of both guides`, () => {
      const word = itemStateWords[state];

      expect(operator).toMatch(new RegExp(`^\\| ${word} +\\|`, "m"));
      expect(guide).toMatch(new RegExp(`^\\| \`${state}\` +\\| ${word} +\\|`, "m"));
    });
});
