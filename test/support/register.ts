/** The register of an ente over a journal in memory, for steps that are tried alone. */
import { openJournal } from "../../stores/sqlite/store.ts";
import type { Register } from "../../integrations/register/port.ts";
import { createRegister } from "../../integrations/register/register.ts";
import { createFakeClock } from "./fake-clock.ts";

export function openRegister(now = "2026-11-23T06:30:00Z", ente = "prova"): Register {
  return createRegister(openJournal(":memory:", createFakeClock(now)), ente);
}
