/** The few small pictures beside words of state; never alone, so that colour and shape only repeat what the word says. */
/** @jsxImportSource ../markup */

export type IconName =
  | "check"
  | "clock"
  | "cross"
  | "dots"
  | "person"
  | "play"
  | "question"
  | "stop"
  | "warning";

const paths: Readonly<Record<IconName, string>> = {
  check: "M3.5 8.5l3 3 6-7",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3.2l2.2 1.6",
  cross: "M4 4l8 8M12 4l-8 8",
  dots: "M3 8h.01M8 8h.01M13 8h.01",
  person:
    "M8 2.8a2.4 2.4 0 1 0 0 4.8a2.4 2.4 0 1 0 0-4.8M3.2 13.5c.4-2.8 2.2-4 4.8-4s4.4 1.2 4.8 4",
  play: "M5 3.5l7 4.5-7 4.5z",
  question: "M5.5 6a2.5 2.5 0 1 1 3.7 2.2c-.8.5-1.2.9-1.2 1.8M8 12.6h.01",
  stop: "M4.5 4.5h7v7h-7z",
  warning: "M8 2.5l6 11H2zM8 6.5v3M8 11.6h.01",
};

/** Drawn once: a page has one in each row. */
const icons = new Map(
  Object.entries(paths).map(([name, path]) => [
    name,
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>,
  ]),
);

export function Icon({ name }: { readonly name: IconName }) {
  return <>{icons.get(name)}</>;
}
