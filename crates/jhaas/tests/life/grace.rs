//! The days after the end of a course, in which its hub is there for leaders, and for everybody's files.
#![expect(
    clippy::disallowed_methods,
    reason = "reads an archive with another program than the one that wrote it"
)]

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use jhaas_app::{
    change, course,
    hub::{Hubs as _, ServerState},
    server,
};
use jhaas_dispatch::hub::Hubs;
use jhaas_domain::{
    course::CourseState,
    id::CourseId,
    schedule::{Edge, to_local},
    time::Timestamp,
};
use jhaas_hubapi::http::ClientOptions;

use crate::{
    home::{Browser, admitted, until_server},
    line::{Line, python, until},
};

/// Checks the archive and prints what is in it: names, and the content as hexadecimal digits.
const READ: &str = r#"
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
broken = archive.testzip()
assert broken is None, broken
json.dump({name: archive.read(name).hex() for name in archive.namelist()}, sys.stdout)
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_home_is_fetched_whole_in_the_grace_period_and_its_owner_is_out_of_the_hub_afterwards() {
    let line = Line::new().await;
    let _portal = line.portal().await;
    let dispatcher = line.dispatcher();
    let id = line.begun("grace", |_| {}).await;
    line.until_state(id, CourseState::Deployed, Some(&dispatcher)).await;
    let (app, hubs) = (&line.world.app, Hubs::new(&ClientOptions::default()).unwrap());
    let bob = admitted(&line, id, "bob").await;
    server::start(app, &hubs, &line.leader, id, bob.account).await.unwrap();
    until_server(&line, &hubs, id, Some(ServerState::Running)).await;
    let home = line.hub_folder(id).join("homes/bob");
    let written = work_in(&home);

    // The course ends under bob's hands.
    let ends_at = end_with_this_minute(&line, id).await;
    let is_out = async || {
        let users = hubs.hub(app, id).await.unwrap().unwrap().users().await.unwrap();
        users.iter().all(|user| !user.name.contains("bob")).then_some(())
    };
    line.until("the end", id, Some(&dispatcher), async || (line.world.now() >= ends_at).then_some(())).await;
    line.until("bob to be out of the hub", id, Some(&dispatcher), is_out).await;
    let browser = Browser::of(&line, &bob).await;
    let entry = browser.client.get(format!("http://grace.localhost:{}/", line.port)).send().await.unwrap();
    assert_eq!(entry.status(), 403, "{}", entry.url());

    let fetch = browser.client.post(line.url(&format!("/courses/{id}/files/archive")));
    let archive = fetch.header("sec-fetch-site", "same-origin").send().await.unwrap();
    assert_eq!(archive.status(), 200);
    assert_eq!(archive.headers()["content-type"], "application/zip");
    let file = line.path("home.zip");
    fs::write(&file, archive.bytes().await.unwrap()).unwrap();
    let found = read(&file).await;
    for (name, content) in &written {
        assert_eq!(found.get(&format!("grace/{name}")), Some(content), "{name}");
    }
    assert_eq!(found.len(), written.len(), "{:?}", found.keys());

    until("bob to be out of the hub again", is_out).await;
    until_server(&line, &hubs, id, None).await;
    assert_eq!(line.world.stored(id).await.state, CourseState::Deployed, "the hub stays for its leaders");
    assert!(home.join("week 1/größe.txt").is_file(), "and the home until it goes");
}

/// Files as people have them; names and contents as in [`READ`].
fn work_in(home: &Path) -> BTreeMap<String, String> {
    let large: Vec<u8> = (0..5_000_000_u32).map(|number| number.to_le_bytes()[number as usize % 3]).collect();
    let files = [
        ("notes.txt", b"kept".to_vec()),
        ("week 1/gr\u{f6}\u{df}e.txt", "viel größer".into()),
        ("week 1/deep/er/empty.txt", Vec::new()),
        ("large.bin", large),
    ];
    let mut written = BTreeMap::new();
    for (name, content) in files {
        let path = home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &content).unwrap();
        written.insert(name.to_owned(), content.iter().map(|byte| format!("{byte:02x}")).collect());
    }
    fs::create_dir(home.join("no files")).unwrap();
    written.insert("no files/".to_owned(), String::new());
    written
}

async fn read(archive: &Path) -> BTreeMap<String, String> {
    let output = Command::new(python().await).args(["-c", READ]).arg(archive).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Lets the leader end the course with the minute that runs, or with the next one; gives the instant.
async fn end_with_this_minute(line: &Line, id: CourseId) -> Timestamp {
    let (app, stored) = (&line.world.app, line.world.stored(id).await);
    let minute = line.world.now().plus_seconds(5).as_seconds() / 60 + 1;
    let ends_at = Timestamp::from_millis(minute * 60_000);
    let mut form = course::form_of(&stored.spec, &app.settings.zone);
    let last = to_local(ends_at, &app.settings.zone, Edge::End);
    form.end_date = last.date().to_string();
    form.end_time = last.strftime("%H:%M").to_string();
    change::change(app, &line.leader, id, stored.version, &form).await.unwrap();
    assert_eq!(line.world.stored(id).await.spec.ends_at, ends_at);
    ends_at
}
