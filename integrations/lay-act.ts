/** An ente's settings as they are for one kind of act: the kind's own over those for verbali, and over both what the ente says of the kind. */
import type { EnteSettings } from "./ente.ts";

const laid = new WeakMap<EnteSettings, EnteSettings>();

/** The same object for verbali. Laid once for the same settings; laid again over what was laid it changes nothing. */
export function layAct(settings: EnteSettings): EnteSettings {
  if (settings.act === undefined) return settings;
  const known = laid.get(settings) ?? lay(settings, settings.act);
  laid.set(settings, known);
  return known;
}

function lay(settings: EnteSettings, act: NonNullable<EnteSettings["act"]>): EnteSettings {
  const own = settings.atti?.[act.name] ?? {};
  // The columns of the verbali are not those of another act.
  const { flusso: _, ...rest } = settings;
  return {
    ...rest,
    ente: { ...settings.ente, ...own.ente },
    send: { ...settings.send, ...act.send, ...own.send },
    payments: { ...settings.payments, ...act.payments, ...own.payments },
    ...((settings.render ?? own.render) !== undefined && {
      render: { ...settings.render, ...own.render },
    }),
    ...(own.flusso !== undefined && { flusso: own.flusso }),
  };
}
