import { SeededRandom } from "@apnskit/testkit";
import { alert, localisedAlert } from "./alerts.ts";
import { pushToTalk, voip } from "./calls.ts";
import { roundup, sealedMessage } from "./full-size.ts";
import { liveActivity } from "./live-activities.ts";
import { maxPayloadBytes, type Notification } from "./notification.ts";
import {
  background,
  complication,
  controls,
  fileProvider,
  location,
  mdm,
  walletPass,
  widgets,
} from "./quiet-pushes.ts";
import { safari } from "./safari.ts";
import { readStories } from "./stories.ts";

/** The notifications of the example file, in order: the same for the same seed. */
export function compose(seed: number): Notification[] {
  const random = new SeededRandom(seed);
  const languages = readStories();
  const stories = languages.flat();
  const headlines = stories.filter(({ app }) => app === "news" || app === "sports");
  // With fewer stories, a summary would be monotonous.
  const talkative = languages.filter((language) => language.length >= 4);
  const times = (count: number, make: () => Notification) => Array.from({ length: count }, make);

  return random.shuffle([
    ...stories.flatMap((each) => times(3, () => alert(each, random))),
    ...times(240, () => alert(random.pick(random.pick(languages)), random)),
    ...times(110, () => localisedAlert(random)),
    ...times(90, () => roundup(random.pick(talkative), random.integer(900, maxPayloadBytes - 1), random)),
    ...talkative.map((language) => roundup(language, maxPayloadBytes, random)),
    ...times(24, () => sealedMessage(random)),
    ...times(36, () => sealedMessage(random, random.pick([512, 1024, 2048, maxPayloadBytes - 1]))),
    ...times(260, () => liveActivity(random)),
    ...times(200, () => background(random)),
    ...times(110, () => voip(random)),
    ...times(80, () => pushToTalk(random)),
    ...times(60, () => widgets(random)),
    ...times(50, () => controls(random)),
    ...times(60, () => complication(random)),
    ...times(50, () => location(random)),
    ...times(50, () => fileProvider(random)),
    ...times(50, () => mdm(random)),
    ...times(60, () => walletPass(random)),
    ...times(60, () => safari(random.pick(headlines), random)),
  ]);
}
