/** Notifications that a simulated SEND accepted, with the register that transmit and import-iun leave, for the tests of seguito. */
import { createSendDesk } from "../../../integrations/send/desk.ts";
import type { Act } from "../../../integrations/register/kinds.ts";
import type { Register } from "../../../integrations/register/port.ts";
import type { SendDesk } from "../../../integrations/send/desk-port.ts";
import { runOnItem, type Step } from "../../../engine/step/step.ts";
import { openRegister } from "../../support/register.ts";
import { accessOf, makeSend, type World, type WorldChanges } from "../integrations/send/setup.ts";
import { contextOf } from "./sending.ts";

export function buildAct(numero: string, recipients = 1): Act {
  return {
    numero,
    notificationRequestId: "",
    protocol: numero,
    sentAt: "2026-11-23T09:00:00.000Z",
    runId: "run-1",
    round: 1,
    verbale: {},
    payment: {},
    recipients: Array.from({ length: recipients }, () => ({
      taxId: "RSSMRA80A01H501U",
      denomination: "Rossi Mario",
    })),
    files: [],
    costs: { feePolicy: "DELIVERY_MODE", paFee: 100, vat: 22 },
  };
}

export interface FollowWorld extends World {
  readonly register: Register;
  readonly desk: SendDesk;
}

export async function makeFollowWorld(changes: WorldChanges = {}): Promise<FollowWorld> {
  const world = await makeSend(changes);
  return { ...world, register: openRegister(), desk: createSendDesk(accessOf(world)) };
}

/** Runs a step of seguito for one notification. */
export async function runFollowStep(
  step: Step,
  world: FollowWorld,
  {
    iun,
    act,
    config,
    baseUrl,
  }: { iun: string; act: Act; config?: Record<string, unknown>; baseUrl?: string },
): Promise<Record<string, unknown>> {
  const { send, clock, desk, register } = world;
  const ctx = contextOf(step, {
    send,
    clock,
    desk,
    register,
    ...(config === undefined ? {} : { config }),
    ...(baseUrl === undefined ? {} : { sendSettings: { baseUrl } }),
  });
  const item = { key: iun, round: 1, data: { iun, numero: act.numero, act } };
  return { ...(await runOnItem(step, item, ctx)) };
}
