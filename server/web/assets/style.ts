/** The style of all pages as one text, its parts in the order in which they count. */
import base from "./style/base.css" with { type: "text" };
import controls from "./style/controls.css" with { type: "text" };
import draft from "./style/draft.css" with { type: "text" };
import files from "./style/files.css" with { type: "text" };
import flusso from "./style/flusso.css" with { type: "text" };
import fonts from "./style/fonts.css" with { type: "text" };
import frame from "./style/frame.css" with { type: "text" };
import log from "./style/log.css" with { type: "text" };
import manual from "./style/manual.css" with { type: "text" };
import narrow from "./style/narrow.css" with { type: "text" };
import people from "./style/people.css" with { type: "text" };
import print from "./style/print.css" with { type: "text" };
import report from "./style/report.css" with { type: "text" };
import run from "./style/run.css" with { type: "text" };
import states from "./style/states.css" with { type: "text" };
import tables from "./style/tables.css" with { type: "text" };
import theme from "./style/theme.css" with { type: "text" };
import today from "./style/today.css" with { type: "text" };
import tokens from "./style/tokens.css" with { type: "text" };

const parts = [
  tokens,
  theme,
  fonts,
  base,
  frame,
  controls,
  tables,
  states,
  run,
  flusso,
  draft,
  today,
  people,
  manual,
  report,
  files,
  log,
  narrow,
  print,
];

/** `findUrl`: where the browser finds a font of this file name. */
export function readStyle(findUrl: (font: string) => string): string {
  return parts
    .join("\n")
    .replaceAll(/url\("([^"]+)"\)/g, (_, font: string) => `url("${findUrl(font)}")`);
}
