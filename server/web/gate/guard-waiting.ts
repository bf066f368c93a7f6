/** The register of those that wait as whoever asks may use it: of their own enti, signed with the name of who is signed in, written down. */
import type { WaitingDesk } from "../../register/open-desk.ts";
import type { Renotifications } from "../../register/renotify.ts";
import type { People } from "../../people/people.ts";
import { seesEnte } from "./guard-journal.ts";
import { readSigner, requirePrincipal } from "./who.ts";

const notAllowed = "Il ruolo di chi è entrato non consente questa azione per questo ente.";

export function guardWaiting(
  waiting: WaitingDesk | undefined,
  people: People,
): WaitingDesk | undefined {
  if (waiting === undefined) return undefined;
  const may = (need: "start" | "correct", ente: string): boolean =>
    requirePrincipal().can(need, ente);
  return {
    ...waiting,
    listEnti: async () =>
      (await waiting.listEnti()).filter((ente) => seesEnte(requirePrincipal(), ente)),
    async settle(ente) {
      if (seesEnte(requirePrincipal(), ente)) await waiting.settle(ente);
    },
    async say(ente, asked) {
      if (!may("start", ente)) return { moved: 0, left: [notAllowed] };
      const answer = await waiting.say(ente, { ...asked, by: readSigner() ?? asked.by });
      if (answer.moved > 0)
        note(people, "scelta", ente, { parola: asked.word, verbali: answer.moved });
      return answer;
    },
    preview: async (ente) => (may("start", ente) ? await waiting.preview(ente) : null),
    async generate(ente, count) {
      if (!may("start", ente)) return { status: "refused", reason: notAllowed };
      const result = await waiting.generate(ente, count);
      if (result.status === "accepted")
        note(people, "avvio", ente, { dalRegistro: count }, result.runId);
      return result;
    },
    async add(ente, verbali) {
      if (!may("start", ente)) return { status: "refused", reason: notAllowed };
      const result = await waiting.add(ente, verbali);
      if (result.status === "accepted")
        note(people, "avvio", ente, { verbali: verbali.length }, result.runId);
      return result;
    },
    async read(ente, numero) {
      return may("correct", ente) ? await waiting.read(ente, numero) : null;
    },
    async correct(open, request) {
      const { ente, standing } = open;
      if (!may("correct", ente)) return { status: "refused", reason: notAllowed };
      const by = readSigner() ?? request.by;
      const result = await waiting.correct(open, { ...request, by });
      if (result.status === "accepted")
        note(people, "correzione-registro", ente, { nome: by }, standing.key);
      return result;
    },
  };
}

/** A verbale that is notified anew, as whoever asks may prepare it. */
export function guardRenotifications(
  renotifications: Renotifications | undefined,
  people: People,
): Renotifications | undefined {
  if (renotifications === undefined) return undefined;
  return {
    ...renotifications,
    async read(ente, numero) {
      if (!requirePrincipal().can("start", ente)) return null;
      return await renotifications.read(ente, numero);
    },
    async prepare(open, verbale) {
      const { ente, numero } = open;
      if (!requirePrincipal().can("start", ente)) return { status: "refused", reason: notAllowed };
      const result = await renotifications.prepare(open, verbale);
      if (result.status !== "refused")
        note(people, "rinotifica", ente, { nuovo: verbale["numero"] }, numero);
      return result;
    },
  };
}

function note(
  people: People,
  action: "scelta" | "avvio" | "correzione-registro" | "rinotifica",
  ente: string,
  detail: Readonly<Record<string, unknown>>,
  subject: string | null = null,
): void {
  const { name, address } = requirePrincipal();
  people.audit.append({ actor: name, action, ente, subject, address, detail });
}
