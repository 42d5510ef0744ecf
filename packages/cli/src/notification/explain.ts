import type { Notification } from "apnskit";

/** One request exactly as sent, but without credentials. */
export interface Explanation {
  readonly method: "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Bytes of the body, and the limit. */
  readonly size: number;
  readonly limit: number;
  /** A line for a POSIX shell that sends the same request. */
  readonly curl: string;
}

/** How the request authenticates. */
export type ShownCredentials = "token" | "certificate";

/**
 * Explains a request.
 *
 * @param url the whole address
 * @param headers without credentials
 */
export function explain(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  limit: number,
  credentials: ShownCredentials,
  ca: string | undefined,
): Explanation {
  const text = Buffer.from(body).toString("utf8");
  const shown = credentials === "token" ? { ...headers, authorization: "bearer $TOKEN" } : { ...headers };
  return {
    method: "POST",
    url,
    headers: shown,
    body: text,
    size: body.length,
    limit,
    curl: curlLine(url, headers, text, credentials, ca !== undefined),
  };
}

/** The limit of a notification's payload in bytes, to show how much room is left. */
export function sizeLimitOf(
  notification: Pick<Notification, "pushType">,
  pushTypes: Readonly<Record<string, { readonly sizeLimit: number }>>,
): number {
  const { pushType } = notification;
  const known =
    pushType !== undefined && Object.hasOwn(pushTypes, pushType) ? pushTypes[pushType] : undefined;
  return known?.sizeLimit ?? 4096;
}

function curlLine(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  credentials: ShownCredentials,
  ownCa: boolean,
): string {
  const words = ["curl --http2"];
  if (ownCa) words.push('--cacert "$CA"');
  // The token is a variable of the shell, so only this header is in double quotes.
  if (credentials === "token") words.push('-H "authorization: bearer $TOKEN"');
  else words.push('--cert "$CERTIFICATE" --key "$KEY"');
  for (const [name, value] of Object.entries(headers)) words.push(`-H ${quote(`${name}: ${value}`)}`);
  words.push(`--data-binary ${quote(body)}`, quote(url));
  return words.join(" ");
}

/** A word of a POSIX shell. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** An explanation for people. */
export function explanationText({ method, url, headers, body, size, limit, curl }: Explanation): string {
  const lines = [`${method} ${url}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  lines.push("", body, "", `${size} of ${limit} bytes`, "", curl);
  return lines.join("\n");
}
