/** The seed of the example file. Any change to the generator or its texts also changes the file. */
export const seed = 2197;
