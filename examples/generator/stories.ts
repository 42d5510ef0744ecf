import { readdirSync, readFileSync } from "node:fs";
import type { SeededRandom } from "@apnskit/testkit";
import { type AppName, isAppName } from "./apps.ts";
import { fill, type Words } from "./template.ts";

/** A text of an app, with open slots. */
export interface Story {
  readonly app: AppName;
  readonly title: string;
  readonly body: string;
  readonly words: Words;
}

/** A story with its slots filled. */
export interface Telling {
  readonly app: AppName;
  readonly title: string;
  readonly body: string;
}

export function tell(story: Story, random: SeededRandom): Telling {
  return {
    app: story.app,
    title: fill(story.title, story.words, random),
    body: fill(story.body, story.words, random),
  };
}

/** The stories of `texts/`, one list per language. Languages are in the order of file names and headings. */
export function readStories(): Story[][] {
  const folder = new URL("./texts/", import.meta.url);
  return readdirSync(folder)
    .sort()
    .flatMap((file) => parseStories(readFileSync(new URL(file, folder), "utf8"), file));
}

/**
 * Format: `# title` of the file, `word = a | b | c`, `app :: title :: body`, and `## language` if several
 * languages share a file. Words before the first language apply to all languages.
 */
export function parseStories(text: string, file: string): Story[][] {
  const shared = new Map<string, string[]>();
  let words = shared;
  let stories: Story[] = [];
  const languages: Story[][] = [stories];

  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("## ")) {
      words = new Map(shared);
      stories = [];
      languages.push(stories);
    } else if (line !== "" && !line.startsWith("#")) {
      const word = /^(\w+) = (.+)$/u.exec(line);
      const story = /^(\w+) :: (.*?) ?:: (.+)$/u.exec(line);
      if (word) words.set(word[1]!, word[2]!.split(" | "));
      else if (story && isAppName(story[1]!)) {
        stories.push({ app: story[1], title: story[2]!, body: story[3]!, words });
      } else throw new SyntaxError(`${file}:${index + 1}: neither words nor a story of a known app: ${line}`);
    }
  }
  return languages.filter((language) => language.length > 0);
}
