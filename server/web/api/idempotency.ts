/** `Idempotency-Key`: a request that is sent again because its answer was lost gets that answer, and happens once. */
import type { Context } from "hono";
import type { AppDeps } from "../deps.ts";
import { requirePrincipal } from "../gate/who.ts";
import { answerApiFault } from "../routes/fault.ts";

interface KeptRequest {
  readonly operation: { readonly method: string; readonly isSecret?: boolean };
  readonly text: string;
}

/** Source: draft-ietf-httpapi-idempotency-key-header: 409 while it is under way, 422 for another request. */
export async function keepAnswers(
  c: Context,
  { people: desk }: AppDeps,
  { operation, text }: KeptRequest,
  work: () => Promise<Response>,
): Promise<Response> {
  const key = c.req.header("idempotency-key");
  if (key === undefined || desk === undefined || operation.method !== "post") return await work();
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    return answerApiFault(
      c,
      400,
      "IDEMPOTENCY_KEY",
      "Idempotency-Key vuole da 1 a 255 caratteri ASCII senza spazi.",
    );
  if (operation.isSecret === true)
    return answerApiFault(
      c,
      400,
      "IDEMPOTENCY_KEY",
      "La risposta contiene un segreto che si mostra una volta: qui Idempotency-Key non vale.",
    );
  const { answers } = desk.people;
  const { name } = requirePrincipal();
  const state = answers.begin(name, key, `${c.req.method} ${c.req.path}\n${text}`);
  switch (state.status) {
    case "answered":
      return c.body(state.answer.body, state.answer.status as 200, {
        "content-type": state.answer.type,
        "idempotency-replayed": "true",
      });
    case "other-request":
      return answerApiFault(
        c,
        422,
        "IDEMPOTENCY_KEY",
        "Con questa Idempotency-Key è già arrivata un'altra richiesta.",
      );
    case "under-way":
      return answerApiFault(
        c,
        409,
        "IDEMPOTENCY_KEY",
        "La richiesta con questa Idempotency-Key è ancora in corso.",
      );
    case "new":
      return await workAndKeep({ answers, name, key }, work);
    default:
      return state satisfies never;
  }
}

async function workAndKeep(
  {
    answers,
    name,
    key,
  }: {
    readonly answers: NonNullable<AppDeps["people"]>["people"]["answers"];
    readonly name: string;
    readonly key: string;
  },
  work: () => Promise<Response>,
): Promise<Response> {
  try {
    const response = await work();
    // What failed because of us may go better the next time.
    if (response.status >= 500) answers.release(name, key);
    else {
      const body = await response.clone().text();
      const type = response.headers.get("content-type") ?? "";
      answers.finish(name, key, { status: response.status, type, body });
    }
    return response;
  } catch (error) {
    answers.release(name, key);
    throw error;
  }
}
