/** A page that only says something: not found, refused, failed. */
/** @jsxImportSource ../markup */

interface MessageProps {
  readonly title: string;
  readonly text: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

export function MessagePage({ title, text, hint }: MessageProps) {
  return (
    <section class="empty">
      <h1>{title}</h1>
      <p>{text}</p>
      {hint !== undefined && <p>{hint}</p>}
      <p>
        <a class="button" href="/flussi">
          Torna ai flussi
        </a>
      </p>
    </section>
  );
}
