/** Drawing on threads: the same bytes, the same errors, and no verbale lost with a thread. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BoxTooTall } from "../../../../documents/layout/boxes.ts";
import type { VerbaleContent } from "../../../../documents/model/content.ts";
import { readNeutralCrest } from "../../../../documents/layout/crest.ts";
import { toDrawingError, toDrawingFault } from "../../../../documents/sheets/drawing-faults.ts";
import {
  createDrawingPool,
  type DrawingPool,
  type PoolOptions,
} from "../../../../documents/sheets/drawing-pool.ts";
import {
  createDrawer,
  type DrawingPlan,
  type Drawn,
} from "../../../../documents/sheets/drawing.ts";
import { MissingGlyph } from "../../../../documents/pdf/missing-glyph.ts";
import { buildNoticeModel, buildVerbaleModel } from "../../../../documents/model/models.ts";
import { InfoTooLong, SubjectTooLong } from "../../../../documents/sheets/notice.ts";
import { postalEnte, sampleVerbale, singleAmount, worstVerbale } from "./samples.ts";

const plan: DrawingPlan = {
  verbale: buildVerbaleModel("verbale-cds"),
  notice: buildNoticeModel(),
  ente: postalEnte,
  crest: readNeutralCrest(),
};
const withoutNotice: DrawingPlan = { ...plan, notice: null };
const folder = mkdtempSync(join(tmpdir(), "postino-threads-"));
const pools: DrawingPool[] = [];

afterAll(() => {
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
});

function poolWith(options: PoolOptions): DrawingPool {
  const pool = createDrawingPool(options);
  pools.push(pool);
  return pool;
}

function noLoss(reason: string): void {
  throw new Error(`a thread was lost: ${reason}`);
}

/** Text of a module that does this with every order. */
function onMessage(statement: string): string {
  return `import { parentPort } from "node:worker_threads";\nparentPort.on("message", () => { ${statement} });`;
}

/** A module for a thread, of this text. */
function threadOf(name: string, text: string): URL {
  const path = join(folder, name);
  writeFileSync(path, text);
  return pathToFileURL(path);
}

function hex(drawn: Drawn): readonly (string | undefined)[] {
  return [drawn.verbale?.bytes, drawn.notice?.bytes].map((bytes) =>
    bytes === undefined ? undefined : Bun.SHA256.hash(bytes, "hex"),
  );
}

describe("a thread", () => {
  test("gives the bytes that the main thread gives, with and without a notice", async () => {
    const pool = poolWith({ threads: 1, startsAfter: 0 });

    for (const content of [sampleVerbale, singleAmount, worstVerbale]) {
      // Two at once lie within what a thread takes, so none is drawn here.
      const [both, one] = await Promise.all([
        pool.draw(plan, content, noLoss),
        pool.draw(withoutNotice, content, noLoss),
      ]);

      expect(hex(both)).toEqual(hex(await createDrawer(plan).draw(content)));
      expect(one.notice).toBeNull();
      expect(hex(one)[0]).toBe(hex(both)[0]);
      expect(both.verbale?.pages).toBe(content === worstVerbale ? 3 : 2);
    }
    expect(pool.threads).toBe(1);
  });

  test("throws what the main thread throws, with its class and fields", async () => {
    const pool = poolWith({ threads: 1, startsAfter: 0 });
    const refusedBy = (content: VerbaleContent): Promise<unknown> =>
      pool.draw(plan, content, noLoss).catch((error: unknown) => error);

    const letter = await refusedBy({ ...singleAmount, luogo: "Via Жукова" });
    const subject = await refusedBy({ ...singleAmount, numero: "1".repeat(80) });
    const tall = await refusedBy({
      ...singleAmount,
      recipient: { ...singleAmount.recipient, address: Array.from({ length: 90 }, () => "Via A") },
    });

    expect(letter).toBeInstanceOf(MissingGlyph);
    expect(letter).toMatchObject({
      name: "MissingGlyph",
      character: "Ж",
      codePoint: "U+0416",
      message: "il carattere «Ж» (U+0416) non si può stampare",
    });
    expect(subject).toBeInstanceOf(SubjectTooLong);
    expect(subject).toMatchObject({ name: "SubjectTooLong" });
    expect(String(subject)).toContain("pagoPA ne ammette 90");
    expect(tall).toBeInstanceOf(BoxTooTall);
    expect(String(tall)).toContain("non sta in una pagina");
  });

  test("goes on after an error", async () => {
    const pool = poolWith({ threads: 1, startsAfter: 0 });
    expect(pool.draw(plan, { ...singleAmount, luogo: "\u0007" }, noLoss)).rejects.toThrow("U+0007");

    const drawn = await pool.draw(plan, singleAmount, noLoss);

    expect(hex(drawn)).toEqual(hex(await createDrawer(plan).draw(singleAmount)));
    expect(pool.threads).toBe(1);
  });
});

