/** What the codes mean with which a step file is refused. */
import type { CodeTable } from "../../engine/host/error-codes.ts";

export const loaderCodes = {
  STEP_FOLDER_MISSING: "a folder in `POSTINO_STEPS` is not there.",
  STEP_UNREADABLE: "the file cannot be loaded.",
  STEP_WRONG_EXPORT: "the default export is no step.",
  STEP_INCOMPLETE: "the step lacks a part.",
  STEP_NAME: "the file's name is no step name.",
  STEP_DUPLICATE: "two steps have one name.",
} satisfies CodeTable;

declare module "../../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<keyof typeof loaderCodes, string> {}
}
