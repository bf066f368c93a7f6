/** What each column of a file is to the ente: its field in words, how it is written, a cell of it. */
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { verbaleFields } from "../../integrations/flusso/fields.ts";
import { listTargetFields, type Target } from "../../integrations/flusso/guess/column-guess.ts";
import { readSample } from "../../integrations/flusso/guess/sample.ts";
import type { FlussoFile } from "../../integrations/flusso/port.ts";
import type { FlussoSettings } from "../../integrations/flusso/settings.ts";
import { nameField } from "./name-field.ts";

export interface ReadColumn {
  readonly header: string;
  /** What it feeds, in words; empty: it is not read. */
  readonly fields: readonly string[];
  /** How dates and amounts are written in it; `null`: it holds neither. */
  readonly form: string | null;
  /** The first cell that is not empty; personal. */
  readonly example: string;
}

/** In the order of the file; empty where it cannot be read at all, or has no columns. */
export async function readColumns(
  path: string,
  settings: FlussoSettings | undefined,
): Promise<readonly ReadColumn[]> {
  const sample = await readSample(openFlussoFile(path), settings ?? {});
  if ("code" in sample) return [];
  return sample.headers.flatMap((header, index) => {
    const name = sample.names[index] ?? "";
    const example = sample.rows.map(({ cells }) => cells[index] ?? "").find((cell) => cell !== "");
    if (header === "" && example === undefined) return [];
    const target = findTarget(header, name, settings);
    return [
      {
        header: header === "" ? name : header,
        fields: listTargetFields(target).map(
          (field) => settings?.table?.find(field)?.title ?? nameField(field),
        ),
        form: findForm(target, settings),
        example: example ?? "",
      },
    ];
  });
}

/** The file as the reader takes it. */
export function openFlussoFile(path: string): FlussoFile {
  return { name: basename(path), open: () => createReadStream(path) };
}

function findTarget(header: string, name: string, settings: FlussoSettings | undefined): Target {
  for (const [column, target] of Object.entries(settings?.columns ?? {}))
    if (fold(column) === name || fold(column) === fold(header)) return target;
  if ((settings?.ignore ?? []).some((column) => fold(column) === name)) return null;
  const { table = verbaleFields } = settings ?? {};
  return table.find(header.trim()) === undefined ? null : header.trim();
}

function fold(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ").toLowerCase();
}

function findForm(target: Target, settings: FlussoSettings | undefined): string | null {
  const [field] = listTargetFields(target);
  const { table = verbaleFields } = settings ?? {};
  const kind = field === undefined ? undefined : table.find(field)?.kind;
  if (kind !== "day" && kind !== "cents") return null;
  const own = typeof target === "object" && target !== null ? target.format : undefined;
  if (own !== undefined) return own;
  if (kind === "day") return settings?.dates ?? "AAAA-MM-GG";
  return (settings?.amounts ?? "cents") === "cents" ? "centesimi" : (settings?.amounts ?? "");
}
