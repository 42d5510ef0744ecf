import { InvalidOption } from "./errors.ts";

/** A method of a {@link Logger}. */
export type LogMethod = (fields: object, message: string) => void;

/** The levels of a {@link Logger}, from the most to the least verbose. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Where log lines go: what pino, bunyan, winston and `console` have in common. At least one method is needed; lines of a
 * level without a method are dropped. An error that a method throws, or rejects with, is swallowed:
 * logging decides about nothing.
 */
export interface Logger {
  trace?: LogMethod | undefined;
  debug?: LogMethod | undefined;
  info?: LogMethod | undefined;
  warn?: LogMethod | undefined;
  error?: LogMethod | undefined;
  /** Where present, lines of a level that is off are not put together. */
  isLevelEnabled?: ((level: never) => boolean) | undefined;
}

/** The logger that the engine uses: none of its methods throws. */
export class GuardedLogger {
  readonly #logger: Logger;
  readonly #fields: object;

  /** @param fields in every line */
  constructor(logger: Logger, fields: object = {}) {
    this.#logger = logger;
    this.#fields = fields;
  }

  trace(fields: object, message: string): void {
    this.#write("trace", fields, message);
  }

  debug(fields: object, message: string): void {
    this.#write("debug", fields, message);
  }

  info(fields: object, message: string): void {
    this.#write("info", fields, message);
  }

  warn(fields: object, message: string): void {
    this.#write("warn", fields, message);
  }

  error(fields: object, message: string): void {
    this.#write("error", fields, message);
  }

  /** Whether a line of this level would go anywhere: to be asked before a costly line is put together. */
  isEnabled(level: LogLevel): boolean {
    const logger = this.#logger;
    try {
      if (typeof logger[level] !== "function") return false;
      return typeof logger.isLevelEnabled !== "function" || logger.isLevelEnabled(level as never);
    } catch {
      return false;
    }
  }

  /** A logger with these fields in every line as well. */
  with(fields: object): GuardedLogger {
    return new GuardedLogger(this.#logger, { ...this.#fields, ...fields });
  }

  #write(level: LogLevel, fields: object, message: string): void {
    try {
      const returned: unknown = this.#logger[level]?.({ ...this.#fields, ...fields }, message);
      // An async method must not end the process by its rejection.
      if (returned instanceof Promise) returned.catch(() => {});
    } catch {
      // The destination is broken: there is no better place to say so.
    }
  }
}

const silent = new GuardedLogger({});

/**
 * The engine's view of the `logger` option.
 *
 * @throws {@link InvalidOption} for a value without any method of a {@link Logger}
 */
export function guardLogger(logger: unknown): GuardedLogger {
  if (logger === undefined) return silent;
  if (logger instanceof GuardedLogger) return logger;
  const methods =
    typeof logger === "object" || typeof logger === "function" ? (logger as Logger | null) : null;
  if (LOG_LEVELS.some((level) => typeof methods?.[level] === "function")) return new GuardedLogger(methods!);
  throw new InvalidOption(
    "logger",
    "`logger` needs at least one of the methods trace, debug, info, warn, error",
  );
}
