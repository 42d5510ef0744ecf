export { bareConnection } from "./bare.ts";
export { connectTo, type OpenOptions } from "./connect.ts";
export { Gate } from "./gate.ts";
export { failureOf, type Outcome, outcomeOf, outcomesOf } from "./outcome.ts";
export { body, path, push } from "./requests.ts";
