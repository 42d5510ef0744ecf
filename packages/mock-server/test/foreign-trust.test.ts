import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Agent, type Dispatcher } from "undici";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { keptAuthority, keptClientCertificate } from "../src/command/kept-credentials.ts";
import { PKCS12_PASSWORD } from "../src/command/pkcs12.ts";
import { PrivateDirectory } from "../src/command/private-directory.ts";
import { MockApns } from "../src/index.ts";
import { bearer, PAYLOAD, TOKEN, TOPIC } from "./support/client.ts";

const run = promisify(execFile);
const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;
const curl = (spawnSync("curl", ["--version"]).stdout?.toString() ?? "").includes("HTTP2");
const python = has("python3", "-c", "import ssl");
const java = has("java", "--version") && has("keytool", "-help");

let directory: string;
let files: Awaited<ReturnType<typeof keptClientCertificate>>["files"];
let caFile: string;
let server: MockApns;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "apnskit-trust-"));
  const kept = await PrivateDirectory.open(directory);
  const authority = await keptAuthority(kept);
  const client = await keptClientCertificate(kept, authority, { topic: TOPIC, environment: "sandbox" });
  files = client.files;
  caFile = kept.file("ca.pem");
  server = await MockApns.start({
    authority,
    auth: "certificate",
    topics: [TOPIC],
    clientCertificate: client.certificate,
  });
});

beforeEach(() => server.ledger.clear());

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

/** Without what this machine says about certificates. */
function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { CURL_CA_BUNDLE: _bundle, SSL_CERT_FILE: _file, SSL_CERT_DIR: _dir, ...rest } = process.env;
  const { NODE_EXTRA_CA_CERTS: _extra, ...clean } = rest;
  return { ...clean, ...more };
}

const url = () => `https://localhost:${server.port}/3/device/${TOKEN}`;

describe("undici", () => {
  async function post(connect: object, headers: Record<string, string>) {
    const agent = new Agent({ allowH2: true, connect });
    try {
      const { statusCode, body }: Dispatcher.ResponseData = await agent.request({
        origin: `https://localhost:${server.port}`,
        path: `/3/device/${TOKEN}`,
        method: "POST",
        headers,
        body: PAYLOAD,
      });
      return [statusCode, await body.text()];
    } finally {
      await agent.close();
    }
  }

  test("pushes with a token, trusting the authority", async () => {
    const headers = { authorization: bearer(server), "apns-topic": TOPIC };
    expect(await post({ ca: server.ca }, headers)).toEqual([200, ""]);
    expect(server.ledger.entries({ token: TOKEN, acted: true })).toHaveLength(1);
  });

  test("pushes with the certificate of clientOptions, without topic and token", async () => {
    expect(await post(server.clientOptions.tls, {})).toEqual([200, ""]);
    expect(server.ledger.entries({ topic: TOPIC, acted: true })).toHaveLength(1);
  });

  test("is told why a push is refused", async () => {
    expect(await post({ ca: server.ca }, { "apns-topic": TOPIC })).toEqual([
      403,
      '{"reason":"MissingProviderToken"}',
    ]);
  });
});

describe.skipIf(!curl)("curl (skipped where it is missing)", () => {
  async function push(args: string[], variables: Record<string, string> = {}) {
    const all = [
      "--http2",
      "--silent",
      "--show-error",
      ...args,
      "--data",
      PAYLOAD,
      "--write-out",
      "%{http_code}",
    ];
    const { stdout } = await run("curl", [...all, url()], { env: environment(variables) });
    return stdout;
  }

  test("trusts the authority by SSL_CERT_FILE", async () => {
    const headers = ["--header", `authorization: ${bearer(server)}`, "--header", `apns-topic: ${TOPIC}`];
    expect(await push(headers, { SSL_CERT_FILE: caFile })).toBe("200");
    await expect(push(headers)).rejects.toThrow(/certificate/);
  });

  test.each<[string, () => string[]]>([
    ["client.pem and client-key.pem", () => ["--cert", files.certFile, "--key", files.certKeyFile]],
    ["client-combined.pem", () => ["--cert", files.certCombinedFile]],
    ["client.p12", () => ["--cert-type", "P12", "--cert", `${files.certP12File}:${PKCS12_PASSWORD}`]],
  ])("shows the client certificate from %s", async (_what, args) => {
    expect(await push(["--cacert", caFile, ...args()])).toBe("200");
    expect(server.ledger.entries({ topic: TOPIC, acted: true })).toHaveLength(1);
  });
});

test("node:http2 trusts the authority by NODE_EXTRA_CA_CERTS", async () => {
  const program = `
    const { connect } = require("node:http2");
    const session = connect(process.argv[1]);
    session.on("error", (error) => { console.log(error.code); });
    session.on("remoteSettings", () => { console.log("trusted"); session.close(); });`;
  const start = (variables: Record<string, string>) =>
    run(process.execPath, ["-e", program, url()], { env: environment(variables) });
  expect((await start({ NODE_EXTRA_CA_CERTS: caFile })).stdout.trim()).toBe("trusted");
  expect((await start({})).stdout).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/);
});

test.skipIf(!python)(
  "Python's ssl trusts the authority by SSL_CERT_FILE (skipped where it is missing)",
  async () => {
    const program = `
import socket, ssl, sys
context = ssl.create_default_context()
context.set_alpn_protocols(["h2"])
with context.wrap_socket(socket.create_connection(("localhost", ${server.port})), server_hostname="localhost") as s:
    print(s.selected_alpn_protocol())`;
    const env = environment({ SSL_CERT_FILE: caFile });
    expect((await run("python3", ["-c", program], { env })).stdout.trim()).toBe("h2");
  },
);

test.skipIf(!java)(
  "Java trusts a store that keytool made, and shows client.p12 (skipped where it is missing)",
  async () => {
    const store = join(directory, "truststore.p12");
    const importing = ["-importcert", "-noprompt", "-alias", "apnskit-mock", "-file", caFile];
    await run("keytool", [
      ...importing,
      "-keystore",
      store,
      "-storepass",
      "changeit",
      "-storetype",
      "PKCS12",
    ]);
    const source = join(directory, "Push.java");
    await writeFile(
      source,
      `import java.net.URI;
     import java.net.http.*;
     public class Push {
       public static void main(String[] arguments) throws Exception {
         var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
         var request = HttpRequest.newBuilder(URI.create(arguments[0]))
             .POST(HttpRequest.BodyPublishers.ofString("{\\"aps\\":{}}")).build();
         System.out.println(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
       }
     }`,
    );
    const properties = {
      "javax.net.ssl.trustStore": store,
      "javax.net.ssl.trustStorePassword": "changeit",
      "javax.net.ssl.keyStore": files.certP12File,
      "javax.net.ssl.keyStorePassword": PKCS12_PASSWORD,
    };
    const flags = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
    const { stdout } = await run("java", [...flags, source, url()]);
    expect(stdout.trim()).toBe("200");
  },
  60_000,
);
