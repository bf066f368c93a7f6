/** INAD: one digital domicile by tax code, behind a voucher. Source: AgID, INAD_API_Extraction. */
import { Hono } from "hono";
import { toInstant } from "../../engine/host/clock.ts";
import { findLimit, readVoucher } from "./modi.ts";
import type { PdndOptions } from "./pdnd-simulator.ts";
import type { SimulatedPeople } from "./people.ts";

export interface InadSimulatorOptions extends PdndOptions {
  readonly people: SimulatedPeople;
}

const taxCodes = /^(\d{11}|[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z])$/i;

/** To be mounted at `/inad`. */
export function createInadSimulator(options: InadSimulatorOptions): Hono {
  const { clock, store, people } = options;
  const app = new Hono();
  app.get("/extract/:code", (c) => {
    const voucher = readVoucher(c, options, "INAD");
    if (voucher instanceof Response) return voucher;
    const purpose = String(voucher["purposeId"]);
    const limited = findLimit(c, options, purpose);
    if (limited !== null) return limited;
    const code = c.req.param("code");
    const reason = c.req.query("practicalReference") ?? "";
    if (!taxCodes.test(code) || reason === "")
      return c.json({ status: "400", type: "BAD_REQUEST" }, 400);
    store.noteCall({ service: "INAD", purpose, at: clock.now(), reason, user: "" });
    const person = people.get(code.toUpperCase());
    if (person?.nonRisponde === true)
      return c.json({ status: "503", type: "SERVICE_UNAVAILABLE" }, 503);
    if (person?.domicilioDigitale === undefined)
      return c.json({ status: "404", type: "NOT_FOUND", detail: "CF non trovato" }, 404);
    return c.json({
      codiceFiscale: code.toUpperCase(),
      since: toInstant(clock.now()),
      digitalAddress: [{ digitalAddress: person.domicilioDigitale }],
    });
  });
  return app;
}
