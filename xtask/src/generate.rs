//! Generated pages of the documentation: the references of settings, of commands and of the interface for programs, and the
//! list of pictures. They are checked in, and `check` proves that they are current.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::run::{command, output, root};

const SETTINGS: &str = "docs/operate/configuration.md";
const COMMANDS: &str = "docs/operate/command-line.md";
const API: &str = "docs/api/openapi.json";
const PICTURES: &str = "docs/images/README.md";

const SETTINGS_HEAD: &str = "\
# Configuration

<!-- Made from jhaas.default.toml by `cargo xtask gen`; change it there. -->

";

/// What the program reads from the environment besides settings.
const OTHER_VARIABLES: &str = "
## Variables that are no settings

| variable | meaning |
| --- | --- |
| `JHAAS_CONFIG` | the configuration file, where `--config` is not given |
| `JHAAS_LOG` | filter of the log, see [logging](../logging.md) |
| `JHAAS_CACHE_DIR` | folder of the Python environment where `hubs.python_cache` is empty; otherwise `jhaas` in `XDG_CACHE_HOME` or `~/.cache` |
| `XDG_DATA_HOME` | the demo keeps its data in `jhaas/demo` in it; otherwise in `~/.local/share/jhaas/demo` |
| `HTTPS_PROXY`, `GIT_SSL_CAINFO` and their like | the way to the outside, passed on to workers, hubs and servers, see [worker](worker.md#set-up-your-environment) |
| `CONFIGPROXY_AUTH_TOKEN` | token of `jhaas gateway`, under the name that JupyterHub gives it |
";

const COMMANDS_HEAD: &str = "\
# Commands

<!-- Made from the program's own help by `cargo xtask gen`. -->

Every command exits with 0 when it did what it says, with 1 when it could not, and with 2 for a wrong command line.
The client of a portal (`login`, `whoami`, `course`) ends with 3 when the portal is not reached: see [its page](../use/command-line-client.md).
";

const PICTURES_HEAD: &str = "\
# Pictures

<!-- Made from the list in e2e/screenshots.mjs by `cargo xtask gen`. -->

Taken from the demo by `npm --prefix e2e run screenshots`, with `JHAAS_BIN` and `JHAAS_TEST_CHROMIUM`.
";

/// Writes the pages.
///
/// # Errors
/// When the program does not build or the settings have no comment.
pub(crate) fn run() -> Result<()> {
    for (path, text) in pages()? {
        fs::write(root().join(path), text).with_context(|| path.to_owned())?;
        println!("── {path}");
    }
    Ok(())
}

/// # Errors
/// Names the pages that are not current.
pub(crate) fn check() -> Result<()> {
    let old: Vec<&str> = pages()?
        .into_iter()
        .filter(|(path, text)| fs::read_to_string(root().join(path)).ok().as_ref() != Some(text))
        .map(|(path, _)| path)
        .collect();
    if !old.is_empty() {
        bail!("not current, run `cargo xtask gen`: {}", old.join(", "));
    }
    Ok(())
}

fn pages() -> Result<[(&'static str, String); 4]> {
    let defaults = fs::read_to_string(root().join("jhaas.default.toml"))?;
    let settings = format!("{SETTINGS_HEAD}{}{OTHER_VARIABLES}", reference(&defaults)?);
    let says = |what: &str| {
        let run = ["run", "--quiet", "--locked", "--package", "jhaas", "--bin", "jhaas", "--", what];
        output(&mut command("cargo", &run))
    };
    let commands = format!("{COMMANDS_HEAD}{}", says("help-all")?);
    let api = says("api-description")?;
    let script = fs::read_to_string(root().join("e2e/screenshots.mjs"))?;
    let pictures = pictures(&script);
    same_files(&pictures)?;
    let list = pictures.iter().map(|(name, shows)| format!("\n## {shows}\n\n![{shows}]({name}.png)\n"));
    let pictures = format!("{PICTURES_HEAD}{}", list.collect::<String>());
    Ok([(SETTINGS, settings), (COMMANDS, commands), (API, api), (PICTURES, pictures)])
}

/// Name and meaning of each picture that the script takes.
fn pictures(script: &str) -> Vec<(&str, &str)> {
    let list = script.split_once("const pictures = {\n").and_then(|(_, rest)| rest.split_once("};"));
    let lines = list.map_or("", |(list, _)| list).lines();
    lines
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\",")?.split_once("\": \""))
        .collect()
}

/// Every picture is there, and no other.
fn same_files(pictures: &[(&str, &str)]) -> Result<()> {
    let mut there = Vec::new();
    for entry in fs::read_dir(root().join("docs/images"))? {
        there.extend(
            entry?.file_name().to_str().and_then(|name| name.strip_suffix(".png")).map(str::to_owned),
        );
    }
    there.sort();
    let mut wanted: Vec<&str> = pictures.iter().map(|(name, _)| *name).collect();
    wanted.sort_unstable();
    if there != wanted {
        bail!("docs/images has {there:?}, e2e/screenshots.mjs takes {wanted:?}");
    }
    Ok(())
}

