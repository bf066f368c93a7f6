/** The guide to the models names every value and every kind of block, and its example is a model. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { valueNames } from "../../../../documents/model/content.ts";
import { Block, type VerbaleChanges } from "../../../../documents/model/model.ts";
import { buildVerbaleModel } from "../../../../documents/model/models.ts";

const guide = readFileSync(`${import.meta.dir}/../../../../documents/models/README.md`, "utf8");

test("the guide names every value that a model may name", () => {
  expect(valueNames.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
});

test("the guide names every kind of block", () => {
  const found = JSON.stringify(Block.properties.type).matchAll(/"const":"([a-z-]+)"/g);
  const kinds = Array.from(found, ([, kind]) => kind);

  expect(kinds).toHaveLength(8);
  expect(kinds.filter((kind) => !guide.includes(`| \`${kind}\``))).toEqual([]);
});

test("the guide's example is a model that renders", () => {
  const [, yaml = ""] = /```yaml\n(pipelines:[\s\S]*?)```/.exec(guide) ?? [];
  const example = parse(yaml) as {
    pipelines: { send: { change: { render: { with: { verbale: VerbaleChanges } } } } };
  };

  const model = buildVerbaleModel("verbale-cds", example.pipelines.send.change.render.with.verbale);

  expect(model.order).toContain("orari");
  expect(model.page.margins?.left).toBe(22);
});
