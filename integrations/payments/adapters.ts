/** The payment systems by the name that an ente file gives in `payments: adapter:`. Adding one: its folder, and a line here. */
export { filePayments as file } from "./file/adapter.ts";
export { govPayPayments as govpay } from "./govpay/adapter.ts";
export { gpdPayments as gpd } from "./gpd/adapter.ts";
