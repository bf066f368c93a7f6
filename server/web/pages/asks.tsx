/** The forms with which a person answers a waiting run: OTP, go-ahead, signed files. */
/** @jsxImportSource ../markup */
import type { AskRow } from "../../../engine/journal/runs.ts";
import { formatFileName, formatBytes, formatNumber } from "../../words/format.ts";
import type { RunView } from "../../history/run-view.ts";
import type { UploadLimits } from "../upload.ts";
import { buildRunFileUrl, buildRunUrl } from "../urls.ts";
import { formatAsk } from "../../words/words.ts";
import { formatDeadline } from "./banner.tsx";
import { ApprovalCard } from "./flusso/approval.tsx";
import { Icon } from "./icon.tsx";

interface AsksProps {
  readonly view: RunView;
  readonly csrf: string;
  readonly uploadLimits: UploadLimits;
  /** Whether whoever looks may answer. */
  readonly canAnswer: boolean;
}

/** All open questions of the run; the part is left alone while somebody fills it in. */
export function Asks({ view, csrf, uploadLimits, canAnswer }: AsksProps) {
  const { asks, now } = view;
  const version = asks.map((ask) => `${ask.step} ${ask.createdAt} ${ask.problem ?? ""}`).join("\n");
  return (
    <div id="richiesta" data-live="asks" data-version={version}>
      {asks.map((ask) => (
        <section class="question" aria-labelledby={`ask-${ask.step}`}>
          <h2 id={`ask-${ask.step}`}>
            <Icon name="person" />
            {formatAsk(ask)}
          </h2>
          <p>{ask.prompt}</p>
          <p class="muted">
            Tocca a <strong>{ask.who}</strong>, entro {formatDeadline(ask.deadline, now)} ·{" "}
            <time class="left" dateTime={ask.deadline} data-countdown />
          </p>
          {ask.problem !== null && (
            <div class="problem" role="alert">
              <Icon name="warning" />
              <div>
                {ask.problem.split("\n").map((line) => (
                  <p>{line}</p>
                ))}
              </div>
            </div>
          )}
          {canAnswer ? (
            <AskForm ask={ask} view={view} csrf={csrf} uploadLimits={uploadLimits} />
          ) : (
            <p class="note">Risponde chi ha il ruolo di operatore o di firmatario.</p>
          )}
        </section>
      ))}
    </div>
  );
}

interface FormProps {
  readonly ask: AskRow;
  readonly view: RunView;
  readonly csrf: string;
  readonly uploadLimits: UploadLimits;
}

function AskForm(props: FormProps) {
  const forms = { otp: OtpForm, approval: ApprovalForm, files: FilesForm };
  const Form = forms[props.ask.kind];
  return <Form {...props} />;
}

function OtpForm({ ask, csrf }: FormProps) {
  return (
    <form method="post" action={`${buildRunUrl(ask.run)}/otp`} autocomplete="off">
      <input type="hidden" name="csrf" value={csrf} />
      <label>
        <span>Codice OTP</span>
        <input
          class="otp"
          type="password"
          name="otp"
          required
          maxlength={64}
          inputmode="numeric"
          autocomplete="one-time-code"
          spellcheck={false}
          aria-describedby="otp-note"
        />
      </label>
      <button type="submit" class="button" data-busy="Invio in corso…">
        Consegna il codice
      </button>
      <p id="otp-note" class="note">
        Il codice va dritto alla firma: non viene mostrato, né registrato, né conservato.
      </p>
    </form>
  );
}

function ApprovalForm({ ask, view, csrf }: FormProps) {
  return <ApprovalCard ask={ask} view={view} csrf={csrf} />;
}

function FilesForm({ ask, view, csrf, uploadLimits }: FormProps) {
  // The archive to sign is among them.
  const { files } = view;
  return (
    <ol class="stepwise">
      <li>
        <strong>Scaricare i documenti da firmare.</strong>
        {files.length === 0 ? (
          <p class="note">L'archivio non è ancora pronto: comparirà qui.</p>
        ) : (
          <ul class="downloads">
            {files.map((file) => (
              <li>
                <a class="button secondary" href={buildRunFileUrl(ask.run, file.sha256)} download>
                  {formatFileName(file.name)} ({formatBytes(file.bytes)})
                </a>
              </li>
            ))}
          </ul>
        )}
      </li>
      <li>
        <strong>Firmarli con firma PAdES invisibile.</strong> I nomi dei file non contano.
      </li>
      <li>
        <strong>Caricare qui i PDF firmati</strong>, anche in un archivio ZIP.
        <form
          method="post"
          action={`${buildRunUrl(ask.run)}/firmati`}
          enctype="multipart/form-data"
        >
          <input type="hidden" name="csrf" value={csrf} />
          <label>
            <span>PDF firmati</span>
            <input type="file" name="files" multiple required accept=".pdf,.zip,.p7m" />
          </label>
          <button type="submit" class="button" data-busy="Caricamento in corso…">
            Carica i documenti firmati
          </button>
          <p class="note">
            Si possono scegliere molti file insieme, al massimo {formatBytes(uploadLimits.bytes)} e{" "}
            {formatNumber(uploadLimits.files)} file per volta. Ognuno viene confrontato con il
            documento preparato qui.
          </p>
        </form>
      </li>
    </ol>
  );
}
