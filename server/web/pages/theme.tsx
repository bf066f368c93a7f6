/** By day or by night: the switch at the foot of every page, which works without script. */
/** @jsxImportSource ../markup */

/** `null`: as the system has it. */
export type Theme = "light" | "dark" | null;

const choices: readonly (readonly [Theme, value: string, label: string])[] = [
  [null, "sistema", "Automatico"],
  ["light", "chiaro", "Chiaro"],
  ["dark", "scuro", "Scuro"],
];

/** What the form sends as a theme; `undefined`: none of these. */
export function parseTheme(value: unknown): Theme | undefined {
  return choices.find(([, name]) => name === value)?.[0];
}

export function ThemeSwitch({ theme }: { readonly theme: Theme }) {
  return (
    <form method="post" action="/aspetto">
      <fieldset class="theme">
        <legend class="hidden">Aspetto del pannello</legend>
        {choices.map(([name, value, label]) => (
          <button type="submit" name="aspetto" value={value} aria-pressed={String(name === theme)}>
            {label}
          </button>
        ))}
      </fieldset>
    </form>
  );
}
