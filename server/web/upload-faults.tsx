/** Takes the upload of a form, or answers why not: too large, broken off, no room on disk; as a page, or as JSON where that is asked for. */
import { formatPageHint } from "../words/hints.ts";
import type { Context } from "hono";
import type { ErrorCode } from "../../engine/host/error-codes.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { AppDeps } from "./deps.ts";
import { MalformedForm } from "./multipart.ts";
import { renderRefused } from "./render.tsx";
import { answerApiFault } from "./routes/fault.ts";
import { isCsrfToken } from "./security.ts";
import { createSpool } from "./spool.ts";
import { readUpload, type Upload, UploadTooLarge } from "./upload.ts";

/** Said where the token of a form is not that of its page. */
export const stalePage = "La pagina era aperta da troppo tempo.";

interface UploadFault {
  readonly status: 403 | 413 | 507;
  readonly code: ErrorCode;
  /** Italian, as the hint is. */
  readonly text: string;
  readonly hint?: string;
}

/**
 * What a form of this page brought, or the answer that says why it was not taken; `split` is what to do where too much was
 * sent. Throws what is a fault of ours. The caller releases the upload.
 */
export async function takeUpload(
  c: Context,
  deps: AppDeps,
  split: string,
): Promise<Upload | Response> {
  try {
    const upload = await readUpload(c, {
      createSpool: deps.createSpool ?? (() => createSpool(deps.artifacts.temporaryFolder)),
      limits: deps.uploadLimits,
      isToken: (csrf) => isCsrfToken(c, csrf),
    });
    return upload ?? (await renderRefused(c, deps, stalePage));
  } catch (error) {
    const found = toUploadFault(error, split);
    if (found === null) throw error;
    return await answerFault(c, deps, found);
  }
}

async function answerFault(c: Context, deps: AppDeps, found: UploadFault): Promise<Response> {
  const { status, code, text, hint } = found;
  if (c.req.header("accept")?.startsWith("application/json") === true)
    return answerApiFault(c, status, code, hint === undefined ? text : `${text} ${hint}`);
  return renderRefused(c, deps, text, { status, ...(hint === undefined ? {} : { hint }) });
}

function toUploadFault(error: unknown, split: string): UploadFault | null {
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
      ...(error.hint === undefined ? {} : { hint: formatPageHint(error.hint) }),
    };
  return null;
}
