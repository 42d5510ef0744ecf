/**
 * One checked line of a notifications file. Header set and body are created once, even if the line is sent
 * many times.
 */
export interface ParsedNotification {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Names the mistake in a line without repeating its content, which may hold device tokens and private texts.
 */
export class InvalidLine extends Error {
  override readonly name = "InvalidLine";
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads `{"token": "<hex>", "headers": {…}, "payload": {…}}`.
 *
 * @throws {InvalidLine} if the line has any other form
 */
export function parseNotification(bytes: Uint8Array): ParsedNotification {
  const { token, headers, payload, ...rest } = parseObject(decode(bytes), "line");
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) {
    throw new InvalidLine(`unknown key ${quote(unknown)}; known are token, headers and payload`);
  }
  return {
    path: `/3/device/${checkToken(token)}`,
    headers: checkHeaders(headers),
    body: encodePayload(payload),
  };
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new InvalidLine("not UTF-8");
  }
}

function parseObject(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the text, so the error takes only the position from it.
    const position = /position (\d+)/u.exec(String(error))?.[1];
    throw new InvalidLine(
      position === undefined ? "not JSON" : `not JSON from column ${Number(position) + 1} on`,
    );
  }
  return checkObject(value, what);
}

function checkObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new InvalidLine(`${what} must be a JSON object; received ${kindOf(value)}`);
}

function checkToken(token: unknown): string {
  if (typeof token !== "string") throw new InvalidLine(`token must be a string; received ${kindOf(token)}`);
  if (!/^(?:[0-9a-f]{2})+$/iu.test(token)) {
    throw new InvalidLine(`token must be whole bytes in hexadecimal (${token.length} characters)`);
  }
  return token;
}

function checkHeaders(headers: unknown): Record<string, string> {
  const checked = checkObject(headers, "headers");
  for (const [name, value] of Object.entries(checked)) {
    // Names in lower case, RFC 9113 §8.2; characters of a token, RFC 9110 §5.6.2.
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/u.test(name))
      throw new InvalidLine(`header name ${quote(name)} is not allowed`);
    if (typeof value !== "string")
      throw new InvalidLine(`header ${name} must be a string; received ${kindOf(value)}`);
    if (!/^[!-~](?:[ -~]*[!-~])?$/u.test(value)) {
      throw new InvalidLine(`header ${name} must be printable ASCII without outer spaces`);
    }
  }
  return checked as Record<string, string>;
}

function encodePayload(payload: unknown): Uint8Array {
  const text = JSON.stringify(checkObject(payload, "payload"), (key, value: unknown) => {
    // JSON.parse has already rounded the number, so the sent value would differ from the file.
    if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new InvalidLine(`payload key ${quote(key)} holds an integer beyond 2^53; write it as a string`);
    }
    return value;
  });
  return Buffer.from(text);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`.replace("a object", "an object");
}

function quote(name: string): string {
  return JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);
}
