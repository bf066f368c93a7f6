/** What each code of `check` means, with a wrong and a right example; `postino explain` and the page of the codes print it, and a test runs the examples. */
import type { FaultCode } from "../../../loader/yaml/diagnostics.ts";

export interface FaultPage {
  /** Why it matters and what to do, in Italian: some sentences. */
  readonly about: string;
  /** Which file the example is a piece of; `names`: it is about the names of files; `past`: about what happened before, in words. */
  readonly file: "pipeline" | "ente" | "base" | "names" | "past";
  /** The piece of the shipped file that the examples stand in for; default: the right one. */
  readonly over?: string;
  readonly wrong: string;
  /** `null`: there is nothing to mend, it is only told. */
  readonly right: string | null;
}

const retry = "retry: { times: 8, wait: 30s, maxWait: 10m }";

const syntax = {
  P001: {
    about:
      "Il file non si legge come YAML: manca uno spazio dopo i due punti, una parentesi o una virgoletta non è chiusa, una riga rientra in modo diverso dalle vicine. Ciò che segue il punto segnato non è stato guardato: corretto questo, possono comparire altri errori.",
    file: "ente",
    wrong: "live:false",
    right: "live: false",
  },
  P002: {
    about:
      "La stessa chiave è scritta due volte nello stesso gruppo: una delle due non avrebbe effetto, e non si vede quale. Lasciarne una sola.",
    file: "pipeline",
    wrong: "  - uses: zip\n    with: { split: per-verbale }\n    with: { split: single }",
    right: "  - uses: zip\n    with: { split: per-verbale }",
  },
  P003: {
    about:
      "La chiave non esiste in quel posto: è scritta in italiano, con un errore di battitura, o appartiene a un altro gruppo. Le chiavi sono in inglese, i testi che si leggono in italiano.",
    file: "pipeline",
    wrong: "    entro: 24h",
    right: "    within: 24h",
  },
  P004: {
    about:
      "Nessun passo ha quel nome. «postino steps» li elenca; un passo proprio è un file in una cartella indicata da POSTINO_STEPS.",
    file: "pipeline",
    wrong: "  - uses: valida",
    right: "  - uses: validate",
  },
  P005: {
    about:
      "Un valore manca, è di un altro tipo o è fuori dai valori ammessi. Il messaggio dice che cosa è ammesso; «postino steps NOME» elenca le impostazioni di un passo.",
    file: "pipeline",
    wrong: "    within: 24",
    right: "    within: 24h",
  },
  P006: {
    about:
      "Un codice senza virgolette è un numero per molti programmi che leggono YAML: perde gli zeri iniziali, o le ultime cifre se ne ha più di 15. Tra virgolette resta come è scritto.",
    file: "ente",
    wrong: "  segregationCode: 07",
    right: '  segregationCode: "07"',
  },
  P007: {
    about:
      "È la sintassi di un altro programma (${…}, {{ … }}), oppure un testo che YAML leggerebbe in altro modo e va tra virgolette: comincia con un asterisco, contiene # o una barra rovesciata.",
    file: "pipeline",
    wrong: '    with: { inbox: "{{ ente.codice }}" }',
    right: "    with: { inbox: $(ente.codice) }",
  },
  P008: {
    about:
      "Tabulazioni, spazi speciali e virgolette tipografiche arrivano con un copia e incolla: per YAML non sono né spazi né virgolette.",
    file: "pipeline",
    wrong: "name: “Notifica dei verbali”",
    right: 'name: "Notifica dei verbali"',
  },
} as const satisfies Partial<Record<FaultCode, FaultPage>>;

