/** `node:http`, loaded by those who use a proxy only: it takes a sixth of the time in which this package is loaded. */
export function http(): typeof import("node:http") {
  return process.getBuiltinModule("node:http");
}
