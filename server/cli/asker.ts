/** Questions at the terminal of this process. */
import { hasOwnTerminal } from "./terminal.ts";

/** Puts one question to a person; `null`: they went away. */
export interface Asker {
  choose<Value>(
    text: string,
    options: readonly { readonly value: Value; readonly label: string }[],
  ): Promise<Value | null>;
  write(text: string, check: (answer: string) => string | null): Promise<string | null>;
  confirm(text: string): Promise<boolean | null>;
}

/** Prompts on the terminal of this process; `null` where there is none: they would wait for ever. */
export async function openAsker(): Promise<Asker | null> {
  if (hasOwnTerminal() || !process.stdin.isTTY || !process.stdout.isTTY) return null;
  const { confirm, isCancel, select, text } = await import("@clack/prompts");
  return {
    async choose(message, options) {
      // Values of any kind are told apart by their place.
      const at = await select<number>({
        message,
        options: options.map(({ label }, index) => ({ value: index, label })),
      });
      return isCancel(at) ? null : (options[at]?.value ?? null);
    },
    async write(message, check) {
      const answer = await text({
        message,
        validate: (value) => check(value ?? "") ?? undefined,
      });
      return isCancel(answer) ? null : answer;
    },
    async confirm(message) {
      const isAgreed = await confirm({ message });
      return isCancel(isAgreed) ? null : isAgreed;
    },
  };
}
