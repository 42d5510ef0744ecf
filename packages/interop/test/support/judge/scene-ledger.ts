import type { LedgerAttempt, SceneLedger } from "./scene.ts";

type Writable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/** An attempt that is still changing. */
export type OpenAttempt = Writable<LedgerAttempt>;

/** The ledger of a server in this process. */
export class Ledger {
  readonly #attempts: OpenAttempt[] = [];
  readonly #counts = new Map<string, number>();
  readonly #violations = new Map<number, string[]>();

  connected(connection: number): void {
    this.#violations.set(connection, []);
  }

  open(key: string, path: string, connection: number, stream: number): OpenAttempt {
    const number = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, number);
    const attempt: OpenAttempt = {
      key,
      path,
      number,
      connection,
      stream,
      bytes: 0,
      whole: false,
      began: false,
      status: null,
      reset: null,
      disowned: false,
      cancelled: false,
    };
    this.#attempts.push(attempt);
    return attempt;
  }

  /** Records a GOAWAY with this last stream id on a connection. */
  goaway(connection: number, lastStream: number): void {
    for (const attempt of this.#attempts) {
      const above = attempt.connection === connection && attempt.stream > lastStream;
      if (above && !attempt.began) attempt.disowned = true;
    }
  }

  violation(connection: number, text: string): void {
    this.#violations.get(connection)?.push(text);
  }

  get(): SceneLedger {
    return {
      attempts: this.#attempts.map((attempt) => ({ ...attempt })),
      connections: Array.from(this.#violations, ([number, violations]) => ({
        number,
        violations,
        frames: [],
      })),
    };
  }
}
