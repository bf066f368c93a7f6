/** A duration in `with:`: `30s` in YAML, milliseconds in the step; the loader knows it by the keyword. */
import { Type } from "typebox";

/** `byDefault` as YAML says it. */
export function buildDuration(byDefault: string, description: string) {
  return Type.Unsafe<number>({
    type: "integer",
    minimum: 0,
    duration: true,
    default: byDefault,
    description,
  });
}
