import type { Logger } from "apnskit";
import { oneLine } from "../failure.ts";
import type { Output } from "../output/output.ts";

type Level = "info" | "warn" | "error";

/** The gateway's log on stderr: lines for people, or JSON. */
export function gatewayLog(output: Output, isVerbose: boolean): Logger {
  const write =
    (level: Level | "debug") =>
    (fields: object, message: string): void => {
      const time = new Date().toISOString();
      const shown = plain(fields);
      output.note(
        output.json
          ? JSON.stringify({ time, level, message, ...shown })
          : `${time} ${level} ${message}${textOf(shown)}`,
      );
    };
  const log = { info: write("info"), warn: write("warn"), error: write("error") };
  return isVerbose ? { ...log, debug: write("debug") } : log;
}

/** Errors as their message. */
function plain(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, value instanceof Error ? value.message : value]),
  );
}

function textOf(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .map(
      ([name, value]) =>
        ` ${name}=${typeof value === "string" ? JSON.stringify(oneLine(value)) : String(value)}`,
    )
    .join("");
}
