// Signing in by a real Keycloak with the realm of deploy/identity/keycloak: a role from a group, signing out, a lost group.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { inspect } from "./inspect.mjs";
import { end, portalAndBrowser, until } from "./portal.mjs";

const {
  JHAAS_TEST_KEYCLOAK_URL: keycloak,
  JHAAS_TEST_KEYCLOAK_ADMIN: admin,
  JHAAS_TEST_KEYCLOAK_ADMIN_PASSWORD: adminPassword,
} = process.env;
const promised = process.env.CI === "true" && process.env.JHAAS_TEST_REQUIRE_SERVICES === "1";
const skip = !keycloak && !promised && "JHAAS_TEST_KEYCLOAK_URL is not set";

const name = `jhaas-e2e-${Date.now()}`;
const secret = "a secret of the journey";
const password = "a password of the journey";
const email = "teacher@university.example";
let portal, chromium;

/** A call of Keycloak's admin API. */
async function call(method, path, body) {
  const form = new URLSearchParams({ grant_type: "password", client_id: "admin-cli", username: admin, password: adminPassword });
  const token = await fetch(`${keycloak}/realms/master/protocol/openid-connect/token`, { method: "POST", body: form });
  const { access_token } = await token.json();
  const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
  const answer = await fetch(`${keycloak}/admin/realms${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}

/** Changes somebody; what is not said Keycloak takes for empty. */
async function change(id, changes) {
  const path = `/${name}/users/${id}`;
  await call("PUT", path, { ...(await call("GET", path)), ...changes });
}

/** The realm as the repository has it, for a portal at this address. */
async function importRealm(portalUrl) {
  const file = new URL("../../deploy/identity/keycloak/realm.json", import.meta.url);
  const text = (await readFile(file, "utf8"))
    .replaceAll("${JHAAS_PORTAL_URL}", portalUrl)
    .replaceAll("${JHAAS_CLIENT_SECRET}", secret);
  await call("POST", "", { ...JSON.parse(text), realm: name, sslRequired: "none" });
  const user = { username: email, email, emailVerified: true, enabled: true, firstName: "Tilda", lastName: "Teacher" };
  const credentials = [{ type: "password", value: password, temporary: false }];
  await call("POST", `/${name}/users`, { ...user, groups: ["/jhaas-leaders"], credentials });
  const [{ id }] = await call("GET", `/${name}/users?email=${email}`);
  await change(id, { requiredActions: [] });
  return id;
}

before(async () => {
  if (skip) return;
  const provider = {
    NAME: "University account",
    ISSUER: `${keycloak}/realms/${name}`,
    CLIENT_ID: "jhaas-portal",
    CLIENT_SECRET: secret,
    ROLES: '{leader=["jhaas-leaders"]}',
  };
  const settings = Object.entries(provider).map(([key, value]) => [`JHAAS_SIGN_IN__PROVIDERS__UNIVERSITY__${key}`, value]);
  const environment = { ...Object.fromEntries(settings), JHAAS_SIGN_IN__REFRESH_SECONDS: "10" };
  [portal, chromium] = await portalAndBrowser({ environment });
});

after(() => end(portal, chromium));

test("a teacher signs in by Keycloak, out again, and stops leading when the group is lost", { skip }, async () => {
  const context = await chromium.newContext({ locale: "en-GB" });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();

  // The realm is not there yet: the portal is up, says so, and needs no restart afterwards.
  await page.goto(`${portal.url}/sign-in?return=%2Faccount`);
  const faults = [...(await inspect(page, "light")), ...(await inspect(page, "dark"))];
  await page.getByRole("button", { name: "Sign in with University account" }).click();
  await page.getByRole("heading", { name: "University account does not answer" }).waitFor();
  assert.deepEqual([...faults, ...(await inspect(page, "light"))], []);
  const id = await importRealm(portal.url);

  const signIn = async () => {
    await page.goto(`${portal.url}/sign-in?return=%2Faccount`);
    await page.getByRole("button", { name: "Sign in with University account" }).click();
    await page.locator("input[name=username]").fill(email);
    await page.locator("input[name=password]").fill(password);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${portal.url}/account`);
  };
  await until("the provider is found", 90, async () => {
    await signIn();
    return true;
  });
  await page.getByText("course leader").first().waitFor();
  await page.goto(`${portal.url}/courses/new`);
  assert.equal(new URL(page.url()).pathname, "/courses/new");

  // Out here is out there: the form comes again.
  await page.locator("details.account summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(`${portal.url}/signed-out`);
  await page.getByRole("heading", { name: "You are signed out" }).waitFor();
  await signIn();

  const [group] = await call("GET", `/${name}/users/${id}/groups`);
  await call("DELETE", `/${name}/users/${id}/groups/${group.id}`);
  await until("the portal notices the lost group", 60, async () => {
    const answer = await page.goto(`${portal.url}/courses/new`);
    return answer.status() === 403;
  });
  assert.equal(await page.getByRole("link", { name: "Request a course" }).count(), 0);

  // A disabled account is out altogether.
  await change(id, { enabled: false });
  await until("the portal notices the disabled account", 60, async () => {
    await page.goto(`${portal.url}/account`);
    return new URL(page.url()).pathname === "/sign-in";
  });
  await call("DELETE", `/${name}`);
});
