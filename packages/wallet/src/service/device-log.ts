import { type GuardedLogger, printable } from "@apnskit/connection/internal";
import { empty, refusal } from "./reply.ts";
import { readJson } from "./request-body.ts";

const BODY_LIMIT = 65_536;
const MOST_LINES = 100;
const LONGEST_LINE = 500;

/** Logs the reports of devices: at most 100 lines of a request, each cut and without control characters. */
export async function takeDeviceLog(
  request: Request,
  logger: GuardedLogger,
  what: string,
): Promise<Response> {
  const body = await readJson(request, BODY_LIMIT);
  if ("problem" in body) {
    const tooLarge = body.problem === "too-large";
    return refusal(tooLarge ? 413 : 400, tooLarge ? "the body is too large" : "the body is not JSON");
  }
  const { logs } = (body.json ?? {}) as { readonly logs?: unknown };
  if (!Array.isArray(logs)) return refusal(400, 'the body must be {"logs": ["…"]}');
  for (const line of logs.slice(0, MOST_LINES)) {
    if (typeof line === "string")
      logger.warn({ report: printable(line, LONGEST_LINE) }, `${what} reports a problem`);
  }
  if (logs.length > MOST_LINES) logger.warn({ dropped: logs.length - MOST_LINES }, `${what} reports more`);
  return empty(200);
}
