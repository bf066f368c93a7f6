/** The parts of a bulk on GPD: which orders are plain, make what is new, cancel what is old and publish. */
import { passCrashpoint } from "../../../engine/host/crashpoint.ts";
import { pickCodeOptions } from "../online-client.ts";
import { allocateCodes, type CodedOption } from "../payment-codes.ts";
import type { BulkEnd } from "./bulk-api.ts";
import type { GpdCalls } from "./calls.ts";
import { buildPositionBody, readPosition, readPositionState } from "./wire.ts";
import { type FoundPositions, listPayableCodes, listStates, type Work } from "./work.ts";

/** An order whose old positions are all known, and each can be cancelled by its name or cannot be paid any more. */
export interface Plain {
  readonly work: Work;
  readonly found: FoundPositions;
  readonly codes: readonly CodedOption[];
  /** Names of the old positions that can be paid. */
  readonly open: readonly string[];
  /** An old position is dead: the new one is missed until it can be paid. */
  readonly isLost: boolean;
}

/** What has become of some orders; `refused`: GPD refuses them, or nobody can tell, so that each has to be looked at by itself. */
export interface BulkPart {
  readonly done: readonly Plain[];
  readonly refused: readonly Plain[];
  readonly failed: readonly { readonly one: Plain; readonly error: unknown }[];
}

type Taken =
  | { readonly status: "plain"; readonly plain: Plain }
  | { readonly status: "alone"; readonly work: Work }
  | { readonly status: "failed"; readonly work: Work; readonly error: unknown };

/** Whether an order is plain. Asks whoever has to be asked before its positions are cancelled: what that throws ends the order. */
export async function takePlain(work: Work, known: FoundPositions): Promise<Taken> {
  const found = new Map<string, (ReturnType<FoundPositions["get"]> & object) | null>();
  for (const name of work.old) {
    const position = known.get(name);
    if (position === undefined) return { status: "alone", work };
    found.set(name, position);
  }
  const states = listStates(found);
  const plainStates = ["open", "absent", "cancelled", "expired"];
  if (!states.every((state) => plainStates.includes(state))) return { status: "alone", work };
  const open = [...found].filter(([, position]) => readPositionState(position) === "open");
  try {
    if (open.length > 0)
      await work.order.assertFree?.(open.flatMap(([, position]) => listPayableCodes(position)));
  } catch (error) {
    return { status: "failed", work, error };
  }
  const isLost = states.includes("cancelled") || states.includes("expired");
  const plain = { work, found, codes: [], open: open.map(([name]) => name), isLost };
  return { status: "plain", plain };
}

/** Gives each its codes and makes their positions, as drafts or payable at once. */
export async function createAll(
  plain: readonly Plain[],
  toPublish: boolean,
  signal: AbortSignal | undefined,
): Promise<BulkPart> {
  // Asked for in this order, so that numbers follow the flusso; durable together.
  const coded = await Promise.all(
    plain.map(async (one) => ({
      ...one,
      codes: await allocateCodes(one.work.order, 0, pickCodeOptions(one.work)),
    })),
  );
  const part = await tellApart(coded, async (some) => {
    const bodies = some.map(buildBody);
    return (await some[0]?.work.calls.v2?.create(bodies, toPublish, signal)) ?? "unclear";
  });
  passCrashpoint(toPublish ? "gpd-after-create" : "gpd-after-drafts");
  return part;
}

function buildBody({ work, codes }: Plain): unknown {
  return buildPositionBody(work.order, codes, { ...work, nowMs: work.clock.now() });
}

/** Cancels the old positions of all, each by a call of its own, and publishes the drafts of those whose old ones are all dead; no call waits for the limit. */
export async function cancelAndPublish(
  plain: readonly Plain[],
  signal: AbortSignal | undefined,
): Promise<BulkPart> {
  const [first] = plain;
  if (first === undefined) return { done: [], refused: [], failed: [] };
  let turns = 1;
  for (const { open } of plain) turns += open.length;
  const held = await tryHold(first.work, turns, signal);
  if ("error" in held)
    return { done: [], refused: [], failed: plain.map((one) => ({ one, error: held.error })) };
  const cancelled = await Promise.all(plain.map((one) => cancelOld(one, held.v1)));
  const dead = cancelled.filter(({ isDead }) => isDead).map(({ one }) => one);
  const doubtful = cancelled.filter(({ isDead }) => !isDead).map(({ one }) => one);
  const part = await tellApart(dead, async (some) => {
    // Not `signal`: who stops here would leave them without any code that can be paid.
    return (await held.v2?.publish(some.map(buildBody))) ?? "unclear";
  });
  passCrashpoint("gpd-after-publish");
  return { ...part, refused: [...part.refused, ...doubtful] };
}

/** A pause of the key that is too long to wait for ends the orders before anything is cancelled. */
async function tryHold(
  { calls }: Work,
  turns: number,
  signal: AbortSignal | undefined,
): Promise<Pick<GpdCalls, "v1" | "v2"> | { readonly error: unknown }> {
  try {
    return await calls.hold(turns, signal);
  } catch (error) {
    return { error };
  }
}

/** `isDead`: GPD itself says that none can be paid any more. What came between is looked at by a single order. */
async function cancelOld(
  one: Plain,
  v1: GpdCalls["v1"],
): Promise<{ readonly one: Plain; readonly isDead: boolean }> {
  const { open, work } = one;
  const answers = await Promise.allSettled(
    open.map(async (name) => {
      const { status, body } = await v1.invalidate(name, work.signal);
      passCrashpoint("gpd-after-cancel");
      return status === 200 && readPosition(body, name)?.status === "INVALID";
    }),
  );
  const count = answers.filter((end) => end.status === "fulfilled" && end.value).length;
  return { one: { ...one, isLost: one.isLost || count > 0 }, isDead: count === open.length };
}

/** Sends all; where GPD refuses them as a whole each half, down to the one that it refuses. */
async function tellApart(
  all: readonly Plain[],
  send: (some: readonly Plain[]) => Promise<BulkEnd>,
): Promise<BulkPart> {
  if (all.length === 0) return { done: [], refused: [], failed: [] };
  let end: BulkEnd;
  try {
    end = await send(all);
  } catch (error) {
    return { done: [], refused: [], failed: all.map((one) => ({ one, error })) };
  }
  if (end === "done") return { done: all, refused: [], failed: [] };
  if (end === "unclear" || all.length === 1) return { done: [], refused: all, failed: [] };
  const half = Math.ceil(all.length / 2);
  const before = await tellApart(all.slice(0, half), send);
  const after = await tellApart(all.slice(half), send);
  return {
    done: [...before.done, ...after.done],
    refused: [...before.refused, ...after.refused],
    failed: [...before.failed, ...after.failed],
  };
}
