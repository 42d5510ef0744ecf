import type { Action, ScriptedAnswer, SettingValues, Step } from "./script.ts";

/** The known effect of a request after such an attempt. */
export type Effect =
  /** The server took it. */
  | "taken"
  /** The server refused it with an answer, or reported that it did not process it: no effect. */
  | "none"
  /** The server may have taken it. */
  | "possible"
  /** The part that arrived differs between runs. */
  | "varies";

/** The engine's next step after such an attempt, by the retry table of the documentation. */
export type Next =
  /** The engine settles the request with the result of this attempt. */
  | "settle"
  /** Another attempt, whether or not the request is idempotent. */
  | "again"
  /** Another attempt if the request is idempotent. Otherwise the engine settles the request as unknown. */
  | "again if idempotent"
  /** The engine settles the request after one attempt more or less. */
  | "varies";

/** One way in which an attempt can end. */
export interface Ending {
  readonly name: string;
  /** What the server does to the attempt. */
  readonly step: Step;
  readonly effect: Effect;
  readonly next: Next;
  /** The claim of a single attempt, such as `unknown` or `rejected 503 Shutdown`. */
  readonly claim: string;
  /** The owner of the credentials tries once more: with a renewed token, or after a pause. */
  readonly credentials?: "renew" | "pause";
  /** Settings that the attempt's connection needs beforehand. */
  readonly settings?: SettingValues;
  /** Actions of the connection before the attempt arrives. */
  readonly begin?: readonly Action[];
  /** The caller's action when the whole attempt has arrived at the server. */
  readonly caller?: "abort" | "close";
  /** The connection breaks while the server may have the request. */
  readonly loses?: true;
  /** The request's time limit ends it. */
  readonly waits?: true;
}

const head: Action = { head: { status: 200 } };
const shutdown = { reason: "Shutdown" };

export const accepted: Ending = {
  name: "accepted",
  step: { whole: [{ answer: { status: 200 } }] },
  effect: "taken",
  next: "settle",
  claim: "accepted",
};

function answer(status: number, reason: string, next: Next, more: Partial<ScriptedAnswer> = {}): Ending {
  return {
    name: `${status} ${reason}`,
    step: { whole: [{ answer: { status, body: { reason }, ...more } }] },
    effect: "none",
    next,
    claim: `rejected ${status} ${reason}`,
  };
}

function lost(name: string, step: Step, more: Partial<Ending> = {}): Ending {
  return { name, step, effect: "possible", next: "again if idempotent", claim: "unknown", ...more };
}

const pieces = (reason: string) => ({ body: ['{"rea', `son":"${reason}`, '"}'], end: "separate" }) as const;

/** Answers after which the engine retries. */
export const retriedAnswers: readonly Ending[] = [
  answer(429, "TooManyRequests", "again"),
  answer(500, "InternalServerError", "again", pieces("InternalServerError")),
  answer(503, "ServiceUnavailable", "again", { end: "trailers" }),
  answer(503, "Shutdown", "again"),
  answer(400, "IdleTimeout", "again", pieces("IdleTimeout")),
];

/** Answers that concern the provider token. */
export const credentialAnswers: readonly Ending[] = [
  { ...answer(403, "ExpiredProviderToken", "settle"), credentials: "renew" },
  { ...answer(429, "TooManyProviderTokenUpdates", "settle"), credentials: "pause" },
];

/** Answers without a retry. */
export const finalAnswers: readonly Ending[] = [
  accepted,
  answer(403, "InvalidProviderToken", "settle"),
  answer(400, "BadDeviceToken", "settle", { end: "separate" }),
  answer(410, "Unregistered", "settle"),
];

