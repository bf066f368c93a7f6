/** The API for people who write programs: every operation, from its own description; works offline and without script. */
/** @jsxImportSource ../../markup */
import { toFields, toList, toText } from "../../../history/fields.ts";

interface ApiPageProps {
  /** The OpenAPI document. */
  readonly document: Readonly<Record<string, unknown>>;
  /** `https://postino.comune.example`. */
  readonly origin: string;
}

export function ApiPage({ document, origin }: ApiPageProps) {
  const operations = listDescribed(document);
  const groups = [...Map.groupBy(operations, ({ group }) => group)];
  return (
    <>
      <div class="title">
        <h1>API</h1>
      </div>
      <p class="lead">
        Per i programmi: tutto quello che fanno le pagine. La descrizione per le macchine è{" "}
        <a href="/api/openapi.json">openapi.json</a>.
      </p>
      <section class="card" aria-labelledby="come">
        <h2 id="come">Come si chiede</h2>
        <p>
          Con le persone serve una chiave (<code>postino token add</code>, o la pagina{" "}
          <a href="/chiavi">Chiavi</a>) nell'intestazione Authorization. Senza persone si chiede da
          questo computer, e ogni comando porta X-Postino-Command. Una richiesta POST con una
          Idempotency-Key si può ripetere: accade una volta sola.
        </p>
        <pre
          class="yaml"
          tabindex={0}
        >{`curl -H "Authorization: Bearer pst_…" ${origin}/api/runs?limit=5

curl -X POST -H "Authorization: Bearer pst_…" -H "Idempotency-Key: lotto-47" \\
  -H "Content-Type: application/json" \\
  -d '{"pipeline":"send","ente":"borgolieto"}' ${origin}/api/runs`}</pre>
      </section>
      {groups.map(([group, members]) => (
        <section class="operations" aria-label={group}>
          <h2>{group}</h2>
          {members.map((operation) => (
            <OperationCard operation={operation} />
          ))}
        </section>
      ))}
    </>
  );
}

interface Described {
  readonly id: string;
  readonly group: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Readonly<Record<string, unknown>>[];
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly answers: readonly (readonly [status: string, description: string])[];
}

function OperationCard({ operation }: { readonly operation: Described }) {
  const { id, method, path, summary, description, parameters, body, answers } = operation;
  return (
    <details id={id} class="operation">
      <summary>
        <code>
          {method} {path}
        </code>{" "}
        {summary}
      </summary>
      {description !== "" && <p>{description}</p>}
      {parameters.length > 0 && (
        <dl class="facts">
          {parameters.map((one) => (
            <>
              <dt>
                <code>{toText(one["name"]) ?? ""}</code>
              </dt>
              <dd>{describeSchema(one)}</dd>
            </>
          ))}
        </dl>
      )}
      {body !== null && (
        <pre class="yaml" tabindex={0}>
          {JSON.stringify(body, null, 2)}
        </pre>
      )}
      <ul>
        {answers.map(([status, text]) => (
          <li>
            <strong>{status}</strong> {text}
          </li>
        ))}
      </ul>
    </details>
  );
}

function describeSchema(parameter: Readonly<Record<string, unknown>>): string {
  const schema = toFields(parameter["schema"]);
  const words = [toText(parameter["description"]) ?? toText(schema["description"]) ?? ""];
  const choices = toList(schema["enum"] ?? toFields(schema["items"])["enum"]);
  if (choices.length > 0) words.push(`uno di: ${choices.join(", ")}`);
  return words.filter((word) => word !== "").join("; ");
}

function listDescribed(document: ApiPageProps["document"]): readonly Described[] {
  return Object.entries(toFields(document["paths"])).flatMap(([path, methods]) =>
    Object.entries(toFields(methods)).map(([method, one]) => {
      const operation = toFields(one);
      const [group = "Altro"] = toList(operation["tags"]).map(String);
      const body = toFields(
        toFields(toFields(operation["requestBody"])["content"])["application/json"],
      )["schema"];
      return {
        id: toText(operation["operationId"]) ?? `${method}${path.replaceAll(/\W+/g, "-")}`,
        group,
        method: method.toUpperCase(),
        path,
        summary: toText(operation["summary"]) ?? "",
        description: toText(operation["description"]) ?? "",
        parameters: toList(operation["parameters"]).map(toFields),
        body: body === undefined ? null : toFields(body),
        answers: Object.entries(toFields(operation["responses"])).map(
          ([status, answer]) => [status, toText(toFields(answer)["description"]) ?? ""] as const,
        ),
      };
    }),
  );
}
