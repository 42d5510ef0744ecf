import { createServer, type Http2Server } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { ClientSession, FieldList, type SessionEvent } from "../src/index.ts";

test("a node:http2 server answers requests of the session", async () => {
  const server: Http2Server = createServer();
  server.on("stream", (stream, headers) => {
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => {
      stream.respond({ ":status": 200, "x-path": headers[":path"], "x-topic": headers["apns-topic"] });
      stream.end(Buffer.concat(parts));
    });
  });
  await new Promise<void>((r) => server.listen(0, "127.0.0.1", r));
  const socket: Socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const session = new ClientSession<number>({ authority: "example.com" });
  const flush = () => {
    const out = session.takeOutput();
    if (out) socket.write(out);
  };
  flush();
  const got: SessionEvent<number>[] = [];
  const fields = FieldList.from(Object.entries({ "apns-topic": "com.example.app" }), () => "indexed");
  let sent = 0;
  await new Promise<void>((resolve, reject) => {
    socket.on("data", (chunk) => {
      for (const event of session.receive(chunk)) {
        if (event.type === "error") reject(event.error);
        got.push(event);
      }
      while (sent < 500 && session.freeStreams > 0) {
        session.request(
          {
            method: "POST",
            path: `/3/device/${sent}`,
            sharedFields: fields,
            ownFields: FieldList.empty,
            body: Buffer.from(`body ${sent}`),
          },
          sent++,
        );
      }
      flush();
      if (got.filter((e) => e.type === "response").length === 500) resolve();
    });
  });
  const responses = got.filter((e) => e.type === "response");
  for (const { stream } of responses) {
    expect(Buffer.from(stream.body).toString()).toBe(`body ${stream.owner}`);
    expect(stream.fields).toContain(`/3/device/${stream.owner}`);
    expect(stream.fields).toContain("com.example.app");
  }
  socket.destroy();
  server.close();
});
