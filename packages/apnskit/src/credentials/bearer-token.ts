import { type InspectOptions, inspect } from "node:util";
import { concealAccessors } from "@apnskit/connection/internal";

/**
 * One signed token. Callers get the same object until the next renewal.
 */
export class BearerToken {
  static {
    concealAccessors(this);
  }

  readonly #authorization: string;
  /** Counts the tokens of a key in this process, from 1. */
  readonly generation: number;
  /** The wall-clock time in the token's claims. */
  readonly issuedAt: Date;

  constructor(jwt: string, generation: number, issuedAt: Date) {
    // One text for all requests: header sets that hold it are compared without reading it.
    this.#authorization = `bearer ${jwt}`;
    this.generation = generation;
    this.issuedAt = issuedAt;
  }

  /** The value of the `authorization` header. Secret. */
  get authorization(): string {
    return this.#authorization;
  }

  /** @internal The parts that may be shown. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `BearerToken ${inspect({ ...this }, options)}`;
  }
}
