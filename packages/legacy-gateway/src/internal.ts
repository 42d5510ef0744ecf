export { DATA_KEYS_OF_AN_APP } from "./apps/app.ts";
export { DATA_KEYS_OF_TLS } from "./listeners/tls-options.ts";
export { DATA_OPTIONS } from "./options.ts";
