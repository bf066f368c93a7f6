/** Who is in, in the head of every page: profile, people, the way out. */
/** @jsxImportSource ../../markup */
import { readPrincipal } from "../../gate/who.ts";

/** Nothing while there are no users, and nothing at the door. */
export function PersonMenu() {
  const principal = readPrincipal();
  if (principal === null || principal.kind !== "user") return <></>;
  return (
    <>
      {principal.can("people", "*") && <a href="/persone">Persone</a>}
      {principal.can("people", "*") && <a href="/chiavi">Chiavi</a>}
      {principal.can("audit", "*") && <a href="/registro-accessi">Registro</a>}
      <a href="/profilo">
        <span class="hidden">Profilo di </span>
        {principal.fullName}
      </a>
    </>
  );
}
