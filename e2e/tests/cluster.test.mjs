// A course's life on a real cluster: the portal is installed by the platform configuration, people use it by browser, its
// hub is deployed by a worker's Job, changed in place and removed, and nothing is left of either.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cluster, names, needed } from "./cluster.mjs";
import { newNotebook, openHub, runCell } from "./lab.mjs";
import { read } from "./mails.mjs";
import { browser, close, enter, photograph, until } from "./portal.mjs";
import { accept, admit, apply, endSoon, inMinutes, request, said } from "./steps.mjs";

const missing = needed.filter((name) => !process.env[name]);
if (missing.length > 0 && process.env.CI === "true" && process.env.JHAAS_TEST_REQUIRE_SERVICES === "1") {
  throw new Error(`not set: ${missing.join(", ")}`);
}
const skip = missing.length > 0 && `not set: ${missing.join(", ")}`;
const title = "A Life on a Cluster";
const slug = `life-${Date.now().toString(36)}`;
const people = [
  ["leader", "Lena Lehmann", "leader"],
  ["governance", "Gerda Gremium", "governance"],
  ["student1", "Sam Sander"],
  ["student2", "Sofia Stein"],
];

test("a course lives on a cluster from request to removal", { skip, timeout: 840_000 }, async (t) => {
  const step = async (words, work) => {
    const began = Date.now();
    try {
      return await work();
    } catch (error) {
      throw new Error(`${words}: ${error.message}`, { cause: error });
    } finally {
      t.diagnostic(`${words} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    }
  };
  const chromium = await browser(names);
  t.after(() => close(chromium));
  const portal = await step("the platform is installed", () => Cluster.install(t));
  portal.slug = slug;
  try {
    await live(chromium, portal, step);
  } catch (error) {
    t.diagnostic(await portal.said());
    await photograph(chromium, "cluster");
    throw error;
  }
  await step("the platform is destroyed", () => portal.destroyed());
});

async function live(chromium, portal, step) {
  await step("the doctor is content with both roles", async () => {
    for (const report of [await portal.doctor(), await portal.doctorOfDispatcher()]) {
      const failed = report.parts.filter(({ verdict }) => verdict === "failed");
      assert.deepEqual(failed, []);
    }
  });
  const [leader, governance, sam, sofia] = await step("people choose their passwords", async () => {
    const pages = [];
    for (const [name, fullName, role] of people) pages.push(await newcomer(chromium, portal, name, fullName, role));
    return pages;
  });
  const course = await step("the leader requests, governance accepts", async () => {
    const id = await request(leader, portal, { title, slug, from: new Date(), until: inMinutes(60) });
    await accept(governance, portal, title, "Good luck!");
    return id;
  });
  const invite = await step("the mail server brings the invite link", async () => {
    const mail = await mailTo(portal, "leader", /is accepted/);
    return mail.links.find((link) => link.startsWith(`${portal.url}/join/`));
  });
  await step("participants apply and one is admitted", async () => {
    for (const page of [sam, sofia]) await apply(page, portal, invite);
    await admit(leader, portal, course, ["Sam Sander"]);
  });
  await step("a worker's Job deploys the hub, and the synthetic student has run a cell", async () => {
    await deployments(leader, portal, course, 1);
    await mailTo(portal, "leader", /^The hub for .* is ready$/);
  });
  await step("the participant enters by single sign-on and stores a file", async () => {
    await openHub(sam, portal, slug, 120);
    await newNotebook(sam);
    await runCell(sam, "print(6*7)", "42");
    await runCell(sam, "_ = open('kept.txt', 'w').write('stays'); print('stored')", "stored");
  });
  await step("who is not admitted yet stays out", async () => {
    await sofia.goto(portal.hub(slug));
    await sofia.getByRole("heading", { name: "Your application has not been decided yet" }).waitFor();
  });
  await step("the leader makes servers smaller, and the running hub is changed in place", async () => {
    await leader.goto(`${portal.url}/courses/${course}`);
    await leader.getByRole("link", { name: "Change the course" }).click();
    await leader.getByLabel("Memory", { exact: true }).fill("1");
    await leader.getByRole("button", { name: "Hand in the change" }).click();
    await said(leader, "is now brought to the hub");
    await deployments(leader, portal, course, 2);
  });
  await step("the next server is smaller, and the file is there", async () => {
    await sam.goto(`${portal.hub(slug)}/hub/home`);
    await sam.getByText("Stop My Server").click();
    await sam.getByText("Start My Server").waitFor({ timeout: 60_000 });
    await openHub(sam, portal, slug, 120);
    // Without the notebook of before, which would ask for a kernel.
    await sam.goto(`${sam.url().replace(/\/lab.*/, "/lab")}?reset`);
    await sam.getByRole("tab", { name: "Launcher" }).waitFor({ timeout: 60_000 });
    await newNotebook(sam);
    await runCell(sam, "print(open('kept.txt').read())", "stays");
    // In MB, as the spawner tells it.
    await runCell(sam, "import os; print(int(os.environ['MEM_LIMIT']) // 2**20)", "1024");
  });
  await step("the end passes, and nothing is left of the course in the cluster", async () => {
    assert.notDeepEqual(await portal.traces(`jhaas.org/course=${course}`), [], "a hub is seen");
    await endSoon(leader, portal, course);
    await until("the course is over", 300, async () => {
      await leader.goto(`${portal.url}/courses/${course}`);
      return (await leader.getByText("The course is over and the hub is removed.").count()) > 0;
    });
    assert.deepEqual(await portal.traces(`jhaas.org/course=${course}`), []);
    await mailTo(portal, "student1", /is over$/);
  });
}

/** Waits until so many deployments have succeeded; one that failed is not waited for. */
async function deployments(page, portal, course, count) {
  let failed;
  await until(`${count} deployments have succeeded`, 400, async () => {
    await page.goto(`${portal.url}/courses/${course}/deployments`);
    const rows = await page.getByRole("table").getByRole("row").allInnerTexts();
    failed = rows.find((row) => /\bfailed\b/.test(row));
    return failed || rows.filter((row) => /\bsucceeded\b/.test(row)).length >= count;
  });
  assert.equal(failed, undefined);
}

/** Somebody chooses a password by the operator's link and is signed in. */
async function newcomer(chromium, portal, name, fullName, role) {
  const link = await portal.createAccount(name, fullName, role);
  const page = await (await chromium.newContext({ locale: "en-GB" })).newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(link);
  for (const field of await page.locator("input[type=password]").all()) await field.fill(portal.password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.href !== link);
  await page.goto(`${portal.url}/sign-in`);
  if (await page.locator("input[name=email]").isVisible()) await enter(page, portal, name);
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  return page;
}

async function mailTo(portal, who, subject) {
  return until(`a mail ${subject} to ${who}`, 180, async () =>
    (await portal.mails()).map(read).find((mail) => mail.to === `${who}@demo.example` && subject.test(mail.subject)),
  );
}
