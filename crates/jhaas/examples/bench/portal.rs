//! How soon a portal answers, and what it holds after many requests.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jhaas_app::account::{self, NewAccount};
use jhaas_domain::{account::Role, course::CourseState};
use jhaas_hubapi::http::{ClientOptions, client};
use reqwest::{Client, cookie::Jar};

use crate::{
    Args,
    machine::{Place, Running, until},
    table::{Table, median},
};

const REQUESTS: usize = 1000;
/// Of the requests; each takes the memory that Argon2 wants.
const SIGN_INS: usize = 20;
/// Pages that everyone may see.
const PAGES: [&str; 3] = ["/", "/sign-in", "/help"];
/// Pages of a leader, besides those of a course.
const OWN_PAGES: [&str; 3] = ["/courses", "/courses/new", "/account"];
const COURSES: usize = 20;
const EMAIL: &str = "ada@bench.example";
const PASSWORD: &str = "fourteen green bicycles";

pub(crate) async fn measure(args: &Args, table: &mut Table) {
    let (mut starts, mut memory, mut visited, mut worked) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    // The first one warms up and does not count.
    for number in 0..=args.runs {
        let place = Place::new().await;
        let own = own_pages(&place).await;
        let visitor = browser();
        let (portal, start) = started(args, &place, &visitor).await;
        let half = REQUESTS / 2;
        let for_visitors = visit(&visitor, &place, &PAGES, half).await;
        let mut leader = visitor;
        for _ in 0..SIGN_INS {
            leader = signed_in(&place).await;
        }
        let for_leaders = visit(&leader, &place, &own, half - SIGN_INS).await;
        if number > 0 {
            starts.push(start);
            visited.push(for_visitors);
            worked.push(for_leaders);
            memory.push(portal.memory_mb());
        }
    }
    table.at_most("portal: start to the first answer", median(starts), 150.0, "ms");
    table.at_most("portal: memory after 1,000 requests", median(memory), 60.0, "MB");
    table.note(format!(
        "of the 1,000 requests {SIGN_INS} are sign-ins; pages for visitors, one after the other: {:.0} a second; for a leader with \
         {COURSES} courses: {:.0} a second",
        median(visited),
        median(worked)
    ));
}

/// Makes a leader with courses; gives the pages to look at.
async fn own_pages(place: &Place) -> Vec<String> {
    let world = &place.world;
    let tx = world.db.begin().await.unwrap();
    let new = NewAccount {
        name: "Ada Lovelace".to_owned(),
        email: EMAIL.to_owned(),
        password: Some(PASSWORD.to_owned()),
        lang: "en".to_owned(),
        ..NewAccount::default()
    };
    let id = account::create_confirmed(&world.app, &tx, new).await.unwrap();
    account::grant(&world.app, &tx, id, Role::Leader).await.unwrap();
    world.commit(tx).await.unwrap();
    let leader = jhaas_app::Actor {
        account: id,
        name: "Ada Lovelace".to_owned(),
        roles: vec![Role::Leader],
        request_id: None,
    };
    let mut pages: Vec<String> = OWN_PAGES.map(str::to_owned).to_vec();
    for number in 0..COURSES {
        let slug = format!("bench-{number}");
        let start = world.now().plus_days(10);
        let course = world.course(&leader).slug(&slug).time(start, start.plus_days(30));
        let course = course.state(CourseState::Accepted).create().await;
        pages.extend(["", "/participants", "/history"].map(|page| format!("/courses/{course}{page}")));
    }
    pages
}

/// The portal, and the milliseconds from its start to its first answer.
async fn started(args: &Args, place: &Place, http: &Client) -> (Running, f64) {
    let begin = Instant::now();
    let portal = place.serve(&args.jhaas, &["--with-dispatcher"]);
    until("the portal's answer", Duration::from_millis(1), async || {
        http.get(place.address("/")).send().await.ok().filter(|answer| answer.status().is_success())
    })
    .await;
    (portal, begin.elapsed().as_secs_f64() * 1e3)
}

/// Looks at so many pages, one after the other; gives how many a second.
async fn visit(http: &Client, place: &Place, pages: &[impl AsRef<str>], requests: usize) -> f64 {
    let begin = Instant::now();
    for request in 0..requests {
        let page = pages[request % pages.len()].as_ref();
        let answer = http.get(place.address(page)).send().await.unwrap();
        assert!(answer.status().is_success(), "{}: {}", answer.url(), answer.status());
        answer.bytes().await.unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "a thousand is exact")]
    let requests = requests as f64;
    requests / begin.elapsed().as_secs_f64()
}

async fn signed_in(place: &Place) -> Client {
    let http = browser();
    let form = [("email", EMAIL), ("password", PASSWORD)];
    let answer = http.post(place.address("/sign-in")).form(&form).send().await.unwrap();
    assert!(answer.status().is_redirection(), "{}", answer.status());
    http
}

fn browser() -> Client {
    client(&ClientOptions { cookies: Some(Arc::new(Jar::default())), ..ClientOptions::default() }).unwrap()
}
