import { describe } from "vitest";
import { Notification } from "../src/index.ts";
import { broadcastHeaders as headersOfBroadcast } from "../src/notifications/broadcast-headers.ts";
import { expectMessages, untyped } from "./kit/untyped.ts";

const { alert, liveActivityStart, liveActivityUpdate, raw } = untyped;
const start = { attributesType: "A", attributes: {}, contentState: {} };
const broadcastHeaders = headersOfBroadcast as (notification: unknown, channelId: unknown) => unknown;
const update = liveActivityUpdate({ contentState: {} });

describe("the options of raw() are refused with the message", () => {
  expectMessages([
    ["payload: is required", "missing", () => raw({})],
    ["payload: is required", "missing", () => raw({ payload: null })],
    [
      "payload: must be an object, a string or a Uint8Array; received a number",
      "invalid",
      () => raw({ payload: 7 }),
    ],
    [
      "payload.x: is a bigint, which JSON cannot write; use Number() or String()",
      "invalid",
      () => raw({ payload: { x: 1n } }),
    ],
    ["payload: has no bytes; an empty payload is {}", "missing", () => raw({ payload: "" })],
    ["payload: is not JSON", "invalid", () => raw({ payload: "{" }).payload()],
    [
      "pushType: must be 1 … 64 visible ASCII characters; received a number",
      "invalid",
      () => raw({ payload: {}, pushType: 7 }),
    ],
    [
      "pushType: must be 1 … 64 visible ASCII characters; received an array",
      "invalid",
      () => raw({ payload: {}, pushType: ["alert"] }),
    ],
    [
      "pushType: must be 1 … 64 visible ASCII characters; received a string",
      "invalid",
      () => raw({ payload: {}, pushType: "" }),
    ],
    [
      "pushType: must be 1 … 64 visible ASCII characters; received a string",
      "invalid",
      () => raw({ payload: {}, pushType: "a b" }),
    ],
    [
      "pushType: must be 1 … 64 visible ASCII characters; received a string",
      "invalid",
      () => raw({ payload: {}, pushType: "x".repeat(65) }),
    ],
    [
      'pushType: is spelt "liveactivity"; received the string "liveActivity"',
      "invalid",
      () => raw({ payload: {}, pushType: "liveActivity" }),
    ],
    [
      "sizeLimit: must be a whole number of bytes from 1 on; received the number 0",
      "invalid",
      () => raw({ payload: {}, sizeLimit: 0 }),
    ],
    [
      "topicSuffix: must be a string; received a number",
      "invalid",
      () => raw({ payload: {}, topicSuffix: 7 }),
    ],
    [
      "headers: must be an object; received null; leave the option out instead",
      "invalid",
      () => raw({ payload: {}, headers: null }),
    ],
    ["headers: must be an object; received an array", "invalid", () => raw({ payload: {}, headers: [] })],
    ["headers: must be an object; received a number", "invalid", () => raw({ payload: {}, headers: 7 })],
    [
      "headers: names must be lower-case header names of 1 … 64 characters",
      "invalid",
      () => raw({ payload: {}, headers: { "": "a" } }),
    ],
    [
      "headers: names must be lower-case header names of 1 … 64 characters",
      "invalid",
      () => raw({ payload: {}, headers: { "x a": "a" } }),
    ],
    [
      "headers: names must be lower-case header names of 1 … 64 characters",
      "invalid",
      () => raw({ payload: {}, headers: { "xa ": "a" } }),
    ],
    [
      "headers: names must be lower-case header names of 1 … 64 characters",
      "invalid",
      () => raw({ payload: {}, headers: { ["x".repeat(65)]: "a" } }),
    ],
    [
      "headers: authorization comes from the client's `auth`; leave it out",
      "conflict",
      () => raw({ payload: {}, headers: { authorization: "a" } }),
    ],
    [
      "headers: apns-id has an option; leave it out",
      "conflict",
      () => raw({ payload: {}, headers: { "apns-id": "a" } }),
    ],
    [
      "headers: host is up to the connection; leave it out",
      "conflict",
      () => raw({ payload: {}, headers: { host: "a" } }),
    ],
    [
      "headers: the value of x must be a string; received a number",
      "invalid",
      () => raw({ payload: {}, headers: { x: 7 } }),
    ],
    [
      "headers: the value of x must have at most 1024 bytes; received 1026",
      "too-large",
      () => raw({ payload: {}, headers: { x: "ä".repeat(513) } }),
    ],
    [
      "headers: the value of x must not have control characters, halves of surrogate pairs, nor a blank at either end",
      "invalid",
      () => raw({ payload: {}, headers: { x: " a" } }),
    ],
    [
      "headers: must have at most 4096 bytes together, 32 for each of them included; received 4097",
      "too-large",
      () =>
        raw({
          payload: {},
          headers: { a: "x".repeat(1024), b: "x".repeat(1024), c: "x".repeat(1024), d: "x".repeat(893) },
        }),
    ],
  ]);
});

