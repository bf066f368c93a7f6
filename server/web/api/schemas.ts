/** What the API takes and answers, as schemas: the same objects check and describe. */
import { Type } from "typebox";
import { runStates } from "../../../engine/journal/states.ts";
import {
  buildRecordSchema,
  buildRowSchema,
  itemColumns,
  runColumns,
} from "../../history/columns.ts";
import { searchKinds } from "../../search/terms.ts";

export const closed = { additionalProperties: false };
export const listWords = <Word extends string>(words: readonly Word[]) =>
  Type.Unsafe<Word>({ type: "string", enum: [...words] });
export const textOrNull = Type.Unsafe<string | null>({ type: ["string", "null"] });
export const instant = Type.Unsafe<string>({ type: "string", format: "date-time" });
export const instantOrNull = Type.Unsafe<string | null>({
  type: ["string", "null"],
  format: "date-time",
});
export const enteCode = Type.String({
  minLength: 1,
  maxLength: 100,
  description: "Codice dell'ente",
});
export const day = Type.String({ format: "date", description: "AAAA-MM-GG" });
export const anything = Type.Unsafe<Readonly<Record<string, unknown>>>({ type: "object" });

export const RunRow = Type.Unsafe<Readonly<Record<string, unknown>>>(buildRowSchema(runColumns));
export const RunDocument = Type.Unsafe<object>(
  buildRecordSchema({ run: RunRow, items: { type: "array", items: buildRowSchema(itemColumns) } }),
);
export const RunList = Type.Object(
  {
    runs: Type.Array(RunRow),
    next: Type.Unsafe<number | null>({
      type: ["integer", "null"],
      description: "`null`: non ce ne sono altri",
    }),
  },
  closed,
);
export const RunsQuery = Type.Object({
  ente: Type.Optional(enteCode),
  pipeline: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  state: Type.Optional(Type.Array(listWords(runStates), { description: "Ripetibile" })),
  since: Type.Optional({ ...day, description: "Creati da questo giorno (Roma)" }),
  before: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 999_999_999_999_999,
      description: "Pagina seguente: il `next` della precedente",
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
});

/** A file inside a request; larger ones come by the page or the terminal. */
export const InlineFile = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    base64: Type.String({
      pattern: "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    }),
  },
  closed,
);
export const StartBody = Type.Object(
  {
    pipeline: Type.String({ minLength: 1, maxLength: 100 }),
    ente: enteCode,
    params: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 1_000 }))),
    input: Type.Optional(InlineFile),
    first: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: "Solo i primi del file; gli altri restano",
      }),
    ),
  },
  closed,
);
export const Started = Type.Object(
  { status: Type.Literal("accepted"), run: Type.String() },
  closed,
);
export const Accepted = Type.Object({ status: Type.Literal("accepted") }, closed);
export const AnswerBody = Type.Union([
  Type.Object(
    { kind: Type.Literal("otp"), otp: Type.String({ minLength: 1, maxLength: 64 }) },
    closed,
  ),
  Type.Object(
    {
      kind: Type.Literal("approval"),
      by: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 80,
          description: "Nome e cognome; di chi è entrato con il proprio nome vale quello",
        }),
      ),
    },
    closed,
  ),
]);
export const ResumeBody = Type.Object(
  {
    only: Type.Optional(listWords(["rejected", "failed", "in-doubt"] as const)),
    items: Type.Optional(
      Type.Array(Type.String({ maxLength: 200 }), { description: "Numeri dei verbali" }),
    ),
  },
  closed,
);
export const DecideBody = Type.Object(
  {
    word: listWords(["done", "not-done", "ask"] as const),
    reason: Type.String({ minLength: 1, maxLength: 300 }),
    by: Type.Optional(Type.String({ minLength: 1, maxLength: 80 })),
    evidence: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: "IUN o token" }),
    ),
    items: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { minItems: 1 })),
  },
  closed,
);
export const ExcludeBody = Type.Object(
  {
    items: Type.Array(Type.String({ maxLength: 200 }), { minItems: 1 }),
    reason: Type.String({ minLength: 1, maxLength: 300 }),
    by: Type.Optional(Type.String({ minLength: 1, maxLength: 80 })),
  },
  closed,
);
export const NoBody = Type.Object({}, closed);
const file = Type.Object(
  {
    name: Type.String(),
    sha256: Type.String(),
    bytes: Type.Integer({ minimum: 0 }),
    url: Type.String(),
  },
  closed,
);
export const Files = Type.Object({ files: Type.Array(file) }, closed);
export const Questions = Type.Object(
  {
    asks: Type.Array(
      Type.Object(
        {
          step: Type.String(),
          kind: listWords(["otp", "files", "approval"] as const),
          who: Type.String(),
          prompt: Type.String(),
          problem: textOrNull,
          deadline: instant,
        },
        closed,
      ),
    ),
    approvals: Type.Array(
      Type.Object({ step: Type.String(), by: Type.String(), at: instant }, closed),
    ),
  },
  closed,
);
export const Spec = Type.Object({ yaml: Type.String() }, closed);
export const DoubtsDocument = Type.Object({ doubts: Type.Array(anything) }, closed);
export const CatalogDocument = Type.Object(
  {
    enti: Type.Array(Type.Object({ codice: Type.String(), nome: Type.String() }, closed)),
    pipelines: Type.Array(anything),
    broken: Type.Array(anything),
  },
  closed,
);
export const DueQuery = Type.Object({
  ente: Type.Optional(enteCode),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
});
export const DueList = Type.Object({ due: Type.Array(anything) }, closed);
export const InboxList = Type.Object({ files: Type.Array(anything) }, closed);
export const FindBody = Type.Object(
  {
    text: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: "\\S",
      description: "Che cosa cercare",
    }),
    ente: Type.Optional({ ...enteCode, description: "Solo i verbali di questo ente" }),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 20 })),
  },
  closed,
);
export const FoundDocument = Type.Object(
  {
    verbali: Type.Array(
      Type.Object(
        {
          ente: Type.String(),
          numero: Type.String(),
          kinds: Type.Array(listWords(searchKinds)),
          run: anything,
          item: anything,
          iun: textOrNull,
          noticeCodes: Type.Array(Type.String()),
          otherRuns: Type.Array(Type.String()),
        },
        closed,
      ),
    ),
    isPart: Type.Boolean({ description: "Solo l'inizio o la fine di un codice" }),
    isCut: Type.Boolean({ description: "Ce ne sono altri" }),
    isTooWide: Type.Boolean({
      description: "Troppi codici iniziano o finiscono così: serve un testo più lungo",
    }),
  },
  closed,
);

/** RFC 9457, with the code as ours and the shape of before (`error`) beside it. */
export const ProblemDocument = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String(),
    hint: Type.Optional(Type.String()),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          {
            field: Type.String({ description: "Le sue chiavi, con il punto: params.lotto" }),
            detail: Type.String(),
          },
          closed,
        ),
        { description: "Che cosa non va, valore per valore" },
      ),
    ),
    error: Type.Object(
      { code: Type.String(), message: Type.String(), hint: Type.Optional(Type.String()) },
      closed,
    ),
  },
  closed,
);
