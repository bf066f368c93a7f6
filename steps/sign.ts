/** Signs every PDF of the flusso (PAdES): with a key, with one OTP for all, or by taking back what a person signed elsewhere. */
import { Type } from "typebox";
import { groupStep } from "../integrations/services.ts";
import { DocumentsField, SignedDocumentsField } from "./schemas/fields.ts";
import { assertWhole } from "./schemas/lost-document.ts";
import { inspectSign } from "./signing/inspect.ts";

/** The PDF and certificate packages are loaded here, so that commands which sign nothing start without them. */
const ways = {
  automatic: async () => (await import("./signing/automatic.ts")).signAutomatically,
  otp: async () => (await import("./signing/otp.ts")).signWithOtp,
  upload: async () => (await import("./signing/upload.ts")).takeUploads,
} as const;

export default groupStep({
  title: "Firma",
  summary:
    "Firma i PDF di ogni verbale (PAdES), da solo, con un codice OTP o caricando i file firmati",
  effect: "once",
  needs: ["signing"],
  config: Type.Object(
    {
      mode: Type.Union([Type.Literal("automatic"), Type.Literal("otp"), Type.Literal("upload")], {
        default: "automatic",
        description:
          "automatic: chiave dell'ente o firma remota automatica; otp: firma remota con un solo codice per tutto il flusso; upload: l'operatore scarica, firma e ricarica i PDF",
      }),
      signer: Type.String({
        minLength: 1,
        description: "Nome del firmatario, come in «signing: signers:» del file dell'ente",
      }),
      notice: Type.Union([Type.Literal("sign"), Type.Literal("leave")], {
        default: "sign",
        description: "sign: si firma anche l'avviso di pagamento; leave: si firma solo il verbale",
      }),
      reason: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 100,
          description: "Motivo della firma, come lo mostra il lettore PDF",
        }),
      ),
    },
    { additionalProperties: false },
  ),
  reads: DocumentsField,
  adds: SignedDocumentsField,
  examples: [
    "mode: otp\nsigner: comandante",
    "mode: automatic\nsigner: sigillo\nnotice: leave",
    "mode: upload\nsigner: comandante\nreason: Verbale di accertamento",
  ],
  // What two signatures append, with room for two time stamps; what a person signed elsewhere comes back whole.
  leavesBytes({ config, services }) {
    if (config.mode === "upload") return 142_000;
    return services.signing.timestamps === null ? 16_000 : 66_000;
  },
  inspect: async (config, ctx) => inspectSign(config, ctx),
  // New codes or a corrected address give new PDFs: an earlier signature is repeated only over the very same files.
  fingerprint: (item) => item.data.documents.map(({ sha256 }) => sha256).join(" "),
  async *run(items, ctx) {
    const way = await ways[ctx.config.mode]();
    const whole: (typeof items)[number][] = [];
    for (const item of items)
      try {
        // What a person shall sign must be there to be handed out; the other ways read it by themselves.
        if (ctx.config.mode === "upload") await assertWhole(ctx.artifacts, item.data.documents);
        whole.push(item);
      } catch (error) {
        yield { item, status: "failed", error };
      }
    if (whole.length > 0) yield* way(whole, ctx);
  },
  // A signature whose file was not recorded binds nobody; if its provider returned it, it was kept and is taken up again.
  reconcile: () => Promise.resolve({ status: "not-done" }),
});
