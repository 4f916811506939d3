//! The demo: what it shows at first, what it keeps, and what it does not touch.

use std::{collections::BTreeMap, fs, path::Path};

use jhaas_domain::{
    course::CourseState::{self, Accepted, Degraded, Requested},
    id::CourseId,
};
use jhaas_store::{Database, Page, course};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::line::{Program, python, until};

/// A demo in a folder that shows its courses; their hubs are tried elsewhere.
async fn start(folder: &Path, arguments: &[&str]) -> Program {
    let data = folder.join("data").display().to_string();
    let arguments = [&["demo", "--port", "0", "--data", &data], arguments].concat();
    let quiet = [("JHAAS_DISPATCHER__MAINTENANCE", "true".into())];
    let demo = Program::start(folder.join("said"), &arguments, &quiet);
    let client = jhaas_hubapi::http::client(&jhaas_hubapi::http::ClientOptions::default()).unwrap();
    until("the portal's answer", async || client.get(address(&demo)?).send().await.ok()).await;
    demo
}

/// The portal's, as it is said.
fn address(demo: &Program) -> Option<String> {
    let said = demo.said();
    said.split_whitespace().find(|word| word.starts_with("http://localhost:")).map(str::to_owned)
}

async fn interrupt(mut demo: Program) {
    demo.signal(Signal::INT);
    let (code, said) = demo.ended().await;
    assert_eq!(code, Some(0), "{said}");
}

async fn courses(folder: &Path) -> BTreeMap<String, (CourseId, CourseState)> {
    let url = format!("sqlite://{}", folder.join("data/jhaas.sqlite").display());
    let db = Database::connect(&url, 1).await.unwrap();
    let all = course::list(db.pool(), &course::Filter::default(), Page::default()).await.unwrap().items;
    all.into_iter().map(|course| (course.spec.slug.to_string(), (course.id, course.state))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_shows_people_and_courses_keeps_them_and_begins_anew_when_told() {
    python().await;
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let demo = start(folder, &[]).await;
    let said = demo.said();
    assert!(said.contains(&fs::read_to_string(folder.join("data/password")).unwrap()), "{said}");
    assert_eq!(said.matches("@demo.example").count(), 7, "{said}");
    let first = courses(folder).await;
    let states: Vec<_> = first.iter().map(|(slug, (_, state))| (slug.as_str(), *state)).collect();
    let expected = [
        ("biostatistics", Accepted),
        ("data-literacy", Degraded),
        ("ml-practice", Requested),
        // It has begun, and only maintenance keeps its hub from being deployed.
        ("python-101", Accepted),
    ];
    assert_eq!(states, expected);
    interrupt(demo).await;

    interrupt(start(folder, &[]).await).await;
    assert_eq!(courses(folder).await, first);

    interrupt(start(folder, &["--fresh"]).await).await;
    let fresh = courses(folder).await;
    assert!(fresh.keys().eq(first.keys()) && fresh != first);

    // One that was ended while it made its courses would show some of them for ever.
    fs::write(folder.join("data/unfinished"), "").unwrap();
    interrupt(start(folder, &[]).await).await;
    let finished = courses(folder).await;
    assert!(finished.keys().eq(first.keys()) && finished != fresh);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_does_not_touch_a_folder_with_other_things() {
    let folder = TempDir::new().unwrap();
    let thesis = folder.path().join("objects/thesis");
    fs::create_dir(thesis.parent().unwrap()).unwrap();
    fs::write(&thesis, "years of work").unwrap();
    let data = folder.path().display().to_string();
    let said = TempDir::new().unwrap();
    let arguments = ["demo", "--port", "0", "--data", &data, "--fresh"];
    let (code, said) = Program::start(said.path().join("said"), &arguments, &[]).ended().await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("choose an empty folder"), "{said}");
    assert!(thesis.exists());
}
