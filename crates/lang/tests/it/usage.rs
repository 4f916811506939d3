//! Each key that the code asks for exists, and each key that exists is asked for.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use jhaas_lang::Lang;

use crate::catalogue::catalogue;

/// Keys put together at run time begin with one of these; they count as used.
const DYNAMIC_PREFIXES: &[&str] = &[];

/// What stands before a key that must exist: `text(lang, "key"`, `t.t("key"`, `Message::new("key"`.
const CALLS: &[&str] = &["text(", ".t(", "Message::new("];

fn sources() -> Vec<(PathBuf, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut waiting: Vec<PathBuf> = fs::read_dir(crates)
        .unwrap()
        .flat_map(|entry| {
            let folder = entry.unwrap().path();
            [folder.join("src"), folder.join("templates")]
        })
        .filter(|folder| folder.is_dir())
        .collect();
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path
                .extension()
                .is_some_and(|end| ["rs", "html", "txt"].iter().any(|known| end == *known))
            {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// The content of every string literal that could be a key, with what stands before it.
fn literals(source: &str) -> impl Iterator<Item = (&str, &str)> {
    source.match_indices('"').filter_map(|(start, _)| {
        let rest = &source[start + 1..];
        let content = &rest[..rest.find('"')?];
        let is_key = content.contains('-')
            && content.starts_with(|first: char| first.is_ascii_lowercase())
            && content.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
        is_key.then_some((&source[..start], content))
    })
}

/// Whether the literal after `before` is the key in one of [`CALLS`].
fn is_asked_for(before: &str) -> bool {
    let before = before.trim_end();
    CALLS.iter().any(|call| {
        if let Some(head) = before.strip_suffix(call) {
            // `.text(` of another type (a reply's body) takes no key, and a name may end in `text(`.
            return *call != "text("
                || head.ends_with(|last: char| !last.is_alphanumeric() && last != '_' && last != '.');
        }
        // `text(lang, "key"` and `text(t.lang, "key"`: one simple argument before the key.
        *call == "text("
            && before.strip_suffix(',').is_some_and(|argument| {
                let simple = |letter: char| letter.is_alphanumeric() || "_.:&*() ".contains(letter);
                argument.rfind("text(").is_some_and(|at| {
                    let (head, argument) = (&argument[..at], &argument[at + "text(".len()..]);
                    let whole_name =
                        !head.ends_with(|last: char| last.is_alphanumeric() || last == '_' || last == '.');
                    whole_name && argument.trim().chars().all(simple)
                })
            })
    })
}

#[test]
fn every_key_that_the_code_asks_for_exists() {
    let known = catalogue(Lang::EN);
    let mut faults = BTreeSet::new();
    for (path, source) in sources() {
        for (before, key) in literals(&source) {
            if is_asked_for(before) && !known.contains_key(key) {
                faults.insert(format!("{}: {key}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "keys without a text:\n{}", faults.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn no_text_is_kept_that_nobody_asks_for() {
    let sources = sources();
    let used: BTreeSet<&str> =
        sources.iter().flat_map(|(_, source)| literals(source).map(|(_, key)| key)).collect();
    let used_alone = |key: &str| sources.iter().any(|(_, source)| source.contains(&format!("\"{key}\"")));
    let unused: Vec<String> = catalogue(Lang::EN)
        .into_iter()
        .filter(|(key, _)| !DYNAMIC_PREFIXES.iter().any(|prefix| key.starts_with(prefix)))
        .filter(|(key, _)| !used.contains(key.as_str()) && !used_alone(key))
        .map(|(key, (_, file))| format!("{file}: {key}"))
        .collect();
    assert!(unused.is_empty(), "texts that nobody asks for:\n{}", unused.join("\n"));
}

#[test]
fn the_scan_knows_the_ways_a_key_is_asked_for() {
    let asked = |source: &str| {
        literals(source)
            .filter(|(before, _)| is_asked_for(before))
            .map(|(_, key)| key.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(asked(r#"text(lang, "state-open", &[])"#), ["state-open"]);
    assert_eq!(asked("text(\n    lang,\n    \"state-open\",\n)"), ["state-open"]);
    assert_eq!(asked(r#"{{ t.t("page-title") }}"#), ["page-title"]);
    assert_eq!(asked(r#"Message::new("error-slug-taken")"#), ["error-slug-taken"]);
    assert_eq!(asked(r#"reply.text("not-a-key"); context("not-a-key"); text(a, b, "no-key")"#), [""; 0]);
}
