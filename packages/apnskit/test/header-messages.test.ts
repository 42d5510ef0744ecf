import { describe } from "vitest";
import { expectMessages, untyped } from "./kit/untyped.ts";

const { alert, background, mdm, raw } = untyped;
const withOptions = (options?: unknown) => alert({ title: "a" }).with(options as never);

describe("an expiration is refused with the message", () => {
  expectMessages([
    [
      "expiration: is before 1980; new Date() takes milliseconds: multiply seconds by 1000",
      "invalid",
      () => alert({ title: "a", expiration: new Date(1000) }),
    ],
    [
      "expiration: is before 1980; new Date() takes milliseconds: multiply seconds by 1000",
      "invalid",
      () => alert({ title: "a", expiration: new Date(Date.UTC(1980) - 1) }),
    ],
    [
      "expiration: must be a Date, a duration such as { hours: 1 }, or 0; received the number -5",
      "invalid",
      () => alert({ title: "a", expiration: -5 }),
    ],
    [
      "expiration: must be a Date, a duration such as { hours: 1 }, or 0; received the number 1: use { seconds: 1 }",
      "invalid",
      () => alert({ title: "a", expiration: 1 }),
    ],
    [
      "expiration: must be a Date, a duration such as { hours: 1 }, or 0; received the number 100000000: use { seconds: 100000000 }",
      "invalid",
      () => alert({ title: "a", expiration: 1e8 }),
    ],
    [
      "expiration: must be a Date, a duration such as { hours: 1 }, or 0; received the number 100000001: use new Date(100000001 * 1000)",
      "invalid",
      () => alert({ title: "a", expiration: 1e8 + 1 }),
    ],
    [
      "expiration: must be a Date, a duration such as { hours: 1 }, or 0; received null; leave the option out instead",
      "invalid",
      () => alert({ title: "a", expiration: null }),
    ],
    [
      "expiration: must be a Date, a duration such as { hours: 1 }, or 0; received an array",
      "invalid",
      () => alert({ title: "a", expiration: [] }),
    ],
    [
      "expiration: must be a Date, a duration such as { hours: 1 }, or 0; received an object: use its toDate()",
      "invalid",
      () => alert({ title: "a", expiration: { toDate: () => new Date() } }),
    ],
    [
      "expiration: must be a Date, a duration such as { hours: 1 }, or 0; received an object",
      "invalid",
      () => alert({ title: "a", expiration: Object.create({ hours: 1 }) }),
    ],
    [
      'expiration.hours: must be a number from 0 on; received the string "1"',
      "invalid",
      () => alert({ title: "a", expiration: { hours: "1" } }),
    ],
    [
      "expiration.hours: must be a number from 0 on; received the number -1",
      "invalid",
      () => alert({ title: "a", expiration: { hours: -1 } }),
    ],
    [
      "expiration: must be longer than nothing and at most a century; 0 in its place is one attempt",
      "invalid",
      () => alert({ title: "a", expiration: { hours: 0 } }),
    ],
    [
      "expiration: must be longer than nothing and at most a century; 0 in its place is one attempt",
      "invalid",
      () => alert({ title: "a", expiration: { days: 36_525, seconds: 1 } }),
    ],
  ]);
});

describe("a header option is refused with the message", () => {
  expectMessages([
    [
      "priority: must be the number 1, 5 or 10; received the number 7",
      "invalid",
      () => alert({ title: "a", priority: 7 }),
    ],
    [
      "priority: must be 5 or 1 for background; received the number 10",
      "invalid",
      () => background({ priority: 10 }),
    ],
    [
      "collapseId: must be a string; received a number",
      "invalid",
      () => alert({ title: "a", collapseId: 7 }),
    ],
    [
      "collapseId: must have 1 … 64 bytes of UTF-8; received 0",
      "invalid",
      () => alert({ title: "a", collapseId: "" }),
    ],
    [
      "collapseId: must have 1 … 64 bytes of UTF-8; received 66",
      "invalid",
      () => alert({ title: "a", collapseId: "ä".repeat(33) }),
    ],
    [
      "collapseId: must not have control characters, halves of surrogate pairs, nor a blank at either end",
      "invalid",
      () => alert({ title: "a", collapseId: " a" }),
    ],
    [
      "collapseId: must not have control characters, halves of surrogate pairs, nor a blank at either end",
      "invalid",
      () => alert({ title: "a", collapseId: "a " }),
    ],
    [
      "id: must be a UUID (8-4-4-4-12 hexadecimal digits); received a number",
      "invalid",
      () => alert({ title: "a", id: 7 }),
    ],
    [
      "id: must be a UUID (8-4-4-4-12 hexadecimal digits); received a string",
      "invalid",
      () => alert({ title: "a", id: "7" }),
    ],
    ["topic: must be a string; received a number", "invalid", () => alert({ title: "a", topic: 7 })],
    [
      "topic: must be visible ASCII: letters, digits, hyphens and underscores between single dots; received an empty string",
      "invalid",
      () => alert({ title: "a", topic: "" }),
    ],
    [
      "topic: must have at most 255 characters; received 400",
      "too-large",
      () => alert({ title: "a", topic: "a ".repeat(200) }),
    ],
    [
      "topic: must be visible ASCII: letters, digits, hyphens and underscores between single dots",
      "invalid",
      () => alert({ title: "a", topic: "a b" }),
    ],
    [
      "topic: must be visible ASCII: letters, digits, hyphens and underscores between single dots; remove the blanks at its ends with trim()",
      "invalid",
      () => alert({ title: "a", topic: " a" }),
    ],
    [
      "topic: must be visible ASCII: letters, digits, hyphens and underscores between single dots; a wildcard stands for many apps, a topic is one bundle identifier",
      "invalid",
      () => alert({ title: "a", topic: "a.*" }),
    ],
    [
      "topic: neither the notification nor the client has one",
      "missing",
      () => alert({ title: "a" }).topicFor(),
    ],
    ["options: must be an object such as { priority: 5 }; received nothing", "missing", () => withOptions()],
    ["options: must be an object such as { priority: 5 }; received null", "invalid", () => withOptions(null)],
    ["data: must be an object; received a string", "invalid", () => alert({ title: "a", data: "x" })],
    [
      "payload: 4126 bytes of UTF-8 are more than the 4096 that alert may have",
      "too-large",
      () => alert({ title: "x".repeat(4_096) }),
    ],
  ]);
});

describe("options that are none are refused with the message", () => {
  expectMessages([
    ['options: must be an object such as { title: "Hello" }; received nothing', "missing", () => alert()],
    ['options: must be an object such as { title: "Hello" }; received null', "invalid", () => alert(null)],
    ['options: must be an object such as { title: "Hello" }; received an array', "invalid", () => alert([])],
    [
      'options: must be an object such as { pushType: "alert", payload: { aps: {} } }; received nothing',
      "missing",
      () => raw(),
    ],
    ["options: must be an object such as { pushMagic }; received a string", "invalid", () => mdm("a")],
  ]);
});
