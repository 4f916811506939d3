//! Backup and restore as an operator uses them: what is whole comes back, and whatever is not is refused in words.

use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use jhaas_domain::course::CourseState;
use jhaas_testkit::{World, on_both};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::place::{Ended, Place, SEAL};

const PASSPHRASE: &str = "correct horse battery";
const OTHER_SEAL: &str = "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100";

/// A portal with a person, a course, its sealed secrets and an object.
async fn portal() -> Place {
    let place = Place::new();
    assert_eq!(place.run(&["migrate"]).await.code, 0);
    let made = place.run(&["admin", "create", "ada@university.example", "--name", "Ada"]).await;
    assert_eq!(made.code, 0, "{made:?}");
    let portal = place.serve().await;
    // Whoever asks for the keys that sign gets one, and its private half is a sealed secret.
    let http = jhaas_hubapi::http::client(&jhaas_hubapi::http::ClientOptions::default()).unwrap();
    let keys = http.get(format!("http://127.0.0.1:{}/oidc/jwks", place.port())).send().await.unwrap();
    assert_eq!(keys.status(), 200);
    drop(portal);
    fs::create_dir_all(place.path("objects/deployments/a/1")).unwrap();
    fs::write(place.path("objects/deployments/a/1/status.json"), "{}").unwrap();
    place
}

async fn backed_up(place: &Place, more: &[&str]) -> Ended {
    let file = place.path("jhaas.backup").display().to_string();
    let made = place.run(&[&["backup", &file], more].concat()).await;
    assert_eq!(made.code, 0, "{made:?}");
    made
}

/// Another machine, with the same key and what was backed up.
fn elsewhere(place: &Place) -> Place {
    let other = Place::new();
    fs::copy(place.path("jhaas.backup"), other.path("jhaas.backup")).unwrap();
    other
}

async fn restored(place: &Place, more: &[&str]) -> Ended {
    let file = place.path("jhaas.backup").display().to_string();
    place.run(&[&["restore", &file], more].concat()).await
}

#[track_caller]
fn assert_refused(ended: &Ended, words: &str) {
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.err.contains(words), "{words:?} is not in: {}", ended.err);
}

