/** The four corrections that PagoPA tells of, before and after, in the wire's shapes: made from what is known of them, not copied. */
import type { SentElement } from "../../integrations/send/desk-port.ts";
import { readElement } from "../../integrations/send/timeline-element.ts";

type Wire = Readonly<Record<string, unknown>> & { readonly elementId: string };

export interface ReworkStory {
  readonly iun: string;
  readonly before: readonly SentElement[];
  readonly after: readonly SentElement[];
}

/** `details` beside recIndex; `suffix`: what stands behind the IUN in the id. */
function makeElement(
  iun: string,
  category: string,
  at: string,
  told: {
    readonly details?: Record<string, unknown>;
    readonly suffix?: string;
    readonly id?: string;
  } = {},
): Wire {
  const { details = {}, suffix = "", id = category } = told;
  return {
    elementId: `${id}.IUN_${iun}.RECINDEX_0${suffix}`,
    category,
    timestamp: at,
    ingestionTimestamp: at,
    eventTimestamp: at,
    legalFactsIds: [],
    details: { recIndex: 0, ...details },
  };
}

interface Letter {
  readonly attempt: number;
  readonly sentAt: string;
  readonly endedAt: string;
  readonly outcome: "OK" | "KO";
  readonly code: string;
  readonly cause?: string;
  readonly rework?: boolean;
}

function makeLetter(iun: string, letter: Letter): readonly Wire[] {
  const { attempt, sentAt, endedAt, outcome, code, cause, rework = false } = letter;
  const suffix = `.ATTEMPT_${attempt}${rework ? ".REWORK_0" : ""}`;
  const base = { sentAttemptMade: attempt, productType: "AR" };
  const sent = makeElement(iun, "SEND_ANALOG_DOMICILE", sentAt, {
    suffix,
    details: { ...base, analogCost: 364, numberOfPages: 3 },
  });
  return [
    sent,
    makeElement(iun, "SEND_ANALOG_FEEDBACK", endedAt, {
      suffix,
      details: {
        ...base,
        sendRequestId: sent.elementId,
        notificationDate: endedAt,
        responseStatus: outcome,
        deliveryDetailCode: code,
        registeredLetterCode: `raccomandata-${attempt}${rework ? "-bis" : ""}`,
        ...(cause === undefined ? {} : { deliveryFailureCause: cause }),
      },
    }),
  ];
}

/** Untraceable: the deposit, the term and its end, four minutes after it in that environment. */
function makeUntraceable(iun: string, depositAt: string, refinedAt: string): readonly Wire[] {
  return [
    makeElement(iun, "ANALOG_FAILURE_WORKFLOW", depositAt),
    makeElement(iun, "COMPLETELY_UNREACHABLE", depositAt, {
      details: { legalFactGenerationDate: depositAt },
    }),
    ...makeTerm(iun, depositAt, refinedAt),
  ];
}

function makeTerm(iun: string, from: string, refinedAt: string, old?: string): readonly Wire[] {
  const suffix = old === undefined ? "" : ".REWORK_0";
  return [
    makeElement(iun, "SCHEDULE_REFINEMENT", from, {
      id: "SCHEDULE_REFINEMENT_WORKFLOW",
      suffix,
      details: { schedulingDate: refinedAt },
    }),
    makeElement(iun, "REFINEMENT", refinedAt, {
      suffix,
      // SEND's trap: after a correction the old date stays here.
      details: { eventTimestamp: old ?? refinedAt, notificationCost: 100 },
    }),
  ];
}

/** In UJRX this one comes without an ending, for it had not been there before. */
function makeSuccess(iun: string, at: string): Wire {
  return makeElement(iun, "ANALOG_SUCCESS_WORKFLOW", at);
}

function makeRework(
  iun: string,
  {
    at,
    storedAt,
    attempt,
    taken,
  }: {
    readonly at: string;
    readonly storedAt: string;
    readonly attempt: number;
    readonly taken: readonly Wire[];
  },
): Wire {
  return {
    ...makeElement(iun, "NOTIFICATION_TIMELINE_REWORKED", at, {
      suffix: `.ATTEMPT_${attempt}.REWORK_0`,
      details: {
        sentAttemptMade: attempt,
        invalidatedTimelineAndStatusHistory: [
          {
            status: "DELIVERING",
            activeFrom: taken[0]?.["timestamp"],
            // Whole elements, without the time at which they were stored.
            relatedTimelineElements: taken.map((element) => ({
              ...element,
              ingestionTimestamp: undefined,
            })),
          },
        ],
      },
    }),
    ingestionTimestamp: storedAt,
  };
}

