import type { SourceChange } from "../build/bundle.ts";

/** A deliberate defect. */
export interface Mutant extends SourceChange {
  readonly name: string;
}
