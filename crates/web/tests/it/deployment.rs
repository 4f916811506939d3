//! A deployment as leaders and administrators watch it.

use std::time::{Duration, Instant};

use axum::{
    body::Body,
    http::{Request, header},
};
use futures::StreamExt;
use jhaas_app::{Actor, deployment};
use jhaas_domain::{
    contract::{Level, LogLine, Outcome, PhaseTimes, Status},
    course::{CourseRole, CourseState},
    deployment::{Action, ErrorClass, Phase},
    id::{CourseId, DeploymentId},
};
use jhaas_objects::LogWriter;
use tokio::time::timeout;

use crate::portal::{Browser, Portal};

/// Nothing here may take longer.
const MOST: Duration = Duration::from_secs(20);

/// What a browser's `EventSource` hears.
struct Live {
    body: axum::body::BodyDataStream,
    heard: String,
}

impl Live {
    async fn open(portal: &Portal, browser: &Browser, path: &str, last: Option<&str>) -> Self {
        let cookies: Vec<String> =
            browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::get(path)
            .header(header::HOST, "localhost:8000")
            .header(header::ACCEPT, "text/event-stream")
            .header(header::COOKIE, cookies.join("; "));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = portal.raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), heard: String::new() }
    }

    /// Reads until the text was heard.
    async fn hears(&mut self, text: &str) {
        let reading = async {
            while !self.heard.contains(text) {
                let part =
                    self.body.next().await.unwrap_or_else(|| panic!("over without {text:?}: {}", self.heard));
                self.heard.push_str(std::str::from_utf8(&part.unwrap()).unwrap());
            }
        };
        timeout(MOST, reading).await.unwrap_or_else(|_| panic!("{text:?} did not come: {}", self.heard));
    }

    /// Reads until the portal ends the stream.
    async fn ends(mut self) -> String {
        let reading = async {
            while let Some(part) = self.body.next().await {
                self.heard.push_str(std::str::from_utf8(&part.unwrap()).unwrap());
            }
        };
        timeout(MOST, reading).await.unwrap();
        self.heard
    }

    fn last_id(&self) -> String {
        self.heard.lines().rfind(|line| line.starts_with("id:")).unwrap()[3..].trim().to_owned()
    }
}

struct Setting {
    portal: Portal,
    ada: Actor,
    course: CourseId,
    id: DeploymentId,
    attempt: u32,
}

/// A deployment whose worker has just begun.
async fn at_work() -> Setting {
    let portal = Portal::new().await;
    let ada = portal.world.leader("Ada").await;
    let course = portal.world.course(&ada).slug("python").state(CourseState::Deploying).create().await;
    let (id, attempt) = portal.world.start_attempt(course).await;
    Setting { portal, ada, course, id, attempt }
}

impl Setting {
    fn page(&self) -> String {
        format!("/courses/{}/deployments/{}", self.course, self.id)
    }

    fn line(&self, text: &str) -> LogLine {
        let (time, level, phase) = (self.portal.world.now(), Level::Info, Phase::Applying);
        LogLine { time, level, phase, text: text.to_owned() }
    }

    async fn status(&self, phases: &[(Phase, bool)]) {
        let began = self.portal.world.now();
        let times = |(phase, over): &(Phase, bool)| PhaseTimes {
            phase: *phase,
            began,
            ended: over.then(|| began.plus_seconds(3)),
        };
        let status = Status {
            result: Outcome::Running,
            phase: phases.last().unwrap().0,
            phases: phases.iter().map(times).collect(),
            check: None,
            ..self.portal.world.succeeded(self.id, self.attempt).await
        };
        self.portal.objects.write_status(&status).await.unwrap();
    }
}

/// The address of the live part that a page names.
fn live_address(body: &str) -> String {
    let from = &body[body.find("data-live=\"").unwrap() + 11..];
    from[..from.find('"').unwrap()].to_owned()
}

