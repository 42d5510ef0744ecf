/** Device tokens, each another one, the same each time. */
export function* tokensOf(count: number): Generator<string> {
  for (let index = 0; index < count; index++) yield index.toString(16).padStart(64, "0");
}
