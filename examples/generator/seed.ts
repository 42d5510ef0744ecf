/** What the example file was made with: any change to the generator or its texts changes the file, too. */
export const seed = 2197;