interface Told {
  readonly iun: string;
  readonly kept: readonly Wire[];
  readonly taken: readonly Wire[];
  readonly rework: { readonly at: string; readonly storedAt: string; readonly attempt: number };
  readonly made: readonly Wire[];
}

/** What was taken back stands within the correction alone, as the sent notification gives it. */
function tell({ iun, kept, taken, rework, made }: Told): ReworkStory {
  return {
    iun,
    before: [...kept, ...taken].map(readElement),
    after: [...kept, makeRework(iun, { ...rework, taken }), ...made].map(readElement),
  };
}

const nmdx = "NMDX-NVHP-UEZE-202606-Y-1";
const qkek = "QKEK-RWNX-TAHE-202606-K-1";
const xqja = "XQJA-JYMN-KRYR-202606-N-1";
const ujrx = "UJRX-APEQ-UEYZ-202606-R-1";

function makeAccepted(iun: string, at: string): Wire {
  const element = makeElement(iun, "REQUEST_ACCEPTED", at);
  return { ...element, elementId: `REQUEST_ACCEPTED.IUN_${iun}`, details: {} };
}

/** The first letter was misprinted: both are sent again, the second reaches the recipient. */
const misprinted = tell({
  iun: nmdx,
  kept: [makeAccepted(nmdx, "2026-06-22T13:18:00.100Z")],
  taken: [
    ...makeLetter(nmdx, {
      attempt: 0,
      sentAt: "2026-06-22T13:19:10.000Z",
      endedAt: "2026-06-22T13:20:26Z",
      outcome: "KO",
      code: "RECRN002F",
      cause: "M01",
    }),
    ...makeLetter(nmdx, {
      attempt: 1,
      sentAt: "2026-06-22T13:21:30.000Z",
      endedAt: "2026-06-22T13:22:50Z",
      outcome: "KO",
      code: "RECRN002F",
      cause: "M03",
    }),
    ...makeUntraceable(nmdx, "2026-06-22T13:23:11.655865892Z", "2026-06-22T13:27:11.655865892Z"),
  ],
  rework: { at: "2026-06-22T13:36:02Z", storedAt: "2026-06-22T13:35:55Z", attempt: 0 },
  made: [
    ...makeLetter(nmdx, {
      attempt: 0,
      sentAt: "2026-06-22T13:36:10.000Z",
      endedAt: "2026-06-22T13:37:26Z",
      outcome: "KO",
      code: "RECRN002F",
      cause: "M01",
      rework: true,
    }),
    ...makeLetter(nmdx, {
      attempt: 1,
      sentAt: "2026-06-22T13:38:10.000Z",
      endedAt: "2026-06-22T13:39:26Z",
      outcome: "OK",
      code: "RECRN001C",
      rework: true,
    }),
    makeSuccess(nmdx, "2026-06-22T13:39:26Z"),
    ...makeTerm(
      nmdx,
      "2026-06-22T13:39:27Z",
      "2026-06-22T13:43:26Z",
      "2026-06-22T13:27:11.655865892Z",
    ),
  ],
});

