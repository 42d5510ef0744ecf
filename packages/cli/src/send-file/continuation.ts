import { quote } from "../notification/explain.ts";

/**
 * The command that goes on where a run stopped.
 *
 * @param argv everything behind the program's name, as it was typed
 * @param skip lines that are done
 * @param limit notifications that the run was still to send, if it was limited
 */
export function continuation(
  argv: readonly string[],
  skip: number,
  limit: number | undefined,
  append: boolean,
): string {
  const rest: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (/^--(?:skip|limit)$/.test(word)) at++;
    else if (!/^--(?:skip|limit)=/.test(word) && word !== "--append") rest.push(word);
  }
  const words = ["apnskit", ...rest, "--skip", String(skip)];
  if (limit !== undefined) words.push("--limit", String(limit));
  if (append) words.push("--append");
  return words.map(quote).join(" ");
}
