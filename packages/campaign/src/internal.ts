export { apnsIdFor } from "./identity.ts";
