// Signing in by Dex, which keeps one refresh token for each person: two browsers of one person stay signed in.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { end, portalAndBrowser } from "./portal.mjs";

const {
  JHAAS_TEST_DEX_ISSUER: issuer,
  JHAAS_TEST_OIDC_CLIENT_ID: client,
  JHAAS_TEST_OIDC_CLIENT_SECRET: secret,
  JHAAS_TEST_OIDC_PASSWORD: password,
} = process.env;
const promised = process.env.CI === "true" && process.env.JHAAS_TEST_REQUIRE_SERVICES === "1";
const skip = !issuer && !promised && "JHAAS_TEST_DEX_ISSUER is not set";

/** Dex compares redirect addresses letter by letter: http://localhost:8123/sign-in/callback/dex must be among its client's. */
const port = 8123;
const refreshSeconds = 10;
let portal, chromium;

before(async () => {
  if (skip) return;
  const provider = {
    NAME: "Dex",
    ISSUER: issuer,
    CLIENT_ID: client,
    CLIENT_SECRET: secret,
    SCOPES: '["openid", "profile", "email", "offline_access"]',
    ONE_REFRESH_TOKEN: "true",
  };
  const settings = Object.entries(provider).map(([key, value]) => [`JHAAS_SIGN_IN__PROVIDERS__DEX__${key}`, value]);
  const environment = { ...Object.fromEntries(settings), JHAAS_SIGN_IN__REFRESH_SECONDS: String(refreshSeconds) };
  [portal, chromium] = await portalAndBrowser({ environment, port });
});

after(() => end(portal, chromium));

async function signIn() {
  const page = await (await chromium.newContext({ locale: "en-GB" })).newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`${portal.url}/sign-in?return=%2Faccount`);
  await page.getByRole("button", { name: "Sign in with Dex" }).click();
  await page.locator("input[name=login]").fill("teacher@university.example");
  await page.locator("input[name=password]").fill(password);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${portal.url}/account`);
  return page;
}

test("a person signs in by Dex in two browsers and stays signed in", { skip }, async () => {
  const first = await signIn();
  const second = await signIn();
  // Dex is asked again several times, each time with what only the last answer gave.
  await first.waitForTimeout(refreshSeconds * 4 * 1000);
  for (const page of [first, second]) {
    await page.goto(`${portal.url}/account`);
    assert.equal(new URL(page.url()).pathname, "/account");
    await page.getByText("teacher@university.example").first().waitFor();
  }
  // Ending one leaves the other, whose token goes on being renewed.
  await second.locator("details.account summary").click();
  await second.getByRole("button", { name: "Sign out", exact: true }).click();
  await second.getByRole("heading", { name: "You are signed out" }).waitFor();
  await first.waitForTimeout(refreshSeconds * 2 * 1000);
  await first.goto(`${portal.url}/account`);
  assert.equal(new URL(first.url()).pathname, "/account");
});
