/**
 * Moves a class's accessors out of sight of `util.inspect`, which with `showHidden` and `getters` evaluates those of the
 * nearest three prototypes, even where `customInspect` is off. A subclass of the result has them on the fourth.
 *
 * @param holder a class with the accessors of a secret
 */
export function concealed<Holder extends abstract new (secret: never) => object>(holder: Holder): Holder {
  const Base = holder as unknown as new (secret: unknown) => object;
  class Nearer extends Base {}
  class Nearest extends Nearer {}
  return Nearest as unknown as Holder;
}
