// Looks at a page as axe, as somebody who prefers dark, and as somebody with a small phone.
import { AxeBuilder } from "@axe-core/playwright";

export class Fault {
  constructor(page, words) {
    this.page = page;
    this.words = words;
  }

  toString() {
    return `${this.page}: ${this.words}`;
  }
}

/** What is wrong with the page as it stands, in both appearances and at 320 pixels. */
export async function inspect(page, name = new URL(page.url()).pathname) {
  const faults = [];
  const add = (where, violations) => {
    for (const { id, help, nodes } of violations) {
      const { target, failureSummary } = nodes[0];
      const more = nodes.length > 1 ? ` (and ${nodes.length - 1} more)` : "";
      faults.push(new Fault(name, `${where}: ${id}: ${help}: ${target.join(" ")}${more} ${failureSummary}`));
    }
  };
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  add("light", (await new AxeBuilder({ page }).analyze()).violations);
  // Only colours differ.
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  add("dark", (await new AxeBuilder({ page }).withRules(["color-contrast", "link-in-text-block"]).analyze()).violations);
  await page.emulateMedia({ colorScheme: "light" });

  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => {
    const root = document.scrollingElement;
    if (root.scrollWidth <= root.clientWidth) return undefined;
    const beyond = [...document.querySelectorAll("body *")].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.right > root.clientWidth + 1 && box.width > 0 && !one.closest(".table, pre, .log, .sr");
    });
    return `${root.scrollWidth}px: ${beyond.slice(0, 3).map((one) => one.outerHTML.slice(0, 80)).join(" … ")}`;
  });
  if (wide) faults.push(new Fault(name, `scrolls sideways at 320 pixels: ${wide}`));
  await page.setViewportSize(size);
  return faults;
}
