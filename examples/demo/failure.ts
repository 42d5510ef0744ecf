/**
 * A failure that ends the demo. The demo prints it in one line without a stack, because the cause is not in
 * this code.
 */
export class DemoFailure extends Error {
  override readonly name = "DemoFailure";
}

/** An error and its causes, in one line. */
export function inOneLine(error: unknown): string {
  const messages: string[] = [];
  for (let each = error; each instanceof Error && messages.length < 5; each = each.cause) {
    const message = each.message.replace(/\s+/gu, " ").trim() || each.name;
    if (!messages.some((said) => said.includes(message))) messages.push(message);
  }
  return messages.length > 0 ? messages.join(": ") : String(error);
}
