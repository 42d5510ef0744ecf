import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { UnreadConnections } from "../src/listeners/unread-connections.ts";

test("a look asks a hundred connections at most, once in a turn, and the others in the next ones", async () => {
  const connections = new UnreadConnections();
  const asked: number[] = [];
  for (let index = 0; index < 250; index++) connections.add({ checkPeer: () => asked.push(index) });
  for (const sum of [100, 200, 300]) {
    connections.look();
    connections.look();
    expect(asked).toHaveLength(sum);
    await turn();
  }
  expect(asked).toEqual(Array.from({ length: 300 }, (_, place) => place % 250));
});

test("a connection that goes during a look is asked no more", async () => {
  const connections = new UnreadConnections();
  let asked = 0;
  const connection = {
    checkPeer: () => {
      asked++;
      connections.delete(connection);
    },
  };
  connections.add(connection);
  connections.look();
  await turn();
  connections.look();
  expect(asked).toBe(1);
});