const order = {
  P010: {
    about:
      "Un'espressione cita un passo che non esiste; e i dati non passano per espressioni: ogni passo legge da sé i campi che i passi precedenti hanno aggiunto.",
    file: "pipeline",
    wrong: "    with: { inbox: $(steps.importa.cartella) }",
    right: "    with: { inbox: $(ente.codice) }",
  },
  P011: {
    about:
      "Un passo ha bisogno di ciò che un passo successivo aggiunge, oppure un'espressione cita un altro passo. L'ordine dei passi è quello in cui lavorano.",
    file: "pipeline",
    wrong: `  - uses: import-iun\n    within: 24h\n  - uses: transmit\n    ${retry}`,
    right: `  - uses: transmit\n    ${retry}\n  - uses: import-iun\n    within: 24h`,
  },
  P012: {
    about:
      "Un'espressione cita un parametro che la pipeline non dichiara o un dato che il file dell'ente non prevede; oppure un passo legge un campo che nessun passo precedente aggiunge.",
    file: "pipeline",
    wrong: "    with: { inbox: $(ente.codise) }",
    right: "    with: { inbox: $(ente.codice) }",
  },
  P013: {
    about:
      "Due passi hanno lo stesso nome: gli enti non saprebbero quale dei due modificano. Se il passo serve due volte, il secondo ha un «id» suo.",
    file: "pipeline",
    wrong: "  - uses: zip\n  - uses: zip",
    right: "  - uses: zip",
  },
  P015: {
    about:
      "Il primo passo carica i verbali (load-verbali, load-notified…), ed è uno solo: senza, gli altri non hanno nulla su cui lavorare.",
    file: "pipeline",
    wrong: "  - uses: zip\n  - uses: load-notified",
    right: "  - uses: zip",
  },
  P016: {
    about:
      "Due passi aggiungono lo stesso campo: il secondo nasconderebbe ciò che ha detto il primo.",
    file: "pipeline",
    wrong: "  - id: primo\n    uses: zip\n  - uses: zip",
    right: "  - uses: zip",
  },
  P017: {
    about:
      "Il file non c'è, o il suo nome non si può usare: le pipeline e gli enti sono file .yaml, con nomi di lettere senza accento, cifre, - e _.",
    file: "names",
    wrong: "pipelines/lotti.yml",
    right: "pipelines/lotti.yaml",
  },
} as const satisfies Partial<Record<FaultCode, FaultPage>>;

const times = {
  P020: {
    about:
      "L'espressione cron ha cinque campi: minuti, ore, giorno del mese, mese, giorno della settimana. Il fuso orario è un nome come Europe/Rome: uno scarto fisso non segue l'ora legale.",
    file: "pipeline",
    wrong: 'schedule: { cron: "30 26 * * 1-5" }',
    right: 'schedule: { cron: "30 6 * * 1-5" }',
  },
  P021: {
    about:
      "All'ora prevista gli orologi cambiano: una notte l'anno quell'ora non esiste, e una notte viene due volte. Il flusso parte una volta sola, ma conviene un'altra ora.",
    file: "pipeline",
    wrong: 'schedule: { cron: "30 2 * * *" }',
    right: 'schedule: { cron: "30 4 * * *" }',
  },
  P022: {
    about:
      "Non è un errore: dice quando il flusso partirà le prossime volte, perché si possa vedere se è ciò che si voleva.",
    file: "pipeline",
    wrong: 'schedule: { cron: "30 6 * * 1-5" }',
    right: null,
  },
  P023: {
    about:
      "L'espressione è valida e fa altro da ciò che sembra dire: «*/45» non è ogni 45 minuti ma ai minuti 0 e 45 di ogni ora, e un giorno del mese insieme a un giorno della settimana vale quando è vero l'uno o l'altro.",
    file: "pipeline",
    wrong: 'schedule: { cron: "*/45 * * * *" }',
    right: 'schedule: { cron: "0 * * * *" }',
  },
  P030: {
    about:
      "Il passo agisce una volta sola e non si può ripetere da sé: dopo un errore dubbio si chiede a una persona. Togliere retry.",
    file: "pipeline",
    wrong: "    with: { mode: automatic, signer: comandante }\n    retry: { times: 3 }",
    right: "    with: { mode: automatic, signer: comandante }",
  },
  P032: {
    about:
      "Le attese fra i nuovi tentativi, sommate, durano più di «within»: gli ultimi tentativi non si faranno mai. Alzare within o abbassare i tentativi.",
    file: "pipeline",
    over: "    within: 24h",
    wrong: "    within: 1m\n    retry: { times: 10, wait: 30s }",
    right: "    within: 24h\n    retry: { times: 10, wait: 30s }",
  },
  P034: {
    about:
      "La durata o il numero di tentativi è ammesso e fa altro da ciò che sembra: uno zero che interrompe subito, un'attesa che non si usa.",
    file: "pipeline",
    wrong: "    timeout: 0s",
    right: "    timeout: 5m",
  },
  P050: {
    about:
      "Il parametro è dichiarato e nessun passo lo usa: chi avvia il flusso lo scriverebbe per nulla.",
    file: "pipeline",
    wrong: "params: { lotto: { type: string } }\nsteps:",
    right: "steps:",
  },
  P051: {
    about:
      "Il flusso parte da solo a un'ora, ma un parametro obbligatorio non ha un valore: a quell'ora non partirebbe. Serve un valore predefinito, o quello dell'ente.",
    file: "pipeline",
    over: 'steps:\n  - uses: load-verbali\n    with: { inbox: $(ente.codice), pattern: "*.csv" }',
    wrong:
      "params: { cartella: { type: string, required: true } }\nsteps:\n  - uses: load-verbali\n    with: { inbox: $(params.cartella) }",
    right:
      "params: { cartella: { type: string, default: arrivi } }\nsteps:\n  - uses: load-verbali\n    with: { inbox: $(params.cartella) }",
  },
  P052: {
    about:
      "onFailure si esegue quando il flusso si è fermato: non ci sono verbali da passare a un passo. Ci va un passo che ne fa a meno, come notify.",
    file: "pipeline",
    wrong: "onFailure: { uses: render }",
    right: "onFailure: { uses: notify, with: { to: ced@comune.example } }",
  },
} as const satisfies Partial<Record<FaultCode, FaultPage>>;

