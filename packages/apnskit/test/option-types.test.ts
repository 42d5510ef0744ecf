import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type AlertOptions,
  type AlertText,
  alert,
  type BackgroundOptions,
  background,
  type ComplicationOptions,
  type ControlsOptions,
  type CriticalSound,
  type Duration,
  type FileProviderOptions,
  type HeaderOptions,
  type LiveActivityAlert,
  type LiveActivityEndOptions,
  type LiveActivityStartOptions,
  type LiveActivityUpdateOptions,
  type LocalisableText,
  type LocationOptions,
  liveActivityStart,
  liveActivityUpdate,
  type MdmOptions,
  type NotificationJson,
  type PayloadOptions,
  type PushToTalkOptions,
  type RawOptions,
  raw,
  type SafariWebsiteOptions,
  type VoipOptions,
  voip,
  type WalletPassOptions,
  type WidgetsOptions,
} from "../src/index.ts";

/** The names of optional properties that a user with `exactOptionalPropertyTypes` cannot set to `undefined`. */
type Strict<T> = {
  [Key in keyof T]-?: Record<string, never> extends Pick<T, Key>
    ? { [One in Key]: undefined } extends Pick<T, Key>
      ? never
      : Key
    : never;
}[keyof T];

describe("types of options", () => {
  it("take undefined for everything that is optional", () => {
    expectTypeOf<Strict<{ a?: string; b?: string | undefined; c: string }>>().toEqualTypeOf<"a">();
    type All =
      | [Strict<AlertText>, Strict<AlertOptions>, Strict<BackgroundOptions>, Strict<ComplicationOptions>]
      | [Strict<ControlsOptions>, Strict<CriticalSound>, Strict<Duration>, Strict<FileProviderOptions>]
      | [Strict<HeaderOptions>, Strict<LiveActivityAlert>, Strict<LiveActivityEndOptions>, Strict<MdmOptions>]
      | [Strict<LiveActivityStartOptions>, Strict<LiveActivityUpdateOptions>, Strict<LocationOptions>]
      | [Strict<Exclude<LocalisableText, string>>, Strict<PayloadOptions>, Strict<PushToTalkOptions>]
      | [Strict<RawOptions>, Strict<SafariWebsiteOptions>, Strict<VoipOptions>, Strict<WalletPassOptions>]
      | [Strict<WidgetsOptions>];
    expectTypeOf<All[number]>().toEqualTypeOf<never>();
  });

  it("take interfaces and classes for custom data", () => {
    interface Match {
      readonly home: number;
      readonly kickoff: Date;
    }
    class Order {
      readonly number = 7;
    }
    const match: Match = { home: 1, kickoff: new Date("2001-01-01T00:00:01Z") };
    const order = new Order();
    const start = { attributesType: "A", attributes: order, contentState: match, alert: { title: "a" } };
    expect(liveActivityStart(start).payload()).toMatchObject({
      aps: { attributes: { number: 7 }, "content-state": { home: 1, kickoff: 1 } },
    });
    expect(liveActivityUpdate({ contentState: match }).payload()).toMatchObject({ aps: { event: "update" } });
    expect(voip({ data: order, aps: match }).payload()).toMatchObject({ number: 7, aps: { home: 1 } });
    expect(alert({ alert: order, data: match }).payload()).toMatchObject({
      aps: { alert: { number: 7 } },
      home: 1,
    });
    expect(raw({ payload: order }).payload()).toEqual({ number: 7 });
  });

  it("take interfaces and classes for the options themselves", () => {
    interface Texts {
      readonly title: string;
      readonly sound: Tone;
    }
    interface Tone {
      readonly name: string;
    }
    class Call {
      readonly data = { caller: "Ada" };
      readonly expiration = 0;
    }
    interface Content {
      readonly contentState: object;
      readonly alert: Heading;
    }
    interface Heading {
      readonly title: string;
    }
    const texts: Texts = { title: "a", sound: { name: "b" } };
    const content: Content = { contentState: {}, alert: { title: "a" } };
    expect(alert(texts).payload()).toEqual({ aps: { alert: { title: "a" }, sound: { name: "b" } } });
    expect(voip(new Call())).toMatchObject({ expiration: 0 });
    expect(liveActivityUpdate(content).payload()).toMatchObject({ aps: { alert: { title: "a" } } });
  });

  it("refuse what is no object where one is wanted", () => {
    // @ts-expect-error: text
    expect(() => voip({ data: "text" })).toThrow("data");
    // @ts-expect-error: text
    expect(() => liveActivityUpdate({ contentState: "text" })).toThrow("contentState");
    // @ts-expect-error: background pushes take 5 and 1
    expect(() => background({ priority: 10 })).toThrow("priority");
    // @ts-expect-error: seconds
    expect(() => alert({ title: "a", expiration: 3_600 })).toThrow("expiration");
  });

  it("give JSON that queues with types of their own take", () => {
    type Json =
      | string
      | number
      | boolean
      | null
      | { readonly [key: string]: Json | undefined }
      | readonly Json[];
    expectTypeOf<NotificationJson>().toExtend<Json>();
  });
});