/** The server reports that it did not process the request. */
export const disowned: readonly Ending[] = [
  {
    name: "refused",
    step: { whole: [{ reset: "REFUSED_STREAM" }] },
    effect: "none",
    next: "again",
    claim: "unsent",
  },
  {
    name: "GOAWAY below it",
    step: { whole: [{ goaway: { last: "below", debug: shutdown } }] },
    effect: "none",
    next: "again",
    claim: "unsent",
  },
  {
    name: "GOAWAY below it, then FIN",
    step: {
      head: [{ goaway: { last: "below", code: "ENHANCE_YOUR_CALM", debug: "too fast" } }, { close: "fin" }],
    },
    effect: "none",
    next: "again",
    claim: "unsent",
  },
];

/** The server had the whole request, and its effect is unknown. */
export const doubtful: readonly Ending[] = [
  lost("reset before the answer", { whole: [{ reset: "INTERNAL_ERROR" }] }),
  lost("reset after the answer began", { whole: [head, { reset: "CANCEL" }] }),
  lost("refused after the answer began", { whole: [head, { reset: "REFUSED_STREAM" }] }),
  lost("RST before the answer", { whole: [{ close: "reset" }] }, { loses: true }),
  lost("FIN before the answer", { whole: [{ close: "fin" }] }, { loses: true }),
  lost("FIN after the answer began", { whole: [head, { close: "fin" }] }, { loses: true }),
  lost(
    "GOAWAY at it, then RST",
    { whole: [{ goaway: { last: "this" } }, { wait: 5 }, { close: "reset" }] },
    { loses: true },
  ),
  lost(
    "GOAWAY above it, then FIN",
    {
      whole: [{ goaway: { last: "above", debug: shutdown } }, { close: "fin" }],
    },
    { loses: true },
  ),
  lost("GOAWAY below it after the answer began, then FIN", {
    // The GOAWAY ends the stream first, so the request does not lose its connection.
    whole: [head, { wait: 5 }, { goaway: { last: "below", debug: shutdown } }, { close: "fin" }],
  }),
];

/** The connection breaks while the request is on its way. The part that arrives differs between runs. */
export const lostOnTheWay: readonly Ending[] = [
  lost("RST at its head", { head: [{ close: "reset" }] }, { effect: "varies" }),
  lost("RST right after SETTINGS", {}, { effect: "varies", next: "varies", begin: [{ close: "reset" }] }),
  lost("FIN right after SETTINGS", {}, { effect: "varies", next: "varies", begin: [{ close: "fin" }] }),
];

/** The caller or the request's own limit ends the request. */
export const endedHere: readonly Ending[] = [
  lost("no answer", {}, { next: "settle", waits: true }),
  // hyper-h2 never has the whole request, so `unsent` and `unknown` are both true.
  lost(
    "window never opened",
    {},
    {
      next: "settle",
      effect: "none",
      waits: true,
      settings: { initialWindowSize: 0 },
      claim: "unsent or unknown",
    },
  ),
  lost("aborted", {}, { next: "settle", caller: "abort" }),
  lost("closed by the caller", {}, { next: "settle", caller: "close" }),
];

export const acceptedAfterGoaway: Ending = {
  ...accepted,
  name: "GOAWAY at it, then accepted",
  step: { whole: [{ goaway: { last: "this", debug: shutdown } }, { answer: { status: 200 } }] },
};

/** Every ending. */
export const endings: readonly Ending[] = [
  ...finalAnswers,
  acceptedAfterGoaway,
  ...retriedAnswers,
  ...credentialAnswers,
  ...disowned,
  ...doubtful,
  ...lostOnTheWay,
  ...endedHere,
];

/** One ending of each kind. */
export const representatives: readonly Ending[] = endings.filter(({ name }) =>
  [
    "accepted",
    "403 InvalidProviderToken",
    "503 ServiceUnavailable",
    "503 Shutdown",
    "403 ExpiredProviderToken",
    "refused",
    "GOAWAY below it",
    "reset before the answer",
    "refused after the answer began",
    "RST before the answer",
    "GOAWAY below it after the answer began, then FIN",
    "FIN right after SETTINGS",
    "no answer",
    "window never opened",
    "aborted",
    "closed by the caller",
  ].includes(name),
);
