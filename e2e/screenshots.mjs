// Makes the pictures of the documentation from the real demo: `npm run screenshots` (JHAAS_BIN, JHAAS_TEST_CHROMIUM).
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { newNotebook, openHub, runCell } from "./tests/lab.mjs";
import { read } from "./tests/mails.mjs";
import { portalAndBrowser, signIn, until } from "./tests/portal.mjs";
import { zone } from "./tests/steps.mjs";

/** Every picture and what it shows; `cargo xtask gen` lists them in docs/images/README.md. */
const pictures = {
  "landing": "The landing page",
  "courses": "My courses",
  "request-form": "Asking for a course",
  "governance-queue": "Requests that wait for a decision",
  "governance-request-dark": "A request beside what is committed, in the dark",
  "course-leader": "A course page for its leader",
  "course-leader-dark": "The same in the dark",
  "participants": "Participants and applications",
  "deployment-live": "A deployment, live",
  "deployment-done": "A deployment that is done and checked",
  "hub": "A notebook at the hub",
  "mail": "A mail",
  "phone-join": "An invite link on a phone",
  "phone-course": "A course on a phone",
};

const folder = new URL("../docs/images/", import.meta.url).pathname;
const most = 150_000;
const desk = { viewport: { width: 1200, height: 860 }, colorScheme: "light" };
const phone = { viewport: { width: 390, height: 780 }, colorScheme: "light", hasTouch: true };
const slug = "python-101";

await mkdir(folder, { recursive: true });
const environment = { JHAAS_PORTAL__TIME_ZONE: zone };
const [portal, chromium] = await portalAndBrowser({ courses: true, port: 8000, environment });
try {
  await all();
} finally {
  await chromium.close();
  await portal.stop();
}

async function all() {
  // First what does not last.
  const leader = await signIn(chromium, portal, "leader", desk);
  await openCourse(leader);
  const course = leader.url();
  await liveDeployment(leader, course);

  await leader.goto(`${portal.url}/courses`);
  await take(leader, "courses");
  await leader.goto(course);
  await take(leader, "course-leader");
  await leader.emulateMedia({ colorScheme: "dark" });
  await take(leader, "course-leader-dark");
  await leader.emulateMedia({ colorScheme: "light" });
  await leader.goto(`${course}/participants`);
  await take(leader, "participants");
  await requestForm(leader);

  const visitor = await (await chromium.newContext({ locale: "en-GB", ...desk })).newPage();
  await visitor.goto(portal.url);
  await take(visitor, "landing");

  const governance = await signIn(chromium, portal, "governance", desk);
  await governance.goto(`${portal.url}/governance`);
  await take(governance, "governance-queue");
  await governance.getByRole("link", { name: "Machine Learning in Practice" }).first().click();
  await governance.emulateMedia({ colorScheme: "dark" });
  await governance.getByRole("heading", { name: "Beside what is committed" }).evaluate((one) => one.scrollIntoView());
  await take(governance, "governance-request-dark");

  await hub();
  await mail();
  await onAPhone(course);
}

async function openCourse(page) {
  await page.goto(`${portal.url}/courses`);
  await page.getByRole("link", { name: "Introduction to Python" }).first().click();
  await page.getByRole("heading", { name: "Introduction to Python" }).waitFor();
}

async function liveDeployment(page, course) {
  await until("the deployment is there", 30, async () => {
    await page.goto(`${course}/deployments`);
    return page.getByRole("link", { name: "deployment", exact: true }).isVisible();
  });
  await page.getByRole("link", { name: "deployment", exact: true }).click();
  const checking = page.getByRole("listitem").filter({ hasText: "checking" });
  await until("the hub is being checked", 120, async () => (await checking.getAttribute("aria-current")) === "step");
  await take(page, "deployment-live");
  await page.getByText("The hub is deployed and checked.").waitFor({ timeout: 120_000 });
  await take(page, "deployment-done");
}

async function requestForm(page) {
  await page.goto(`${portal.url}/courses/new`);
  await page.getByLabel("Title").fill("Data Analysis with Python");
  await page.getByLabel("Address", { exact: true }).fill("data-analysis");
  await page.getByLabel("Description").fill("We read, tidy and draw data. **No experience needed.**");
  await page.getByLabel("Title").focus();
  await take(page, "request-form");
}

async function hub() {
  const page = await signIn(chromium, portal, "student1", desk);
  await openHub(page, portal, slug);
  await newNotebook(page);
  const no = page.getByRole("button", { name: "No", exact: true });
  if (await no.isVisible()) await no.click();
  await runCell(page, "print(6*7)", "42");
  await take(page, "hub");
}

async function mail() {
  const mails = (await portal.mails()).map(read);
  const ready = mails.find(({ subject }) => subject === "The hub for “Introduction to Python” is ready");
  const context = await chromium.newContext({ viewport: { width: 720, height: 860 }, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.setContent(ready.html);
  await take(page, "mail", { fullPage: true });
}

async function onAPhone(course) {
  const leader = await signIn(chromium, portal, "leader", phone);
  await leader.goto(course);
  const invite = await leader.locator(`input[value^="${portal.url}/join/"]`).first().inputValue();
  const guest = await (await chromium.newContext({ locale: "en-GB", ...phone })).newPage();
  await guest.goto(invite.trim());
  await take(guest, "phone-join");
  const student = await signIn(chromium, portal, "student1", phone);
  await openCourse(student);
  await take(student, "phone-course");
}

async function take(page, name, options = {}) {
  if (!(name in pictures)) throw new Error(`${name} is not among the pictures`);
  const path = join(folder, `${name}.png`);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path, animations: "disabled", caret: "hide", ...options });
  const { size } = await stat(path);
  if (size > most) throw new Error(`${name}.png has ${size} bytes, more than ${most}`);
  console.log(`${name}.png ${Math.ceil(size / 1000)} kB`);
}
