// Every page that links lead to, for each kind of person: reachable, accessible, in both languages and appearances,
// and no wider than a small phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "./inspect.mjs";
import { end, portalAndBrowser, signIn } from "./portal.mjs";

const people = ["leader", "admin", "governance", "assistant", "student1", "student2", "student3"];
// The same for everybody: looked at once for visitors and once for somebody who is signed in.
const common = /^\/(help|imprint|privacy|terms|mailbox.*|)$/;
const seenByAll = new Set();
let portal;
let chromium;

before(async () => {
  [portal, chromium] = await portalAndBrowser({ courses: true });
});

after(() => end(portal, chromium));

test("pages for everybody", { timeout: 120_000 }, async (t) => {
  const context = await chromium.newContext({ locale: "en-GB" });
  await everywhere(t, await context.newPage(), ["/", "/sign-in", "/join/nothing", "/no-such-page"]);
});

for (const name of people) {
  test(`pages of ${name}`, { timeout: 400_000 }, async (t) => {
    await everywhere(t, await signIn(chromium, portal, name), ["/courses"]);
  });
}

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
    await page.goto(portal.url + path);
    const lang = await page.locator("html").getAttribute("lang");
    if (lang !== "de") faults.push(`${path} is in ${lang}`);
    faults.push(...(await inspect(page, "dark")));
  }
  await page.context().close();
  t.diagnostic(`${pages.length} pages`);
  assert.deepEqual(faults, []);
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
    faults.push(...(await inspect(page, "light")));
    // A mail that everybody may read here can lead to what only its reader may see.
    const links = await page.locator("a[href]:not(.plain-text *)").evaluateAll((all) => all.map((link) => link.href));
    queue.push(...links.filter(isPage).map((link) => ({ path: link.slice(portal.url.length), from: path })));
  }
  return [...seen.values()];
}

/** Whether a link leads to a page of the portal and neither to a hub nor to a download. */
function isPage(link) {
  const { origin, pathname } = new URL(link);
  return origin === portal.url && !/\/export$/.test(pathname);
}

/** Pages that differ only by what they are about are of one kind; but the demo's courses are each in another state. */
function kind(path) {
  return path
    .replace(/#.*/, "")
    .replace(/(?<!courses\/)[0-9a-f]{8}-[0-9a-f-]{27}/g, "…")
    .replace(/\/join\/[\w-]{20,}/, "/join/…")
    .replace(/=[^&]*/g, "=…");
}
