import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { Control, MockApns, type MockApnsOptions } from "../../src/index.ts";
import { complaintsOf, freshPage, launch } from "./browser.ts";
import { bearer, Client } from "./client.ts";
import { type ExampleName, sendExample } from "./example-requests.ts";

/** However busy the machine is. */
export const SOON = { timeout: 15_000 };

/** A mock server, a client that pushes to it, and its page in Chromium: one of each for a file of tests. */
export class Stage implements AsyncDisposable {
  readonly server: MockApns;
  readonly browser: Browser;
  readonly page: Page;
  /** What the page said on its console; a test takes out what it expects. */
  readonly complaints: string[];
  readonly authorization: string;
  control: Control;
  client: Client;
  readonly #context: BrowserContext;
  readonly #files: Awaited<ReturnType<typeof freshPage>>;

  private constructor(parts: {
    server: MockApns;
    browser: Browser;
    context: BrowserContext;
    page: Page;
    control: Control;
    client: Client;
    files: Awaited<ReturnType<typeof freshPage>>;
  }) {
    this.server = parts.server;
    this.browser = parts.browser;
    this.page = parts.page;
    this.control = parts.control;
    this.client = parts.client;
    this.complaints = complaintsOf(parts.page);
    this.authorization = bearer(parts.server);
    this.#context = parts.context;
    this.#files = parts.files;
  }

  static async open(options: MockApnsOptions = {}): Promise<Stage> {
    const [files, browser, server] = await Promise.all([freshPage(), launch(), MockApns.start(options)]);
    const control = await Control.listen(server, 0, { ui: files.directory });
    const client = await Client.open(server);
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
    context.setDefaultTimeout(SOON.timeout);
    const page = await context.newPage();
    return new Stage({ server, browser, context, page, control, client, files });
  }

  /** A server that knows nothing yet, a client with a connection, and a page that was just opened. */
  async reset(): Promise<void> {
    const { server, page } = this;
    server.clearFaults();
    server.setLatency(0);
    server.ledger.clear();
    server.devices.clear();
    if (this.client.session.closed || this.client.session.destroyed) this.client = await Client.open(server);
    await page.goto(`${this.control.origin}/`);
    await page.locator(".link-state.live").waitFor();
  }

  /** Another page of the same browser, which shows nothing yet. */
  newPage(): Promise<Page> {
    return this.#context.newPage();
  }

  /** Opens the control endpoint anew, at the same place. */
  async reopenControl(options: { caFile?: string; keyFile?: string } = {}): Promise<void> {
    const { port } = this.control;
    await this.control.close();
    this.control = await Control.listen(this.server, port, { ui: this.#files.directory, ...options });
  }

  /** Sends an example. */
  send(name: ExampleName, headers: Record<string, string> = {}, token?: string) {
    return sendExample(this.client, name, { authorization: this.authorization, ...headers }, token);
  }

  /** Sends a good push with these changes. */
  push(headers: Record<string, string> = {}, payload?: string) {
    return this.client.push({ authorization: this.authorization, ...headers }, payload);
  }

  /** The first row of the list with this text. */
  row(text: string): Locator {
    return this.page.locator(".row", { hasText: text }).first();
  }

  /** Selects that row. @returns the details */
  async select(text: string): Promise<Locator> {
    await this.row(text).click();
    const detail = this.page.locator(".detail");
    await detail.locator("h2", { hasText: text }).waitFor();
    return detail;
  }

  /** Goes to another part of the page. */
  async show(part: "Requests" | "Faults" | "Connections" | "Devices"): Promise<void> {
    await this.page.locator(".tab", { hasText: part }).click();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    await this.browser.close();
    await this.client[Symbol.asyncDispose]();
    await this.control.close();
    await this.server.close();
    await this.#files[Symbol.asyncDispose]();
  }
}
