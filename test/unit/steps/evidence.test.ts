/** evidence: what proves a notification is kept once, by its digest, while SEND still has it. */
import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "bun:test";
import type { Sink } from "../../../engine/host/http.ts";
import type { ArtifactAccess } from "../../../engine/host/files.ts";
import { runOnItem } from "../../../engine/step/step.ts";
import { RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import type { ProofName } from "../../../integrations/register/evidence.ts";
import type { Followed } from "../../../integrations/register/followed.ts";
import type { Register } from "../../../integrations/register/port.ts";
import type { SendDesk, SendDownload } from "../../../integrations/send/desk-port.ts";
import type { SentElement } from "../../../integrations/send/desk-port.ts";
import type { SendPort } from "../../../integrations/send/port.ts";
import evidence from "../../../steps/evidence.ts";
import follow from "../../../steps/follow.ts";
import { listProofs } from "../../../steps/following/proofs.ts";
import { fakeClock, sampleRequest } from "../integrations/send/setup.ts";
import { openRegister } from "../../support/register.ts";
import { buildAct, makeFollowWorld, runFollowStep } from "./follow-world.ts";
import { contextOf } from "./sending.ts";

const iun = "ABCD-EFGH-ILMN-202611-N-1";

/** What SEND has: bytes, `null` for what it does not know, `archived`, or a fault. */
type OnSend = Uint8Array | null | "archived" | Error;

let files: Map<string, OnSend>;
let asked: string[];
let stored: Map<string, Uint8Array>;
let register: Register;
let now: string;

beforeEach(() => {
  files = new Map();
  asked = [];
  stored = new Map();
  register = openRegister();
  now = "2026-12-01T05:00:00Z";
});

const desk = {
  async downloadLegalFact(_iun: string, id: string, into: Sink) {
    asked.push(id);
    const file = files.get(id) ?? null;
    if (file instanceof Error) throw file;
    if (file === "archived") return { status: "archived", retryAfterMs: 1 } satisfies SendDownload;
    if (file === null) return null;
    // One buffer that is used again, as the door does.
    const buffer = new Uint8Array(3);
    for (let at = 0; at < file.length; at += 3) {
      const piece = file.slice(at, at + 3);
      buffer.set(piece);
      await into(buffer.subarray(0, piece.length));
    }
    return { status: "ready", name: `${id}.PDF` } satisfies SendDownload;
  },
  downloadAar(one: string, id: string, into: Sink) {
    return desk.downloadLegalFact(one, `aar ${id}`, into);
  },
} as unknown as SendDesk;

const artifacts = {
  async putStream(name: string, chunks: AsyncIterable<Uint8Array>) {
    const bytes = Buffer.concat(await Array.fromAsync(chunks));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    stored.set(sha256, bytes);
    return { name, sha256, bytes: bytes.length };
  },
} as unknown as ArtifactAccess;

function proof(id: string, changes: Partial<ProofName> = {}): ProofName {
  return {
    id,
    category: "SENDER_ACK",
    elementId: `e-${id}`,
    at: "2026-11-23T06:45:00.000Z",
    ...changes,
  };
}

function followed(proofs: readonly ProofName[], day?: string): Followed {
  const perfezionamento =
    day === undefined
      ? {}
      : {
          perfezionamento: {
            at: `${day}T22:59:59.999Z`,
            day,
            rule: "digital",
            elementId: "e",
            isFinal: true,
          } as const,
        };
  return {
    status: "DELIVERED",
    recipients: [{ index: 0, attempts: [], ...perfezionamento }],
    corrections: [],
    proofs: [...proofs],
  };
}

async function run(state: Followed): Promise<Record<string, unknown>> {
  const clock = fakeClock();
  clock.advance(Date.parse(now) - clock.now());
  const ctx = contextOf(evidence, { send: {} as SendPort, desk, clock, register });
  const data = { iun, numero: "V-1", act: buildAct("V-1"), followed: state };
  return {
    ...(await runOnItem(evidence, { key: iun, round: 1, data }, { ...ctx, artifacts })),
  };
}

const note = (fields: Record<string, unknown>): string | null => evidence.note?.(fields) ?? null;

describe("a proof", () => {
  test("is kept byte by byte, with its digest and a name that says what it is", async () => {
    const bytes = new TextEncoder().encode("%PDF attestazione");
    files.set("PN_LEGAL_FACTS-1.pdf", bytes);

    const fields = await run(followed([proof("PN_LEGAL_FACTS-1.pdf", { recipient: 0 })]));

    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(Buffer.from(stored.get(sha256) ?? [])).toEqual(Buffer.from(bytes));
    expect(fields["evidence"]).toEqual({
      kept: [
        {
          ...proof("PN_LEGAL_FACTS-1.pdf", { recipient: 0 }),
          name: "ABCD-EFGH-ILMN-202611-N-1_0_20261123T064500Z_SENDER_ACK_ACTS-1.pdf",
          sha256,
          bytes: bytes.length,
          keptAt: "2026-12-01T05:00:00.000Z",
        },
      ],
      missing: [],
    });
    expect(note(fields)).toBe("Una prova conservata.");
  });

  test("is asked for once, and what a correction took back stays, marked", async () => {
    files.set("a", new Uint8Array([1]));
    files.set("b", new Uint8Array([2]));
    await run(followed([proof("a")]));

    const fields = await run(followed([proof("a", { isInvalid: true }), proof("b")]));

    expect(asked).toEqual(["a", "b"]);
    expect((await register.read("evidence", iun))?.data.kept).toMatchObject([
      { id: "a", isInvalid: true },
      { id: "b" },
    ]);
    expect(note(fields)).toBe("2 prove conservate.");
  });

  test("that the timeline names no more stays kept", async () => {
    files.set("a", new Uint8Array([1]));
    await run(followed([proof("a")]));

    await run(followed([]));

    expect((await register.read("evidence", iun))?.data.kept).toHaveLength(1);
  });

  test.each([
    ["in the archive", "archived"],
    ["not known to SEND yet", null],
  ] as const)(
    "that is %s is asked for again some hours later, and an alarm near the end",
    async (_what, there) => {
      files.set("a", there);
      const early = await run(followed([proof("a")], "2026-11-30"));
      expect(note(early)).toBe(
        "0 prove conservate, 1 ancora da scaricare. SEND le tiene fino al 30/03/2027.",
      );
      expect((await register.read("evidence", iun))?.dueAt).toBe("2026-12-01T11:00:00.000Z");

      now = "2027-03-10T05:00:00Z";
      const late = await run(followed([proof("a")], "2026-11-30"));
      expect(late["isEvidenceLate"]).toBeTrue();
      expect(note(late)).toEndWith("Attenzione: il termine è vicino, avvisare il tecnico.");

      files.set("a", new Uint8Array([7]));
      const kept = await run(followed([proof("a")], "2026-11-30"));
      expect(kept["isEvidenceLate"]).toBeFalse();
      expect((await register.read("evidence", iun))?.dueAt).toBeNull();
    },
  );

  test.each([
    ["is silent", new RetryLater("Non ora.", { code: "DOWNLOAD_FAILED", effect: "none" })],
    ["refuses the key", new RunBlocked("ACCESS_DENIED", "SEND ha rifiutato le credenziali.")],
  ])(
    "that cannot be read now leaves nothing half kept and holds up nothing: SEND %s",
    async (_title, away) => {
      files.set("a", away);

      const { evidence } = await run(followed([proof("a")]));

      expect(evidence).toMatchObject({ kept: [], missing: [{ id: "a" }] });
      expect(stored.size).toBe(0);
      // Six hours later.
      expect((await register.read("evidence", iun))?.dueAt).toBe("2026-12-01T11:00:00.000Z");
    },
  );

  test("of the deposit is asked for by its own way", async () => {
    files.set("aar PN_AAR-1.pdf", new Uint8Array([1]));

    await run(followed([proof("PN_AAR-1.pdf", { category: "AAR" })]));

    expect(asked).toEqual(["aar PN_AAR-1.pdf"]);
  });
});

describe("the timeline names", () => {
  const element = (changes: Partial<SentElement>): SentElement => ({
    category: "SEND_ANALOG_PROGRESS",
    at: "2026-11-24T10:00:00Z",
    elementId: "e-1",
    ...changes,
  });

  test("each file once, a scan with its kind, the oldest first", () => {
    const proofs = listProofs(
      [
        element({
          legalFacts: [{ id: "scan", category: "ANALOG_DELIVERY" }],
          attachments: [{ id: "scan", kind: "23L" }],
          recipient: 0,
        }),
        element({ at: "2026-11-23T10:00:00Z", elementId: "e-0", aarId: "aar" }),
      ],
      new Set(),
    );

    expect(proofs).toEqual([
      { id: "aar", category: "AAR", elementId: "e-0", at: "2026-11-23T10:00:00Z" },
      {
        id: "scan",
        category: "ANALOG_DELIVERY",
        kind: "23L",
        elementId: "e-1",
        recipient: 0,
        at: "2026-11-24T10:00:00Z",
      },
    ]);
  });

  test("what was taken back, wherever it stands; a file that still belongs to what holds is valid", () => {
    const old = element({
      elementId: "old",
      legalFacts: [
        { id: "a", category: "ANALOG_DELIVERY" },
        { id: "b", category: "ANALOG_DELIVERY" },
      ],
    });
    const correction = element({
      category: "NOTIFICATION_TIMELINE_REWORKED",
      elementId: "rework",
      invalidated: [old],
    });
    const fresh = element({
      elementId: "new",
      legalFacts: [{ id: "b", category: "ANALOG_DELIVERY" }],
    });

    const proofs = listProofs([correction, fresh], new Set(["old"]));

    expect(proofs.map(({ id, isInvalid }) => [id, isInvalid ?? false])).toEqual([
      ["a", true],
      ["b", false],
    ]);
  });
});

test("what SEND attests of a real acceptance is kept", async () => {
  const world = await makeFollowWorld();
  const { notificationRequestId } = await world.send.send(await sampleRequest(world.send));
  world.clock.advance(200);
  const found = await world.send.findStatus(notificationRequestId);
  if (found?.status !== "accepted") throw new Error("the sample was not accepted");
  const act = buildAct("V-1");
  const { followed: state } = await runFollowStep(follow, world, { iun: found.iun, act });

  const ctx = contextOf(evidence, {
    send: world.send,
    desk: world.desk,
    clock: world.clock,
    register: world.register,
  });
  const data = { iun: found.iun, numero: "V-1", act, followed: state };
  await runOnItem(evidence, { key: found.iun, round: 1, data }, { ...ctx, artifacts });

  const kept = (await world.register.read("evidence", found.iun))?.data;
  expect(kept?.missing).toEqual([]);
  expect(kept?.kept).toMatchObject([{ category: "SENDER_ACK" }]);
  expect(stored.size).toBe(1);
});
