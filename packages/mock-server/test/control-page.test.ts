import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Control, InvalidMockInput, MockApns } from "../src/index.ts";
import { buildPage } from "../ui/build.ts";

let directory: string;
let server: MockApns;
let control: Control;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "apnskit-page-"));
  await buildPage(directory);
});

afterAll(() => rm(directory, { recursive: true }));

beforeEach(async () => {
  server = await MockApns.start({ auth: "anything" });
  control = await Control.listen(server, 0, { ui: directory });
});

afterEach(async () => {
  await control.close();
  await server.close();
});

/** Sends headers that `fetch` would not. */
async function ask(path: string, headers: Record<string, string> = {}, method = "GET") {
  const sent = request({ host: "127.0.0.1", port: control.port, path, method, headers, agent: false });
  sent.end();
  const [response] = await once(sent, "response");
  let body = "";
  response.setEncoding("utf8");
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode as number, headers: response.headers, body };
}

const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

describe("the page", () => {
  test("is what a browser gets, and JSON what others get", async () => {
    const page = await ask("/", HTML);
    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(page.headers.vary).toBe("accept");
    expect(page.body).toContain('src="/ui/app.js"');
    for (const accept of ["*/*", "application/json"]) {
      expect(JSON.parse((await ask("/", { accept })).body)).toMatchObject({ environment: "sandbox" });
    }
    expect(control.page).toBe(`${control.origin}/`);
  });

  test("has its files, of at most 60 KB in all when they are compressed", async () => {
    let bytes = 0;
    for (const [file, type] of [
      ["index.html", "text/html"],
      ["app.js", "text/javascript"],
      ["app.css", "text/css"],
      ["icon.svg", "image/svg+xml"],
    ] as const) {
      const { status, headers, body } = await ask(`/ui/${file}`);
      expect([status, headers["content-type"]?.split(";")[0]]).toEqual([200, type]);
      bytes += gzipSync(body).length;
    }
    expect(bytes).toBeLessThan(60 * 1024);
  });

  test("takes no file from elsewhere", async () => {
    await writeFile(join(directory, "secret.txt"), "secret");
    for (const file of ["secret.txt", "..%2f..%2fpackage.json", "constructor", "app.js.map", "__proto__"]) {
      expect((await ask(`/ui/${file}`)).status, file).toBe(404);
    }
  });

  test("is under a strict policy, and so is every other answer", async () => {
    const page = await ask("/", HTML);
    const policy = String(page.headers["content-security-policy"]);
    for (const rule of [
      ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"],
      ...["frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "trusted-types 'none'"],
    ]) {
      expect(policy).toContain(rule);
    }
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    for (const path of ["/ledger", "/nowhere", "/events", "/ui/nothing"]) {
      const sent = request({ host: "127.0.0.1", port: control.port, path, agent: false }).end();
      const [response] = await once(sent, "response");
      sent.on("error", () => {});
      expect(response.headers["content-security-policy"], path).toContain("default-src 'none'");
      expect(response.headers["content-security-policy"], path).not.toContain("script-src");
      expect(response.headers["x-content-type-options"]).toBe("nosniff");
      expect(response.headers["cross-origin-resource-policy"]).toBe("same-origin");
      expect(response.headers["access-control-allow-origin"]).toBeUndefined();
      sent.destroy();
    }
  });

  test("can be left out", async () => {
    await control.close();
    control = await Control.listen(server, 0, { ui: false });
    expect(control.page).toBeUndefined();
    expect((await ask("/", HTML)).headers["content-type"]).toBe("application/json");
    expect((await ask("/ui/app.js")).status).toBe(404);
  });

  test("is not there in a folder without one", async () => {
    await control.close();
    control = await Control.listen(server, 0, { ui: join(directory, "nothing") });
    expect(control.page).toBeUndefined();
    await expect(Control.listen(server, 0, { ui: 7 } as never)).rejects.toThrow(InvalidMockInput);
  });
});

describe("a foreign page is refused", () => {
  const paths = [
    "/",
    "/events",
    "/ui/app.js",
    "/openapi.json",
    "/ledger/latest",
    "/ca.pem",
    "/provider-token.txt",
  ];

  test.each(paths)("by its Origin, by Sec-Fetch-Site and by a forged Host, at %s", async (path) => {
    const host = `127.0.0.1:${control.port}`;
    for (const headers of [
      { host, origin: "https://example.com" },
      { host, "sec-fetch-site": "cross-site" },
      { host, "sec-fetch-site": "same-site", accept: "text/html" },
      { host: "attacker.example" },
      { host: `attacker.example:${control.port}`, "sec-fetch-site": "same-origin" },
    ]) {
      const { status, body } = await ask(path, { ...HTML, ...headers });
      expect(status, JSON.stringify(headers)).toBe(403);
      expect(JSON.parse(body)).toHaveProperty("error");
    }
  });
});

describe("a body that is too long", () => {
  test("is refused before it is read, if it says so", async () => {
    const socket = connect(control.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(`POST /faults HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${2 ** 40}\r\n\r\n{`);
    let text = "";
    for await (const chunk of socket) {
      text += chunk;
      if (text.includes("\r\n\r\n")) break;
    }
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text.toLowerCase()).toContain("connection: close");
  });

  test("is refused while it comes, if it does not, and its connection ends", async () => {
    const socket = connect(control.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST /faults HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    let text = "";
    socket.on("data", (data) => {
      text += data;
    });
    const closed = once(socket, "close");
    while (!socket.destroyed && text === "") {
      socket.write(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1)).error).toContain(
      "1048576 bytes",
    );
    await closed;
  });

  test("is refused where a route takes none at all", async () => {
    const response = await fetch(`${control.origin}/ledger`, { method: "DELETE", body: "{}" });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toContain("takes no body");
  });

  test("may be long where ids are counted", async () => {
    const ids = Array.from({ length: 60_000 }, (_, at) => `id-${at}-${"x".repeat(20)}`);
    const response = await fetch(`${control.origin}/ledger/counts`, {
      method: "POST",
      body: JSON.stringify({ by: "apns-id", ids }),
    });
    expect(((await response.json()) as { error: string }).error).toContain("--tally apns-id");
  });
});
