import { createServer, type Server } from "node:net";
import { MockApns } from "@apnskit/mock-server";
import { ManualClock } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { ApnsClients, type ConnectFailed, certificate, InvalidOption, providerToken } from "../src/index.ts";
import { failure, hello, TOKEN, until } from "./kit/clients.ts";
import { APP } from "./kit/on-the-wire.ts";

failOnLeaks();

/** A server that takes a connection and ends it at once; counts. */
async function slammingDoor(): Promise<{ server: Server; origin: string; visits: () => number }> {
  let visits = 0;
  const server = createServer((socket) => {
    visits++;
    socket.on("error", () => {}).destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { server, origin: `https://127.0.0.1:${port}`, visits: () => visits };
}

describe("attempts of many callers with the same credentials are held back", () => {
  it("while the server cannot be reached: the last error is thrown again, without another connection", async () => {
    await using keys = await MockApns.start();
    const door = await slammingDoor();
    const clock = new ManualClock();
    const auth = providerToken(keys.key);
    const clients = new ApnsClients({
      origin: door.origin,
      clock,
      random: () => 1,
      credentials: () => ({ environment: "sandbox", auth, topic: APP }),
    });
    for (let i = 0; i < 50; i++) {
      expect(await failure<ConnectFailed>(clients.send("app", TOKEN, hello))).toMatchObject({
        name: "ConnectFailed",
        delivery: "unsent",
      });
    }
    expect(door.visits()).toBe(1);
    clock.advance(249);
    await failure(clients.send("app", TOKEN, hello));
    expect(door.visits()).toBe(1);
    clock.advance(1);
    await failure(clients.send("app", TOKEN, hello));
    expect(door.visits()).toBe(2);
    clock.advance(499);
    await failure(clients.send("app", TOKEN, hello));
    expect(door.visits()).toBe(2);
    await clients.close();
    await new Promise((resolve) => door.server.close(resolve));
  });

  it("while the server refuses the certificate, over connections that are closed and opened again", async () => {
    await using server = await MockApns.start();
    const auth = certificate(await server.issueClientCertificate({ uid: APP }));
    const clock = new ManualClock();
    const closed: string[] = [];
    const { origin, ca, environment } = server;
    const clients = new ApnsClients({
      origin,
      tls: { ca },
      clock,
      random: () => 1,
      credentials: () => ({ environment, auth }),
    });
    clients.on("closed", (_, __, reason) => closed.push(reason));
    server.inject({ kind: "answer", reason: "BadCertificate" });
    await failure(clients.send("app", TOKEN, hello));
    await until(() => closed.length === 1, "the connections are closed");
    for (let i = 0; i < 50; i++) {
      expect(await failure(clients.send("app", TOKEN, hello))).toMatchObject({
        name: "Closed",
        reason: "BadCertificate",
      });
    }
    expect(server.ledger.totals.refused).toBe(1);
    await clients.close();
  });
});

describe("the credentials callback", () => {
  const found = async (environment: "sandbox" | "production" = "sandbox") => {
    await using server = await MockApns.start();
    return { environment, auth: providerToken(server.key), topic: APP };
  };

  it("is called again, after growing waits, when it throws", async () => {
    const clock = new ManualClock();
    let calls = 0;
    const clients = new ApnsClients({
      clock,
      random: () => 1,
      credentials: () => {
        calls++;
        throw new Error("database is down");
      },
    });
    const sending = failure(clients.send("app", TOKEN, hello));
    await until(() => calls === 1 && clock.delays.length === 1, "it waits");
    expect(clock.delays).toEqual([100]);
    await clock.advanceAsync(100);
    await until(() => calls === 2 && clock.delays.length === 1, "it waits again");
    expect(clock.delays).toEqual([200]);
    await clock.advanceAsync(200);
    expect((await sending).message).toBe("database is down");
    expect(calls).toBe(3);
    await clients.close();
  });

  it("is not called again for a mistake of the program, or of its answer", async () => {
    let calls = 0;
    const clients = new ApnsClients({
      credentials: () => {
        if (++calls === 1) throw new TypeError("undefined is no function");
        return null as never;
      },
    });
    expect((await failure(clients.open("app"))).message).toBe("undefined is no function");
    expect(await failure(clients.open("app"))).toMatchObject({ code: "ERR_APNS_INVALID_OPTION" });
    expect(calls).toBe(2);
    await clients.close();
  });

  it.each(["origin", "tls", "keyId"])(
    "whose answer has the unknown key %s is refused, as the key has no effect",
    async (key) => {
      const app = await found();
      const clients = new ApnsClients({ credentials: () => ({ ...app, [key]: "x" }) as never });
      const error = await failure<InvalidOption>(clients.open("app"));
      expect([error instanceof InvalidOption, error.option]).toEqual([true, key]);
      await clients.close();
    },
  );
});
