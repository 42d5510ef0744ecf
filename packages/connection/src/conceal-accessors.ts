/** Prototypes on which `util.inspect` looks for accessors. */
const INSPECTED_PROTOTYPES = 3;

/**
 * Hides the accessors of a class from `util.inspect`. With `showHidden` and `getters`, that function
 * evaluates the accessors of the nearest three prototypes, even if `customInspect` is off. On the fourth
 * prototype the accessors work as before.
 *
 * @param type a class whose accessors return secrets, payloads or device tokens
 */
export function concealAccessors(type: { readonly prototype: object }): void {
  const { prototype } = type;
  const farther: object = Object.create(Object.getPrototypeOf(prototype));
  for (const key of Reflect.ownKeys(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, key)!;
    if (descriptor.get === undefined) continue;
    Object.defineProperty(farther, key, descriptor);
    Reflect.deleteProperty(prototype, key);
  }
  let next = farther;
  for (let between = 1; between < INSPECTED_PROTOTYPES; between++) next = Object.create(next);
  Object.setPrototypeOf(prototype, next);
  // Deleting put the prototype into V8's slow form; becoming a prototype makes it fast again.
  Object.create(prototype);
}
