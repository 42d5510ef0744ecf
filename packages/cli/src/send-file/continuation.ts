import { quote } from "../notification/explain.ts";

/**
 * The command that continues a stopped run.
 *
 * @param argv everything after the program's name, as typed
 * @param skip lines that are done
 * @param limit notifications that the run still had to send, if it was limited
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
