/** Who signs a go-ahead or a decision: whoever is signed in, or the name that is typed while there are no users. */
/** @jsxImportSource ../../markup */
import { readSigner } from "../../gate/who.ts";

export function SignerField({ label }: { readonly label: string }) {
  const signer = readSigner();
  if (signer !== null)
    return (
      <p class="note">
        Firma: <strong>{signer}</strong>
      </p>
    );
  return (
    <label>
      <span>{label}</span>
      <input type="text" name="by" required maxlength={80} autocomplete="name" />
    </label>
  );
}