/** The first letter reached the recipient after all: the second attempt is gone, and its cost. */
const firstDelivered = tell({
  iun: qkek,
  kept: [makeAccepted(qkek, "2026-06-22T14:19:00.100Z")],
  taken: [
    ...makeLetter(qkek, {
      attempt: 0,
      sentAt: "2026-06-22T14:20:10.000Z",
      endedAt: "2026-06-22T14:21:26Z",
      outcome: "KO",
      code: "RECRN002F",
      cause: "M01",
    }),
    ...makeLetter(qkek, {
      attempt: 1,
      sentAt: "2026-06-22T14:22:30.000Z",
      endedAt: "2026-06-22T14:24:10Z",
      outcome: "KO",
      code: "RECRN002F",
      cause: "M01",
    }),
    ...makeUntraceable(qkek, "2026-06-22T14:24:50.070044198Z", "2026-06-22T14:28:50.070044198Z"),
  ],
  rework: { at: "2026-06-22T14:36:57Z", storedAt: "2026-06-22T14:36:51Z", attempt: 0 },
  made: [
    ...makeLetter(qkek, {
      attempt: 0,
      sentAt: "2026-06-22T14:37:05.000Z",
      endedAt: "2026-06-22T14:38:26Z",
      outcome: "OK",
      code: "RECRN001C",
      rework: true,
    }),
    makeSuccess(qkek, "2026-06-22T14:38:26Z"),
    ...makeTerm(
      qkek,
      "2026-06-22T14:38:27Z",
      "2026-06-22T14:42:26Z",
      "2026-06-22T14:28:50.070044198Z",
    ),
  ],
});

/** The second letter again; the outcome of the first stays. */
const secondDelivered = tell({
  iun: xqja,
  kept: [
    makeAccepted(xqja, "2026-06-22T14:19:00.100Z"),
    ...makeLetter(xqja, {
      attempt: 0,
      sentAt: "2026-06-22T14:20:10.000Z",
      endedAt: "2026-06-22T14:21:26Z",
      outcome: "KO",
      code: "RECRN002F",
      cause: "M01",
    }),
  ],
  taken: [
    ...makeLetter(xqja, {
      attempt: 1,
      sentAt: "2026-06-22T14:22:30.000Z",
      endedAt: "2026-06-22T14:24:10Z",
      outcome: "KO",
      code: "RECRN002F",
      cause: "M01",
    }),
    ...makeUntraceable(xqja, "2026-06-22T14:24:54.081270503Z", "2026-06-22T14:28:54.081270503Z"),
  ],
  rework: { at: "2026-06-22T14:36:57Z", storedAt: "2026-06-22T14:36:51Z", attempt: 1 },
  made: [
    ...makeLetter(xqja, {
      attempt: 1,
      sentAt: "2026-06-22T14:37:05.000Z",
      endedAt: "2026-06-22T14:38:22Z",
      outcome: "OK",
      code: "RECRN001C",
      rework: true,
    }),
    makeSuccess(xqja, "2026-06-22T14:38:22Z"),
    ...makeTerm(
      xqja,
      "2026-06-22T14:38:23Z",
      "2026-06-22T14:42:22Z",
      "2026-06-22T14:28:54.081270503Z",
    ),
  ],
});

/** No second address was found, and the only letter reached the recipient after all: UNREACHABLE is gone. */
const onlyDelivered = tell({
  iun: ujrx,
  kept: [makeAccepted(ujrx, "2026-06-22T14:41:34Z")],
  taken: [
    ...makeLetter(ujrx, {
      attempt: 0,
      sentAt: "2026-06-22T14:42:40.000Z",
      endedAt: "2026-06-22T14:44:20Z",
      outcome: "KO",
      code: "RECRN002F",
      cause: "M01",
    }),
    makeElement(ujrx, "PREPARE_ANALOG_DOMICILE_FAILURE", "2026-06-22T14:45:00Z", {
      suffix: ".ATTEMPT_1",
      details: { failureCause: "D00" },
    }),
    ...makeUntraceable(ujrx, "2026-06-22T14:45:38.878305032Z", "2026-06-22T14:49:38.878305032Z"),
  ],
  rework: { at: "2026-06-22T14:56:57Z", storedAt: "2026-06-22T14:56:51Z", attempt: 0 },
  made: [
    ...makeLetter(ujrx, {
      attempt: 0,
      sentAt: "2026-06-22T14:56:57.500Z",
      endedAt: "2026-06-22T14:58:25Z",
      outcome: "OK",
      code: "RECRN001C",
      rework: true,
    }),
    makeSuccess(ujrx, "2026-06-22T14:58:25Z"),
    ...makeTerm(
      ujrx,
      "2026-06-22T14:58:26Z",
      "2026-06-22T15:02:25Z",
      "2026-06-22T14:49:38.878305032Z",
    ),
  ],
});

export const reworkStories = { misprinted, firstDelivered, secondDelivered, onlyDelivered };
