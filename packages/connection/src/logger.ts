import { InvalidOption } from "./errors.ts";
import { received } from "./options.ts";

/** A method of a {@link Logger}. */
export type LogMethod = (fields: object, message: string) => void;

/** The levels of a {@link Logger}, from the most to the least verbose. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Receives log lines: the common part of pino, bunyan, winston and `console`. At least one method is needed;
 * lines of a level without a method are dropped. An error that a method throws, or rejects with, is
 * swallowed: logging must not affect anything else.
 */
export interface Logger {
  trace?: LogMethod | undefined;
  debug?: LogMethod | undefined;
  info?: LogMethod | undefined;
  warn?: LogMethod | undefined;
  error?: LogMethod | undefined;
  /** If present, lines of a disabled level are not built. */
  isLevelEnabled?: ((level: never) => boolean) | undefined;
}

/** The logger that the engine uses: none of its methods throws. */
export class GuardedLogger {
  readonly #logger: Logger;
  readonly #fields: object;

  /** @param fields added to every line */
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

  /** Whether a line of this level would be logged. Ask before building a costly line. */
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

  /** A logger that adds these fields to every line. */
  with(fields: object): GuardedLogger {
    return new GuardedLogger(this.#logger, { ...this.#fields, ...fields });
  }

  #write(level: LogLevel, fields: object, message: string): void {
    try {
      swallowRejection(this.#logger[level]?.({ ...this.#fields, ...fields }, message));
    } catch {
      // The logger itself is broken, so there is nowhere to report it.
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