describe("the JSON of a notification is refused with the message", () => {
  expectMessages([
    ["json: must be JSON; received a string that is not", "invalid", () => Notification.fromJSON("{")],
    [
      "json: must be JSON; received a string that is not",
      "invalid",
      () => Notification.fromJSON("x".repeat(30)),
    ],
    [
      "json: must be an object or text; received a Uint8Array: decode the bytes with toString()",
      "invalid",
      () => Notification.fromJSON(new Uint8Array(2)),
    ],
    [
      'options: must be an object such as { version: 1, kind: "alert", payload: "{}" }; received null',
      "invalid",
      () => Notification.fromJSON(null),
    ],
    [
      "version: must be 1; received nothing; give what toJSON() returned",
      "invalid",
      () => Notification.fromJSON({}),
    ],
    [
      "version: must be 1; received the number 2; a newer version of apnskit may have written it",
      "invalid",
      () => Notification.fromJSON({ version: 2 }),
    ],
    [
      "kind: must be the name of a function that makes notifications, such as alert; received nothing",
      "invalid",
      () => Notification.fromJSON({ version: 1 }),
    ],
    [
      'kind: must be the name of a function that makes notifications, such as alert; received the string "toString"',
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "toString", payload: "{}" }),
    ],
    [
      "kind: must be the name of a function that makes notifications, such as alert; received an array",
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: ["alert"], payload: "{}" }),
    ],
    [
      "broadcast: must be true or absent, and is for updates and ends of Live Activities only; received true",
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "alert", payload: "{}", broadcast: true }),
    ],
    [
      "broadcast: must be true or absent, and is for updates and ends of Live Activities only; received the number 1",
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "liveActivityEnd", payload: "{}", broadcast: 1 }),
    ],
    [
      "expiration: must be whole seconds since 1970, or 0; received the number -1",
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "alert", payload: "{}", expiration: -1 }),
    ],
    [
      'expiration: must be whole seconds since 1970, or 0; received the string "7"',
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "alert", payload: "{}", expiration: "7" }),
    ],
    [
      "payload: must be a string of JSON; received a number",
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "alert", payload: 7 }),
    ],
    [
      "payload: must be the JSON of an object; received an array",
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "alert", payload: "[]" }),
    ],
    [
      "payload: must be the JSON of an object; received a number",
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "alert", payload: "7" }),
    ],
    [
      "payload: must be the JSON of an object; received null",
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "alert", payload: "null" }),
    ],
    [
      "payload: must be JSON; received a string that is not",
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "alert", payload: "{" }),
    ],
    [
      'encoding: must be "base64" or absent; received the string "hex"',
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "raw", payload: "AA==", encoding: "hex" }),
    ],
    [
      "payload: must be base64",
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "raw", payload: "_w", encoding: "base64" }),
    ],
    [
      "whatever: is not an option here",
      "invalid",
      () => Notification.fromJSON({ version: 1, kind: "alert", payload: "{}", whatever: 1 }),
    ],
  ]);
});

describe("a broadcast is refused with the message", () => {
  expectMessages([
    [
      "notification: is made by alert(); channels take only updates and ends of Live Activities",
      "invalid",
      () => broadcastHeaders(alert({ title: "a" }), "a"),
    ],
    [
      "notification: is made by liveActivityStart(); channels take only updates and ends of Live Activities",
      "invalid",
      () => broadcastHeaders(liveActivityStart({ ...start, alert: { title: "a" } }), "a"),
    ],
    [
      "channelId: must be the base64 text that APNs gave the channel, at most 128 characters; received a string of 0 characters",
      "invalid",
      () => broadcastHeaders(update, ""),
    ],
    [
      "channelId: must be the base64 text that APNs gave the channel, at most 128 characters; received a string of 3 characters",
      "invalid",
      () => broadcastHeaders(update, "a b"),
    ],
    [
      "channelId: must be the base64 text that APNs gave the channel, at most 128 characters; received a string of 129 characters",
      "invalid",
      () => broadcastHeaders(update, "x".repeat(129)),
    ],
    [
      "channelId: must be the base64 text that APNs gave the channel, at most 128 characters; received a number",
      "invalid",
      () => broadcastHeaders(update, 7),
    ],
    [
      "notification: must be made by liveActivityUpdate() or liveActivityEnd(); received a number",
      "invalid",
      () => broadcastHeaders(7, "a"),
    ],
    [
      "notification: must be made by liveActivityUpdate() or liveActivityEnd(); received nothing",
      "invalid",
      () => broadcastHeaders(undefined, "a"),
    ],
    [
      "notification: must be made by liveActivityUpdate() or liveActivityEnd(); Notification.fromJSON() reads the JSON of one",
      "invalid",
      () => broadcastHeaders("{}", "a"),
    ],
    [
      "notification: must be made by liveActivityUpdate() or liveActivityEnd(); received a string",
      "invalid",
      () => broadcastHeaders("a{", "a"),
    ],
    [
      "notification: must be made by liveActivityUpdate() or liveActivityEnd(); Notification.fromJSON() reads the JSON of one",
      "invalid",
      () => broadcastHeaders(update.toJSON(), "a"),
    ],
    [
      "notification: must be made by liveActivityUpdate() or liveActivityEnd(); received an object",
      "invalid",
      () => broadcastHeaders({ version: 1, kind: "alert" }, "a"),
    ],
    [
      "notification: must be made by liveActivityUpdate() or liveActivityEnd(); received an object",
      "invalid",
      () => broadcastHeaders({ version: 1, payload: "{}" }, "a"),
    ],
    [
      "notification: must be made by liveActivityUpdate() or liveActivityEnd(); received an object",
      "invalid",
      () => broadcastHeaders({ kind: "alert", payload: "{}" }, "a"),
    ],
    [
      "notification: must be made by liveActivityUpdate() or liveActivityEnd(); received an object",
      "invalid",
      () => broadcastHeaders({ version: 1, kind: "alert", payload: {} }, "a"),
    ],
    [
      "notification: must be made by liveActivityUpdate() or liveActivityEnd(); received an object",
      "invalid",
      () => broadcastHeaders({ version: 1, kind: 7, payload: "{}" }, "a"),
    ],
  ]);
});