/// The settings as Markdown: one table per section.
fn reference(defaults: &str) -> Result<String> {
    let mut made = String::new();
    let mut comment: Vec<&str> = Vec::new();
    let mut section = Section::default();
    let mut begun = false;
    for line in defaults.lines() {
        if let Some(title) = header(line) {
            section = Section::new(title);
            made.push_str(&format!("\n## `{}`\n\n", section.title()));
            if !comment.is_empty() {
                made.push_str(&format!("{}\n\n", comment.join(" ")));
            }
            made.push_str("| setting | default | meaning | variable |\n| --- | --- | --- | --- |\n");
            comment.clear();
            begun = true;
        } else if let Some(setting) = Setting::read(line) {
            if comment.is_empty() {
                bail!("jhaas.default.toml: {} has no comment that says what it means", setting.name);
            }
            made.push_str(&section.row(&setting, &comment.join(" ")));
            comment.clear();
        } else if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
        } else if line.trim().is_empty() {
            if !begun {
                made.push_str(&format!("{}\n", comment.join("\n")));
            }
            comment.clear();
        } else {
            bail!("jhaas.default.toml: a setting must stand in one line: {line}");
        }
    }
    Ok(made)
}

/// The title in `[title]` or `[[title]]`, the latter with its inner brackets; `# [title]` for a section that is not there.
fn header(line: &str) -> Option<&str> {
    line.strip_prefix("# ").unwrap_or(line).strip_prefix('[')?.strip_suffix(']')
}

/// `name = value`, or `# name = value` for one that is not set.
struct Setting<'a> {
    name: &'a str,
    value: &'a str,
    is_set: bool,
}

impl<'a> Setting<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (is_set, line) = match line.strip_prefix("# ") {
            Some(line) => (false, line),
            None => (true, line),
        };
        let (name, value) = line.split_once(" = ")?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        is_name.then_some(Self { name, value, is_set })
    }
}

#[derive(Default)]
struct Section {
    name: String,
    /// A list of tables has no variable for each entry.
    is_list: bool,
}

impl Section {
    fn new(title: &str) -> Self {
        let inner = title.strip_prefix('[').and_then(|title| title.strip_suffix(']'));
        Self { name: inner.unwrap_or(title).to_owned(), is_list: inner.is_some() }
    }

    fn title(&self) -> String {
        if self.is_list { format!("[[{}]]", self.name) } else { self.name.clone() }
    }

    fn row(&self, setting: &Setting, meaning: &str) -> String {
        let Setting { name, value, is_set } = setting;
        let path = format!("{}.{name}", self.name);
        let variable = format!("JHAAS_{}", path.replace('.', "__").to_ascii_uppercase());
        let from_file = format!("{variable}_FILE");
        let secret = format!("Secret: {from_file}.");
        let variable = match (self.is_list, meaning.contains(&secret)) {
            (true, _) => "–".to_owned(),
            (false, true) => format!("`{variable}`, `{from_file}`"),
            (false, false) => format!("`{variable}`"),
        };
        let meaning = meaning.replace(&secret, "Secret.").replace('|', "\\|").replace('<', "&lt;");
        let (default, example) = match (is_set, *value) {
            (true, value) => (format!("`{value}`"), String::new()),
            (false, "\"\"") => ("not set".to_owned(), String::new()),
            (false, value) => ("not set".to_owned(), format!(" For instance `{value}`.")),
        };
        format!("| `{path}` | {default} | {meaning}{example} | {variable} |\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_become_a_table_per_section() {
        let made = reference(
            "# All settings.\n\n# Where it is.\n[portal]\n# What it is called.\ninstitution = \"JHaaS\"\n\
             # Only sometimes.\n# colour = \"red\"\n\n# One of them.\n# [other.NAME]\n# What.\n# one = 1\n\n[keys]\n# A key. Secret: JHAAS_KEYS__SEAL_FILE.\nseal = \"\"\n",
        )
        .unwrap();
        assert!(made.starts_with("All settings.\n\n## `portal`\n\nWhere it is.\n\n"), "{made}");
        for row in [
            "| `portal.institution` | `\"JHaaS\"` | What it is called. | `JHAAS_PORTAL__INSTITUTION` |\n",
            "| `portal.colour` | not set | Only sometimes. For instance `\"red\"`. | `JHAAS_PORTAL__COLOUR` |\n",
            "\n## `other.NAME`\n\nOne of them.\n\n",
            "| `other.NAME.one` | not set | What. For instance `1`. | `JHAAS_OTHER__NAME__ONE` |\n",
            "| `keys.seal` | `\"\"` | A key. Secret. | `JHAAS_KEYS__SEAL`, `JHAAS_KEYS__SEAL_FILE` |\n",
        ] {
            assert!(made.contains(row), "{row} is not in {made}");
        }
    }

    #[test]
    fn pictures_are_read_from_their_list() {
        let script = "// x\nconst pictures = {\n  \"hub\": \"A notebook\",\n};\nconst other = {};";
        assert_eq!(pictures(script), [("hub", "A notebook")]);
    }

    #[test]
    fn a_setting_without_a_comment_is_refused() {
        let error = reference("# x\n\n[portal]\n# A comment.\none = 1\ntwo = 2\n").unwrap_err();
        assert!(error.to_string().contains("two"), "{error}");
    }
}
