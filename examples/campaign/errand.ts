/** What a worker of the demo is told. Plain JSON. */
export interface Errand {
  readonly origin: string;
  /** PEM. */
  readonly ca: string;
  readonly key: { readonly key: string; readonly keyId: string; readonly teamId: string };
  readonly count: number;
  /** Path of the journal. */
  readonly journal: string;
}

/** The campaign's name: the ids of its pushes follow from it. */
export const NAME = "spring-sale";

/** Device tokens, as a database would give them: always in the same order. */
export function* recipients(count: number): Generator<string> {
  for (let index = 0; index < count; index++) yield index.toString(16).padStart(64, "0");
}
