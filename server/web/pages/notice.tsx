/** The box that tells once what a command brought. */
/** @jsxImportSource ../markup */
import { Icon } from "./icon.tsx";

/** What is told once, after a command. */
export interface Notice {
  readonly tone: "good" | "bad";
  readonly text: string;
  readonly hint?: string | undefined;
}

export function NoticeBox({ notice }: { readonly notice: Notice }) {
  return (
    <div class={`notice ${notice.tone}`} role={notice.tone === "bad" ? "alert" : "status"}>
      <Icon name={notice.tone === "bad" ? "warning" : "check"} />
      <div>
        <strong>{notice.text}</strong>
        {notice.hint !== undefined && <p>{notice.hint}</p>}
      </div>
    </div>
  );
}
