/** What a file of tests may say, as a schema: lint, completion and types are made of it. */
import { Type, type Static } from "typebox";
import { crashpoints } from "../../../engine/host/crashpoint.ts";
import { Duration } from "../../../loader/yaml/duration.ts";
import { Verbale } from "../../../steps/schemas/verbale.ts";
import { SimulatorSettings } from "../../simulator-settings.ts";
import { chooseOf, closedObject, defineText } from "./parts.ts";
import { relaxSchema } from "./relax-schema.ts";
import { Expect } from "./test-expect.ts";
import { Mocks } from "./test-mocks.ts";

/** One verbale as far as it differs from the sample. */
export const TestVerbale = relaxSchema(
  Verbale,
  "Un verbale: solo ciò che è diverso da quello di esempio; un testo vuoto toglie il campo",
);

const Position = Type.Object(
  {
    iupd: Type.String({ description: "Nome della posizione sul sistema dei pagamenti (IUPD)" }),
    iuv: Type.Optional(
      Type.String({
        pattern: "^[0-9]{17}$",
        remedy: "diciassette cifre, tra virgolette",
        description: "IUV, diciassette cifre tra virgolette; se manca, uno qualsiasi",
      }),
    ),
    importoCents: Type.Integer({ minimum: 1, default: 5_000, description: "Importo, centesimi" }),
    stato: Type.Union(
      [
        Type.Literal("VALID"),
        Type.Literal("DRAFT"),
        Type.Literal("PAID"),
        Type.Literal("PARTIALLY_PAID"),
        Type.Literal("INVALID"),
        Type.Literal("EXPIRED"),
      ],
      { default: "VALID", description: "Come sta la posizione all'inizio" },
    ),
  },
  closedObject,
);

export const Given = Type.Object(
  {
    verbali: Type.Optional(
      Type.Array(TestVerbale, { description: "Le righe del flusso, una per verbale" }),
    ),
    count: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 500,
        description: "Quanti verbali di esempio, al posto di verbali",
      }),
    ),
    file: defineText("Il file del flusso, relativo al file di prova, con le colonne dell'ente"),
    positions: Type.Optional(
      Type.Array(Position, {
        description: "Posizioni debitorie che ci sono già (con adapter gpd)",
      }),
    ),
  },
  { ...closedObject, description: "Da che cosa si parte: verbali, count oppure file" },
);
export type Given = Static<typeof Given>;

const Answer = Type.Object(
  {
    otp: defineText(
      'Il codice OTP, tra virgolette: "123456" è giusto, "999999" scaduto, ogni altro sbagliato',
    ),
    approve: Type.Optional(Type.Boolean({ description: "true: il benestare" })),
    files: Type.Optional(
      Type.Object(
        {
          without: Type.Optional(
            Type.Array(Type.String(), { description: "Verbali di cui i PDF mancano" }),
          ),
        },
        { ...closedObject, description: "I PDF, firmati altrove e consegnati" },
      ),
    ),
    doubt: Type.Optional(
      chooseOf(
        ["done", "not-done", "ask"],
        "Dei verbali in dubbio, la parola di una persona: avvenuto, non avvenuto, oppure si chiede ancora",
      ),
    ),
  },
  closedObject,
);
export type PersonAnswer = Static<typeof Answer>;

const Happening = Type.Object(
  {
    pays: defineText(
      "Il destinatario di questo verbale paga il codice con l'importo più basso che si può pagare",
    ),
    paysOld: defineText(
      "Arriva una ricevuta su questa posizione (IUPD), anche se è stata annullata",
    ),
    views: defineText("Il destinatario di questo verbale legge la notifica"),
  },
  closedObject,
);
export type Happening = Static<typeof Happening>;

const actKeys = {
  advance: Type.Optional(Duration({ description: "Quanto tempo passa prima: 10d" })),
  events: Type.Optional(
    Type.Array(Happening, { description: "Che cosa fanno altri, prima: chi paga, chi legge" }),
  ),
  params: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: "Parametri della pipeline; $iun(A1) è lo IUN del verbale A1",
    }),
  ),
  first: Type.Optional(Type.Integer({ minimum: 1, description: "Solo i primi, come run --first" })),
  wait: Type.Optional(
    Duration({ description: "Quanto si aspettano i verbali in attesa; se manca, 10m" }),
  ),
  crash: Type.Optional(
    Type.String({
      pattern: `^(${crashpoints.join("|")})(:[1-9][0-9]*)?$`,
      remedy: `uno di: ${crashpoints.join(", ")}; con :2 la seconda volta`,
      description:
        "Dove il programma muore; poi riparte e va avanti: after-intent, after-effect:2, …",
    }),
  ),
  mocks: Type.Optional(Mocks),
  answers: Type.Optional(
    Type.Array(Answer, { description: "Le risposte delle persone, nell'ordine" }),
  ),
  expect: Type.Optional(Expect),
};

const Act = Type.Object(
  {
    name: defineText("Che cosa succede, per chi legge"),
    run: defineText("La pipeline che si avvia; se manca, si continua il flusso di prima"),
    only: Type.Optional(
      chooseOf(
        ["rejected", "failed", "in-doubt", "rest"],
        "Quali verbali del flusso di prima si riprovano; rest: gli altri del file",
      ),
    ),
    given: Type.Optional(Given),
    ...actKeys,
  },
  closedObject,
);

export const TestCase = Type.Object(
  {
    name: Type.String({ minLength: 1, description: "Che cosa deve succedere, in una frase" }),
    ente: defineText("L'ente; se manca, quello del file"),
    pipeline: defineText("La pipeline; se manca, quella del file"),
    clock: defineText(
      'Quando comincia, ora di Roma: "2026-11-23 08:00"; se manca, quella del file',
    ),
    simulators: Type.Optional(SimulatorSettings),
    given: Type.Optional(Given),
    ...actKeys,
    next: Type.Optional(
      Type.Array(Act, { description: "Che cosa succede dopo, un atto alla volta" }),
    ),
  },
  closedObject,
);
export type TestCase = Static<typeof TestCase>;
export type TestAct = Static<typeof Act>;

export const TestFile = Type.Object(
  {
    pipeline: defineText("La pipeline che si prova"),
    ente: defineText("L'ente per cui si prova; se manca, il primo della cartella"),
    clock: Type.String({
      default: "2026-11-23 08:00",
      description: 'Quando comincia ogni prova, ora di Roma: "2026-11-23 08:00"',
    }),
    verbale: Type.Optional(TestVerbale),
    tests: Type.Array(TestCase, { minItems: 1, description: "Le prove" }),
  },
  { ...closedObject, description: "Prove di una pipeline" },
);
export type TestFile = Static<typeof TestFile>;
