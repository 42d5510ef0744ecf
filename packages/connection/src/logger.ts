import { InvalidOption } from "./errors.ts";
import { received } from "./options.ts";

/** A method of a {@link Logger}. */
export type LogMethod = (fields: object, message: string) => void;

/** The levels of a {@link Logger}, from the most to the least verbose. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Where log lines go: what pino, bunyan, winston and `console` have in common. At least one method is needed; lines of a
 * level without a method are dropped. An error that a method throws, or a promise of it rejects with, is swallowed: logging
 * decides about nothing.
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
      if (typeof logger.isLevelEnabled !== "function") return true;
      const enabled: unknown = logger.isLevelEnabled(level as never);
      swallowRejection(enabled);
      return Boolean(enabled);
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
      swallowRejection(this.#logger[level]?.({ ...this.#fields, ...fields }, message));
    } catch {
      // The destination is broken: there is no better place to say so.
    }
  }
}

/** An async method of a logger: its rejection must not end the process. */
function swallowRejection(returned: unknown): void {
  if (returned instanceof Promise) returned.catch(() => {});
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
  if (LOG_LEVELS.some((level) => hasMethod(methods, level))) return new GuardedLogger(methods!);
  const rule = "`logger` needs at least one of the methods trace, debug, info, warn, error";
  throw new InvalidOption("logger", `${rule}${received(logger)}`);
}

/** A logger's getter or Proxy may throw: such a level has no method. */
function hasMethod(logger: Logger | null, level: LogLevel): boolean {
  try {
    return typeof logger?.[level] === "function";
  } catch {
    return false;
  }
}
