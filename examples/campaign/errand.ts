/** The task of a worker of the demo. Plain JSON. */
export interface Errand {
  readonly origin: string;
  /** PEM. */
  readonly ca: string;
  readonly key: { readonly key: string; readonly keyId: string; readonly teamId: string };
  readonly count: number;
  /** Path of the journal. */
  readonly journal: string;
}

/** The campaign's name. The ids of its pushes are derived from it. */
export const NAME = "spring-sale";

/** Device tokens, always in the same order, as from a database. */
export function* recipients(count: number): Generator<string> {
  for (let index = 0; index < count; index++) yield index.toString(16).padStart(64, "0");
}
