/** An answer without a body. */
export function empty(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers });
}

/** An answer with a sentence for readers of a log; Wallet does not show it. */
export function refusal(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${message}\n`, {
    status,
    headers: { ...headers, "content-type": "text/plain; charset=utf-8" },
  });
}

/** Asks for credentials; says nothing about whether the item exists. */
export function unauthorized(scheme: string): Response {
  return refusal(401, "the authentication token is missing or wrong", { "www-authenticate": scheme });
}