const enti = {
  P033: {
    about:
      "Nei file sta solo il nome del segreto, mai il valore: chi legge il file non deve conoscerlo. Il valore si scrive con «postino secret set NOME». Se il valore è già stato salvato o inviato a qualcuno, va cambiato presso chi l'ha dato.",
    file: "ente",
    wrong: "  apiKey: 6f1e2a9c-1b1d-4c2e-9a44-0f7f1c9d2b11",
    right: "  apiKey: { secret: DEMO_SEND_KEY }",
  },
  P040: {
    about:
      "L'ente cambia, toglie o affianca un passo che la pipeline non ha, o non ha più: la modifica non avrebbe effetto. I passi si nominano con il loro id.",
    file: "ente",
    wrong: "pipelines:\n  send: { remove: [archivia] }",
    right: "pipelines:\n  send: { remove: [close-origin] }",
  },
  P041: {
    about:
      "La modifica dell'ente ripete ciò che la pipeline dice già: se un giorno la pipeline cambia, l'ente resterebbe indietro. Toglierla.",
    file: "ente",
    wrong: "pipelines:\n  send: { change: { zip: { with: { split: per-verbale } } } }",
    right: "pipelines:\n  send: { change: { zip: { with: { split: single } } } }",
  },
  P042: {
    about:
      "Una pipeline, o una base di famiglia, è cambiata da quando l'ente è stato provato l'ultima volta, e per quell'ente il risultato è un altro. «postino impact» dice che cosa cambia; dopo «postino try», «postino test» o un flusso completato l'avviso non c'è più.",
    file: "past",
    wrong:
      "28/11/2026: postino try verbali.csv --ente treviglio\n02/12/2026: base-bergamo.yaml cambia, e treviglio la nomina in extends",
    right: null,
  },
  P043: {
    about:
      "Il codice dell'ente e il nome del suo file sono la stessa cosa: registro, cartelle e comandi lo usano. Cambiare l'uno o l'altro.",
    file: "ente",
    wrong: "  codice: borgo-lieto",
    right: "  codice: borgolieto",
  },
  P044: {
    about: "L'ente cambia una pipeline che non esiste: il nome è quello del file, senza .yaml.",
    file: "ente",
    wrong: "pipelines:\n  sned: { remove: [zip] }",
    right: "pipelines:\n  send: { remove: [close-origin] }",
  },
  P045: {
    about:
      "Una base di famiglia dice qualcosa che è di un ente solo: il codice fiscale, l'IBAN, il codice di segregazione, live, il nome di un segreto. Un ente lo prenderebbe senza accorgersene. Scriverlo nel file di ogni ente.",
    file: "base",
    wrong: "payments: { postalIban: IT60X0542811101000000123456 }",
    right: "payments: { postalAccountHolder: Comune }",
  },
  P046: {
    about:
      "Il file nominato in extends non può essere una base: torna a sé stesso, sta fuori dalla cartella delle pipeline, o non è un file .yaml. Le basi stanno accanto agli enti, e il loro nome comincia con base-.",
    file: "base",
    wrong: "extends: [base-esempio.yaml]",
    right: "render: { luogo: Borgolieto }",
  },
  P060: {
    about:
      "Il valore ha la forma giusta e il passo non lo può usare: un campo che non esiste, un firmatario che l'ente non ha, un segreto o un file che manca, un codice con la cifra di controllo sbagliata.",
    file: "ente",
    wrong: "    Targa: tarqa",
    right: "    Targa: targa",
  },
  P061: {
    about:
      "L'impostazione si può usare, ma conviene guardarla: di solito costa di più, o fa altro da ciò che si aspetta chi la scrive.",
    file: "ente",
    wrong: "  subject: Violazione del Codice della Strada",
    right: "  subject: Violazione del Codice della Strada\n  over20Grams: true",
  },
} as const satisfies Partial<Record<FaultCode, FaultPage>>;

/** Every code has its page. */
export const faultPages: Readonly<Record<FaultCode, FaultPage>> = {
  ...syntax,
  ...order,
  ...times,
  ...enti,
};
