//! The way into a course as leaders set it up, and as students meet it.

use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use jhaas_domain::course::{CourseRole, CourseState};
use jhaas_testkit::World;

use crate::portal::{Portal, Reply};

/// What a camera reads in the drawing of a page.
fn read_qr(svg: &str) -> String {
    let number = |text: &str| text.parse::<usize>().unwrap();
    let svg = svg.split("<svg class=\"qr\"").nth(1).unwrap();
    let view = svg.split("viewBox=\"0 0 ").nth(1).unwrap();
    let size = number(view.split(' ').next().unwrap());
    let path = svg.split("fill=\"#000\" d=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut dark = vec![vec![false; size]; size];
    for run in path.split('M').skip(1) {
        let (at, length) = run.split_once('h').unwrap();
        let (x, y) = at.split_once(' ').unwrap();
        let length = number(length.split('v').next().unwrap());
        dark[number(y)][number(x)..number(x) + length].fill(true);
    }
    let scale = 4;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(size * scale, size * scale, |x, y| {
        if dark[y / scale][x / scale] { 0 } else { 255 }
    });
    let found = image.detect_grids();
    assert_eq!(found.len(), 1);
    found[0].decode().unwrap().1
}

fn link(page: &Reply) -> String {
    let at = page.body.find("http://localhost:8000/join/").unwrap();
    page.body[at..].split(['"', '<']).next().unwrap().to_owned()
}

#[tokio::test]
async fn a_leader_shows_the_link_as_a_code_that_a_camera_reads() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).state(CourseState::Accepted).create().await;
    let mut ada = portal.browser(&ada).await;
    ada.get(&format!("/courses/{course}")).await.is(200).shows(&format!("href=\"/courses/{course}/invite\""));
    let page =
        ada.get(&format!("/courses/{course}/invite")).await.is(200).shows("QR code with the invite link");
    assert_eq!(read_qr(&page.body), link(&page));
    let board = ada.get(&format!("/courses/{course}/invite/board")).await.is(200).shows("Course python");
    assert_eq!(read_qr(&board.body), link(&board));
    let file = ada.get(&format!("/courses/{course}/invite/qr.svg")).await.is(200);
    assert!(file.body.starts_with("<svg ") && read_qr(&file.body) == link(&page));
}

#[tokio::test]
async fn a_student_with_an_expired_link_reads_what_it_means_and_whom_to_ask() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).state(CourseState::Accepted).create().await;
    let bob = world.student("bob").await;
    let mut ada = portal.browser(&ada).await;
    let until = format!("/courses/{course}/invite/until");
    let past = [("until_date", "2027-02-01"), ("until_time", "10:00")];
    ada.post(&until, &past).await.is(422).shows("That time has passed already").shows("value=\"2027-02-01\"");
    let sent = ada.post(&until, &[("until_date", "2027-03-01"), ("until_time", "08:04")]).await;
    let page = ada.follow(&sent).await.is(200).shows("The link now has an end.").shows("Take the end away");
    let path = link(&page).replace("http://localhost:8000", "");
    let mut bob = portal.browser(&bob).await;
    bob.get(&path).await.is(200).shows("Apply now");

    world.clock.advance_minutes(5);
    for browser in [&mut bob, &mut portal.visitor()] {
        browser.get(&path).await.is(410).shows("has expired").shows("Ask the course’s leaders").shows("ada");
    }
    bob.post(&path, &[]).await.is(409).shows("The invite link has expired.");
    ada.get(&format!("/courses/{course}")).await.is(200).shows("The link expired on").hides("/join/");
    let sent = ada.post(&until, &[("then", "clear")]).await;
    ada.follow(&sent).await.is(200);
    bob.get(&path).await.is(200).shows("Apply now");
}

#[tokio::test]
async fn a_student_types_the_code_that_is_told_in_the_room() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).state(CourseState::Accepted).create().await;
    let bob = world.student("bob").await;
    let mut ada = portal.browser(&ada).await;
    let code = format!("/courses/{course}/invite/code");
    ada.post(&code, &[("code", "x")]).await.is(422).shows("An access code has 4 to 32 characters");
    let sent = ada.post(&code, &[("code", "Raum-12")]).await;
    let page = ada.follow(&sent).await.is(200).shows("RAUM12");
    ada.get(&format!("/courses/{course}/invite/board")).await.is(200).shows("RAUM12");
    let path = link(&page).replace("http://localhost:8000", "");
    portal.visitor().get(&path).await.is(200).hides("name=\"code\"").hides("RAUM12");
    let mut bob = portal.browser(&bob).await;
    bob.get(&path).await.is(200).shows("name=\"code\"").hides("RAUM12");
    bob.post(&path, &[]).await.is(422).shows("Enter the access code");
    bob.post(&path, &[("code", "raum 13")]).await.is(422).shows("is wrong").shows("value=\"raum 13\"");
    for _ in 0..9 {
        bob.post(&path, &[("code", "guess")]).await.is(422);
    }
    bob.post(&path, &[("code", "raum 12")]).await.is(429).shows("please try again in").shows("raum 12");
    world.clock.advance_minutes(16);
    let sent = bob.post(&path, &[("code", "raum 12")]).await;
    bob.follow(&sent).await.is(200).shows("Your application has arrived");
}

#[tokio::test]
async fn assistants_and_strangers_set_up_no_way_in() {
    let portal = Portal::new().await;
    let world: &World = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).state(CourseState::Accepted).create().await;
    let (tom, eve) = (world.student("tom").await, world.student("eve").await);
    jhaas_app::staff::name(&world.app, &ada, course, "tom@university.example", CourseRole::Assistant)
        .await
        .unwrap();
    let token = world.stored(course).await.invite_token;
    let (mut tom, mut eve) = (portal.browser(&tom).await, portal.browser(&eve).await);
    for page in ["invite", "invite/board", "invite/qr.svg"] {
        tom.get(&format!("/courses/{course}/{page}")).await.is(403).hides(&token);
        eve.get(&format!("/courses/{course}/{page}")).await.is(404).hides(&token);
    }
    for page in ["invite", "invite/until", "invite/code"] {
        tom.post(&format!("/courses/{course}/{page}"), &[("then", "fresh")]).await.is(403);
        eve.post(&format!("/courses/{course}/{page}"), &[("then", "fresh")]).await.is(404);
    }
    assert_eq!(world.stored(course).await.invite_token, token);
    // The drawing is for the leader alone, and no cache keeps it.
    let request = Request::get(format!("/courses/{course}/invite/qr.svg"))
        .header(header::HOST, "localhost:8000")
        .body(Body::empty())
        .unwrap();
    let reply = portal.raw(request).await;
    assert_eq!(reply.headers()[header::CACHE_CONTROL], "no-store");
    let body = to_bytes(reply.into_body(), 1 << 20).await.unwrap();
    assert!(!String::from_utf8_lossy(&body).contains("<svg class=\"qr\""));
}
