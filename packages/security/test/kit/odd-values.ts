/** Values that a caller's function may throw or reject with, and that break careless error handling. */
export const oddValues: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["null", null],
  ["a string", "no"],
  ["a symbol", Symbol("no")],
  ["an object without prototype", Object.create(null)],
  ["an error whose message is a number", Object.assign(new Error(), { message: 5 })],
  [
    "an error whose message throws",
    Object.defineProperty(new Error(), "message", {
      get: () => {
        throw new Error("a getter");
      },
    }),
  ],
  ["an error whose code is an object", Object.assign(new Error("no"), { code: {} })],
  [
    "a proxy that throws on each access",
    new Proxy(
      {},
      {
        get: () => {
          throw new Error("a trap");
        },
        getPrototypeOf: () => {
          throw new Error("a trap");
        },
        has: () => {
          throw new Error("a trap");
        },
      },
    ),
  ],
];
