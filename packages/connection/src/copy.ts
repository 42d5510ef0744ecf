declare const __APNSKIT_COPY__: string | undefined;

/** Version and module system of this copy of the library; the build sets it. */
const thisCopy = typeof __APNSKIT_COPY__ === "string" ? __APNSKIT_COPY__ : "source";

// Registered, so that all copies in a process have the same symbol.
const mark = Symbol.for("apnskit.copy");

interface Mark {
  readonly kind: string;
  readonly copy: string;
}

/** Marks the instances of a class with their kind and with the copy of the library that made them. */
export function markCopy(type: { readonly prototype: object }, kind: string): void {
  const value: Mark = { kind, copy: thisCopy };
  Object.defineProperty(type.prototype, mark, { value });
}

/**
 * The error message for a value that another copy of the library made: the process has loaded the library
 * twice. `undefined` for a value that no copy made.
 *
 * @param kind the name of the class, as in {@link markCopy}
 */
export function otherCopy(kind: string, value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const made = (value as { [mark]?: Mark })[mark];
  if (made?.kind !== kind) return undefined;
  return (
    `this ${kind} comes from another copy of apnskit (${made.copy}) than the one that received it (${thisCopy}): ` +
    "install one version, and load it by import or by require, not by both"
  );
}