#[tokio::test]
async fn leaders_and_administrators_watch_and_nobody_else() {
    let all = at_work().await;
    let world = &all.portal.world;
    let max = world.administrator("Max").await;
    let gwen = world.governance("Greta").await;
    let ali = world.student("Ali").await;
    let sam = world.student("Sam").await;
    jhaas_app::staff::name(&world.app, &all.ada, all.course, "ali@university.example", CourseRole::Assistant)
        .await
        .unwrap();
    let page = all.page();
    for (who, status) in [(&all.ada, 200), (&max, 200), (&ali, 403), (&gwen, 403), (&sam, 404)] {
        let mut browser = all.portal.browser(who).await;
        browser.get(&page).await.is(status);
        browser.get(&format!("{page}/log")).await.is(status);
        browser.get(&format!("/courses/{}/deployments", all.course)).await.is(status);
        if status != 200 {
            browser.get(&format!("{page}/events")).await.is(status);
        }
    }
    let other = world.course(&all.ada).slug("other").create().await;
    let mut leader = all.portal.browser(&all.ada).await;
    leader.get(&format!("/courses/{other}/deployments/{}", all.id)).await.is(404);
    leader.get(&format!("/courses/{}/deployments/x", all.course)).await.is(404);
    let found = leader.get(&jhaas_app::link::deployment(all.id)).await;
    assert_eq!(found.leads_to(), page);
    let visitor = all.portal.visitor().get(&page).await;
    assert!(visitor.leads_to().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_line_of_the_log_is_seen_within_two_seconds() {
    let all = at_work().await;
    let mut browser = all.portal.browser(&all.ada).await;
    let page = browser.get(&all.page()).await.is(200).shows("at work");
    let mut live = Live::open(&all.portal, &browser, &live_address(&page.body), None).await;
    let log = LogWriter::start(all.portal.objects.clone(), all.id, all.attempt);
    log.line(all.line("the first line"));
    live.hears("the first line").await;
    // Some quiet, so that the reader has slowed down.
    let quiet = Live::open(&all.portal, &browser, &live_address(&page.body), Some(&live.last_id())).await;
    drop(timeout(Duration::from_secs(3), quiet.ends()).await);
    let written = Instant::now();
    log.line(all.line("<b>the second</b> line"));
    live.hears("the second").await;
    assert!(written.elapsed() < Duration::from_secs(2), "{:?}", written.elapsed());
    // What a program writes is text.
    assert!(!live.heard.contains("<b>"), "{}", live.heard);
    for target in ["log-tail", "log-whole"] {
        assert!(live.heard.contains(target));
    }
}

#[tokio::test]
async fn whoever_signs_out_is_locked_or_leaves_hears_no_more() {
    let all = at_work().await;
    let world = &all.portal.world;
    let (root, bea) = (world.administrator("Root").await, world.leader("Bea").await);
    jhaas_app::staff::name(&world.app, &all.ada, all.course, "bea@university.example", CourseRole::CoLeader)
        .await
        .unwrap();
    let (mut here, beas) = (all.portal.browser(&all.ada).await, all.portal.browser(&bea).await);
    let address = live_address(&here.get(&all.page()).await.is(200).body);
    let signed_out = Live::open(&all.portal, &here, &address, None).await;
    let removed = Live::open(&all.portal, &beas, &address, None).await;
    here.post("/sign-out", &[]).await.is(303);
    jhaas_app::staff::remove(&world.app, &all.ada, all.course, bea.account).await.unwrap();
    // Well before the end that every stream has.
    timeout(Duration::from_secs(30), signed_out.ends()).await.unwrap();
    timeout(Duration::from_secs(30), removed.ends()).await.unwrap();
    let locked = Live::open(&all.portal, &all.portal.browser(&root).await, &address, None).await;
    let second = world.administrator("Second").await;
    jhaas_app::account::lock(&world.app, &second, root.account, "Left.").await.unwrap();
    timeout(Duration::from_secs(30), locked.ends()).await.unwrap();
}

#[tokio::test]
async fn whoever_comes_back_hears_what_is_new_and_nothing_twice() {
    let all = at_work().await;
    let browser = all.portal.browser(&all.ada).await;
    let events = format!("{}/events", all.page());
    let log = LogWriter::start(all.portal.objects.clone(), all.id, all.attempt);
    let mut live = Live::open(&all.portal, &browser, &events, None).await;
    log.line(all.line("before the break"));
    live.hears("before the break").await;
    let last = live.last_id();
    drop(live);
    log.line(all.line("during the break"));
    let mut again = Live::open(&all.portal, &browser, &events, Some(&last)).await;
    again.hears("during the break").await;
    assert!(!again.heard.contains("before the break"), "{}", again.heard);
}

#[tokio::test]
async fn the_page_goes_on_where_it_was_made() {
    let all = at_work().await;
    let log = LogWriter::start(all.portal.objects.clone(), all.id, all.attempt);
    log.line(all.line("in the page already"));
    log.close().await.unwrap();
    let mut browser = all.portal.browser(&all.ada).await;
    let page = browser.get(&all.page()).await.shows("in the page already");
    let log = LogWriter::start(all.portal.objects.clone(), all.id, all.attempt);
    log.line(all.line("after the page"));
    let mut live = Live::open(&all.portal, &browser, &live_address(&page.body), None).await;
    live.hears("after the page").await;
    assert!(!live.heard.contains("in the page already"), "{}", live.heard);
    assert!(!live.heard.contains("event: replace"), "nothing else changed: {}", live.heard);
}

#[tokio::test]
async fn steps_follow_the_worker() {
    let all = at_work().await;
    all.status(&[(Phase::Starting, false)]).await;
    let mut browser = all.portal.browser(&all.ada).await;
    let page = browser.get(&all.page()).await.is(200);
    let page = page.shows("preparing").shows("checking").shows("data-since");
    let mut live = Live::open(&all.portal, &browser, &live_address(&page.body), None).await;
    all.status(&[(Phase::Starting, true), (Phase::Initialising, true), (Phase::Planning, false)]).await;
    live.hears("live-steps").await;
    assert!(live.heard.contains("live-head"), "{}", live.heard);
    assert!(live.heard.contains("<span>done in 3"), "{}", live.heard);
}

#[tokio::test]
async fn the_end_loads_the_page_anew_with_the_result() {
    let all = at_work().await;
    let mut browser = all.portal.browser(&all.ada).await;
    let live = Live::open(&all.portal, &browser, &format!("{}/events", all.page()), None).await;
    let log = LogWriter::start(all.portal.objects.clone(), all.id, all.attempt);
    for number in 0..3 {
        log.line(all.line(&format!("line {number}")));
    }
    log.close().await.unwrap();
    let status = all.portal.world.succeeded(all.id, all.attempt).await;
    deployment::finish(&all.portal.world.app, all.id, all.attempt, &status).await.unwrap();
    let heard = live.ends().await;
    assert!(heard.contains("line 2") && heard.contains("event: reload"), "{heard}");
    let page = browser.get(&all.page()).await.is(200).shows("The hub is deployed and checked.");
    page.shows("A test person signed in").shows("line 0").hides("data-live");
    let text = browser.get(&format!("{}/log", all.page())).await.is(200).shows("line 2");
    assert_eq!(text.body.lines().count(), 3);
    let list = browser.get(&format!("/courses/{}/deployments", all.course)).await.is(200);
    list.shows("succeeded").shows(&all.page());
}

#[tokio::test]
async fn a_failure_says_why_and_what_comes_next() {
    let all = at_work().await;
    let world = &all.portal.world;
    let max = world.administrator("Max").await;
    let status = world.failed(all.id, all.attempt, ErrorClass::Permanent).await;
    deployment::finish(&world.app, all.id, all.attempt, &status).await.unwrap();
    let mut leader = all.portal.browser(&all.ada).await;
    let page = leader.get(&all.page()).await.is(200).shows("JupyterHub ended while it was starting");
    let page =
        page.shows("hub-start-failed").shows("The administrators have been told").shows("exit status 1");
    page.hides("Try again");
    let retry = format!("/admin/courses/{}/retry", all.course);
    leader.post(&retry, &[]).await.is(403);
    let mut administrator = all.portal.browser(&max).await;
    administrator.get(&all.page()).await.shows("Try again").shows("Remove the hub");
    let done = administrator.post(&retry, &[]).await;
    administrator.follow(&done).await.is(200).shows("It is tried again.");
    assert_ne!(done.leads_to(), all.page());
    administrator.post(&retry, &[]).await.is(409);
}

#[tokio::test]
async fn a_second_attempt_has_its_own_log_and_the_first_stays() {
    let all = at_work().await;
    let world = &all.portal.world;
    let log = LogWriter::start(all.portal.objects.clone(), all.id, 1);
    log.line(all.line("of the first attempt"));
    log.close().await.unwrap();
    let mut browser = all.portal.browser(&all.ada).await;
    let page = browser.get(&all.page()).await;
    let live = Live::open(&all.portal, &browser, &live_address(&page.body), None).await;
    let status = world.failed(all.id, 1, ErrorClass::Transient).await;
    all.portal.objects.write_status(&status).await.unwrap();
    deployment::finish(&world.app, all.id, 1, &status).await.unwrap();
    browser.get(&all.page()).await.is(200).shows("waits to try again").shows("tried again by itself");
    world.clock.advance_minutes(2);
    let (_, attempt) = world.start_attempt(all.course).await;
    assert_eq!(attempt, 2);
    assert!(live.ends().await.contains("event: reload"));
    browser.get(&all.page()).await.is(200).hides("of the first attempt").shows("2 of at most 3");
    let first = browser.get(&format!("{}?attempt=1", all.page())).await.is(200);
    first.shows("of the first attempt").shows("JupyterHub ended while it was starting").hides("data-live");
    browser.get(&format!("{}/log?attempt=1", all.page())).await.shows("of the first attempt");
    browser.get(&format!("{}/log?attempt=77", all.page())).await.is(200).hides("of the first attempt");
}

#[tokio::test]
async fn whoever_waits_learns_how_many_come_first() {
    let mut world = jhaas_testkit::World::sqlite().await;
    world.set(|settings| settings.dispatch.concurrency = 1);
    let portal = Portal::of(world);
    let ada = portal.world.leader("Ada").await;
    let mut courses = Vec::new();
    for slug in ["first", "second", "third"] {
        courses.push(portal.world.course(&ada).slug(slug).state(CourseState::Deploying).create().await);
        portal.world.clock.advance_seconds(1);
    }
    portal.world.start_attempt(courses[0]).await;
    let mut browser = portal.browser(&ada).await;
    for (course, words) in
        [(courses[1], "This is the next one"), (courses[2], "One other deployment comes first")]
    {
        let open = portal.world.open_deployment(course).await;
        let page = browser.get(&format!("/courses/{course}/deployments/{}", open.id)).await.is(200);
        page.shows(words).shows("data-live");
    }
}

#[tokio::test]
async fn a_removal_is_watched_like_a_deployment() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("Ada").await;
    let course = portal.world.course(&ada).failed(Action::Degrade).create().await;
    let filter = deployment::Filter { action: Some(Action::Degrade), ..Default::default() };
    let found = jhaas_store::deployment::list(portal.world.db.pool(), &filter, Default::default()).await;
    let last = found.unwrap().items.remove(0).id;
    let mut browser = portal.browser(&ada).await;
    let page = browser.get(&format!("/courses/{course}/deployments/{last}")).await.is(200);
    page.shows("The hub could not be removed completely").shows("The removal is repeated by itself");
}
