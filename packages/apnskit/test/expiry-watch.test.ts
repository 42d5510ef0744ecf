import { clientCertificate, ManualClock } from "@apnskit/testkit";
import { describe, expect, it } from "vitest";
import { type CertificateExpiry, certificate, InvalidOption, watchExpiry } from "../src/index.ts";
import { DAY } from "./kit/durations.ts";

const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000 - DAY);
const notAfter = new Date(notBefore.getTime() + 365 * DAY);
const own = certificate(await clientCertificate({ notBefore, notAfter }));

function watch(daysLeft: number, options: { warnBefore?: number } = {}) {
  const clock = new ManualClock({ epoch: own.notAfter.getTime() - daysLeft * DAY });
  const events: CertificateExpiry[] = [];
  const stop = watchExpiry(own, { clock, onExpiry: (event) => events.push(event), ...options }).stop;
  const types = () => events.map(({ type, remaining }) => [type, remaining / DAY]);
  return { clock, events, types, stop };
}

describe("the watch over a certificate's expiry", () => {
  it("warns once, 30 days before, and reports the end once", () => {
    const { clock, types } = watch(365);
    clock.advance(335 * DAY - 1);
    expect(types()).toEqual([]);
    clock.advance(1);
    expect(types()).toEqual([["expiring", 30]]);
    clock.advance(30 * DAY - 1);
    expect(types()).toHaveLength(1);
    clock.advance(1);
    expect(types()).toEqual([
      ["expiring", 30],
      ["expired", 0],
    ]);
    clock.advance(400 * DAY);
    expect(types()).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it("names the certificate and its end in the event", () => {
    const { events } = watch(10);
    expect(events).toEqual([
      { type: "expiring", certificate: own, notAfter: own.notAfter, remaining: 10 * DAY },
    ]);
  });

  it("follows warnBefore", () => {
    const { clock, types } = watch(10, { warnBefore: 7 * DAY });
    expect(types()).toEqual([]);
    clock.advance(3 * DAY);
    expect(types()).toEqual([["expiring", 7]]);
  });

  it("reports nothing but the end with warnBefore 0", () => {
    const { clock, types } = watch(2, { warnBefore: 0 });
    clock.advance(2 * DAY);
    expect(types()).toEqual([["expired", 0]]);
  });

  it("reports at once what has expired already", () => {
    expect(watch(-3).types()).toEqual([["expired", 0]]);
  });

  it("notices within a day that the wall clock was set forwards", () => {
    const { clock, types } = watch(300);
    clock.jumpEpoch(own.notAfter.getTime() - 20 * DAY - clock.epoch());
    clock.advance(DAY);
    expect(types()).toEqual([["expiring", 19]]);
  });

  it("does not keep the process alive, and never waits for longer than a day", () => {
    const { clock } = watch(365);
    expect(clock.delays).toEqual([DAY]);
    expect(clock.refed).toBe(0);
  });

  it("leaves no timer behind when it is stopped", () => {
    const { clock, types, stop } = watch(365);
    clock.advance(5 * DAY);
    stop();
    expect(clock.pending).toBe(0);
    clock.advance(400 * DAY);
    expect(types()).toEqual([]);
  });

  it.each([-1, Number.NaN])("refuses warnBefore of %d ms", (warnBefore) => {
    expect(() => watch(1, { warnBefore })).toThrow(InvalidOption);
  });

  it("runs on the system's clock unless it is told otherwise", () => {
    const events: CertificateExpiry[] = [];
    watchExpiry(own, { warnBefore: 400 * DAY, onExpiry: (event) => events.push(event) }).stop();
    expect(events.map(({ type }) => type)).toEqual(["expiring"]);
  });
});
