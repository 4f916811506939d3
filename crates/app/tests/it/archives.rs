//! Homes as archives: what is in them, who gets one, and what stays behind at the hub.

use std::{collections::BTreeMap, io::Read as _};

use flate2::{Crc, read::DeflateDecoder};
use jhaas_app::{
    Actor, Result,
    archive::{self, Archive},
    hub::{HubServer, ServerState},
    participation, revocation,
};
use jhaas_domain::{course::CourseState, id::CourseId};
use jhaas_testkit::{TestHubs, World, on_both};

use crate::help::{apply, events, outcome, part, participant, revocations};

struct Scene {
    hubs: TestHubs,
    id: CourseId,
    ada: Actor,
    bob: Actor,
}

impl Scene {
    /// What cannot be packed fills the pieces on the way long before its end.
    fn lay_noise(&self) {
        let numbers = 0..1_u32 << 20;
        let noise: Vec<u8> =
            numbers.flat_map(|number| number.wrapping_mul(0x9E37_79B9).to_le_bytes()).collect();
        self.hubs.lay("large.bin", Some(&noise));
    }

    async fn new(world: &World) -> Self {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).slug("python").state(CourseState::Deployed).create().await;
        let bob = participant(world, id, &ada, "bob").await;
        Self { hubs: TestHubs::default(), id, ada, bob }
    }

    async fn fetch(&self, world: &World, who: &Actor) -> Result<Archive> {
        archive::fetch(&world.app, &self.hubs, who, self.id).await
    }
}

/// All pieces; the last word is the error that broke it off.
async fn read(mut archive: Archive) -> (Vec<u8>, Option<String>) {
    let mut all = Vec::new();
    while let Some(piece) = archive.pieces.recv().await {
        match piece {
            Ok(piece) => all.extend(piece),
            Err(error) => return (all, Some(error.to_string())),
        }
    }
    (all, None)
}

fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// The files of a ZIP, by its directory, with their check sums compared.
fn unzip(zip: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let end = zip.windows(4).rposition(|four| four == b"PK\x05\x06").unwrap();
    let mut at = number(zip, end + 16, 4);
    let mut files = BTreeMap::new();
    for _ in 0..number(zip, end + 10, 2) {
        assert_eq!(&zip[at..at + 4], b"PK\x01\x02");
        let (method, crc, packed, size) = (
            number(zip, at + 10, 2),
            number(zip, at + 16, 4),
            number(zip, at + 20, 4),
            number(zip, at + 24, 4),
        );
        let (name_length, extra) = (number(zip, at + 28, 2), number(zip, at + 30, 2));
        let name = String::from_utf8(zip[at + 46..at + 46 + name_length].to_vec()).unwrap();
        let head = number(zip, at + 42, 4);
        assert_eq!(&zip[head..head + 4], b"PK\x03\x04");
        let data = head + 30 + number(zip, head + 26, 2) + number(zip, head + 28, 2);
        let mut content = Vec::new();
        if method == 8 {
            DeflateDecoder::new(&zip[data..data + packed]).read_to_end(&mut content).unwrap();
            let mut sum = Crc::new();
            sum.update(&content);
            assert_eq!((content.len(), sum.sum() as usize), (size, crc), "{name}");
        }
        files.insert(name, content);
        at += 46 + name_length + extra;
    }
    files
}

