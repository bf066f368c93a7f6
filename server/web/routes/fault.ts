/** An error as a program reads it: problem+json (RFC 9457). */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ErrorCode } from "../../../engine/host/error-codes.ts";

const titles: Readonly<Record<number, string>> = {
  400: "Richiesta non valida",
  401: "Serve l'accesso",
  403: "Non consentito",
  404: "Non trovato",
  405: "Metodo sbagliato",
  409: "Non adesso",
  410: "Non più disponibile",
  413: "Troppo grande",
  422: "Non elaborabile",
  429: "Troppe richieste",
  500: "Errore del programma",
  503: "Non disponibile",
  507: "Disco pieno",
};

/** What is wrong with one value of a request. */
export interface ApiFieldFault {
  /** Its keys, joined by dots: `params.lotto`. */
  readonly field: string;
  readonly detail: string;
}

/** An error of the API: a code and an Italian sentence. `error` is what it was before it was a problem document. */
export function answerApiFault(
  c: Context,
  status: ContentfulStatusCode,
  code: ErrorCode,
  message: string,
  hint?: string,
  errors: readonly ApiFieldFault[] = [],
): Response {
  if (status === 401) c.header("www-authenticate", "Bearer");
  const told = hint === undefined ? {} : { hint };
  const problem = {
    type: `urn:postino:${code}`,
    title: titles[status] ?? "Errore",
    status,
    detail: message,
    code,
    ...told,
    ...(errors.length > 0 && { errors }),
    error: { code, message, ...told },
  };
  return c.body(JSON.stringify(problem), status, { "content-type": "application/problem+json" });
}
