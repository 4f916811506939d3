// Everybody who may no longer be in a hub, for whatever reason, is out of the page that is open; and what a notebook
// can do to the portal where browsers count both as one site.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newNotebook, openHub, putOut } from "./lab.mjs";
import { coursesOf, end, enter, portalAndBrowser, signIn, until } from "./portal.mjs";
import { admit, confirm, said } from "./steps.mjs";

const slug = "python-101";
const title = "Introduction to Python";
let portal;
let chromium;
let course;

before(
  async () => {
    [portal, chromium] = await portalAndBrowser({ courses: true, sameSite: true });
    const leader = await signIn(chromium, portal, "leader");
    await leader.getByRole("link", { name: title }).first().click();
    await until("the course is deployed", 120, async () => {
      await leader.reload();
      return leader.getByRole("link", { name: "Open the hub" }).isVisible();
    });
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
  const page = await atTheHub("student1");
  const kernel = await newNotebook(page);
  const own = await page.context().newPage();
  await own.goto(`${portal.url}/courses/${course}`);
  await own.getByRole("button", { name: "Deutsch" }).click();
  await own.locator("html[lang=de]").waitFor();
  await confirm(own, "Kurs verlassen", async (leave) => {
    const hub = { slug, course, user: "sam-sander", kernel, instead: "Sie haben diesen Kurs verlassen" };
    t.diagnostic(JSON.stringify(await putOut(page, portal, hub, leave)));
  });
  await page.context().close();
});

test("whose account is locked is out at once", { timeout: 120_000 }, async (t) => {
  const leader = await signIn(chromium, portal, "leader");
  await admit(leader, portal, course, ["Sofia Stein"]);
  const page = await atTheHub("student2");
  const kernel = await newNotebook(page);
  const admin = await person("Sofia Stein");
  await confirm(admin, "Lock", async (lock) => {
    const hub = { slug, course, user: "sofia-stein", kernel, instead: "Sign in" };
    t.diagnostic(JSON.stringify(await putOut(page, portal, hub, lock)));
  });
  await enter(page, portal, "student2");
  await page.getByText("This account is locked").waitFor();
});

test("who no longer assists is out at once", { timeout: 120_000 }, async (t) => {
  const page = await atTheHub("assistant");
  const kernel = await newNotebook(page);
  const leader = await signIn(chromium, portal, "leader");
  await leader.goto(`${portal.url}/courses/${course}/staff`);
  await confirm(leader.getByRole("row", { name: "Ali Aslan" }), "Remove", async (remove) => {
    const hub = { slug, course, user: "ali-aslan", kernel, instead: "There is no hub here for your account" };
    t.diagnostic(JSON.stringify(await putOut(page, portal, hub, remove)));
  });
});

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
