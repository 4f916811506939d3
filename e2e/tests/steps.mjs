// The steps of a course's life as people take them in the portal's pages.
import assert from "node:assert/strict";
import { enter, until } from "./portal.mjs";

/** The institution's time zone in these tests. */
export const zone = "Europe/Berlin";

/** Day and minute of an instant as the institution's clocks show it. */
export function clock(instant) {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(instant);
  const part = (type) => parts.find((one) => one.type === type).value;
  return {
    day: `${part("year")}-${part("month")}-${part("day")}`,
    minute: `${part("hour")}:${part("minute")}`,
  };
}

export function inMinutes(minutes) {
  return new Date(Date.now() + minutes * 60_000);
}

/** A leader fills in the form and hands it in. Gives the course's id. */
export async function request(page, portal, { title, slug, from, until, seats = 3 }) {
  await page.goto(`${portal.url}/courses`);
  await page.getByRole("link", { name: "Request a course" }).last().click();
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Address", { exact: true }).fill(slug);
  await page.getByLabel("Description").fill("A course with a *life* of minutes.");
  await page.getByLabel("Start: day").fill(clock(from).day);
  await page.getByLabel("Start: time").fill(clock(from).minute);
  await fillEnd(page, until);
  await page.getByLabel("Seats").fill(String(seats));
  await page.getByLabel("Storage").fill("1");
  await page.getByLabel("Remarks to governance").fill("It is over soon.");
  const terms = page.getByLabel("I have read the terms of use");
  if (await terms.isVisible()) await terms.check();
  await page.getByRole("button", { name: "Hand in the request" }).click();
  await said(page, "Your request has arrived");
  const [, course] = page.url().match(/\/courses\/([0-9a-f-]{36})/) ?? [];
  assert.ok(course, `${page.url()} is the page of the course`);
  return course;
}

/** The last minute of the course that contains `until`. */
async function fillEnd(page, until) {
  await page.getByLabel("End: day").fill(clock(until).day);
  await page.getByLabel("End: last minute").fill(clock(until).minute);
}

/** Ends the course with the minute that runs, or with the next one where this one is too short to hand anything in. */
export async function endSoon(page, portal, course) {
  await page.goto(`${portal.url}/courses/${course}`);
  await page.getByRole("link", { name: "Change the course" }).click();
  await page.getByRole("button", { name: "Hand in the change" }).waitFor();
  await fillEnd(page, inMinutes(0.25));
  await page.getByRole("button", { name: "Hand in the change" }).click();
  await said(page, "The change is in force now.");
}

export async function accept(page, portal, title, message) {
  await page.goto(`${portal.url}/governance`);
  await page.getByRole("link", { name: title }).first().click();
  await page.getByLabel("Message to the leaders").fill(message);
  await page.getByRole("button", { name: "Accept", exact: true }).click();
  await said(page, "is accepted");
}

/** Follows an invite link; who is not signed in is sent there and back. */
export async function apply(page, portal, invite, name) {
  await page.goto(invite);
  const signIn = page.getByRole("link", { name: "Sign in and apply" });
  if (await signIn.isVisible()) {
    await signIn.click();
    await enter(page, portal, name);
  }
  await page.getByRole("button", { name: "Apply now" }).click();
  await said(page, "Your application has arrived");
}

export async function admit(page, portal, course, people) {
  await tick(page, portal, course, people);
  await page.getByRole("button", { name: "Admit" }).click();
  await said(page, "admitted");
}

/** `verb` is Reject or Remove. Comes back when the portal has confirmed it. */
export async function turnAway(page, portal, course, verb, person, reason) {
  await tick(page, portal, course, [person]);
  await page.getByRole("button", { name: `${verb} …` }).click();
  await page.getByLabel("Reason").fill(reason);
  return async () => {
    await page.getByRole("button", { name: verb, exact: true }).click();
    await said(page, "One ");
  };
}

async function tick(page, portal, course, people) {
  await page.goto(`${portal.url}/courses/${course}/participants`);
  for (const name of people) await page.getByRole("checkbox", { name }).check();
}

/** From the list of courses to the page of one, and there until its hub runs. */
export async function openDeployed(page, title) {
  await page.getByRole("link", { name: title }).first().click();
  await until(`the hub of ${title} runs`, 120, async () => {
    await page.reload();
    return page.getByRole("link", { name: "Open the hub" }).isVisible();
  });
}

/** The leader names somebody for the staff; the page then shows the staff. */
export async function nameStaff(page, portal, course, email, role) {
  await page.goto(`${portal.url}/courses/${course}/staff`);
  await page.getByLabel("Mail address").first().fill(email);
  await page.getByRole("radio", { name: role }).check();
  await page.getByRole("button", { name: "Name", exact: true }).click();
  await said(page, email);
}

/** Opens the question before `verb` and lets `act` say yes to it. `place` is a page or a part of it. */
export async function confirm(place, verb, act) {
  await place.locator("summary", { hasText: verb }).first().click();
  const dialog = (place.page?.() ?? place).getByRole("dialog");
  const reason = dialog.getByRole("textbox");
  if (await reason.isVisible()) await reason.fill("This must be.");
  await act(() => dialog.getByRole("button", { name: verb, exact: true }).click());
}

/** The message that the portal shows after a step. */
export async function said(page, words) {
  await page.locator(".flash").filter({ hasText: words }).waitFor();
}
