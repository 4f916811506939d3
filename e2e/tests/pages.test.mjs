// Every page that links lead to, for each kind of person: reachable, accessible, in both languages and appearances,
// and no wider than a small phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Fault, inspect } from "./inspect.mjs";
import { Portal, browser, signIn } from "./portal.mjs";

const people = ["admin", "governance", "leader", "assistant", "student1", "student2", "student3"];
let portal;
let chromium;

before(async () => {
  [portal, chromium] = await Promise.all([Portal.start({ courses: true }), browser()]);
});

after(async () => {
  await chromium?.close();
  await portal?.stop();
});

test("pages for everybody", { timeout: 120_000 }, async () => {
  const page = await (await chromium.newContext({ locale: "en-GB" })).newPage();
  await everywhere(page, ["/", "/sign-in", "/join/nothing", "/no-such-page"]);
});

for (const name of people) {
  test(`pages of ${name}`, { timeout: 180_000 }, async () => {
    const page = await signIn(chromium, portal, name);
    await everywhere(page, ["/courses"]);
  });
}

/** Looks at all pages that can be reached from `first`, in English and then in German. */
async function everywhere(page, first) {
  const seen = new Map();
  const faults = [];
  const queue = [...first];
  while (queue.length > 0) {
    const path = queue.shift();
    if (seen.has(kind(path))) continue;
    const answer = await page.goto(portal.url + path);
    const type = answer.headers()["content-type"] ?? "";
    if (!type.startsWith("text/html")) continue;
    seen.set(kind(path), path);
    const known = first.includes(path) && answer.status() === 404;
    if (!known && answer.status() !== 200) faults.push(new Fault(path, `answers ${answer.status()}`));
    faults.push(...(await inspect(page, path)));
    const links = await page.locator("a[href]").evaluateAll((all) => all.map((link) => link.href));
    queue.push(...links.filter((link) => isPage(link)).map((link) => link.slice(portal.url.length)));
  }
  await page.goto(`${portal.url}/`);
  await page.getByRole("button", { name: "Deutsch" }).click();
  for (const path of seen.values()) {
    await page.goto(portal.url + path);
    const lang = await page.locator("html").getAttribute("lang");
    if (lang !== "de") faults.push(new Fault(path, `is in ${lang}`));
    faults.push(...(await inspect(page, `${path} (de)`)));
  }
  await page.context().close();
  assert.deepEqual(faults.map(String), [], `${seen.size} pages`);
}

/** Links of the portal itself that lead to a page and not to a file. */
function isPage(link) {
  const url = new URL(link);
  return url.origin === portal.url && !/\.(txt|csv|json|eml|svg|zip)$|\/export$/.test(url.pathname);
}

/** Pages that differ only by what they are about are of one kind, for instance one course or another. */
function kind(path) {
  return path
    .replace(/#.*/, "")
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "…")
    .replace(/\/join\/[\w-]{20,}/, "/join/…")
    .replace(/=[^&]*/g, "=…");
}
