// The whole life of one course, from the request to the moment when nothing of it is left.
import assert from "node:assert/strict";
import { newNotebook, openHub, putOut, runCell, serversOf } from "./lab.mjs";
import { read } from "./mails.mjs";
import { end, photograph, portalAndBrowser, processesOf, signIn, until } from "./portal.mjs";
import { accept, admit, apply, endSoon, inMinutes, request, turnAway, zone } from "./steps.mjs";

const title = "A Short Life";
const slug = "short-life";

/**
 * Lives it once. `settings` say where data lies; `name` names the screenshots of a failure. With `script` the portal is
 * used as most people do, otherwise leader and governance have none. `verb` is how Sam is put out: Reject or Remove.
 */
export async function live(t, name, { settings = {}, script = true, verb = "Remove", mailbox } = {}) {
  const environment = { JHAAS_PORTAL__TIME_ZONE: zone, JHAAS_SCHEDULE__GRACE_DAYS: "0", ...settings };
  const [portal, chromium] = await portalAndBrowser({ environment, mailbox });
  const life = new Life(t, portal, chromium, script, verb);
  // A test that takes too long is left where it stands.
  t.signal.addEventListener("abort", () => end(portal, chromium));
  try {
    await life.live();
  } catch (error) {
    t.diagnostic(portal.output.slice(-4000));
    await photograph(chromium, name);
    throw error;
  } finally {
    await end(portal, chromium);
  }
}

class Life {
  constructor(t, portal, chromium, script, verb) {
    this.t = t;
    this.portal = portal;
    this.chromium = chromium;
    this.script = script;
    this.verb = verb;
  }

