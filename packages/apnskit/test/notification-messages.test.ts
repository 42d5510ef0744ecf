import { describe } from "vitest";
import { expectMessages, untyped } from "./kit/untyped.ts";

const {
  alert,
  background,
  fileProvider,
  liveActivityStart,
  liveActivityUpdate,
  mdm,
  raw,
  safariWebsite,
  voip,
} = untyped;
const start = { attributesType: "A", attributes: {}, contentState: {} };

describe("the options of an alert are refused with the message", () => {
  expectMessages([
    [
      "alert: must be a string or an object such as { title, body }; received a number",
      "invalid",
      () => alert({ alert: 7 }),
    ],
    [
      "alert: must be a string or an object such as { title, body }; received null; leave the option out instead",
      "invalid",
      () => alert({ alert: null }),
    ],
    [
      "alert: must be a string or an object such as { title, body }; received an array",
      "invalid",
      () => alert({ alert: [] }),
    ],
    [
      "alert.x: is a bigint, which JSON cannot write; use Number() or String()",
      "invalid",
      () => alert({ alert: { x: 1n } }),
    ],
    [
      "alert: has no text; give title or body, or leave it out",
      "missing",
      () => alert({ alert: { title: undefined } }),
    ],
    [
      "alert: is one text already; leave it out, or the other texts",
      "conflict",
      () => alert({ alert: "a", title: "b" }),
    ],
    [
      "titleLocArgs: must be an array of strings; received a string",
      "invalid",
      () => alert({ title: "a", titleLocArgs: "b" }),
    ],
    [
      "titleLocArgs: must be an array of strings; received an array",
      "invalid",
      () => alert({ title: "a", titleLocArgs: ["b", 1] }),
    ],
    [
      "titleLocArgs: must be an array of strings; received an object",
      "invalid",
      () => alert({ title: "a", titleLocArgs: { length: 1, 0: "b" } }),
    ],
    [
      "relevanceScore: must be a finite number; received the number NaN",
      "invalid",
      () => alert({ title: "a", relevanceScore: Number.NaN }),
    ],
    [
      'relevanceScore: must be a finite number; received the string "1"',
      "invalid",
      () => alert({ title: "a", relevanceScore: "1" }),
    ],
    [
      "badge: must be a whole number from 0 on; received the number 1.5",
      "invalid",
      () => alert({ badge: 1.5 }),
    ],
    [
      "badge: must be a whole number from 0 on; received the number -1",
      "invalid",
      () => alert({ badge: -1 }),
    ],
    [
      "mutableContent: must be true or false; received the number 2",
      "invalid",
      () => alert({ title: "a", mutableContent: 2 }),
    ],
    [
      'sound: must be the name of a file in the app, "default", or an object for a critical sound; received an array',
      "invalid",
      () => alert({ title: "a", sound: [] }),
    ],
    [
      'interruptionLevel: is none of Apple\'s levels; did you mean "time-sensitive"?',
      "invalid",
      () => alert({ title: "a", interruptionLevel: "timeSensitive" }),
    ],
  ]);
});

describe("the options of other functions are refused with the message", () => {
  expectMessages([
    [
      "contentAvailable: is what background() sets itself; leave it out",
      "conflict",
      () => background({ contentAvailable: true }),
    ],
    [
      "badge: must not be in a background push; use alert()",
      "conflict",
      () => background({ aps: { badge: 1 } }),
    ],
    ["pushMagic: is required", "missing", () => mdm({ pushMagic: "" })],
    [
      'options: must be an object such as { domain: "work" }; received null',
      "invalid",
      () => fileProvider(null),
    ],
    [
      "domain: must be a string; received a number",
      "invalid",
      () => fileProvider({ containerIdentifier: "a", domain: 7 }),
    ],
    ["body: is required", "missing", () => safariWebsite({ title: "a", urlArgs: [] })],
    [
      "action: must be a string; received a number",
      "invalid",
      () => safariWebsite({ title: "a", body: "b", action: 7, urlArgs: [] }),
    ],
    [
      "urlArgs: must be an array of strings; received a string",
      "invalid",
      () => safariWebsite({ title: "a", body: "b", urlArgs: "c" }),
    ],
    ["data: must not have the key aps; use the option aps", "conflict", () => voip({ data: { aps: {} } })],
  ]);
});

describe("the options of a Live Activity are refused with the message", () => {
  expectMessages([
    [
      "alert: must be an object such as { title, body }; received null; leave the option out instead",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, alert: null }),
    ],
    [
      "alert: is empty; give title and body, or leave it out",
      "missing",
      () => liveActivityUpdate({ contentState: {}, alert: {} }),
    ],
    [
      "alert.title: must be a string or an object such as { locKey, locArgs }; received a number",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, alert: { title: 7 } }),
    ],
    [
      "alert.title: must be a string or an object such as { locKey, locArgs }; received null; leave the option out instead",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, alert: { title: null } }),
    ],
    [
      "alert.title: must be a string or an object such as { locKey, locArgs }; received an array",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, alert: { title: [] } }),
    ],
    [
      "alert: has no text; Apple wants a title or body with every start",
      "missing",
      () => liveActivityStart({ ...start, alert: { sound: "a" } }),
    ],
  ]);
});