fn lines(file: &Path) -> Vec<String> {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Writes the lines as a backup with a right checksum.
fn write(file: &Path, lines: &[String]) {
    let text: String = lines[..lines.len() - 1].iter().map(|line| format!("{line}\n")).collect();
    let sum: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut out = GzEncoder::new(fs::File::create(file).unwrap(), Compression::fast());
    let end = format!(r#"{{"end":{{"lines":{},"sha256":"{sum}"}}}}"#, lines.len() - 1);
    out.write_all(format!("{text}{end}\n").as_bytes()).unwrap();
    out.finish().unwrap();
}

#[tokio::test]
async fn a_backup_is_one_private_file_that_another_machine_with_the_key_goes_on_from() {
    let place = portal().await;
    let made = backed_up(&place, &[]).await;
    assert!(
        made.out.contains("the list of 1 objects") && made.out.contains("keys are not in it"),
        "{made:?}"
    );
    let mode = fs::metadata(place.path("jhaas.backup")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = lines(&place.path("jhaas.backup")).join("\n");
    assert!(text.contains("ada@university.example") && !text.contains(SEAL));
    let again = place.run(&["backup", &place.path("jhaas.backup").display().to_string()]).await;
    assert_refused(&again, "is there already");

    let other = elsewhere(&place);
    let checked = restored(&other, &["--check"]).await;
    assert!(checked.code == 0 && checked.out.contains("is whole"), "{checked:?}");
    assert!(!other.path("jhaas.sqlite").exists(), "a check changes nothing");
    let done = restored(&other, &[]).await;
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.out.contains("must sign in again") && done.out.contains("objects cannot be listed"),
        "{done:?}"
    );
    let _portal = other.serve().await;
    let known = other.run(&["admin", "grant", "ada@university.example", "leader"]).await;
    assert_eq!(known.code, 0, "{known:?}");
    assert_eq!(other.doctor(&[]).await.part("sealed secrets").0, "ok");
}

#[tokio::test]
async fn in_a_folder_backups_are_named_after_the_time_and_the_newest_are_kept() {
    let place = portal().await;
    let folder = place.path("backups");
    fs::create_dir(&folder).unwrap();
    for name in [
        "jhaas-2026-01-01T00-00-00Z.backup",
        "jhaas-2026-01-02T00-00-00Z.backup",
        "jhaas-2026-01-03T00-00-00Z.backup.part",
        "jhaas-before-the-upgrade.backup",
    ] {
        fs::write(folder.join(name), "old").unwrap();
    }
    let text = folder.display().to_string();
    let made = place.run(&["backup", &text, "--keep", "2"]).await;
    assert_eq!(made.code, 0, "{made:?}");
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    let others = (names[0].as_str(), names[2].as_str());
    assert_eq!(others, ("jhaas-2026-01-02T00-00-00Z.backup", "jhaas-before-the-upgrade.backup"));
    let checked = place.run(&["restore", &folder.join(&names[1]).display().to_string(), "--check"]).await;
    assert_eq!(checked.code, 0, "{checked:?}");
    let file = place.path("one.backup").display().to_string();
    assert_refused(&place.run(&["backup", &file, "--keep", "2"]).await, "is no folder");
}

#[tokio::test]
async fn a_restore_names_objects_that_are_gone() {
    let place = portal().await;
    backed_up(&place, &[]).await;
    fs::remove_dir_all(place.path("objects/deployments")).unwrap();
    let done = restored(&place, &["--replace"]).await;
    assert!(done.out.contains("1 of 1 objects are gone: deployments/a/1/status.json"), "{done:?}");
}

#[tokio::test]
async fn what_is_in_the_database_goes_only_when_it_is_to_go() {
    let place = portal().await;
    backed_up(&place, &[]).await;
    let later = place.run(&["admin", "create", "later@university.example", "--name", "Later"]).await;
    assert_eq!(later.code, 0);
    let refused = restored(&place, &[]).await;
    assert_refused(&refused, "--replace throws away");
    let is_known =
        async || place.run(&["admin", "grant", "later@university.example", "leader"]).await.code == 0;
    assert!(is_known().await);
    assert_eq!(restored(&place, &["--replace"]).await.code, 0);
    assert!(!is_known().await);
}

#[tokio::test]
async fn nothing_is_restored_under_a_portal_that_runs() {
    let place = portal().await;
    backed_up(&place, &[]).await;
    let running = place.serve().await;
    assert_refused(&restored(&place, &["--replace"]).await, "end the portal first");
    drop(running);
}

#[tokio::test]
async fn without_its_key_a_backup_is_refused_and_with_the_passphrase_its_secrets_get_the_new_one() {
    let place = portal().await;
    let passphrase = place.file("passphrase", PASSPHRASE).display().to_string();
    let made = backed_up(&place, &["--passphrase-file", &passphrase]).await;
    assert!(made.out.contains("keys are in it"), "{made:?}");
    let text = lines(&place.path("jhaas.backup")).join("\n");
    assert!(!text.contains(SEAL) && !text.contains(PASSPHRASE));

    let other = elsewhere(&place).set("keys.seal", OTHER_SEAL);
    assert_refused(&restored(&other, &[]).await, "or give the passphrase");
    assert_refused(&restored(&other, &["--check"]).await, "or give the passphrase");
    let wrong = place.file("wrong", "correct horse batterz").display().to_string();
    assert_refused(&restored(&other, &["--passphrase-file", &wrong]).await, "does not open the keys");
    let short = place.file("short", "short").display().to_string();
    assert_refused(&restored(&other, &["--passphrase-file", &short]).await, "at least 12 characters");
    assert!(!other.path("jhaas.sqlite").exists());

    let done = restored(&other, &["--passphrase-file", &passphrase]).await;
    assert!(done.code == 0 && done.out.contains("are sealed with keys.seal now"), "{done:?}");
    for said in [&made.out, &made.err, &done.out, &done.err] {
        assert!(!said.contains(PASSPHRASE) && !said.contains(SEAL) && !said.contains(OTHER_SEAL), "{said}");
    }
    assert_eq!(other.doctor(&[]).await.part("sealed secrets").0, "ok");
    let _portal = other.serve().await;
}

#[tokio::test]
async fn a_key_that_is_no_more_is_named() {
    let place = portal().await;
    backed_up(&place, &[]).await;
    let other = elsewhere(&place).set("keys.seal", OTHER_SEAL);
    let refused = restored(&other, &[]).await;
    assert_refused(&refused, "it is not in the backup");
    let with_older = elsewhere(&place)
        .set("keys.seal", OTHER_SEAL)
        .set("keys.older", toml::Value::Array(vec![SEAL.into()]));
    assert_eq!(restored(&with_older, &[]).await.code, 0);
}

#[tokio::test]
async fn a_damaged_backup_is_refused_before_anything_is_touched() {
    let place = portal().await;
    backed_up(&place, &[]).await;
    let whole = fs::read(place.path("jhaas.backup")).unwrap();
    let all = lines(&place.path("jhaas.backup"));
    let other = Place::new();
    let file = other.path("jhaas.backup");
    let refused = async |what: &str, words: &str| {
        let ended = restored(&other, &[]).await;
        assert!(ended.code == 1 && ended.err.contains(words), "{what}: {ended:?}");
        assert!(!other.path("jhaas.sqlite").exists(), "{what}");
    };
    for (what, length) in [("empty", 0), ("half", whole.len() / 2), ("without its end", whole.len() - 4)] {
        fs::write(&file, &whole[..length]).unwrap();
        refused(what, "cannot be restored").await;
    }
    for at in [20, whole.len() / 3, whole.len() / 2, whole.len() - 6] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&file, bytes).unwrap();
        refused(&format!("another byte at {at}"), "cannot be restored").await;
    }
    let without_row: Vec<String> = all.iter().filter(|line| !line.contains("ada@")).cloned().collect();
    let mut out = GzEncoder::new(fs::File::create(&file).unwrap(), Compression::fast());
    out.write_all(without_row.join("\n").as_bytes()).unwrap();
    out.finish().unwrap();
    refused("a row was taken out", "checksum").await;
    fs::write(&file, "something else").unwrap();
    refused("another file", "cannot be restored").await;
}

