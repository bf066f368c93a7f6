/** Answers an upload that was not taken: too large, broken off, or no room on disk; as a page, or as JSON where that is asked for. */
import type { Context } from "hono";
import { RunBlocked } from "../engine/errors.ts";
import type { AppDeps } from "./deps.ts";
import { MalformedForm } from "./multipart.ts";
import { renderRefused } from "./render.tsx";
import { fault } from "./routes/fault.ts";
import { UploadTooLarge } from "./upload.ts";

interface UploadFault {
  readonly status: 403 | 413 | 507;
  readonly code: string;
  /** Italian, as the hint is. */
  readonly text: string;
  readonly hint?: string;
}

/** The answer to what `readUpload` threw; `split` is what to do where too much was sent. Throws again what is a fault of ours. */
export async function answerUploadFault(
  c: Context,
  deps: AppDeps,
  { error, split }: { readonly error: unknown; readonly split: string },
): Promise<Response> {
  const found = faultOf(error, split);
  if (found === null) throw error;
  const { status, code, text, hint } = found;
  if (c.req.header("accept")?.startsWith("application/json") === true)
    return fault(c, status, code, hint === undefined ? text : `${text} ${hint}`);
  return renderRefused(c, deps, text, { status, ...(hint === undefined ? {} : { hint }) });
}

function faultOf(error: unknown, split: string): UploadFault | null {
  if (error instanceof UploadTooLarge)
    return {
      status: 413,
      code: "UPLOAD_TOO_LARGE",
      text: error.message,
      hint: `${split} Il limite si alza nelle impostazioni di Postino (POSTINO_UPLOAD_MB, POSTINO_UPLOAD_FILES).`,
    };
  if (error instanceof MalformedForm)
    return {
      status: 403,
      code: "UPLOAD_INCOMPLETE",
      text: "Il caricamento è arrivato incompleto.",
    };
  if (error instanceof RunBlocked)
    return {
      status: 507,
      code: error.code,
      text: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  return null;
}
