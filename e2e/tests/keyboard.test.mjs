// A leader without a mouse: from the sign-in page to a request that is handed in, and back out of a dialog.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "./inspect.mjs";
import { end, portalAndBrowser } from "./portal.mjs";
import { clock, inMinutes, said, zone } from "./steps.mjs";

let portal;
let chromium;
let page;

before(async () => {
  const environment = { JHAAS_PORTAL__TIME_ZONE: zone };
  [portal, chromium] = await portalAndBrowser({ environment });
  const context = await chromium.newContext({ locale: "en-GB" });
  context.setDefaultTimeout(20_000);
  page = await context.newPage();
});

after(() => end(portal, chromium));

test("a request is written, put right, handed in and withdrawn by keyboard alone", { timeout: 180_000 }, async () => {
  await page.goto(`${portal.url}/sign-in`);
  await type("Mail address", "leader@demo.example");
  await type("Password", portal.password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "My courses" }).waitFor();

  // The first stop on each page leads past the header.
  await page.keyboard.press("Tab");
  assert.equal(await focused((one) => one.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  await tabTo(page.getByRole("main").getByRole("link", { name: "Request a course" }));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Request a course" }).waitFor();

  await type("Title", "By Keyboard");
  await type("Address", "Not An Address");
  await fill("Start: day", clock(inMinutes(1)).day);
  await fill("End: day", clock(inMinutes(60 * 24 * 7)).day);
  await type("Seats", "12");
  await tabTo(page.getByLabel("I decide on each application"));
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused((one) => one.value), "domains");
  await type("Mail domains", "demo.example");
  await tabTo(page.getByRole("button", { name: "Hand in the request" }));
  await page.keyboard.press("Enter");

  // What is wrong is told first, with a way to it, and nothing typed is lost.
  const summary = page.getByRole("alert");
  await summary.waitFor();
  assert.equal(await focused((one) => one.getAttribute("role")), "alert", "the summary has the focus");
  assert.deepEqual(await inspect(page, "light"), []);
  assert.deepEqual(await inspect(page, "dark"), []);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await focused((one) => one.value), "Not An Address", "its first link leads to the field");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("by-keyboard");
  assert.equal(await page.getByLabel("Title").inputValue(), "By Keyboard");
  await page.keyboard.press("Enter");
  await said(page, "Your request has arrived");

  // A dialog gives the focus back to what opened it.
  const withdraw = page.getByRole("main").locator("summary", { hasText: "Withdraw the course" });
  await tabTo(withdraw);
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Withdraw the course “By Keyboard”?" });
  await dialog.waitFor();
  assert.deepEqual(await inspect(page, "light"), []);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.ok(await withdraw.evaluate((one) => one === document.activeElement), "the focus is back");
  await page.keyboard.press("Enter");
  await dialog.waitFor();
  await tabTo(dialog.getByRole("button", { name: "Withdraw the course" }));
  await page.keyboard.press("Enter");
  await said(page, "The course is withdrawn.");
});

/** Goes on with Tab until `target` has the focus, which must show where it is. */
async function tabTo(target) {
  for (let stops = 0; stops < 80; stops += 1) {
    if (await target.evaluate((one) => one === document.activeElement)) {
      const outline = await target.evaluate((one) => {
        const seen = one.matches("input[type=radio], input[type=checkbox]") ? (one.closest("label") ?? one) : one;
        return [one, seen].some((each) => getComputedStyle(each).outlineStyle !== "none");
      });
      assert.ok(outline, `the focus is visible at ${target}`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not lead to ${target}`);
}

/** Replaces what is in a field, by typing. */
async function type(label, text) {
  await tabTo(page.getByLabel(label, { exact: true }));
  await page.keyboard.press("Control+a");
  await page.keyboard.type(text);
}

/** Types a day into the parts of a date field, in the order of American English, which is the browser's. */
async function fill(label, day) {
  await tabTo(page.getByLabel(label, { exact: true }));
  const [year, month, date] = day.split("-");
  await page.keyboard.type(month + date + year);
  assert.equal(await page.getByLabel(label, { exact: true }).inputValue(), day);
}

async function focused(read) {
  return page.evaluate(`(${read})(document.activeElement)`);
}
