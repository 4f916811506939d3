// Looks at a page as axe does, and as somebody with a small phone.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const phone = { width: 320, height: 640 };

/** What is wrong with the page as it stands, in `light` or `dark`; each fault as one line. */
export async function inspect(page, appearance) {
  await page.emulateMedia({ colorScheme: appearance, reducedMotion: "reduce" });
  const violations = await check(page);
  return [...violations.map(words), ...(await beyond(page))].map((fault) => `${address(page)} (${appearance}): ${fault}`);
}

async function check(page) {
  await page.evaluate(axe);
  // Mails are shown in frames without script; their own tests look at them.
  return page.evaluate(async () => (await window.axe.run(document, { iframes: false, resultTypes: ["violations"] })).violations);
}

function words({ id, help, nodes }) {
  const [{ target, failureSummary }] = nodes;
  const more = nodes.length > 1 ? ` and ${nodes.length - 1} more` : "";
  return `${id}: ${help}: ${target.join(" ")}${more}: ${failureSummary.replace(/\s+/g, " ")}`;
}

/** What does not fit on a small phone, where a page must not scroll sideways. */
async function beyond(page) {
  const size = page.viewportSize();
  await page.setViewportSize(phone);
  const found = await page.evaluate(() => {
    const root = document.scrollingElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const wide = [...document.querySelectorAll("body *")].filter((one) => {
      const box = one.getBoundingClientRect();
      // Tables and logs scroll by themselves.
      return box.width > 0 && box.right > root.clientWidth + 1 && !one.closest(".table, pre, .sr");
    });
    return [`is ${root.scrollWidth}px wide: ${wide.slice(0, 3).map((one) => one.outerHTML.slice(0, 90)).join(" … ")}`];
  });
  await page.setViewportSize(size);
  return found;
}

function address(page) {
  const { pathname, search } = new URL(page.url());
  return pathname + search;
}
