// Everybody who may no longer be in a hub, for whatever reason, is out of the page that is open; and what a notebook
// can do to the portal where browsers count both as one site.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newNotebook, openHub, putOut } from "./lab.mjs";
import { coursesOf, end, enter, portalAndBrowser, signIn } from "./portal.mjs";
import { admit, confirm, nameStaff, openDeployed } from "./steps.mjs";

const slug = "python-101";
const title = "Introduction to Python";
const stranger = "There is no hub here for your account";
let portal;
let chromium;
let course;

before(
  async () => {
    [portal, chromium] = await portalAndBrowser({ courses: true, sameSite: true });
    const leader = await signIn(chromium, portal, "leader");
    await openDeployed(leader, title);
    [course] = await coursesOf(portal);
    await leader.context().close();
  },
  { timeout: 400_000 },
);

after(() => end(portal, chromium));

test("a notebook can neither act at the portal nor read there as the person who runs it", { timeout: 180_000 }, async () => {
  const page = await atTheHub("student1");
  const signOut = `${portal.url}/sign-out`;
  const sent = page.waitForRequest(signOut);
  // The browser keeps the answer from the script, but sends.
  await page.evaluate((to) => fetch(to, { method: "POST", mode: "no-cors", credentials: "include" }).catch(() => {}), signOut);
  await sent;
  const read = await page.evaluate(
    (url) => fetch(url, { credentials: "include" }).then((answer) => answer.text(), ({ message }) => message),
    `${portal.url}/account`,
  );
  assert.match(read, /Failed to fetch/);
  const answer = page.waitForResponse(signOut);
  await page.evaluate(submit, signOut);
  assert.equal((await answer).status(), 403);
  await page.waitForURL(signOut);
  // Still signed in.
  await page.goto(`${portal.url}/account`);
  await page.getByRole("heading", { name: "My account" }).waitFor();
  await page.context().close();
});

test("a participant who reads German leaves and is out at once", { timeout: 120_000 }, async (t) => {
  const page = await losesTheHub(t, "student1", "sam-sander", "Sie haben diesen Kurs verlassen", async (page) => {
    const own = await page.context().newPage();
    await own.goto(`${portal.url}/courses/${course}`);
    await own.getByRole("button", { name: "Deutsch" }).click();
    await own.locator("html[lang=de]").waitFor();
    return [own, "Kurs verlassen"];
  });
  await page.context().close();
});

test("whose account is locked is out at once", { timeout: 120_000 }, async (t) => {
  const leader = await signIn(chromium, portal, "leader");
  await admit(leader, portal, course, ["Sofia Stein"]);
  const page = await losesTheHub(t, "student2", "sofia-stein", "Sign in", async () => [await person("Sofia Stein"), "Lock"]);
  await enter(page, portal, "student2");
  await page.getByText("This account is locked").waitFor();
});

test("who no longer assists is out at once", { timeout: 120_000 }, async (t) => {
  const leader = await signIn(chromium, portal, "leader");
  await leader.goto(`${portal.url}/courses/${course}/staff`);
  await losesTheHub(t, "assistant", "ali-aslan", stranger, () => [leader.getByRole("row", { name: "Ali Aslan" }), "Remove"]);
});

test("a co-leader whom the leader removes is out at once", { timeout: 120_000 }, async (t) => {
  const leader = await signIn(chromium, portal, "leader");
  await nameStaff(leader, portal, course, "student3@demo.example", "co-leader");
  const page = await losesTheHub(t, "student3", "sven-sommer", stranger, () => [
    leader.getByRole("row", { name: "Sven Sommer" }),
    "Remove",
  ]);
  await page.getByText("you are not in this course").waitFor();
  const answer = await page.goto(`${portal.url}/courses/${course}`);
  assert.equal(answer.status(), 404);
});

test("a leader who may no longer lead is out at once, reads why, and is in again with the role", { timeout: 180_000 }, async (t) => {
  const admin = await person("Lena Lehmann");
  const page = await losesTheHub(t, "leader", "lena-lehmann", "You no longer lead courses", () => [admin, "Take away"]);
  await page.getByText(`the hub of “${title}” is closed to you`).waitFor();
  await page.goto(`${portal.url}/courses`);
  await page.getByText("You no longer lead courses").waitFor();
  assert.equal(await page.getByRole("link", { name: title }).count(), 0, "no link leads where she may not go");

  await admin.getByLabel("Role", { exact: true }).selectOption("leader");
  await admin.getByRole("button", { name: "Grant", exact: true }).click();
  await openHub(page, portal, slug);
});

/**
 * Somebody works in JupyterLab and loses it by what is confirmed there where `ask` leads: a page or a part of one, and
 * the verb. Gives the page, which shows `instead` now.
 */
async function losesTheHub(t, name, user, instead, ask) {
  const page = await atTheHub(name);
  const kernel = await newNotebook(page);
  const [place, verb] = await ask(page);
  await confirm(place, verb, async (act) => {
    const hub = { slug, course, user, kernel, instead };
    t.diagnostic(JSON.stringify(await putOut(page, portal, hub, act)));
  });
  return page;
}

/** Somebody signed in at the running course's hub, with JupyterLab open. */
async function atTheHub(name) {
  const context = await chromium.newContext({ locale: "en-GB" });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  await page.goto(portal.hub(slug));
  // Chromium holds the redirect back to the hub against the policy of the page with the form.
  await enter(page, portal, name);
  await page.waitForURL(({ origin }) => origin === portal.hub(slug));
  await openHub(page, portal, slug);
  return page;
}

/** An administrator at somebody's account. */
async function person(name) {
  const admin = await signIn(chromium, portal, "admin");
  await admin.goto(`${portal.url}/admin/people`);
  await admin.getByRole("link", { name }).first().click();
  await admin.getByRole("heading", { name, level: 1 }).waitFor();
  return admin;
}

/** Sends a form, as a script in a notebook can. */
function submit(to) {
  const form = Object.assign(document.createElement("form"), { method: "post", action: to });
  document.body.append(form);
  form.submit();
}
