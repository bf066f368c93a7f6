/** What pipeline files and ente files may say, as schemas. */
import { Type, type Static } from "typebox";
import { Duration } from "../yaml/duration.ts";

const closed = { additionalProperties: false } as const;

export const StepId = Type.String({
  pattern: "^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$",
  remedy: "minuscole, cifre e trattini: firma-comandante",
  maxLength: 60,
  description:
    "Nome del passo nella pipeline: minuscole, cifre e trattini; se manca è il nome in uses",
});

export const Schedule = Type.Object(
  {
    cron: Type.String({
      description: 'Quando parte: "30 6 * * 1-5" (minuti ore giorno mese settimana)',
    }),
    timezone: Type.String({ default: "Europe/Rome", description: "Fuso orario" }),
    ifMissed: Type.Union([Type.Literal("run-once"), Type.Literal("skip")], {
      default: "run-once",
      description:
        "Se il programma era spento all'ora prevista: parte una volta sola, oppure salta",
    }),
    ifRunning: Type.Union([Type.Literal("skip"), Type.Literal("queue")], {
      default: "skip",
      description:
        "Se la precedente lavora ancora: salta, oppure attende il suo turno; se aspetta solo gli esiti di SEND non trattiene nessuno",
    }),
  },
  { ...closed, description: "Avvio automatico" },
);
export type Schedule = Static<typeof Schedule>;

export const Retry = Type.Object(
  {
    times: Type.Integer({
      minimum: 0,
      maximum: 1000,
      default: 5,
      description: "Quante volte si riprova dopo il primo tentativo",
    }),
    wait: Duration({
      default: "30s",
      description: "Attesa prima del primo nuovo tentativo; poi raddoppia",
    }),
    maxWait: Duration({ default: "10m", description: "Attesa massima tra due tentativi" }),
  },
  {
    ...closed,
    default: {},
    shorthand: "times",
    description: "Nuovi tentativi dopo un errore passeggero",
  },
);

/** `with:` is held against the schema of the step named in `uses`, not against this one. */
export const With = Type.Object(
  {},
  { additionalProperties: true, description: "Impostazioni del passo" },
);

const entryKeys = {
  retry: Retry,
  concurrency: Type.Integer({
    minimum: 1,
    maximum: 256,
    default: 8,
    description: "Quanti verbali insieme",
  }),
  timeout: Type.Optional(Duration({ description: "Durata massima di un tentativo" })),
  within: Type.Optional(
    Duration({ description: "Entro quanto il passo deve riuscire, contando le attese" }),
  ),
  approval: Type.Boolean({
    default: false,
    description: "true: prima del passo il flusso si ferma finché una persona dà il via",
  }),
};

/** A step entry; `with:` is typed by the step itself. */
export const StepEntry = Type.Object(
  {
    id: Type.Optional(StepId),
    uses: Type.String({ minLength: 1, description: "Il passo da eseguire" }),
    ...entryKeys,
    with: Type.Optional(With),
  },
  closed,
);
export type StepEntry = Static<typeof StepEntry>;

export const Param = Type.Object(
  {
    type: Type.Union(
      [
        Type.Literal("string"),
        Type.Literal("integer"),
        Type.Literal("number"),
        Type.Literal("boolean"),
        Type.Literal("duration"),
        Type.Literal("date"),
      ],
      { default: "string", description: "Tipo del parametro" },
    ),
    pattern: Type.Optional(Type.String({ description: "Forma del testo (espressione regolare)" })),
    choices: Type.Optional(
      Type.Array(Type.String(), { minItems: 1, description: "Valori ammessi" }),
    ),
    min: Type.Optional(Type.Number({ description: "Di un numero: il più piccolo ammesso" })),
    max: Type.Optional(Type.Number({ description: "Di un numero: il più grande ammesso" })),
    help: Type.Optional(Type.String({ description: "A che cosa serve, per chi avvia il flusso" })),
    default: Type.Optional(Type.Unsafe<unknown>({ description: "Valore se non è indicato" })),
    required: Type.Boolean({
      default: false,
      description: "true: senza valore il flusso non parte",
    }),
  },
  closed,
);
export type Param = Static<typeof Param>;

const OnFailure = Type.Object(
  {
    uses: Type.String({ minLength: 1, description: "Il passo da eseguire" }),
    with: Type.Optional(With),
  },
  { ...closed, description: "Passo da eseguire quando il flusso si blocca o fallisce" },
);

const headKeys = {
  name: Type.String({
    minLength: 1,
    maxLength: 120,
    description: "Titolo, come lo legge l'operatore",
  }),
  act: Type.Optional(
    Type.String({
      pattern: "^[A-Za-z0-9][A-Za-z0-9_-]*$",
      remedy: "il nome di un file della cartella atti, senza .yaml",
      description:
        "Il tipo di atto, dove non sono verbali del Codice della Strada: il nome di un file della cartella atti",
    }),
  ),
  schedule: Type.Optional(Schedule),
  params: Type.Optional(
    Type.Record(Type.String(), Param, { description: "Valori che si indicano all'avvio" }),
  ),
  expectSuccessEvery: Type.Optional(
    Duration({ description: "Avvisa se per questo tempo nessun flusso è riuscito" }),
  ),
};

/** A pipeline file without its steps. */
export const PipelineHead = Type.Object(headKeys, closed);
export type PipelineHead = Static<typeof PipelineHead>;

export const PipelineFile = Type.Object(
  {
    ...headKeys,
    steps: Type.Array(StepEntry, { minItems: 1, description: "I passi, nell'ordine" }),
    onFailure: Type.Optional(OnFailure),
  },
  closed,
);
export type PipelineFile = Static<typeof PipelineFile>;

const { id: _id, uses: _uses, ...changeable } = StepEntry.properties;

/** What an ente changes of one pipeline. */
export const EntePipeline = Type.Object(
  {
    schedule: Type.Optional(
      Type.Unsafe<unknown>({
        ...Type.Partial(Schedule, closed),
        description: "Avvio automatico; null: nessuno",
      }),
    ),
    params: Type.Optional(
      Type.Record(Type.String(), Type.Unsafe<unknown>({}), {
        description: "Valori dei parametri per questo ente",
      }),
    ),
    change: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Partial(Type.Object({ ...changeable, uses: Type.String() }), closed),
        { description: "Per nome di passo, le impostazioni diverse" },
      ),
    ),
    add: Type.Optional(
      Type.Array(
        Type.Object(
          {
            after: Type.Optional(Type.String({ description: "Dopo quale passo" })),
            before: Type.Optional(Type.String({ description: "Prima di quale passo" })),
            step: StepEntry,
          },
          closed,
        ),
        { description: "Passi in più" },
      ),
    ),
    remove: Type.Optional(Type.Array(Type.String(), { description: "Passi da togliere" })),
  },
  closed,
);

const Extends = Type.Array(Type.String({ minLength: 1 }), {
  description:
    "Basi da cui l'ente prende ciò che il suo file non dice: [base-provincia.yaml]; l'ultima vince",
});

/** The whole ente file: its settings, whose schema is handed in, and what it changes of pipelines. */
export function buildEnteFileSchema(settingsSchema: object): object {
  const { properties = {}, required = [] } = settingsSchema as {
    properties?: Record<string, object>;
    required?: readonly string[];
  };
  const pipelines = Type.Record(Type.String(), EntePipeline, {
    description: "Per pipeline, che cosa cambia per questo ente",
  });
  return {
    type: "object",
    properties: { extends: Extends, ...properties, pipelines },
    required,
    additionalProperties: false,
  };
}
