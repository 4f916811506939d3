// Every page that links lead to, for each kind of person: reachable, valid, accessible, in both languages and
// appearances, and no wider than a small phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "./inspect.mjs";
import { end, portalAndBrowser, signIn, until } from "./portal.mjs";
import { openDeployed, said } from "./steps.mjs";
import { validate } from "./validate.mjs";

const people = ["leader", "admin", "governance", "assistant", "student1", "student2", "student3"];
/** Pages of the running course to which links must lead some of them. */
const offered = { leader: "servers", assistant: "servers", student1: "files" };
// The same for everybody: looked at once for visitors and once for somebody who is signed in.
const common = /^\/(help|imprint|privacy|terms|mailbox.*|)$/;
const seenByAll = new Set();
let portal;
let chromium;
/** The page of the course whose hub runs. */
let running;

before(
  async () => {
    [portal, chromium] = await portalAndBrowser({ courses: true });
    const leader = await signIn(chromium, portal, "leader");
    await openDeployed(leader, "Introduction to Python");
    running = leader.url();
    await leader.context().close();
  },
  { timeout: 400_000 },
);

after(() => end(portal, chromium));

test("pages for everybody", { timeout: 120_000 }, async (t) => {
  const context = await chromium.newContext({ locale: "en-GB" });
  await everywhere(t, await context.newPage(), ["/", "/sign-in", "/join/nothing", "/no-such-page"]);
});

for (const name of people) {
  test(`pages of ${name}`, { timeout: 400_000 }, async (t) => {
    const seen = await everywhere(t, await signIn(chromium, portal, name), ["/courses"]);
    const page = offered[name];
    if (page) assert.ok(seen.includes(new URL(`${running}/${page}`).pathname), `nothing leads ${name} to ${page}`);
  });
}

test("pages of servers, files and visits, in each state of a visit", { timeout: 240_000 }, async () => {
  const [leader, sam] = await Promise.all(["leader", "student1"].map((name) => signIn(chromium, portal, name)));
  const faults = [];
  const look = async (page, below, ...words) => {
    const answer = await page.goto(running + below);
    faults.push(...(await validate(below, await answer.text())));
    for (const one of words) await page.getByText(one).first().waitFor();
    for (const appearance of ["light", "dark"]) faults.push(...(await inspect(page, appearance)));
  };
  await look(leader, "/servers", "off");
  await look(sam, "/files", "All files of your home");
  await leader.getByRole("button", { name: "Start", exact: true }).first().click();
  await said(leader, "The server is being started");
  await until("the server runs", 60, async () => {
    await leader.reload();
    return leader.getByText("running", { exact: true }).isVisible();
  });
  await look(leader, "/servers", "Ask for consent");
  await leader.getByRole("button", { name: "Ask for consent" }).first().click();
  await said(leader, "The question is put");
  await look(leader, "/servers", "waits for consent");
  await look(sam, "", "asks to look into your server");

  await sam.getByRole("button", { name: "Allow for" }).click();
  await said(sam, "You have agreed");
  await look(sam, "", "can open your server until");
  await look(leader, "/servers", "Open the server", "running");

  await sam.getByRole("button", { name: "End now" }).click();
  await said(sam, "The visit is ended");
  await until("the visit is over", 60, async () => {
    await sam.reload();
    return sam.getByRole("heading", { name: "Visits in your server" }).isVisible();
  });
  await look(sam, "");
  const download = sam.waitForEvent("download");
  await look(sam, "/files");
  await sam.getByRole("button", { name: "Download my files" }).click();
  assert.match((await download).suggestedFilename(), /^python-101-.*\.zip$/);
  await (await download).path();
  await until("the note of the download", 30, async () => {
    await sam.reload();
    return sam.getByText("Last downloaded").isVisible();
  });
  await look(sam, "/files", "Last downloaded");
  await Promise.all([leader, sam].map((page) => page.context().close()));
  assert.deepEqual(faults, []);
});

/** Looks at all pages that can be reached from `first`, in English and light, then in German and dark. */
async function everywhere(t, page, first) {
  const faults = [];
  page.on("console", (message) => {
    // A page that is not there is reported by the browser too.
    if (message.type() === "error" && !/ 404 /.test(message.text())) faults.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`${page.url()}: ${error.message}`));
  const pages = await follow(page, first, faults);
  await page.goto(portal.url);
  await page.getByRole("button", { name: "Deutsch" }).click();
  for (const path of pages) {
    const answer = await page.goto(portal.url + path);
    faults.push(...(await validate(path, await answer.text())));
    const lang = await page.locator("html").getAttribute("lang");
    if (lang !== "de") faults.push(`${path} is in ${lang}`);
    faults.push(...(await inspect(page, "dark")));
  }
  // Whoever is signed in has chosen for the account.
  await page.goto(portal.url);
  await page.getByRole("button", { name: "English" }).click();
  await page.locator("html[lang=en]").waitFor();
  await page.context().close();
  t.diagnostic(`${pages.length} pages`);
  assert.deepEqual(faults, []);
  return pages;
}

async function follow(page, first, faults) {
  const seen = new Map();
  const queue = first.map((path) => ({ path, from: "here" }));
  while (queue.length > 0) {
    const { path, from } = queue.shift();
    if (seen.has(kind(path)) || seenByAll.has(path)) continue;
    const answer = await page.goto(portal.url + path);
    if (!answer.headers()["content-type"]?.startsWith("text/html")) continue;
    seen.set(kind(path), path);
    if (common.test(path) && !first.includes("/")) seenByAll.add(path);
    const wanted = first.includes(path) && /no/.test(path) ? 404 : 200;
    if (answer.status() !== wanted) faults.push(`${path}, linked from ${from}, answers ${answer.status()}`);
    faults.push(...(await validate(path, await answer.text())), ...(await inspect(page, "light")));
    // A mail that everybody may read here can lead to what only its reader may see.
    const links = await page.locator("a[href]:not(.plain-text *)").evaluateAll((all) => all.map((link) => link.href));
    queue.push(...links.filter(isPage).map((link) => ({ path: link.slice(portal.url.length), from: path })));
  }
  return [...seen.values()];
}

/** Whether a link leads to a page of the portal and neither to a hub nor to a download. */
function isPage(link) {
  const { origin, pathname } = new URL(link);
  return origin === portal.url && !/\/export$|\.(ics|svg)$/.test(pathname);
}

/** Pages that differ only by what they are about are of one kind; but the demo's courses are each in another state. */
function kind(path) {
  return path
    .replace(/#.*/, "")
    .replace(/(?<!courses\/)[0-9a-f]{8}-[0-9a-f-]{27}/g, "…")
    .replace(/\/join\/[\w-]{20,}/, "/join/…")
    .replace(/=[^&]*/g, "=…");
}
