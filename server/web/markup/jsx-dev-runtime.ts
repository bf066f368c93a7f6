/** The same under the name that the compiler asks for while the program runs from its sources. */
export { Fragment, renderElement as jsxDEV } from "./jsx-runtime.ts";
export type { JSX } from "./jsx-runtime.ts";
