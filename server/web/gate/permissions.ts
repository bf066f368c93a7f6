/** What every route needs, of which ente, and what the audit log says of it: the gate and the description of the API read this table. */
import type { AuditAction } from "../../people/audit.ts";
import type { Permission } from "../../people/roles.ts";

/**
 * `public`: anybody, also with a way in of its own. `own`: whoever is signed in.
 * A permission: for the ente of the route (`run`: of its flusso; `ente`: named by it; `any`: for one at least, what is shown is
 * filtered; `all`: for every ente).
 */
export interface RouteRule {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** As the router writes it. */
  readonly path: string;
  readonly needs: Permission | "public" | "own";
  readonly of: "run" | "ente" | "any" | "all";
  /** Written when it was answered with what was asked for. */
  readonly act?: AuditAction;
  /** Still open to whoever must set up a second factor first. */
  readonly isBefore?: true;
}

type Line = readonly [
  route: string,
  needs: RouteRule["needs"],
  of?: RouteRule["of"],
  act?: AuditAction,
];

const lines: readonly Line[] = [
  // Ways in
  ["GET /assets/:name", "public"],
  ["GET /healthz", "public"],
  ["GET /prezzo/:paTaxId/:noticeCode", "public"],
  ["GET /accesso", "public"],
  ["POST /accesso", "public"],
  ["GET /accesso/codice", "public"],
  ["POST /accesso/codice", "public"],
  ["GET /accesso/invito/:secret", "public"],
  ["POST /accesso/invito/:secret", "public"],
  ["POST /accesso/passkey/inizio", "public"],
  ["POST /accesso/passkey/fine", "public"],
  ["GET /accesso/oidc", "public"],
  ["GET /accesso/oidc/ritorno", "public"],
  ["GET /accesso/saml", "public"],
  ["POST /accesso/saml", "public"],
  ["GET /accesso/saml/fine", "public"],
  ["GET /accesso/saml/metadati", "public"],
  ["POST /aspetto", "public"],
  // Pages
  ["GET /manuale", "own"],
  ["GET /manuale/cerca", "own"],
  ["GET /manuale/immagini/:name", "own"],
  ["GET /manuale/:guide", "own"],
  ["GET /stemmi/:ente", "see", "ente"],
  ["GET /", "see", "any"],
  ["GET /programmazioni", "see", "any"],
  ["POST /programmazioni/:ente/:pipeline/pausa", "start", "ente"],
  ["POST /programmazioni/:ente/:pipeline/riprendi", "start", "ente"],
  ["POST /programmazioni/:ente/:pipeline/recupera", "start", "ente"],
  ["GET /avvisi", "see", "any"],
  ["POST /avvisi/prova", "upkeep", "all"],
  ["GET /file", "files", "any"],
  ["GET /file/modifica", "files", "any"],
  ["POST /file/modifica", "files", "any"],
  ["GET /file/guidata", "files", "any"],
  ["POST /file/guidata", "files", "any"],
  ["GET /file/versioni", "files", "any"],
  ["GET /file/anteprima", "files", "any"],
  ["GET /file/salva", "files", "any"],
  ["POST /file/anteprima", "files", "any"],
  ["POST /file/salva", "files", "any"],
  ["POST /file/controlla", "files", "any"],
  ["POST /file/completa", "files", "any"],
  ["POST /file/spiega", "files", "any"],
  ["GET /rapporti", "see", "any"],
  ["GET /rapporti/:ente/:name", "see", "ente", "elenco"],
  ["GET /events", "see", "any"],
  ["GET /viste", "see", "any"],
  ["POST /viste", "see", "any"],
  ["POST /viste/:id", "see", "any"],
  ["POST /viste/:id/togli", "see", "any"],
  ["GET /nuovo", "start", "any"],
  ["POST /nuovo", "start", "any"],
  ["POST /nuovo/controllo", "start", "any"],
  ["GET /nuovo/:draft", "start", "any", "lettura"],
  ["POST /nuovo/:draft/avvia", "start", "any"],
  ["POST /nuovo/:draft/scarta", "start", "any"],
  ["GET /nuovo/:draft/colonne", "mapping", "any", "lettura"],
  ["POST /nuovo/:draft/colonne", "mapping", "any"],
  ["GET /registro", "see", "any"],
  ["POST /registro/cerca", "see", "any"],
  ["POST /registro/parola", "start", "any"],
  ["GET /registro/genera", "start", "any"],
  ["POST /registro/genera", "start", "any"],
  ["GET /registro/:ente/:numero", "correct", "ente", "lettura"],
  ["POST /registro/:ente/:numero", "correct", "ente"],
  ["GET /flussi", "see", "any"],
  ["POST /cerca", "see", "any"],
  ["GET /cerca/:handle", "see", "any", "ricerca"],
  ["GET /verbali/:ente/:numero", "see", "ente"],
  ["GET /verbali/:ente/:numero/importo", "see", "ente", "lettura"],
  ["GET /verbali/:ente/:numero/rinotifica", "start", "ente", "lettura"],
  ["POST /verbali/:ente/:numero/rinotifica", "start", "ente"],
  ["GET /flussi/:id", "see", "run"],
  ["GET /flussi/:id/pipeline", "see", "run"],
  ["GET /flussi/:id/registro", "see", "run"],
  ["GET /flussi/:id/file/:sha256", "documents", "run", "documento"],
  ["GET /flussi/:id/verbali/:key", "see", "run", "lettura"],
  ["GET /flussi/:id/verbali/:key/file/:sha256", "documents", "run", "documento"],
  ["GET /flussi/:id/verbali/:key/vedi/:sha256", "documents", "run", "documento"],
  ["GET /flussi/:id/verbali/:key/scheda", "correct", "run", "lettura"],
  ["POST /flussi/:id/verbali/:key/scheda", "correct", "run"],
  ["GET /flussi/:id/dubbi", "see", "run", "lettura"],
  ["POST /flussi/:id/dubbi", "decide", "run"],
  ["POST /flussi/:id/verbali/:key/dubbio", "decide", "run"],
  ["POST /flussi/:id/otp", "answer", "run"],
  ["POST /flussi/:id/benestare", "answer", "run"],
  ["POST /flussi/:id/firmati", "answer", "run"],
  ["POST /flussi/:id/riprendi", "resume", "run"],
  ["POST /flussi/:id/riprova-scelti", "resume", "run"],
  ["POST /flussi/:id/esporta", "see", "run", "elenco"],
  ["POST /flussi/:id/colonne", "see", "run"],
  ["POST /flussi/:id/annulla", "cancel", "run"],
  ["POST /flussi/:id/escludi", "cancel", "run"],
  ["POST /flussi/:id/resto", "start", "run"],
  ["GET /fascicoli/:ente/:name", "documents", "ente", "fascicolo"],
  ["GET /metrics", "upkeep", "all"],
  // Oneself
  ["POST /uscita", "own"],
  ["POST /uscita/ovunque", "own"],
  ["GET /profilo", "own"],
  ["POST /profilo/parola", "own"],
  ["POST /profilo/app", "own"],
  ["POST /profilo/app/conferma", "own"],
  ["POST /profilo/app/togli", "own"],
  ["POST /profilo/codici", "own"],
  ["POST /profilo/passkey/inizio", "own"],
  ["POST /profilo/passkey/fine", "own"],
  ["POST /profilo/passkey/togli", "own"],
  // People
  ["GET /persone", "people", "all"],
  ["POST /persone", "people", "all"],
  ["GET /persone/:name", "people", "all"],
  ["POST /persone/:name/ruoli", "people", "all"],
  ["POST /persone/:name/stato", "people", "all"],
  ["POST /persone/:name/invito", "people", "all"],
  ["POST /persone/:name/uscita", "people", "all"],
  ["POST /persone/:name/secondo-fattore", "people", "all"],
  ["GET /chiavi", "people", "all"],
  ["POST /chiavi", "people", "all"],
  ["POST /chiavi/revoca", "people", "all"],
  ["GET /registro-accessi", "audit", "all"],
  ["GET /registro-accessi.csv", "audit", "all", "registro"],
  // API
  ["GET /api/openapi.json", "own"],
  ["GET /api", "own"],
  ["GET /api/me", "own"],
  ["GET /api/catalog", "see", "any"],
  ["GET /api/due", "see", "any"],
  ["GET /api/alerts", "see", "any"],
  ["GET /api/reports/:ente/:month", "see", "ente"],
  ["GET /api/inbox", "see", "any"],
  ["GET /api/runs", "see", "any"],
  ["POST /api/runs", "start", "any"],
  ["GET /api/runs/:id", "see", "run", "elenco"],
  ["GET /api/runs/:id/items/:key", "see", "run", "lettura"],
  ["GET /api/runs/:id/log", "see", "run"],
  ["GET /api/runs/:id/items", "see", "run", "elenco"],
  ["GET /api/runs/:id/files", "see", "run"],
  ["GET /api/runs/:id/files/:sha256", "documents", "run", "documento"],
  ["GET /api/runs/:id/questions", "see", "run"],
  ["GET /api/runs/:id/spec", "see", "run"],
  ["GET /api/runs/:id/doubts", "see", "run", "lettura"],
  ["POST /api/runs/:id/answer", "answer", "run"],
  ["POST /api/runs/:id/signed", "answer", "run"],
  ["POST /api/runs/:id/resume", "resume", "run"],
  ["POST /api/runs/:id/decide", "decide", "run"],
  ["POST /api/runs/:id/cancel", "cancel", "run"],
  ["POST /api/runs/:id/exclude", "cancel", "run"],
  ["GET /api/people", "people", "all"],
  ["POST /api/people", "people", "all"],
  ["GET /api/people/:name", "people", "all"],
  ["PUT /api/people/:name/roles", "people", "all"],
  ["POST /api/people/:name/invitation", "people", "all"],
  ["POST /api/people/:name/disable", "people", "all"],
  ["POST /api/people/:name/enable", "people", "all"],
  ["POST /api/people/:name/end-sessions", "people", "all"],
  ["POST /api/people/:name/reset-factor", "people", "all"],
  ["GET /api/tokens", "people", "all"],
  ["POST /api/tokens", "people", "all"],
  ["DELETE /api/tokens/:id", "people", "all"],
  ["GET /api/audit", "audit", "all", "registro"],
  ["GET /api/audit/verify", "audit", "all"],
  ["POST /api/find", "see", "any", "ricerca"],
  ["GET /api/schedules", "see", "any"],
  ["POST /api/schedules/:ente/:pipeline/pause", "start", "ente"],
  ["POST /api/schedules/:ente/:pipeline/resume", "start", "ente"],
  ["GET /api/views", "see", "any"],
  ["POST /api/views", "see", "any"],
  ["PUT /api/views/:id", "see", "any"],
  ["DELETE /api/views/:id", "see", "any"],
  ["GET /api/verbali", "see", "any", "elenco"],
  ["POST /api/verbali", "start", "any"],
  ["POST /api/verbali/word", "start", "any"],
  ["GET /api/verbali/:ente/:numero/renotification", "start", "ente", "lettura"],
  ["POST /api/verbali/:ente/:numero/renotification", "start", "ente"],
  ["POST /api/verbali/generate", "start", "any"],
];

const beforeSecondFactor = /^(?:GET|POST) \/(?:profilo|uscita)/;

/** Every route of the dashboard and its API. */
export const routeRules: readonly RouteRule[] = lines.map(([route, needs, of = "any", act]) => {
  const [method = "", path = ""] = route.split(" ");
  return {
    method: method as RouteRule["method"],
    path,
    needs,
    of,
    ...(act !== undefined && { act }),
    ...(beforeSecondFactor.test(route) && { isBefore: true }),
  };
});

const byRoute = new Map(routeRules.map((rule) => [`${rule.method} ${rule.path}`, rule]));

/** The line of a route; `null`: none, and it is refused. */
export function findRule(method: string, path: string): RouteRule | null {
  return byRoute.get(`${method === "HEAD" ? "GET" : method} ${path}`) ?? null;
}
