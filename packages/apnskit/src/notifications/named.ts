/**
 * Options without the signature for wire keys. TypeScript finds that signature in literals and type aliases only; so this is
 * what interfaces and classes of the caller are assignable to.
 */
export type Named<T> = {
  readonly [Key in keyof T as Key extends `${string}-${string}` ? never : Key]: T[Key];
};
