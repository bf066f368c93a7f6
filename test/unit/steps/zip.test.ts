/** zip: what lies where in the archive, and its list of files. */
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { unzipSync } from "fflate";
import { Value } from "typebox/value";
import { parse } from "yaml";
import type { Item } from "../../../engine/step/item.ts";
import zip from "../../../steps/zip.ts";
import { documentsContext, type DocumentsContext } from "./documents-context.ts";

const signed = "%PDF-1.7 … /Type /Sig /M (D:20261123101112+01'00') …";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function item(key: string, blobs: Map<string, Uint8Array>): Item<unknown> {
  const documents = ["verbale", "notice"].map((role) => {
    const text = `${role} ${key} ${role === "verbale" ? signed : ""}`;
    blobs.set(sha256(text), new TextEncoder().encode(text));
    return {
      role,
      pages: 1,
      name: `${key.replaceAll("/", "-")}-${role}.pdf`,
      sha256: sha256(text),
      bytes: new TextEncoder().encode(text).length,
    };
  });
  return {
    key,
    round: 1,
    data: { validation: { checkedOn: "2026-11-23" }, signedDocuments: documents },
  };
}

function world(with_: string): { ctx: DocumentsContext; items: Item<unknown>[] } {
  const blobs = new Map<string, Uint8Array>();
  const items = ["V/10", "V/9"].map((key) => item(key, blobs));
  return { ctx: documentsContext(zip, { with: with_, blobs }), items };
}

function filesOf(ctx: DocumentsContext): Record<string, Uint8Array> {
  const [archive] = ctx.attached;
  const bytes = ctx.blobs.get(archive?.sha256 ?? "");
  if (bytes === undefined) throw new Error("no archive was stored");
  return unzipSync(bytes);
}

describe("zip", () => {
  test("makes a folder for each verbale, in their order, with a list of the files", async () => {
    const { ctx, items } = world("{}");

    const outcomes = await ctx.all(items);

    expect(Object.keys(filesOf(ctx))).toEqual([
      "0001-V-9/V-9-verbale.pdf",
      "0001-V-9/V-9-notice.pdf",
      "0002-V-10/V-10-verbale.pdf",
      "0002-V-10/V-10-notice.pdf",
      "elenco.csv",
    ]);
    expect(ctx.attached).toHaveLength(1);
    expect(ctx.attached[0]?.name).toBe("borgolieto-2026-11-23-verbali-firmati.zip");
    expect(outcomes).toHaveLength(2);
    for (const outcome of outcomes) {
      if (outcome.status !== "done") throw new Error("not done");
      expect(Value.Check(zip.adds, outcome.fields)).toBe(true);
    }
    expect(outcomes[0]).toMatchObject({
      item: { key: "V/9" },
      fields: { archive: { folder: "0001-V-9/", archive: { name: ctx.attached[0]?.name } } },
    });
  });

  test("puts all files side by side when a single folder is wanted", async () => {
    const { ctx, items } = world("split: single");

    await ctx.all(items);

    expect(Object.keys(filesOf(ctx))).toEqual([
      "0001-V-9-verbale.pdf",
      "0001-V-9-avviso.pdf",
      "0002-V-10-verbale.pdf",
      "0002-V-10-avviso.pdf",
      "elenco.csv",
    ]);
  });

  test("lists verbale, file, digest and the time of the signature", async () => {
    const { ctx, items } = world("split: single");

    await ctx.all(items);

    const list = new TextDecoder().decode(filesOf(ctx)["elenco.csv"]).split("\r\n");
    expect(list[0]).toBe("verbale;file;sha256;byte;firmato");
    expect(list[1]).toBe(
      `V/9;0001-V-9-verbale.pdf;${sha256(`verbale V/9 ${signed}`)};68;2026-11-23T10:11:12+01:00`,
    );
    expect(list[2]).toBe(`V/9;0001-V-9-avviso.pdf;${sha256("notice V/9 ")};11;`);
  });

  test("keeps the two files of a verbale with a very long number apart", async () => {
    const blobs = new Map<string, Uint8Array>();
    const long = item("N".repeat(60), blobs);
    const ctx = documentsContext(zip, { with: "{}", blobs });

    await ctx.all([long]);

    expect(Object.keys(filesOf(ctx))).toEqual([
      `0001-${"N".repeat(60)}/${"N".repeat(60)}-verbale.pdf`,
      `0001-${"N".repeat(60)}/${"N".repeat(60)}-notice.pdf`,
      "elenco.csv",
    ]);
  });

  test("tells a lost document of its verbale, and packs the others", async () => {
    const { ctx, items } = world("{}");
    ctx.blobs.delete(sha256("notice V/10 "));

    const outcomes = await ctx.all(items);

    expect(outcomes.map(({ item: { key }, status }) => [key, status])).toEqual([
      ["V/10", "failed"],
      ["V/9", "done"],
    ]);
    expect(outcomes[0]).toMatchObject({
      error: {
        name: "ItemRejected",
        code: "DOCUMENT_ALTERED",
        message:
          "Il documento V-10-notice.pdf manca dal disco o è cambiato da quando è stato fatto: non è stato usato, e del verbale nulla è stato inviato.",
      },
    });
    expect(Object.keys(filesOf(ctx))).toEqual([
      "0001-V-9/V-9-verbale.pdf",
      "0001-V-9/V-9-notice.pdf",
      "elenco.csv",
    ]);
  });

  test("makes no archive where every verbale lost a document", async () => {
    const { ctx, items } = world("{}");
    ctx.blobs.clear();

    const outcomes = await ctx.all(items);

    expect(outcomes.map(({ status }) => status)).toEqual(["failed", "failed"]);
    expect(ctx.attached).toEqual([]);
  });

  test("gives the same archive whatever order the verbali come in", async () => {
    const [one, other] = [world("{}"), world("{}")];

    await one.ctx.all(one.items);
    await other.ctx.all(other.items.toReversed());

    expect(other.ctx.attached[0]?.sha256).toBe(one.ctx.attached[0]?.sha256 ?? "");
  });

  test("takes every example that it gives", () => {
    for (const example of zip.examples)
      expect(Value.Check(zip.config, Value.Default(zip.config, parse(example)))).toBe(true);
  });
});
