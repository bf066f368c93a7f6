/** Corrections of the timeline: what is taken back does not hold, dates move with the element's own time, and what follows is listed. */
import { describe, expect, test } from "bun:test";
import type { SentElement, SentNotification } from "../../../../integrations/send/desk-port.ts";
import { computeFollowed } from "../../../../steps/following/compute-followed.ts";
import { findRedoSince } from "../../../../steps/following/redo.ts";
import { reworkStories } from "../../../support/rework-stories.ts";
import { makePatience } from "../../../support/patience.ts";

function compute(timeline: readonly SentElement[]) {
  const found: SentNotification = {
    iun: "ABCD-EFGH-ILMN-202606-N-1",
    protocol: "V-1",
    sentAt: "2026-06-22T13:00:00Z",
    status: "EFFECTIVE_DATE",
    history: [],
    timeline,
    documents: [],
    payments: [],
  };
  return computeFollowed(found, {
    recipients: 1,
    isChecked: false,
    patience: makePatience("2026-06-23T09:00:00Z"),
  });
}

const rows = [
  {
    name: "misprinted",
    before: ["2026-06-22T13:27:11.655865892Z", "untraceable"],
    after: ["2026-06-22T13:43:26Z", "analog"],
    codesBefore: ["RECRN002F", "RECRN002F"],
    codesAfter: ["RECRN002F", "RECRN001C"],
    redo: ["terms", "costs", "reported"],
  },
  {
    name: "firstDelivered",
    before: ["2026-06-22T14:28:50.070044198Z", "untraceable"],
    after: ["2026-06-22T14:42:26Z", "analog"],
    codesBefore: ["RECRN002F", "RECRN002F"],
    codesAfter: ["RECRN001C"],
    redo: ["terms", "costs", "reported"],
  },
  {
    name: "secondDelivered",
    before: ["2026-06-22T14:28:54.081270503Z", "untraceable"],
    after: ["2026-06-22T14:42:22Z", "analog"],
    codesBefore: ["RECRN002F", "RECRN002F"],
    codesAfter: ["RECRN002F", "RECRN001C"],
    redo: ["terms", "costs", "reported"],
  },
  {
    name: "onlyDelivered",
    before: ["2026-06-22T14:49:38.878305032Z", "untraceable"],
    after: ["2026-06-22T15:02:25Z", "analog"],
    codesBefore: ["RECRN002F"],
    codesAfter: ["RECRN001C"],
    redo: ["terms", "costs", "reported"],
  },
] as const;

describe.each(rows)("the story $name", ({ name, before, after, codesBefore, codesAfter, redo }) => {
  const story = reworkStories[name];

  test("stands before its correction as SEND told it", () => {
    const { recipients, corrections } = compute(story.before);

    const [recipient] = recipients;
    expect(recipient?.perfezionamento).toMatchObject({
      at: before[0],
      rule: before[1],
      isFinal: true,
    });
    expect(recipient?.untraceableAt).toBeDefined();
    expect(recipient?.attempts.map(({ code }) => code)).toEqual([...codesBefore]);
    expect(corrections).toEqual([]);
  });

  test("moves to the new element's own time, and says what follows", () => {
    const { recipients, corrections, warnings } = compute(story.after);

    const [recipient] = recipients;
    expect(recipient?.perfezionamento).toMatchObject({
      at: after[0],
      rule: after[1],
      elementId: `REFINEMENT.IUN_${story.iun}.RECINDEX_0.REWORK_0`,
      isFinal: true,
    });
    expect(recipient?.untraceableAt).toBeUndefined();
    expect(recipient?.attempts.map(({ code }) => code)).toEqual([...codesAfter]);
    expect(recipient?.attempts.map(({ costCents }) => costCents)).toEqual(
      codesAfter.map(() => 364),
    );
    expect(warnings?.[0]).toStartWith(
      "SEND ha corretto la storia di questa notifica il 22/06/2026. Prima risultava perfezionata il 22/06/2026.",
    );
    expect(corrections).toHaveLength(1);
    expect(corrections[0]).toMatchObject({ before: { at: before[0] }, redo: [...redo] });
    expect(corrections[0]?.invalidated).toContain(`REFINEMENT.IUN_${story.iun}.RECINDEX_0`);
  });

  test("is the same where what was taken back stands in the timeline too", () => {
    expect(compute([...story.before, ...story.after])).toEqual(compute(story.after));
  });

  test("is read alike from an older SEND, which tells the new elements and no correction", () => {
    const timeline = [...story.before, ...story.after].filter(
      ({ category }) => category !== "NOTIFICATION_TIMELINE_REWORKED",
    );

    const { recipients } = compute(timeline);

    expect(recipients[0]?.perfezionamento).toMatchObject({ at: after[0], isFinal: true });
  });
});

test("between the correction and the new outcome no date holds", () => {
  const { after } = reworkStories.onlyDelivered;
  const end = after.findIndex(({ category }) => category === "ANALOG_SUCCESS_WORKFLOW");

  const { recipients, corrections } = compute(after.slice(0, end - 1));

  expect(recipients[0]?.perfezionamento).toBeUndefined();
  expect(recipients[0]?.attempts).toMatchObject([{ product: "AR", costCents: 364 }]);
  expect(corrections[0]?.redo).toEqual(["terms", "costs", "reported"]);
});

test("a second correction stands on the first: each tells what held before it", () => {
  const { before, after, iun } = reworkStories.onlyDelivered;
  const late = "2026-06-25T10:00:00Z";
  const taken = after.filter(({ elementId }) => /^(REFINEMENT|SCHEDULE)/.test(elementId));
  const again: SentElement = {
    category: "NOTIFICATION_TIMELINE_REWORKED",
    elementId: `NOTIFICATION_TIMELINE_REWORKED.IUN_${iun}.RECINDEX_0.ATTEMPT_0.REWORK_1`,
    at: late,
    storedAt: late,
    recipient: 0,
    invalidated: taken,
  };

  const { recipients, corrections } = compute([...before, ...after, again]);

  expect(recipients[0]?.perfezionamento).toBeUndefined();
  expect(corrections.map(({ before: held }) => held?.at)).toEqual([
    "2026-06-22T14:49:38.878305032Z",
    "2026-06-22T15:02:25Z",
  ]);
  expect(corrections.map(({ redo }) => redo)).toEqual([
    ["terms", "costs", "reported"],
    ["terms", "reported"],
  ]);
});

test("what was kept after a correction need not be redone, what was kept before it must", () => {
  const followed = compute(reworkStories.onlyDelivered.after);

  expect(findRedoSince(followed, "terms", "2026-06-22T14:50:00Z")).toHaveLength(1);
  expect(findRedoSince(followed, "terms", "2026-06-22T15:10:00Z")).toEqual([]);
  expect(findRedoSince(followed, "evidence", "2026-06-22T14:50:00Z")).toEqual([]);
});
