// Looks at HTML as the server sends it, before a browser has put it right.
import { HtmlValidate, StaticConfigLoader } from "html-validate";

/** Everything that is recommended but how it is written. What else does not hold here has its reason. */
const page = {
  extends: ["html-validate:recommended", "html-validate:prettier", "html-validate:document"],
  // Buttons of one form may share a name: the one that was pressed says what was meant.
  elements: ["html5", { button: { inherit: "button", formAssociated: { disablable: true, listed: false } } }],
  rules: {
    // So may boxes to choose several of.
    "form-dup-name": ["error", { shared: ["radio", "checkbox"] }],
    // Lists can be named too, as the timeline of a course is.
    "aria-label-misuse": ["error", { allowAnyNamable: true }],
    // Only what comes from elsewhere could be exchanged, and the content security policy lets nothing come from there.
    "require-sri": ["error", { target: "crossorigin" }],
    // The default is what is meant: forms are sent, lines are text.
    "no-implicit-button-type": "off",
    "no-implicit-input-type": "off",
    // A title carries that of the course, which is people's own.
    "long-title": "off",
    // Mails as text keep the spaces that they have.
    "no-trailing-whitespace": "off",
  },
};

/** A mail is for programs that know only tables and what stands at the element itself. */
const mail = {
  ...page,
  rules: { ...page.rules, "no-inline-style": "off", "no-deprecated-attr": "off", "prefer-tbody": "off" },
};

/** Works the rules out once, which takes longer than a page does. */
class Rules extends StaticConfigLoader {
  getConfigFor(...about) {
    return (this.resolved ??= super.getConfigFor(...about));
  }
}

const validators = { page: new HtmlValidate(new Rules(page)), mail: new HtmlValidate(new Rules(mail)) };

/** What is wrong with the HTML of a `page` or of a `mail`; each fault as one line with its address, place and rule. */
export async function validate(address, html, kind = "page") {
  const { results } = await validators[kind].validateString(html, address);
  const lines = html.split("\n");
  return results
    .flatMap(({ messages }) => messages)
    .map(({ line, column, ruleId, message }) => {
      const near = lines[line - 1].slice(Math.max(0, column - 31), column + 60);
      return `${address}:${line}:${column}: ${ruleId}: ${message}: … ${near}`;
    });
}