/// The clean-up at the hub and the note about it come after the last piece.
async fn recorded(world: &World, id: CourseId, times: usize) {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    while events(world, id).await.iter().filter(|kind| *kind == "home.fetched").count() < times {
        assert!(tokio::time::Instant::now() < deadline, "nobody noted the archive");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_participant_gets_everything_in_the_home_as_one_file() {
    on_both(|world| async move {
        let scene = Scene::new(&world).await;
        let large: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        scene.hubs.lay("start.ipynb", Some(b"{}"));
        scene.hubs.lay("week 1/größe.txt", Some("ß".as_bytes()));
        scene.hubs.lay("week 1/data/large.bin", Some(&large));
        scene.hubs.lay("week 1/nothing.txt", Some(b""));
        scene.hubs.lay("week 1/secret.txt", None);
        scene.hubs.lay("week 1/..\\..\\out.txt", Some(b"x"));
        scene.hubs.lay("week 1/two\nlines.txt", None);
        scene.hubs.lay("empty/", Some(b""));
        let archive = scene.fetch(&world, &scene.bob).await.unwrap();
        assert_eq!(archive.name, "python-2027-03-01.zip");
        let (zip, broken) = read(archive).await;
        assert_eq!(broken, None);
        assert!(zip.len() < large.len(), "it is packed");
        let files = unzip(&zip);
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        let expected = [
            "not-included.txt",
            "python/empty/",
            "python/start.ipynb",
            "python/week 1/data/large.bin",
            "python/week 1/größe.txt",
            "python/week 1/nothing.txt",
        ];
        assert_eq!(names, expected);
        assert_eq!(files["python/week 1/data/large.bin"], large);
        assert_eq!(files["python/week 1/größe.txt"], "ß".as_bytes());
        let left_out = "week 1/..\\..\\out.txt\nweek 1/secret.txt\nweek 1/two\u{fffd}lines.txt\n";
        assert_eq!(files["not-included.txt"], left_out.as_bytes());

        recorded(&world, scene.id, 1).await;
        assert_eq!(scene.hubs.server("bob"), None, "a server that was started for it is stopped");
        let last = archive::offer(&world.app, &scene.bob, scene.id).await.unwrap().last.unwrap();
        assert_eq!((last.files, last.bytes), (4, 2 + 2 + large.len() as u64));
    })
    .await;
}

#[tokio::test]
async fn a_server_that_ran_before_goes_on_and_after_the_end_nobody_stays_at_the_hub() {
    let world = World::sqlite().await;
    let scene = Scene::new(&world).await;
    let running = HubServer { state: ServerState::Running, started: None };
    // A participant may be at the hub from the start on.
    world.clock.set(world.stored(scene.id).await.spec.starts_at);
    scene.hubs.knows("bob", Some(running), world.now());
    read(scene.fetch(&world, &scene.bob).await.unwrap()).await;
    recorded(&world, scene.id, 1).await;
    assert_eq!(scene.hubs.server("bob"), Some(ServerState::Running));

    world.clock.set(world.stored(scene.id).await.spec.ends_at);
    scene.hubs.lay("late.txt", Some(b"x"));
    let (zip, broken) = read(scene.fetch(&world, &scene.bob).await.unwrap()).await;
    assert_eq!((broken, unzip(&zip).len()), (None, 1));
    recorded(&world, scene.id, 2).await;
    assert!(!scene.hubs.has("bob"), "in grace participants have no login at the hub");
}

#[tokio::test]
async fn an_archive_that_breaks_off_says_so_and_leaves_nothing_running() {
    let world = World::sqlite().await;
    let scene = Scene::new(&world).await;
    scene.lay_noise();
    world.clock.set(world.stored(scene.id).await.spec.starts_at);

    // The reader goes away.
    let mut archive = scene.fetch(&world, &scene.bob).await.unwrap();
    archive.pieces.recv().await.unwrap().unwrap();
    drop(archive);
    recorded(&world, scene.id, 1).await;
    assert_eq!(scene.hubs.server("bob"), None);

    // The hub goes away.
    let mut archive = scene.fetch(&world, &scene.bob).await.unwrap();
    archive.pieces.recv().await.unwrap().unwrap();
    scene.hubs.set_down(true);
    let (_, broken) = read(archive).await;
    assert!(broken.is_some());
    recorded(&world, scene.id, 2).await;
    assert_eq!(archive::offer(&world.app, &scene.bob, scene.id).await.unwrap().last, None);
    assert_eq!(revocations(&world, scene.id).await, ["_reader-bob home_read"], "tried until it is done");
}

#[tokio::test]
async fn the_end_of_the_portal_puts_everything_back_whoever_still_reads() {
    let world = World::sqlite().await;
    let scene = Scene::new(&world).await;
    scene.lay_noise();
    world.clock.set(world.stored(scene.id).await.spec.starts_at);
    let mut archive = scene.fetch(&world, &scene.bob).await.unwrap();
    archive.pieces.recv().await.unwrap().unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(20), world.app.background.end()).await.unwrap();
    assert_eq!(scene.hubs.server("bob"), None);
    assert_eq!(revocations(&world, scene.id).await, [""; 0], "nothing is left to do");
    let (_, broken) = read(archive).await;
    assert!(broken.is_some(), "nobody takes a part for the whole");
    recorded(&world, scene.id, 1).await;
}

#[tokio::test]
async fn whoever_is_removed_while_the_archive_is_read_is_gone_from_the_hub_afterwards() {
    let world = World::sqlite().await;
    let scene = Scene::new(&world).await;
    world.clock.set(world.stored(scene.id).await.spec.starts_at);
    scene.hubs.lay("start.ipynb", Some(b"{}"));
    let part = part(&world, scene.id, &scene.bob).await;
    let (app, ada, id) = (world.app.clone(), scene.ada.clone(), scene.id);
    scene.hubs.meanwhile(async move {
        participation::remove(&app, &ada, id, part, "").await.unwrap();
        let job = revocation::claim(&app, &[]).await.unwrap().unwrap();
        revocation::done(&app, &job).await.unwrap();
    });
    read(scene.fetch(&world, &scene.bob).await.unwrap()).await;
    recorded(&world, scene.id, 1).await;
    assert!(!scene.hubs.has("bob"));
}

#[tokio::test]
async fn a_hub_that_does_not_open_the_home_is_left_no_reader() {
    let world = World::sqlite().await;
    let scene = Scene::new(&world).await;
    scene.hubs.set_down(true);
    let refused = scene.fetch(&world, &scene.bob).await;
    assert!(matches!(refused, Err(jhaas_app::AppError::Unavailable(_))));
    // It may have made the reader without saying so. This is no removal of bob, and hides none.
    assert_eq!(revocations(&world, scene.id).await, ["_reader-bob home_read"]);
    let part = part(&world, scene.id, &scene.bob).await;
    participation::remove(&world.app, &scene.ada, scene.id, part, "").await.unwrap();
    assert_eq!(revocations(&world, scene.id).await, ["_reader-bob home_read", "bob removed"]);
}

#[tokio::test]
async fn only_who_takes_part_gets_the_own_home_and_not_without_end() {
    let world = World::sqlite().await;
    let scene = Scene::new(&world).await;
    let (stranger, asked) = (world.student("stranger").await, world.student("asked").await);
    apply(&world, scene.id, &asked).await;
    assert_eq!(outcome(&scene.fetch(&world, &stranger).await), "404");
    assert_eq!(outcome(&scene.fetch(&world, &asked).await), "403");
    for _ in 0..10 {
        scene.fetch(&world, &scene.bob).await.unwrap();
    }
    let eleventh = scene.fetch(&world, &scene.bob).await;
    assert!(matches!(eleventh, Err(jhaas_app::AppError::TooMany { .. })), "{eleventh:?}");
    scene.fetch(&world, &scene.ada).await.unwrap();

    let part = part(&world, scene.id, &scene.bob).await;
    participation::remove(&world.app, &scene.ada, scene.id, part, "").await.unwrap();
    assert_eq!(outcome(&scene.fetch(&world, &scene.bob).await), "403");
    assert_eq!(outcome(&archive::offer(&world.app, &scene.bob, scene.id).await), "403");
}
