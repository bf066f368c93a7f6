/** The editor of pipelines and enti, built over the form's own text area: what it holds is what the form sends. */
import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentUnit } from "@codemirror/language";
import { syntaxHighlighting, HighlightStyle } from "@codemirror/language";
import { linter, lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  hoverTooltip,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

const area = document.querySelector("textarea[data-editor]");

/** Asks the program about the text as it stands; `null`: it does not answer. */
async function ask(what, body, signal) {
  try {
    const answer = await fetch(`/file/${what}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: area.dataset.editor, ...body }),
      ...(signal !== undefined && { signal }),
    });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

const phrases = {
  Find: "Cerca",
  Replace: "Sostituisci",
  next: "successivo",
  previous: "precedente",
  all: "tutti",
  "match case": "maiuscole",
  "by word": "parola intera",
  regexp: "espressione",
  replace: "sostituisci",
  "replace all": "sostituisci tutti",
  close: "chiudi",
  "Go to line": "Vai alla riga",
  go: "vai",
  Completions: "Proposte",
  Diagnostics: "Difetti",
  "No diagnostics": "Nessun difetto",
  "Control character": "Carattere di controllo",
  "Folded lines": "Righe nascoste",
  "Unfolded lines": "Righe mostrate",
  "folded code": "righe nascoste",
  unfold: "mostra",
  "Fold line": "Nascondi",
  "Unfold line": "Mostra",
};

const colours = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--link)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.keyword, tags.bool, tags.number], color: "var(--warn)" },
]);

const look = EditorView.theme({
  "&": {
    border: "1px solid var(--line)",
    backgroundColor: "var(--paper)",
    color: "var(--ink)",
    maxHeight: "70vh",
  },
  "&.cm-focused": { outline: "3px solid var(--focus, var(--link))", outlineOffset: "1px" },
  ".cm-scroller": {
    fontFamily: '"Roboto Mono", monospace',
    fontSize: "0.9375rem",
    overflow: "auto",
  },
  ".cm-gutters": { backgroundColor: "var(--off-pale)", color: "var(--muted)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-content": { caretColor: "var(--ink)", minHeight: "20rem" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-tooltip": {
    backgroundColor: "var(--paper)",
    color: "var(--ink)",
    border: "1px solid var(--line)",
    maxWidth: "40rem",
    whiteSpace: "pre-wrap",
  },
  ".cm-tooltip-hover": { padding: "0.5rem 0.75rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--primary)",
    color: "var(--on-primary)",
  },
  ".cm-panels": { backgroundColor: "var(--off-pale)", color: "var(--ink)" },
  // The marks of the library are pictures in addresses, which these pages do not load.
  ".cm-lintRange": { backgroundImage: "none" },
  ".cm-lintRange-error": { textDecoration: "underline wavy var(--bad)" },
  ".cm-lintRange-warning": { textDecoration: "underline wavy var(--warn)" },
  ".cm-lintRange-info": { textDecoration: "underline dotted var(--muted)" },
  ".cm-lint-marker": { content: '""', width: "0.7em", height: "0.7em", borderRadius: "50%" },
  ".cm-lint-marker-error": { content: '""', backgroundColor: "var(--bad)" },
  ".cm-lint-marker-warning": { content: '""', backgroundColor: "var(--warn)" },
  ".cm-lint-marker-info": { content: '""', backgroundColor: "var(--muted)" },
});

const lint = linter(
  async (view) => {
    const text = view.state.doc.toString();
    const answer = await ask("controlla", { text });
    const length = view.state.doc.length;
    tell(answer?.problems ?? null);
    return (answer?.problems ?? []).map(({ start, end, severity, message }) => ({
      from: Math.min(start, length),
      to: Math.min(Math.max(end, start), length),
      severity,
      message,
    }));
  },
  { delay: 300 },
);

/** How many faults there are, for those who do not see the marks. */
function tell(problems) {
  const place = document.querySelector("[data-editor-state]");
  if (place === null) return;
  if (problems === null) {
    place.textContent = "Il controllo non risponde: «Vedi che cosa cambia» lo ripete.";
    return;
  }
  const count = (severity) => problems.filter((one) => one.severity === severity).length;
  const [errors, warnings] = [count("error"), count("warning")];
  const first = problems.find(({ severity }) => severity === "error");
  const text =
    errors + warnings === 0
      ? "Nessun difetto."
      : `${errors} ${errors === 1 ? "errore" : "errori"}, ${warnings} ${warnings === 1 ? "avviso" : "avvisi"}.${first === undefined ? "" : ` Riga ${first.line}: ${first.message.split("\n")[0]}`}`;
  if (place.textContent !== text) place.textContent = text;
}

async function complete(context) {
  const before = context.matchBefore(/[\w$.({"'-]*/);
  if (before === null || (before.from === before.to && !context.explicit)) return null;
  const controller = new AbortController();
  context.addEventListener("abort", () => controller.abort());
  const text = context.state.doc.toString();
  const answer = await ask("completa", { text, offset: context.pos }, controller.signal);
  if (answer === null || answer.offers.length === 0) return null;
  return {
    from: answer.start,
    to: answer.end,
    options: answer.offers.map(({ label, detail, about, insert }, index) => ({
      label,
      apply: insert,
      boost: -index / 2,
      ...(detail !== undefined && { detail }),
      ...(about !== undefined && { info: () => buildNote(about) }),
    })),
    validFor: /^[\w.-]*$/,
  };
}

/** Markdown as plain text: no page of ours builds markup out of text. */
function buildNote(text) {
  const note = document.createElement("div");
  note.textContent = text.replaceAll(/[*`]/g, "");
  return note;
}

const hover = hoverTooltip(async (view, pos) => {
  const answer = await ask("spiega", { text: view.state.doc.toString(), offset: pos });
  if (answer === null || answer.text === undefined) return null;
  return { pos: answer.start, end: answer.end, create: () => ({ dom: buildNote(answer.text) }) };
});

if (area !== null) {
  const host = document.createElement("div");
  area.after(host);
  const shadow = host.attachShadow({ mode: "open" });
  const label = document.querySelector(`label[for="${area.id}"]`);
  const view = new EditorView({
    parent: shadow,
    root: shadow,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        lineNumbers(),
        foldGutter(),
        lintGutter(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        indentUnit.of("  "),
        yaml(),
        syntaxHighlighting(colours),
        autocompletion({ override: [complete] }),
        lint,
        hover,
        look,
        EditorState.phrases.of(phrases),
        EditorView.contentAttributes.of({
          "aria-label": label?.textContent ?? "Testo del file",
          tabindex: "0",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) area.value = update.state.doc.toString();
        }),
        keymap.of([
          {
            key: "Mod-s",
            run() {
              area.form.requestSubmit();
              return true;
            },
          },
          ...defaultKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...completionKeymap,
          ...lintKeymap,
        ]),
      ],
    }),
  });
  area.hidden = true;
  label?.addEventListener("click", () => view.focus());
  area.form.addEventListener("submit", () => {
    area.value = view.state.doc.toString();
  });
}
