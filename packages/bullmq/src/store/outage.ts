/** Classes of temporary SQLSTATEs: connection exception, resources, operator intervention (PostgreSQL, appendix A). */
const PASSING = /^(?:08|53|57P0)/;
/** Errors of sockets. */
const SOCKET = /^E[A-Z]+$/;
/** Messages of `pg` and ioredis for a connection that has ended. */
const ENDED =
  /Connection (?:terminated|is closed)|timeout exceeded when trying to connect|Client has encountered a connection error/;

/** Whether a call failed because the store was unreachable. Then the call itself is fine. */
export function isOutage(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === "string") return PASSING.test(code) || SOCKET.test(code);
  return typeof message === "string" && ENDED.test(message);
}
