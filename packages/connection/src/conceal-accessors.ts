/** Prototypes on which `util.inspect` looks for accessors. */
const INSPECTED_PROTOTYPES = 3;

/**
 * Moves the accessors of a class out of sight of `util.inspect`. With `showHidden` and `getters`, that function evaluates
 * the accessors of the nearest three prototypes, even where `customInspect` is off. They work as before from the fourth.
 *
 * @param type a class whose accessors give out secrets, payloads or device tokens
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
  // Deleting has put the prototype into V8's slow form; becoming a prototype makes it fast again.
  Object.create(prototype);
}
