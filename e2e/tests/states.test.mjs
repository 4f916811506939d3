// Pages in states that no link leads to, as examples write them (`cargo xtask e2e` has them written):
// valid and accessible, in English and light and in German and dark, and no wider than a small phone.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { inspect } from "./inspect.mjs";
import { browser, close } from "./portal.mjs";
import { validate } from "./validate.mjs";

const folder = process.env.JHAAS_TEST_PAGES;
const skip = !folder && process.env.CI !== "true" && "JHAAS_TEST_PAGES is not set";
const origin = "http://pages.localhost";
const types = { html: "text/html", css: "text/css", js: "text/javascript", svg: "image/svg+xml", woff2: "font/woff2" };
let chromium, names;

before(async () => {
  if (skip) return;
  names = (await readdir(folder)).filter((name) => name.endsWith(".html")).sort();
  chromium = await browser();
});

after(() => chromium && close(chromium));

test("what is wrong with a page is said with its place and rule", async () => {
  const body = '<ul><p id="a"></p></ul><p id="a"></p><label for="b">B</label>';
  const html = `<!doctype html>\n<html lang="en"><head><title>T</title></head>\n<body>${body}</body></html>`;
  const rules = (await validate("/here", html)).map((fault) => fault.match(/^\/here:3:\d+: ([\w-]+): /)[1]);
  assert.deepEqual(rules, ["element-permitted-content", "no-dup-id", "no-missing-references"]);
});

test("pages and mails in all states are valid, in both languages", { skip, timeout: 120_000 }, async (t) => {
  const faults = [];
  for (const name of names) {
    faults.push(...(await validate(name, await readFile(join(folder, name), "utf8"), isMail(name) ? "mail" : "page")));
  }
  t.diagnostic(`${names.length} pages`);
  assert.ok(names.length > 100, "hardly any page was written");
  assert.deepEqual(faults, []);
});

test("pages in all states are accessible and fit on a small phone", { skip, timeout: 300_000 }, async () => {
  const faults = await Promise.all([look("en", "light"), look("de", "dark")]);
  assert.deepEqual(faults.flat(), []);
});

async function look(lang, appearance) {
  const page = await (await chromium.newContext()).newPage();
  await page.route(`${origin}/**`, answer);
  const faults = [];
  for (const name of names.filter((name) => name.endsWith(`.${lang}.html`) && !isMail(name))) {
    await page.goto(`${origin}/${name}`);
    faults.push(...(await inspect(page, appearance)));
  }
  return faults;
}

/** Gives a file of the folder, so that styles and fonts are there as they are in the portal. */
async function answer(route) {
  const { pathname } = new URL(route.request().url());
  const body = await readFile(join(folder, pathname)).catch(() => undefined);
  const contentType = types[pathname.split(".").at(-1)];
  await route.fulfill(body ? { body, contentType } : { status: 404 });
}

/** A mail as it stands in its frame; mails are looked at by tests of their own. */
function isMail(name) {
  return name.includes("-frame.");
}
