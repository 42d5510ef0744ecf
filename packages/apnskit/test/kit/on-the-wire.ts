import {
  alert,
  background,
  complication,
  controls,
  fileProvider,
  liveActivityEnd,
  liveActivityStart,
  liveActivityUpdate,
  location,
  mdm,
  type Notification,
  pushToTalk,
  raw,
  safariWebsite,
  voip,
  walletPass,
  widgets,
} from "../../src/index.ts";

/** The client's topic. */
export const APP = "com.example.app";
export const NOON = new Date("2036-06-01T12:00:00.750Z");
export const NOON_SECONDS = 2_095_934_400;

/** Each push type with what goes over the wire for it, letter by letter. */
export const onTheWire: [string, () => Notification, Record<string, string>, string][] = [
  [
    "alert with texts",
    () => alert({ title: "Hello", subtitle: "to the", body: "World", badge: 1, sound: "default" }),
    { "apns-push-type": "alert", "apns-topic": APP, "apns-priority": "10" },
    '{"aps":{"alert":{"title":"Hello","subtitle":"to the","body":"World"},"badge":1,"sound":"default"}}',
  ],
  [
    "alert with every option",
    () =>
      alert({
        titleLocKey: "TITLE",
        titleLocArgs: ["a"],
        subtitleLocKey: "SUB",
        subtitleLocArgs: ["b", "c"],
        locKey: "BODY",
        locArgs: [],
        launchImage: "launch.png",
        summaryArg: "d",
        summaryArgCount: 2,
        badge: 0,
        sound: { critical: true, name: "siren.caf", volume: 0.5 },
        threadId: "t",
        category: "c",
        contentAvailable: true,
        mutableContent: true,
        targetContentId: "window",
        interruptionLevel: "time-sensitive",
        relevanceScore: 0.25,
        filterCriteria: "work",
        data: { order: { id: 7 } },
        priority: 5,
        expiration: NOON,
        collapseId: "order-7",
        id: "F4121B12-E0BF-3266-F079-D9253E98BF49",
      }),
    {
      "apns-push-type": "alert",
      "apns-topic": APP,
      "apns-priority": "5",
      "apns-expiration": String(NOON_SECONDS),
      "apns-collapse-id": "order-7",
      "apns-id": "f4121b12-e0bf-3266-f079-d9253e98bf49",
    },
    '{"aps":{"alert":{"title-loc-key":"TITLE","title-loc-args":["a"],"subtitle-loc-key":"SUB","subtitle-loc-args":["b","c"],' +
      '"loc-key":"BODY","loc-args":[],"launch-image":"launch.png","summary-arg":"d","summary-arg-count":2},"badge":0,' +
      '"sound":{"critical":1,"name":"siren.caf","volume":0.5},"thread-id":"t","category":"c","content-available":1,' +
      '"mutable-content":1,"target-content-id":"window","interruption-level":"time-sensitive","relevance-score":0.25,' +
      '"filter-criteria":"work"},"order":{"id":7}}',
  ],
  [
    "alert of one text",
    () => alert({ alert: "Hello" }),
    { "apns-push-type": "alert", "apns-topic": APP, "apns-priority": "10" },
    '{"aps":{"alert":"Hello"}}',
  ],
  [
    "alert that only removes the badge",
    () => alert({ badge: 0 }),
    { "apns-push-type": "alert", "apns-topic": APP, "apns-priority": "10" },
    '{"aps":{"badge":0}}',
  ],
  [
    "background",
    () => background({ data: { sync: true } }),
    { "apns-push-type": "background", "apns-topic": APP, "apns-priority": "5" },
    '{"aps":{"content-available":1},"sync":true}',
  ],
  [
    "voip",
    () => voip({ data: { call: "42" }, expiration: 0 }),
    { "apns-push-type": "voip", "apns-topic": `${APP}.voip`, "apns-priority": "10", "apns-expiration": "0" },
    '{"call":"42"}',
  ],
  [
    "voip with an aps",
    () => voip({ aps: { alert: "Call" } }),
    { "apns-push-type": "voip", "apns-topic": `${APP}.voip`, "apns-priority": "10" },
    '{"aps":{"alert":"Call"}}',
  ],
  [
    "complication",
    () => complication({ data: { steps: 9000 } }),
    { "apns-push-type": "complication", "apns-topic": `${APP}.complication`, "apns-priority": "10" },
    '{"steps":9000}',
  ],
  [
    "file provider",
    () => fileProvider({ domain: "work" }),
    { "apns-push-type": "fileprovider", "apns-topic": `${APP}.pushkit.fileprovider`, "apns-priority": "10" },
    '{"container-identifier":"NSFileProviderWorkingSetContainerItemIdentifier","domain":"work"}',
  ],
  [
    "file provider without domains, for another container",
    () => fileProvider({ containerIdentifier: "root", data: { hint: 1 } }),
    { "apns-push-type": "fileprovider", "apns-topic": `${APP}.pushkit.fileprovider`, "apns-priority": "10" },
    '{"container-identifier":"root","hint":1}',
  ],
  [
    "mdm",
    () => mdm({ pushMagic: "magic", topic: "com.apple.mgmt.External.1" }),
    { "apns-push-type": "mdm", "apns-topic": "com.apple.mgmt.External.1", "apns-priority": "10" },
    '{"mdm":"magic"}',
  ],
  [
    "location",
    () => location({ priority: 5 }),
    { "apns-push-type": "location", "apns-topic": `${APP}.location-query`, "apns-priority": "5" },
    '{"aps":{}}',
  ],
  [
    "start of a Live Activity",
    () =>
      liveActivityStart({
        timestamp: NOON,
        attributesType: "Game",
        attributes: { home: "Red", kickOff: new Date("2001-01-01T00:01:00.500Z") },
        contentState: { score: 0 },
        alert: { title: { locKey: "START", locArgs: ["Red"] }, body: "Kick-off", sound: "whistle.caf" },
        staleDate: NOON,
        relevanceScore: 75,
        inputPushToken: true,
        inputPushChannel: "c2FtcGxl",
      }),
    {
      "apns-push-type": "liveactivity",
      "apns-topic": `${APP}.push-type.liveactivity`,
      "apns-priority": "10",
    },
    `{"aps":{"timestamp":${NOON_SECONDS},"event":"start","attributes-type":"Game","attributes":{"home":"Red","kickOff":60.5},` +
      '"content-state":{"score":0},"alert":{"title":{"loc-key":"START","loc-args":["Red"]},"body":"Kick-off","sound":"whistle.caf"},' +
      `"stale-date":${NOON_SECONDS},"relevance-score":75,"input-push-token":1,"input-push-channel":"c2FtcGxl"}}`,
  ],
  [
    "update of a Live Activity",
    () => liveActivityUpdate({ timestamp: NOON, contentState: { score: 1 }, priority: 5 }),
    { "apns-push-type": "liveactivity", "apns-topic": `${APP}.push-type.liveactivity`, "apns-priority": "5" },
    `{"aps":{"timestamp":${NOON_SECONDS},"event":"update","content-state":{"score":1}}}`,
  ],
  [
    "end of a Live Activity",
    () => liveActivityEnd({ timestamp: NOON, contentState: { score: 2 }, dismissalDate: NOON }),
    {
      "apns-push-type": "liveactivity",
      "apns-topic": `${APP}.push-type.liveactivity`,
      "apns-priority": "10",
    },
    `{"aps":{"timestamp":${NOON_SECONDS},"event":"end","content-state":{"score":2},"dismissal-date":${NOON_SECONDS}}}`,
  ],
  [
    "push to talk",
    () => pushToTalk({ data: { activeSpeaker: "Ann" } }),
    {
      "apns-push-type": "pushtotalk",
      "apns-topic": `${APP}.voip-ptt`,
      "apns-priority": "10",
      "apns-expiration": "0",
    },
    '{"aps":{},"activeSpeaker":"Ann"}',
  ],
  [
    "push to talk that only refreshes the service",
    () => pushToTalk({ serviceUpdate: true }),
    {
      "apns-push-type": "pushtotalk",
      "apns-topic": `${APP}.voip-ptt`,
      "apns-priority": "10",
      "apns-expiration": "0",
    },
    '{"aps":{"ptt-push-type":"service-update"}}',
  ],
  [
    "controls",
    () => controls(),
    { "apns-push-type": "controls", "apns-topic": `${APP}.push-type.controls`, "apns-priority": "10" },
    '{"aps":{"content-changed":true}}',
  ],
  [
    "widgets",
    () => widgets(),
    { "apns-push-type": "widgets", "apns-topic": `${APP}.push-type.widgets`, "apns-priority": "10" },
    '{"aps":{"content-changed":true}}',
  ],
  [
    "Wallet pass",
    () => walletPass({ topic: "pass.com.example.card" }),
    { "apns-push-type": "background", "apns-topic": "pass.com.example.card", "apns-priority": "5" },
    "{}",
  ],
  [
    "Safari website",
    () =>
      safariWebsite({
        title: "News",
        body: "Read",
        action: "Open",
        urlArgs: ["a", "b"],
        topic: "web.com.example",
      }),
    { "apns-push-type": "alert", "apns-topic": "web.com.example", "apns-priority": "10" },
    '{"aps":{"alert":{"title":"News","body":"Read","action":"Open"},"url-args":["a","b"]}}',
  ],
  ["raw, bare", () => raw({ payload: {} }), { "apns-topic": APP }, "{}"],
  [
    "raw of a push type to come",
    () =>
      raw({
        pushType: "hologram",
        topicSuffix: ".hologram",
        payload: '{"x": 1}',
        headers: { "apns-mood": "merry" },
      }),
    { "apns-push-type": "hologram", "apns-topic": `${APP}.hologram`, "apns-mood": "merry" },
    '{"x": 1}',
  ],
  [
    "raw of a known push type",
    () => raw({ pushType: "voip", payload: Buffer.from("[]"), priority: 1 }),
    { "apns-push-type": "voip", "apns-topic": `${APP}.voip`, "apns-priority": "1" },
    "[]",
  ],
];
