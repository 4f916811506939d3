// A participant at the hub of the demo's running course, and what a restart of the demo leaves of it.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { newNotebook, openHub, runCell, signOutAtHub, tabsAreKept } from "./lab.mjs";
import { coursesOf, end, enter, portalAndBrowser, processesOf, signIn } from "./portal.mjs";

const slug = "python-101";
let portal;
let chromium;

before(async () => {
  [portal, chromium] = await portalAndBrowser({ courses: true });
});

after(() => end(portal, chromium));

test("a participant signs in once, computes 42, and goes on after Ctrl-C and a new start", { timeout: 360_000 }, async () => {
  const page = await signIn(chromium, portal, "student1");
  // Nobody asks for a password again.
  await openHub(page, portal, slug, 90);
  const kernel = await newNotebook(page);
  await runCell(page, "print(6*7)", "42");
  assert.ok(!kernel.isClosed());
  const [course] = await coursesOf(portal);
  assert.ok((await processesOf(course)).length >= 2, "hub and server run and carry the course's mark");

  await tabsAreKept(page, "Untitled.ipynb");
  await signOutAtHub(page);
  await page.getByRole("button", { name: "Sign out everywhere on this computer" }).click();
  await page.getByRole("heading", { name: "You are signed out" }).waitFor();
  await page.goto(portal.hub(slug));
  await page.getByRole("heading", { name: "Sign in" }).waitFor();

  // The form of a sign-in that began at the hub leads back to it.
  await enter(page, portal, "student1");
  await page.waitForURL(/\/user\/[^/]+\/lab/);
  await page.context().close();

  const deployments = await attempts();
  assert.deepEqual(await portal.interrupt(), { code: 0, signal: null }, portal.output);
  assert.deepEqual(await processesOf(course), [], "Ctrl-C leaves no process");

  // On another port: addresses follow.
  await portal.run({ onAnotherPort: true });
  const later = await signIn(chromium, portal, "student1");
  await openHub(later, portal, slug);
  await later.getByRole("tab", { name: "Untitled.ipynb" }).waitFor();
  assert.deepEqual(await attempts(), deployments, "no new deployment");
  await later.context().close();
});

test("a stranger learns nothing of the course at its hub", { timeout: 60_000 }, async () => {
  const page = await signIn(chromium, portal, "student3");
  const answer = await page.goto(portal.hub(slug));
  assert.equal(answer.status(), 404);
  await page.getByRole("heading", { name: "There is no hub here for your account" }).waitFor();
  assert.doesNotMatch(await page.locator("body").innerText(), /Introduction to Python/);
  await page.goto(portal.hub("no-such-course"));
  await page.getByRole("heading", { name: "No hub is running at this address" }).waitFor();
  await page.context().close();
});

async function attempts() {
  return readdir(join(portal.data, "objects", "deployments"));
}
