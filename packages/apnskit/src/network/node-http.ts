/** Loads `node:http` only when a proxy is used: it takes a sixth of this package's load time. */
export function http(): typeof import("node:http") {
  return process.getBuiltinModule("node:http");
}
