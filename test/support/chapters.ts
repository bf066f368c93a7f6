/** Tests that tell one story: each goes on where the one before ended, so they are one test, whatever order the runner draws. */
import { test } from "bun:test";

type Chapter = readonly [title: string, work: () => Promise<void>];

/** Declares one test; a failure says in which chapter. */
export function testInOrder(story: string, chapters: readonly Chapter[], timeoutMs?: number): void {
  test(
    story,
    async () => {
      for (const [title, work] of chapters) {
        try {
          await work();
        } catch (error) {
          if (error instanceof Error) error.message = `${title}: ${error.message}`;
          throw error;
        }
      }
    },
    timeoutMs,
  );
}
