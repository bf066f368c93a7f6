/** A row of «Oggi»: what is the matter, and the one button that mends it; and the list of such rows. */
/** @jsxImportSource ../../markup */
import type { Child } from "hono/jsx";
import { formatNumber } from "../../../words/format.ts";
import { Icon, type IconName } from "../icon.tsx";

interface TasksProps {
  readonly title: string;
  readonly count: number;
  /** More than are shown. */
  readonly isCut?: boolean;
  readonly children?: Child;
}

/** Nothing where there is nothing to do. */
export function Tasks({ title, count, isCut = false, children }: TasksProps) {
  if (count === 0) return null;
  return (
    <section class="card tasks">
      <h2>
        {title}{" "}
        <span class="count">
          {formatNumber(count)}
          {isCut && " e più"}
        </span>
      </h2>
      <ul>{children}</ul>
    </section>
  );
}

interface TaskProps {
  readonly id: string;
  readonly icon: IconName;
  readonly tone: "ask" | "doubt" | "bad" | "warn" | "wait";
  readonly href: string;
  readonly button: string;
  /** What the button is about, for those who hear it alone. */
  readonly about: string;
  readonly children?: Child;
}

export function Task({ id, icon, tone, href, button, about, children }: TaskProps) {
  return (
    <li id={id}>
      <span class={`mark ${tone}`}>
        <Icon name={icon} />
      </span>
      <div>{children}</div>
      <a class="button small secondary" href={href}>
        {button}
        <span class="hidden"> {about}</span>
      </a>
    </li>
  );
}
