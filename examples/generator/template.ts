import type { SeededRandom } from "@apnskit/testkit";

/** The words that a template may use. Each name stands for a list of templates to choose from. */
export type Words = ReadonlyMap<string, readonly string[]>;

/**
 * Fills a template: `{3..9}` becomes a number of that range, `{tea|coffee}` one of the choices, `{city}` one
 * of the words listed under that name. Braces may nest. The innermost slot is filled first.
 */
export function fill(template: string, words: Words, random: SeededRandom): string {
  let text = template;
  for (;;) {
    const filled = text.replace(/\{([^{}]*)\}/gu, (_, slot: string) => fillSlot(slot, words, random));
    if (filled === text) return text;
    text = filled;
  }
}

function fillSlot(slot: string, words: Words, random: SeededRandom): string {
  const range = /^(\d+)\.\.(\d+)$/u.exec(slot);
  if (range) return String(random.integer(Number(range[1]), Number(range[2])));
  if (slot.includes("|")) return random.pick(slot.split("|"));
  const choices = words.get(slot);
  if (choices === undefined) throw new RangeError(`no words are listed under "${slot}"`);
  return random.pick(choices);
}