  async step(words, work) {
    const began = Date.now();
    try {
      const result = await work();
      this.t.diagnostic(`${words} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
      return result;
    } catch (error) {
      throw new Error(`${words}: ${error.message}`, { cause: error });
    }
  }

  async live() {
    const { portal, chromium } = this;
    const options = { javaScriptEnabled: this.script };
    const [leader, governance, watcher] = await Promise.all([
      signIn(chromium, portal, "leader", options),
      signIn(chromium, portal, "governance", options),
      // The stream of a deployment is read by a script.
      signIn(chromium, portal, "leader"),
    ]);
    const course = await this.step("the leader requests", () =>
      request(leader, portal, { title, slug, from: new Date(), until: inMinutes(30) }),
    );
    const invite = await this.step("governance accepts, and the leader's mail brings the invite link", async () => {
      await accept(governance, portal, title, "Good luck!");
      const mail = await this.mail("leader", /is accepted/);
      assert.match(mail.text, /Good luck!/);
      return mail.links.find((link) => link.startsWith(`${portal.url}/join/`));
    });

    // The deployment is under way meanwhile, because the course has begun.
    const [sam, sofia, sven] = await this.step("participants apply by the link", async () => {
      const guest = await (await chromium.newContext({ locale: "en-GB" })).newPage();
      await apply(guest, portal, invite, "student1");
      const others = await Promise.all(["student2", "student3"].map((name) => signIn(chromium, portal, name)));
      for (const page of others) await apply(page, portal, invite);
      return [guest, ...others];
    });
    await this.step("the leader admits two and rejects one", async () => {
      await admit(leader, portal, course, ["Sam Sander", "Sofia Stein"]);
      const yes = await turnAway(leader, portal, course, "Reject", "Sven Sommer", "This is for the second term.");
      await yes();
      const mail = await this.mail("student3", /^Your application for “A Short Life”$/);
      assert.match(mail.text, /This is for the second term\./);
    });
    await this.step("the leader watches the deployment to its end", () => this.watchDeployment(watcher, course));

    const kernel = await this.step("the participant enters by single sign-on and sees 42", async () => {
      await sam.goto(`${portal.url}/courses/${course}`);
      const address = await sam.getByRole("link", { name: "Open the hub" }).getAttribute("href");
      assert.ok(address.startsWith(portal.hub(slug)), address);
      await openHub(sam, portal, slug);
      const connection = await newNotebook(sam);
      await runCell(sam, "print(6*7)", "42");
      return connection;
    });
    await this.step("the rejected one does not get in, the other participant does", async () => {
      await sven.goto(portal.hub(slug));
      await sven.getByRole("heading", { name: "You are not admitted to this course" }).waitFor();
      await openHub(sofia, portal, slug);
    });
    await this.step(`${this.verb}: the open page loses kernel and server within five seconds`, async () => {
      const yes = await turnAway(leader, portal, course, this.verb, "Sam Sander", "The seat is needed.");
      const hub = { slug, course, user: "sam-sander", kernel, instead: "You are not admitted to this course" };
      this.t.diagnostic(JSON.stringify(await putOut(sam, portal, hub, yes)));
      assert.ok((await serversOf(course, "sofia-stein")).length > 0, "nobody else loses a server");
    });

    await this.step("the end passes: the hub is removed, and no process is left", async () => {
      await endSoon(leader, portal, course);
      await until("the course is over", 180, async () => {
        await leader.goto(`${portal.url}/courses/${course}`);
        return (await leader.getByText("The course is over and the hub is removed.").count()) > 0;
      });
      assert.deepEqual(await processesOf(course), []);
      const answer = await sofia.goto(portal.hub(slug));
      assert.equal(answer.status(), 404);
    });
    await this.step("every mail was sent, each with its link", () => this.everyMail(course, invite));
    await this.step("the audit log tells the whole life", () => this.audit());
  }

  async watchDeployment(page, course) {
    const { portal } = this;
    await until("the page lists the deployment", 60, async () => {
      await page.goto(`${portal.url}/courses/${course}/deployments`);
      return page.getByRole("link", { name: "deployment", exact: true }).isVisible();
    });
    await page.getByRole("link", { name: "deployment", exact: true }).click();
    await page.getByRole("list", { name: "Steps of the deployment" }).waitFor();
    // What the worker says comes to the page as it says it.
    await page.locator("#log-tail").getByText("the synthetic student is signed in").waitFor({ timeout: 120_000 });
    await page.getByText("The hub is deployed and checked.").waitFor({ timeout: 120_000 });
    await page.getByText("A test person signed in, started a server and calculated correctly").waitFor();
  }

  async everyMail(course, invite) {
    const { url } = this.portal;
    const page = `${url}/courses/${course}`;
    const hub = this.portal.hub(slug);
    // Mails that collect what waits for a decision are not among them: each was decided before they were due.
    const expected = [
      ["leader", /^Your request for “A Short Life” has arrived$/, page],
      ["leader", /^“A Short Life” is accepted$/, invite],
      ["leader", /^The hub for “A Short Life” is ready$/, hub],
      ["student1", /^Your application for “A Short Life” has arrived$/, page],
      ["student2", /^Your application for “A Short Life” has arrived$/, page],
      ["student3", /^Your application for “A Short Life” has arrived$/, page],
      ["student1", /^You are admitted to “A Short Life”$/, page],
      ["student2", /^You are admitted to “A Short Life”$/, page],
      ["student3", /^Your application for “A Short Life”$/, page],
      ["student1", /^“A Short Life” begins: the hub is open$/, hub],
      ["student2", /^“A Short Life” begins: the hub is open$/, hub],
      ["student1", this.verb === "Reject" ? /^Your application for “A Short Life”$/ : /^You no longer take part in “A Short Life”$/, page],
      ["student2", /^“A Short Life” is over$/, page],
      ["leader", /^“A Short Life” is over$/, page],
    ];
    for (const [who, subject, link] of expected) {
      const mail = await this.mail(who, subject);
      assert.ok(
        mail.links.some((one) => one.startsWith(link)),
        `${mail.subject} to ${who} has the link ${link}: ${mail.links.join(" ")}`,
      );
      assert.ok(mail.text.includes(link), `${mail.subject} to ${who} has its link in the text too`);
    }
    const all = await this.mails();
    assert.equal(new Set(all.map((mail) => mail.id)).size, all.length, "no mail twice");
    const seen = all.filter((mail) => !expected.some(([who, subject]) => mail.to.startsWith(`${who}@`) && subject.test(mail.subject)));
    assert.deepEqual(seen.map((mail) => `${mail.to}: ${mail.subject}`), [], "and no other mail");
    const once = all.map((mail) => `${mail.to}: ${mail.subject}`);
    assert.deepEqual(once.filter((one, index) => once.indexOf(one) !== index), [], "each once");
  }

  async mails() {
    return (await this.portal.mails()).map(read);
  }

  async mail(who, subject) {
    return until(`a mail ${subject} to ${who}`, 180, async () =>
      (await this.mails()).find((mail) => mail.to === `${who}@demo.example` && subject.test(mail.subject)),
    );
  }

  async audit() {
    const page = await signIn(this.chromium, this.portal, "admin");
    await page.goto(`${this.portal.url}/admin/audit`);
    await page.getByLabel("Course (address or title)").fill(slug);
    await page.getByRole("button", { name: "Search" }).click();
    const lines = [];
    for (;;) {
      const rows = await page.getByRole("table").getByRole("row").allInnerTexts();
      lines.push(...rows.slice(1).map((row) => row.replace(/\s+/g, " ")));
      const next = page.getByRole("link", { name: "Next" });
      if (!(await next.isVisible())) break;
      await next.click();
    }
    const expected = [
      ["Course requested", "Lena Lehmann"],
      ["Request accepted Good luck!", "Gerda Gremium"],
      ["deployment opened", "the portal"],
      ["Attempt 1 began", "the portal"],
      ["Sam Sander applied", "Sam Sander"],
      ["Sofia Stein applied", "Sofia Stein"],
      ["Sven Sommer applied", "Sven Sommer"],
      ["Sam Sander admitted", "Lena Lehmann"],
      ["Sofia Stein admitted", "Lena Lehmann"],
      ["Sven Sommer rejected This is for the second term.", "Lena Lehmann"],
      ["deployment succeeded", "the portal"],
      [`Sam Sander ${this.verb === "Reject" ? "rejected" : "removed"} The seat is needed.`, "Lena Lehmann"],
      ["Sam Sander taken out of the hub", "the portal"],
      ["Change asked for: End", "Lena Lehmann"],
      ["Change in force: End", "Lena Lehmann"],
      ["removal opened", "the portal"],
      ["Attempt 1 began", "the portal"],
      ["removal succeeded", "the portal"],
    ].map(([what, who]) => `${what} ${title} ${who}`);
    // Newest first, each with its minute in front. What people and dispatcher do at the same time has no fixed order.
    const told = lines.map((line) => line.replace(/^\d+ \w+ \d+, \d\d:\d\d /, ""));
    assert.deepEqual(told.toSorted(), expected.toSorted());
    assert.equal(told.at(-1), expected[0], "it begins with the request");
    assert.equal(told[0], expected.at(-1), "it ends with the removal");
  }
}
