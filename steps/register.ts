/** Puts verbali into the register of those that are to be notified, with what the checks say of each; last in a pipeline that registers. */
import { Type } from "typebox";
import { groupStep } from "../integrations/services.ts";
import { registerSome } from "./registering/register-some.ts";
import { ReadVerbaleField, RegisteredField, ValidationField } from "./schemas/fields.ts";

/** So many are written at once. */
const atOnce = 250;

export default groupStep({
  title: "Registro",
  summary:
    "Mette i verbali nel registro «da notificare», ognuno con i suoi difetti: da lì li fa partire una persona o un orario",
  effect: "pure",
  needs: ["register"],
  config: Type.Object({}, { additionalProperties: false }),
  reads: Type.Object({ ...ReadVerbaleField.properties, ...ValidationField.properties }),
  adds: RegisteredField,
  examples: ["{}"],
  // The verbale and where it stands, with the versions of both.
  leavesBytes: 8_000,
  note: ({ registered }) => registered.standing,
  async *run(items, { runId, services, clock }) {
    const place = { register: services.register, clock, runId };
    for (let start = 0; start < items.length; start += atOnce)
      yield* registerSome(items.slice(start, start + atOnce), place);
  },
});
