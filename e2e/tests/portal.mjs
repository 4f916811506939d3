// Starts the real binary with its own data and gives tests what they need of it.
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const binary = process.env.JHAAS_BIN ?? "jhaas";

/** A port that is free on 127.0.0.1 right now. */
async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Waits until `look` gives something truthy; fails with `what` after `seconds`. */
export async function until(what, seconds, look) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`, { cause: last });
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** The value of `promise`; fails with `what` after `seconds`. */
export async function within(seconds, what, promise) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`${what}: not within ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The demo, with people and no courses. `environment` holds settings (JHAAS_…). */
export class Portal {
  static async start({ environment = {}, data, courses = false, port } = {}) {
    const portal = new Portal();
    portal.environment = environment;
    portal.courses = courses;
    portal.data = data ?? (await mkdtemp(join(tmpdir(), "jhaas-e2e-")));
    portal.port = port ?? (await freePort());
    try {
      await portal.run();
    } catch (error) {
      await portal.stop();
      throw error;
    }
    return portal;
  }

  /** Starts the program, for the first time or again with the same data. */
  async run({ onAnotherPort = false } = {}) {
    if (onAnotherPort) this.port = await freePort();
    const options = ["demo", "--port", String(this.port), "--data", this.data];
    if (!this.courses) options.push("--no-courses");
    this.output = "";
    this.process = spawn(binary, options, {
      env: { ...process.env, ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.ended = new Promise((done) => this.process.on("exit", (code, signal) => done({ code, signal })));
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on("data", (chunk) => (this.output += chunk));
    }
    this.url = `http://localhost:${this.port}`;
    const up = until(`the portal at ${this.url}`, 300, async () => {
      return this.process.exitCode !== null || (await fetch(`http://127.0.0.1:${this.port}/healthz`)).ok;
    });
    await up.catch((error) => {
      throw new Error(`${error.message}\n${this.output}`, { cause: error });
    });
    if (this.process.exitCode !== null) throw new Error(`the portal ended:\n${this.output}`);
    this.password = (await readFile(join(this.data, "password"), "utf8")).trim();
  }

  hub(slug) {
    return `http://${slug}.localhost:${this.port}`;
  }

  /** Ends the portal as Ctrl-C does and waits for it. */
  async interrupt() {
    this.process.kill("SIGINT");
    const kill = setTimeout(() => this.process.kill("SIGKILL"), 60_000);
    const ended = await this.ended;
    clearTimeout(kill);
    return ended;
  }

  async stop() {
    await this.interrupt();
    await rm(this.data, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Subjects and recipients of all mails that were written, oldest first. */
  async mails() {
    const folder = join(this.data, "mails");
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".eml")).sort();
    return Promise.all(names.map(async (name) => readFile(join(folder, name), "utf8")));
  }
}

/** A portal and a browser for it: both, or neither is left behind. */
export async function portalAndBrowser(options) {
  const chromium = await browser();
  try {
    return [await Portal.start(options), chromium];
  } catch (error) {
    await chromium.close();
    throw error;
  }
}

/** A browser for all contexts of a test. */
async function browser() {
  return chromium.launch({
    executablePath: process.env.JHAAS_TEST_CHROMIUM,
    args: [
      "--no-sandbox",
      "--lang=en-US",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A person in a browser context of their own. */
export async function signIn(browser, portal, name, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  await page.goto(`${portal.url}/sign-in`);
  await page.getByLabel("Mail address").fill(`${name}@demo.example`);
  await page.getByLabel("Password", { exact: true }).fill(portal.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  return page;
}

/** Processes that carry a course's marker, and what else is named, in their environment. */
export async function processesOf(course, ...others) {
  const found = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    const variables = environment.split("\0");
    if ([`JHAAS_COURSE=${course}`, ...others].every((one) => variables.includes(one))) found.push(Number(pid));
  }
  return found;
}
