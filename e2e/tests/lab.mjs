// What people do at a hub: arrive there by single sign-on, run a cell in JupyterLab, sign out.
import assert from "node:assert/strict";
import { processesOf, until, within } from "./portal.mjs";

/** Opens the hub's address until it takes this person to their server, and waits for JupyterLab. */
export async function openHub(page, portal, slug, seconds = 60) {
  await until(`the hub ${slug} takes ${page.url()} in`, seconds, async () => {
    await page.goto(portal.hub(slug));
    return isAtHub(page, portal, slug);
  });
  await page.waitForURL(/\/user\/[^/]+\/lab/, { timeout: 60_000 });
  await page.getByRole("tab", { name: /^(Launcher|.*\.ipynb)$/ }).first().waitFor({ timeout: 60_000 });
}

/** Whether the page shows the hub itself: neither the portal nor a page of the gateway in its stead. */
function isAtHub(page, portal, slug) {
  return page.url().startsWith(portal.hub(slug)) && /\/(hub\/spawn|user\/)/.test(page.url());
}

/** A new notebook from the launcher, with a kernel that has answered. Gives the connection to the kernel. */
export async function newNotebook(page) {
  let answered;
  const ready = new Promise((done) => (answered = done));
  const connection = page.waitForEvent("websocket", {
    predicate: (socket) => {
      if (!/\/api\/kernels\/[^/]+\/channels/.test(socket.url())) return false;
      // JupyterLab drops a cell that is run before the kernel has introduced itself.
      socket.on("framereceived", ({ payload }) => payload.includes("kernel_info_reply") && answered());
      return true;
    },
    timeout: 60_000,
  });
  // Where JupyterLab brings back what was open last, there is no launcher.
  const launcher = page.getByRole("tab", { name: "Launcher" });
  if (!(await launcher.isVisible())) await page.keyboard.press("Control+Shift+L");
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click();
  await lastCell(page).waitFor({ timeout: 60_000 });
  await connection;
  await within(60, "an answer of the kernel", ready);
  await panel(page).locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout: 60_000 });
  return connection;
}

/** Types into the last cell, runs it as people do, and waits for what it prints. */
export async function runCell(page, code, printed, seconds = 30) {
  await lastCell(page).click();
  await page.keyboard.type(code);
  await page.keyboard.press("Shift+Enter");
  await panel(page)
    .locator(".jp-OutputArea-output")
    .filter({ hasText: printed })
    .first()
    .waitFor({ timeout: seconds * 1000 });
}

function panel(page) {
  return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)");
}

function lastCell(page) {
  return panel(page).locator(".jp-CodeCell .cm-content").last();
}

/**
 * Whoever is put out of a hub by `act` loses, on the open page, the connection to the kernel and the server within five
 * seconds; then the login, in place of which `instead` is shown, and every process. Gives how long each took.
 */
export async function putOut(page, portal, { slug, course, user, kernel, instead }, act) {
  const look = () => page.evaluate(status, `/user/${user}/api/contents`);
  assert.ok(!kernel.isClosed(), "the kernel is connected until then");
  assert.equal(await look(), 200, "the server answers until then");
  assert.notEqual((await serversOf(course, user)).length, 0, "the server runs until then");
  // As a program has it that works for this person.
  const headers = { Authorization: `token ${await makeToken(page, portal.hub(slug), user)}` };
  const byToken = async () => (await fetch(`${portal.hub(slug)}/hub/api/user`, { headers })).status;
  assert.equal(await byToken(), 200, "the token counts until then");
  const began = Date.now();
  const acted = act();
  const gone = {};
  const goes = async (what, seconds, isGone) => {
    await until(`${what} is gone`, (began - Date.now()) / 1000 + seconds, isGone);
    gone[what] = `${((Date.now() - began) / 1000).toFixed(1)} s`;
  };
  await goes("the connection to the kernel", 5, () => kernel.isClosed());
  await goes("the server for the open page", 5, async () => (await look()) !== 200);
  await acted;
  await goes("the person's token", 10, async () => [401, 403].includes(await byToken()));
  // Whoever comes back at once may find the login still there and start the server anew: in vain.
  await goes("the login at the hub", 30, async () => {
    await page.goto(portal.hub(slug));
    return page.getByRole("heading", { name: instead }).isVisible();
  });
  await goes("every process of the server", 30, async () => (await serversOf(course, user)).length === 0);
  return gone;
}

/** What the server answers to the open page, asked as JupyterLab asks. */
async function status(path) {
  const [, token] = document.cookie.match(/(?:^|; )_xsrf=([^;]+)/) ?? [];
  return (await fetch(path, { redirect: "manual", headers: { "X-XSRFToken": token } })).status;
}

/** Makes a token for the hub's API, by the login of the page. */
async function makeToken(page, hub, user) {
  const xsrf = (await page.context().cookies(`${hub}/hub/`)).find(({ name }) => name === "_xsrf");
  const headers = { "X-XSRFToken": xsrf.value };
  const answer = await page.request.post(`${hub}/hub/api/users/${user}/tokens`, { headers, data: {} });
  assert.equal(answer.status(), 201, await answer.text());
  return (await answer.json()).token;
}

/** Until the server knows which notebooks are open, so that they are open again the next time. */
export async function tabsAreKept(page, name) {
  await until(`${name} is kept`, 30, () => page.evaluate(keeps, name));
}

async function keeps(name) {
  const [base] = location.pathname.match(/^\/user\/[^/]+\//);
  const [, token] = document.cookie.match(/(?:^|; )_xsrf=([^;]+)/) ?? [];
  const answer = await fetch(`${base}lab/api/workspaces/default`, { headers: { "X-XSRFToken": token } });
  return answer.ok && (await answer.text()).includes(name);
}

/** Processes of somebody's server. */
export async function serversOf(course, user) {
  return processesOf(course, `JUPYTERHUB_USER=${user}`);
}

/** Signs out by JupyterLab's own menu, to where that leads. */
export async function signOutAtHub(page) {
  // JupyterLab asks before it leaves an unsaved notebook.
  page.on("dialog", (dialog) => dialog.accept());
  await page.getByRole("menuitem", { name: "File", exact: true }).click();
  await page.getByRole("menuitem", { name: "Log Out" }).click();
}