describe("an error as data", () => {
  test("comes back with its fields", () => {
    expect(toDrawingError(toDrawingFault(new MissingGlyph(0x1f_600)))).toEqual(
      new MissingGlyph(0x1f_600),
    );
    expect(toDrawingError(toDrawingFault(new SubjectTooLong(91)))).toMatchObject({ length: 91 });
    const info = toDrawingError(toDrawingFault(new InfoTooLong(181)));
    expect(info).toBeInstanceOf(InfoTooLong);
    expect(info).toMatchObject({ name: "InfoTooLong", length: 181 });
    expect(toDrawingError(toDrawingFault(new BoxTooTall(900)))).toMatchObject({ height: 900 });
  });

  test("of another class keeps name, message and stack", () => {
    const bug = new TypeError("x is undefined");

    const back = toDrawingError(toDrawingFault(bug));

    expect(back.name).toBe("TypeError");
    expect(back.message).toBe("x is undefined");
    expect(back.stack).toBe(bug.stack ?? "");
    expect(toDrawingError(toDrawingFault("a text")).message).toBe("a text");
  });
});

describe("the pool", () => {
  test("draws the first verbali on the main thread and then starts its threads", async () => {
    const pool = poolWith({ threads: 2, startsAfter: 3 });

    for (let drawn = 1; drawn <= 3; drawn += 1) await pool.draw(plan, singleAmount, noLoss);
    const before = pool.threads;
    await pool.draw(plan, singleAmount, noLoss);

    expect(before).toBe(0);
    expect(pool.threads).toBe(2);
  });

  test("starts none on a machine with one core", async () => {
    const pool = poolWith({ threads: 0, startsAfter: 0 });

    const drawn = await pool.draw(plan, singleAmount, noLoss);

    expect(pool.threads).toBe(0);
    expect(drawn.verbale?.pages).toBe(2);
  });

  test.each([
    ["ends at its first order", "dies.ts", onMessage("process.exit(3);"), "code 3"],
    ["throws outside of an order", "throws.ts", onMessage(`throw new Error("broken");`), "broken"],
    ["cannot be loaded", "unreadable.ts", `import "./no-such-file.ts";`, "no-such-file"],
  ])("draws on the main thread what a thread had that %s", async (_, name, text, reason) => {
    const pool = poolWith({ threads: 1, startsAfter: 0, module: threadOf(name, text) });
    const losses: string[] = [];
    const draw = (): Promise<Drawn> => pool.draw(plan, singleAmount, (why) => losses.push(why));

    const drawn = await Promise.all(Array.from({ length: 8 }, draw));
    const later = await draw();

    const expected = hex(await createDrawer(plan).draw(singleAmount));
    for (const one of [...drawn, later]) expect(hex(one)).toEqual(expected);
    expect(losses).toEqual([expect.stringContaining(reason)]);
    expect(pool.threads).toBe(0);
  });

  test("keeps the process alive while something is drawn, and not after", () => {
    const at = (file: string): string => JSON.stringify(join(import.meta.dir, file));
    const script = join(folder, "process.ts");
    writeFileSync(
      script,
      `import { createDrawingPool } from ${at("../../../../documents/sheets/drawing-pool.ts")};
import { readNeutralCrest } from ${at("../../../../documents/layout/crest.ts")};
import { buildVerbaleModel } from ${at("../../../../documents/model/models.ts")};
import { sampleEnte, singleAmount } from ${at("samples.ts")};
const pool = createDrawingPool({ threads: 1, startsAfter: 0 });
const plan = { verbale: buildVerbaleModel("verbale-cds"), notice: null, ente: sampleEnte, crest: readNeutralCrest() };
void pool.draw(plan, singleAmount, console.log).then((drawn) => console.log(drawn.verbale?.pages, pool.threads));
`,
    );

    const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, script]);

    expect(stderr.toString()).toBe("");
    expect(stdout.toString()).toBe("2 1\n");
    expect(exitCode).toBe(0);
  });
});
