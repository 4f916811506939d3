// A participant at the hub of the demo's running course, and what a restart of the demo leaves of it.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { newNotebook, openHub, runCell, signOutAtHub } from "./lab.mjs";
import { portalAndBrowser, processesOf, signIn } from "./portal.mjs";

const slug = "python-101";
let portal;
let chromium;
let course;

before(async () => {
  [portal, chromium] = await portalAndBrowser({ courses: true });
});

after(async () => {
  await chromium?.close();
  await portal?.stop();
});

test("a participant signs in once, computes 42 at the hub, and signs out everywhere", { timeout: 180_000 }, async () => {
  const page = await signIn(chromium, portal, "student1");
  // Nobody asks for a password again.
  await openHub(page, portal, slug, 90);
  const kernel = await newNotebook(page);
  await runCell(page, "print(6*7)", "42");
  assert.ok(!kernel.isClosed());
  [course] = await courses();
  assert.ok((await processesOf(course)).length >= 2, "hub and server run and carry the course's mark");

  await signOutAtHub(page);
  await page.getByRole("button", { name: "Sign out everywhere on this computer" }).click();
  await page.getByRole("heading", { name: "You are signed out" }).waitFor();
  await page.goto(portal.hub(slug));
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.context().close();
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

test("Ctrl-C leaves no process, and the next start resumes the hub", { timeout: 180_000 }, async () => {
  const deployments = await attempts();
  const ended = await portal.interrupt();
  assert.deepEqual(ended, { code: 0, signal: null }, portal.output);
  assert.deepEqual(await processesOf(course), []);

  // On another port: addresses follow.
  await portal.run({ onAnotherPort: true });
  const page = await signIn(chromium, portal, "student1");
  await openHub(page, portal, slug);
  await page.getByRole("tab", { name: "Untitled.ipynb" }).waitFor();
  assert.deepEqual(await attempts(), deployments, "no new deployment");
  await page.context().close();
});

/** Ids of the courses that have a hub on this machine. */
async function courses() {
  const entries = await readdir(join(portal.data, "hubs"), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && /^[0-9a-f-]{36}$/.test(entry.name)).map(({ name }) => name);
}

async function attempts() {
  return readdir(join(portal.data, "objects", "deployments"));
}
