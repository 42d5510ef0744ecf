import { deviceToken, type Notification, type RawOptions, raw } from "apnskit";
import { typeOfPayload } from "../notification/from-flags.ts";
import { kindOf } from "../notification/json-file.ts";
import { type Entry, InvalidLine, type LineReader, reasonOf } from "./entry.ts";
import type { Line } from "./lines.ts";
import { headerOptions } from "./request-headers.ts";
import { textOf } from "./text.ts";

/** Most header sets to remember. A file has a few, unless each line has a different expiration. */
const MOST_HEADERS = 1000;

/** Reads lines of `{"token":"<hex>","headers":{…},"payload":{…}}`. */
export class NdjsonReader implements LineReader {
  readonly #headers = new Map<string, Omit<RawOptions, "payload">>();

  read(lines: readonly Line[]): Entry[] {
    const entries: Entry[] = [];
    for (const line of lines) {
      if (line.bytes.length === 0 && !line.tooLong) continue;
      const { number } = line;
      try {
        const text = textOf(line);
        if (text.trim() === "") continue;
        const { token, notification } = this.#parse(text);
        entries.push({ line: number, token, notification });
      } catch (error) {
        entries.push({ line: number, invalid: reasonOf(error) });
      }
    }
    return entries;
  }

  end(): Entry[] {
    return [];
  }

  #parse(text: string): { token: string; notification: Notification } {
    const { token, headers, payload, ...rest } = parseObject(text);
    for (const stray in rest) {
      throw new InvalidLine(
        `unknown key ${JSON.stringify(stray.slice(0, 40))}; known are token, headers and payload`,
      );
    }
    if (typeof token !== "string") throw new InvalidLine(`token must be text, not ${kindOf(token)}`);
    if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
      throw new InvalidLine(`payload must be a JSON object, not ${kindOf(payload)}`);
    }
    if (LONG_NUMBER.test(text)) refuseRounded(payload);
    return {
      token: deviceToken(token),
      notification: fromParts(this.#optionsOf(headers), payload),
    };
  }

  #optionsOf(headers: unknown): Omit<RawOptions, "payload"> {
    if (headers === undefined) return {};
    const key = JSON.stringify(headers);
    let options = this.#headers.get(key);
    if (options === undefined) {
      options = headerOptions(headers);
      if (this.#headers.size >= MOST_HEADERS) this.#headers.clear();
      this.#headers.set(key, options);
    }
    return options;
  }
}

/** The notification of headers and payload. Without a push type, the payload decides the type. */
export function fromParts(
  options: Omit<RawOptions, "payload">,
  payload: object,
  text?: string,
): Notification {
  const pushType = options.pushType ?? typeOfPayload(payload as Readonly<Record<string, unknown>>);
  // A background push with the usual priority 10 is an error, so the default is 5.
  const priority = options.priority ?? (pushType === "background" ? 5 : undefined);
  return raw({ ...options, pushType, ...(priority !== undefined && { priority }), payload: text ?? payload });
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the text, so only its position is used.
    const position = /position (\d+)/.exec(String(error))?.[1];
    throw new InvalidLine(
      position === undefined ? "not JSON" : `not JSON from column ${Number(position) + 1} on`,
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new InvalidLine(`the line must be a JSON object, not ${kindOf(value)}`);
}

const LONG_NUMBER = /\d{16}/;

/** `JSON.parse` has already rounded the number, so the sent value would differ from the file. */
function refuseRounded(payload: unknown): void {
  JSON.stringify(payload, (key, value: unknown) => {
    if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new InvalidLine(
        `payload key ${JSON.stringify(key.slice(0, 40))} holds an integer beyond 2^53; write it as text`,
      );
    }
    return value;
  });
}
