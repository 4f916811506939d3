// Starts the real binary with its own data and gives tests what they need of it.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const binary = process.env.JHAAS_BIN ?? "jhaas";
/** Seconds that Ctrl-C may take at worst: tasks, workers and hubs one after the other, and servers that do not want to. */
const stopWithin = 120;

/** Demos that run. Whatever ends this process ends them, and they end their hubs; playwright ends its browsers itself. */
const running = new Set();
process.on("exit", () => running.forEach((demo) => demo.kill("SIGINT")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** A port that is free on both loopback addresses right now. */
async function freePort() {
  for (;;) {
    const port = await listen("127.0.0.1", 0);
    // A machine without IPv6 has only the first one.
    const other = await listen("::1", port).catch(({ code }) => code !== "EADDRINUSE" && port);
    if (other) return port;
  }
}

/** The port that could be listened on for a moment. */
function listen(host, port) {
  return new Promise((done, fail) => {
    const server = createServer().once("error", fail);
    server.listen(port, host, () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
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

/**
 * The demo, with people and no courses. `environment` holds settings (JHAAS_…). With `sameSite` browsers count portal
 * and hubs as one site, as they do at an institution, and as they do not below `localhost` itself.
 */
export class Portal {
  static async start({ environment = {}, data, courses = false, port, sameSite = false, mailbox } = {}) {
    const portal = new Portal();
    portal.mailbox = mailbox;
    portal.environment = environment;
    portal.courses = courses;
    portal.host = sameSite ? "jhaas.localhost" : "localhost";
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
    this.url = `http://${this.host}:${this.port}`;
    const addresses = { JHAAS_PORTAL__PUBLIC_URL: this.url, JHAAS_HUBS__DOMAIN: `${this.host}:${this.port}` };
    this.process = spawn(binary, options, {
      env: { ...process.env, ...addresses, ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const demo = this.process;
    running.add(demo);
    this.ended = new Promise((done) => {
      demo.on("exit", (code, signal) => {
        running.delete(demo);
        done({ code, signal });
      });
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on("data", (chunk) => (this.output += chunk));
    }
    const up = until(`the portal at ${this.url}`, 300, async () => {
      return !running.has(demo) || (await fetch(`http://127.0.0.1:${this.port}/healthz`)).ok;
    });
    await up.catch((error) => {
      throw new Error(`${error.message}\n${this.output}`, { cause: error });
    });
    if (!running.has(demo)) throw new Error(`the portal ended:\n${this.output}`);
    this.password = (await readFile(join(this.data, "password"), "utf8")).trim();
  }

  hub(slug) {
    return `http://${slug}.${this.host}:${this.port}`;
  }

  /** Ends the portal as Ctrl-C does and waits for it. */
  async interrupt() {
    this.process.kill("SIGINT");
    try {
      return await within(stopWithin, "the end of the demo", this.ended);
    } catch (error) {
      this.process.kill("SIGKILL");
      throw new Error(`${error.message}\n${this.output}`, { cause: error });
    }
  }

  async stop() {
    await this.interrupt();
    await rm(this.data, { recursive: true, force: true, maxRetries: 5 });
  }

  /** All mails that were written, oldest first; with a mail server, those that it has delivered from this portal. */
  async mails() {
    const folder = this.mailbox?.folder ?? join(this.data, "mails");
    const names = (await readdir(folder).catch(() => [])).filter((name) => this.mailbox || name.endsWith(".eml"));
    const all = await Promise.all(names.sort().map((name) => readFile(join(folder, name), "utf8")));
    return this.mailbox ? all.filter((mail) => mail.includes(`<${this.mailbox.from}>`)) : all;
  }
}

/** A portal and a browser for it: both, or neither is left behind. */
export async function portalAndBrowser(options) {
  const chromium = await browser();
  try {
    return [await Portal.start(options), chromium];
  } catch (error) {
    await close(chromium);
    throw error;
  }
}

/** Ends what there is of both. */
export async function end(portal, chromium) {
  await Promise.all([chromium && close(chromium), portal?.stop()]);
}

/** A browser that does not close is ended with this process. */
export async function close(chromium) {
  await within(30, "the end of the browser", chromium.close()).catch(({ message }) => console.error(message));
}

/** A browser for all contexts of a test. */
export async function browser(...more) {
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
      ...more,
    ],
  });
}

/** A person in a browser context of their own. */
export async function signIn(browser, portal, name, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  await page.goto(`${portal.url}/sign-in`);
  await enter(page, portal, name);
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  return page;
}

/** Fills in the form for signing in, in whatever language. */
export async function enter(page, portal, name) {
  await page.locator("input[name=email]").fill(`${name}@demo.example`);
  await page.locator("input[name=password]").fill(portal.password);
  await page.keyboard.press("Enter");
}

/** Ids of the courses that have a hub on this machine. */
export async function coursesOf(portal) {
  const entries = await readdir(join(portal.data, "hubs"), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && /^[0-9a-f-]{36}$/.test(entry.name)).map(({ name }) => name);
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

/** What all pages show, for whoever looks at a failure: in e2e/test-results. */
export async function photograph(chromium, name) {
  const folder = new URL("../test-results/", import.meta.url).pathname;
  await mkdir(folder, { recursive: true });
  for (const [number, context] of chromium.contexts().entries()) {
    for (const page of context.pages()) {
      await page.screenshot({ path: join(folder, `${name}-${number}.png`) }).catch(() => {});
    }
  }
}