#[tokio::test]
async fn a_backup_of_a_newer_version_is_refused_and_nothing_half_done_stays() {
    let place = portal().await;
    backed_up(&place, &[]).await;
    let all = lines(&place.path("jhaas.backup"));
    let other = Place::new();
    assert_eq!(other.run(&["migrate"]).await.code, 0);
    let file = other.path("jhaas.backup");
    let head = |change: fn(&mut Value)| {
        let mut lines = all.clone();
        let mut head: Value = serde_json::from_str(&lines[0]).unwrap();
        change(&mut head["head"]);
        lines[0] = head.to_string();
        lines
    };
    write(&file, &head(|head| head["format"] = 2.into()));
    assert_refused(&restored(&other, &[]).await, "a newer version");
    write(&file, &head(|head| head["migrations"].as_array_mut().unwrap().push("9999_later".into())));
    assert_refused(&restored(&other, &[]).await, "a newer version");

    // In the last row of the last table something does not fit.
    let mut lines = all.clone();
    let last = lines.iter().rposition(|line| line.starts_with(r#"{"row""#)).unwrap();
    lines[last] = r#"{"row":[1]}"#.to_owned();
    write(&file, &lines);
    let refused = restored(&other, &[]).await;
    assert_refused(&refused, "nothing was restored");
    let unknown = other.run(&["admin", "grant", "ada@university.example", "leader"]).await;
    assert_refused(&unknown, "there is no account");
}

#[tokio::test]
async fn a_backup_without_its_objects_is_made_only_when_that_is_wanted() {
    let place = portal().await;
    fs::remove_dir_all(place.path("objects")).unwrap();
    let file = place.path("jhaas.backup").display().to_string();
    let refused = place.run(&["backup", &file]).await;
    assert_refused(&refused, "--without-objects");
    assert!(!place.names().iter().any(|name| name.contains("backup")), "{:?}", place.names());
    backed_up(&place, &["--without-objects"]).await;
}

#[tokio::test]
async fn the_doctor_knows_when_the_last_backup_was_made() {
    on_both(async |world: World| {
        let place =
            Place::new().set("database.url", world.database.url.clone()).set("keys.seal", "07".repeat(32));
        assert_eq!(place.doctor(&[]).await.part("backup").0, "ok", "there is nothing to lose yet");
        let ada = world.leader("ada").await;
        world.course(&ada).state(CourseState::Deployed).create().await;
        assert_eq!(place.doctor(&[]).await.part("backup").0, "skipped");
        backed_up(&place, &["--without-objects"]).await;
        let found = place.doctor(&[]).await;
        assert!(found.part("backup").1.contains("the last one was made at"), "{found:#?}");
        assert_eq!(found.part("backup").0, "ok");
        let now = jhaas_app::backup::last_made(&world.app).await.unwrap().unwrap();
        jhaas_app::backup::made(&world.app, now.plus_days(-8)).await.unwrap();
        place.doctor(&[]).await.assert_warning("backup", "the last one was made at");
    })
    .await;
}
