//! What docs/operate says is everything that the program knows.

use crate::place::Place;

const SETTINGS: &str = include_str!("../../../../docs/operate/configuration.md");
const COMMANDS: &str = include_str!("../../../../docs/operate/command-line.md");

const RUNBOOK: &str = include_str!("../../../../docs/operate/runbook.md");
const TEXTS: [&str; 2] =
    [include_str!("../../../lang/locales/en/hub.ftl"), include_str!("../../../lang/locales/en/errors.ftl")];

/// The settings of a section, as the program lists them for one that it does not know.
async fn known(section: &str, others: &str) -> Vec<String> {
    let place = Place::new().section(section, &format!("{others}\nno_such_setting = 1"));
    let ended = place.run(&["config", "check"]).await;
    let (_, list) = ended.err.split_once("expected").unwrap_or_else(|| panic!("{ended:?}"));
    let is_name = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let names = list.split('`').filter(|word| !word.is_empty()).filter(is_name).map(str::to_owned);
    let names: Vec<String> = names.collect();
    assert!(!names.is_empty(), "{ended:?}");
    names
}

#[tokio::test]
async fn every_setting_is_in_the_reference() {
    let sections = [
        ("portal", ""),
        ("database", ""),
        ("objects", "kind = \"folder\"\npath = \"objects\""),
        (
            "objects",
            "kind = \"s3\"\nendpoint = \"https://s3.example\"\nbucket = \"x\"\naccess_key_id = \"x\"\n\
             secret_access_key = \"x\"",
        ),
        ("keys", ""),
        ("mail", ""),
        ("hubs", ""),
        ("dispatcher", ""),
        ("schedule", ""),
        ("policy", ""),
    ];
    for (section, others) in sections {
        for name in known(section, others).await {
            let setting = format!("`{section}.{name}`");
            // An array of tables has a section of its own.
            let table = format!("`[[{section}.{name}]]`");
            assert!(SETTINGS.contains(&setting) || SETTINGS.contains(&table), "{setting} is not described");
        }
    }
}

#[tokio::test]
async fn every_setting_of_a_provider_is_in_the_reference() {
    for name in known("sign_in", "[providers.university]").await {
        let setting = format!("`sign_in.providers.NAME.{name}`");
        assert!(SETTINGS.contains(&setting), "{setting} is not described");
    }
}

#[tokio::test]
async fn the_reference_of_commands_is_what_the_program_prints() {
    let ended = Place::new().run(&["help-all"]).await;
    assert_eq!(ended.code, 0);
    assert!(COMMANDS.ends_with(&ended.out), "run `cargo xtask gen`");
    for role in ["demo", "serve", "dispatch", "migrate", "doctor", "config", "admin", "login", "course"] {
        assert!(ended.out.contains(&format!("\n## `jhaas {role}`\n")), "{role}");
    }
}

#[test]
fn every_failure_code_is_in_the_runbook_and_no_other() {
    let known = TEXTS.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix("failure-"));
    let mut known: Vec<&str> = known.filter_map(|line| Some(line.split_once(" =")?.0)).collect();
    let codes = RUNBOOK.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    let mut codes: Vec<&str> = codes.collect();
    known.sort_unstable();
    codes.sort_unstable();
    assert_eq!(codes, known);
}
