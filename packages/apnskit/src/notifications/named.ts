/**
 * Options without the signature for wire keys. TypeScript infers that signature for literals and type aliases
 * only, so callers' interfaces and classes need this type.
 */
export type Named<T> = {
  readonly [Key in keyof T as Key extends `${string}-${string}` ? never : Key]: T[Key];
};