describe("a date is refused with the message", () => {
  expectMessages([
    [
      'staleDate: must be a valid Date; received the string "tomorrow"',
      "invalid",
      () => liveActivityUpdate({ contentState: {}, staleDate: "tomorrow" }),
    ],
    [
      "staleDate: must be a valid Date; received an invalid Date",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, staleDate: new Date(Number.NaN) }),
    ],
    [
      "staleDate: must be a valid Date; received the number 7",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, staleDate: 7 }),
    ],
    [
      "staleDate: must be a valid Date; received the number 100000000",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, staleDate: 1e8 }),
    ],
    [
      "staleDate: must be a valid Date; received the number 100000001: use new Date(100000001 * 1000)",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, staleDate: 1e8 + 1 }),
    ],
    [
      "staleDate: must be a valid Date; received the number 100000000000: use new Date(100000000000 * 1000)",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, staleDate: 1e11 }),
    ],
    [
      "staleDate: must be a valid Date; received the number 100000000001: use new Date(100000000001)",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, staleDate: 1e11 + 1 }),
    ],
    [
      "staleDate: must be a valid Date; received the number Infinity",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, staleDate: Number.POSITIVE_INFINITY }),
    ],
    [
      "staleDate: must be a valid Date; received an object: use its toJSDate()",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, staleDate: { toJSDate: () => new Date() } }),
    ],
    [
      "staleDate: must be a valid Date; received an object: use its toDate()",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, staleDate: { toDate: () => new Date() } }),
    ],
    [
      "staleDate: must be a valid Date; received an object: use new Date(value.epochMilliseconds)",
      "invalid",
      () => liveActivityUpdate({ contentState: {}, staleDate: { epochMilliseconds: 7 } }),
    ],
  ]);
});

describe("a value is refused by its type with the message", () => {
  expectMessages([
    [
      "title: must be a string; received an invalid Date",
      "invalid",
      () => alert({ title: new Date(Number.NaN) }),
    ],
    ["title: must be a string; received a Date", "invalid", () => alert({ title: new Date(0) })],
    [
      "title: must be a string; received a Map; Object.fromEntries(map) makes an object of it",
      "invalid",
      () => alert({ title: new Map() }),
    ],
    [
      "title: must be a string; received a Set; [...set] makes an array of it",
      "invalid",
      () => alert({ title: new Set() }),
    ],
    ["title: must be a string; received a Uint8Array", "invalid", () => alert({ title: new Uint8Array() })],
    ["title: must be a string; received an array", "invalid", () => alert({ title: [] })],
    ["title: must be a string; received an object", "invalid", () => alert({ title: {} })],
    ["title: must be a string; received NaN", "invalid", () => alert({ title: Number.NaN })],
    ["title: must be a string; received a number", "invalid", () => alert({ title: 7 })],
    ["title: must be a string; received a boolean", "invalid", () => alert({ title: true })],
    ["title: must be a string; received a function", "invalid", () => alert({ title: () => "a" })],
    ["title: must be a string; received a symbol", "invalid", () => alert({ title: Symbol("a") })],
    [
      "title: must be a string; received null; leave the option out instead",
      "invalid",
      () => alert({ title: null }),
    ],
    [
      "title: must be a string; received a Promise; await it first",
      "invalid",
      () => alert({ title: Promise.resolve("a") }),
    ],
    ["badge: must be a whole number from 0 on; received true", "invalid", () => alert({ badge: true })],
    ["badge: must be a whole number from 0 on; received the bigint 7", "invalid", () => alert({ badge: 7n })],
    [
      "badge: must be a whole number from 0 on; received a symbol",
      "invalid",
      () => alert({ badge: Symbol("a") }),
    ],
    [
      'badge: must be a whole number from 0 on; received the string "xxxxxxxxxxxxxxxxxxxx"',
      "invalid",
      () => alert({ badge: "x".repeat(20) }),
    ],
    [
      "badge: must be a whole number from 0 on; received a string",
      "invalid",
      () => alert({ badge: "x".repeat(21) }),
    ],
    ["badge: must be a whole number from 0 on; received a string", "invalid", () => alert({ badge: "a b" })],
  ]);
});

describe("a key is refused with the message", () => {
  expectMessages([
    [
      "titel: is not an option here; did you mean `title`? (the option `aps` takes any key)",
      "invalid",
      () => alert({ titel: "a" }),
    ],
    [
      "titel: is not an option here; did you mean `title`? (`aps: { alert }` takes any key)",
      "invalid",
      () => alert({ alert: { titel: "a" } }),
    ],
    [
      "whatever: is not an option here; there are priority, expiration, collapseId, id, topic, pushMagic",
      "invalid",
      () => mdm({ pushMagic: "a", whatever: 1 }),
    ],
    [
      "options: must not have other keys; there are priority, expiration, collapseId, id, topic, pushMagic",
      "invalid",
      () => mdm({ pushMagic: "a", "what ever": 1 }),
    ],
    ["whatever: is not an option here", "invalid", () => raw({ payload: {}, whatever: 1 })],
    ["options: must not have other keys", "invalid", () => raw({ payload: {}, "what ever": 1 })],
    ["title: is not an option here; alert() has it", "invalid", () => raw({ payload: {}, title: "a" })],
    [
      "weeks: is not an option here; there are days, hours, minutes, seconds",
      "invalid",
      () => alert({ title: "a", expiration: { weeks: 1 } }),
    ],
    [
      "thread_id: is not an option here; did you mean `threadId`? (the option `aps` takes any key)",
      "invalid",
      () => alert({ title: "a", thread_id: "a" }),
    ],
    [
      "ttl: is not an option here; use `expiration`: a Date, a duration such as { hours: 1 }, or 0 (the option `aps` takes any key)",
      "invalid",
      () => alert({ title: "a", ttl: 7 }),
    ],
  ]);
});
