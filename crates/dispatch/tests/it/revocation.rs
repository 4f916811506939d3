//! Whoever must be out of a hub is out of it at once, whatever other hubs do.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use jhaas_app::{
    Actor, App,
    revocation::{self, Cause},
    secret,
};
use jhaas_dispatch::{
    hub::Hubs,
    revocation as dispatch,
    visit::{self as visits, Connections},
};
use jhaas_domain::{
    course::CourseState,
    id::{CourseId, VisitId},
    visit::VisitState,
};
use jhaas_hubapi::http::ClientOptions;
use jhaas_store::visit::Visit;
use jhaas_testkit::{World, on_both};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path, path_regex},
};

use crate::stage::within;

fn hubs() -> Hubs {
    Hubs::new(&ClientOptions::default()).unwrap()
}

fn answer(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).insert_header("x-jupyterhub-version", "6.1.1")
}

/// A hub where nobody's server runs and everybody can be removed.
async fn willing() -> MockServer {
    let server = MockServer::start().await;
    let idle = answer(200).set_body_json(json!({ "name": "somebody", "servers": {} }));
    Mock::given(method("GET")).respond_with(idle).mount(&server).await;
    Mock::given(method("DELETE")).respond_with(answer(204)).mount(&server).await;
    server
}

/// A running course whose hub is `server`.
async fn course_at(world: &World, leader: &Actor, slug: &str, server: &MockServer) -> CourseId {
    let id = world.course(leader).slug(slug).state(CourseState::Deployed).create().await;
    let tx = world.db.begin().await.unwrap();
    let mut course = jhaas_store::course::lock(&tx, id).await.unwrap().unwrap();
    secret::course_secrets(&world.app, &tx, &course).await.unwrap();
    course.hub_url = Some(server.uri());
    jhaas_store::course::update(&tx, &mut course).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn ask(app: &App, course: CourseId, who: &Actor) {
    let tx = app.db.begin().await.unwrap();
    revocation::request(app, &tx, course, who.account, Cause::Removed).await.unwrap();
    app.commit(tx).await.unwrap();
}

async fn pending(app: &App, course: CourseId) -> usize {
    let jobs = jhaas_store::revocation::of_course(app.db.pool(), course, 100).await.unwrap();
    jobs.into_iter().filter(|job| job.state == "pending").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_hangs_delays_nobody_at_another_hub() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let hanging = MockServer::start().await;
        let never = answer(200).set_delay(Duration::from_secs(3600));
        Mock::given(path_regex("^/hub/api/.*")).respond_with(never).mount(&hanging).await;
        let well = willing().await;
        let stuck = course_at(&world, &ada, "stuck", &hanging).await;
        let fine = course_at(&world, &ada, "fine", &well).await;
        for number in 0..10 {
            let person = world.student(&format!("stuck-{number}")).await;
            ask(&world.app, stuck, &person).await;
        }
        let shutdown = CancellationToken::new();
        let crew = tokio::spawn(dispatch::run(world.app.clone(), hubs(), shutdown.clone()));
        for number in 0..3 {
            ask(&world.app, fine, &world.student(&format!("fine-{number}")).await).await;
            let out = async {
                while pending(&world.app, fine).await > 0 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(5), out).await.expect("out within 5 s");
        }
        assert_eq!(pending(&world.app, stuck).await, 10);
        shutdown.cancel();
        within(crew).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_refuses_is_asked_again_until_the_person_is_out() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let bob = world.student("bob").await;
        let server = MockServer::start().await;
        let refuses = answer(403).set_body_json(json!({ "status": 403, "message": "Forbidden" }));
        Mock::given(method("GET")).respond_with(refuses).up_to_n_times(1).mount(&server).await;
        let runs = json!({ "name": "bob", "servers": { "": { "ready": true } } });
        let runs = answer(200).set_body_json(runs);
        Mock::given(method("GET")).respond_with(runs).up_to_n_times(2).mount(&server).await;
        let idle = answer(200).set_body_json(json!({ "name": "bob", "servers": {} }));
        Mock::given(method("GET")).respond_with(idle).mount(&server).await;
        let stops = answer(202);
        Mock::given(path("/hub/api/users/bob/server")).respond_with(stops).expect(2).mount(&server).await;
        let pending_stop = answer(400).set_body_json(json!({ "status": 400, "message": "pending stop" }));
        let user = || Mock::given(method("DELETE")).and(path("/hub/api/users/bob"));
        user().respond_with(pending_stop).up_to_n_times(1).expect(1).mount(&server).await;
        user().respond_with(answer(204)).expect(1).mount(&server).await;
        let id = course_at(&world, &ada, "python", &server).await;
        ask(&world.app, id, &bob).await;

        assert_eq!(dispatch::run_due(&world.app, &hubs()).await.unwrap(), 1);
        let job = revocation::of_course(&world.app, &ada, id).await.unwrap().remove(0);
        assert!(job.is_pending && job.last_error.unwrap().contains("Forbidden"));
        assert_eq!(dispatch::run_due(&world.app, &hubs()).await.unwrap(), 0, "not at once");
        world.clock.advance_seconds(2);
        assert_eq!(dispatch::run_due(&world.app, &hubs()).await.unwrap(), 1);
        assert_eq!(pending(&world.app, id).await, 0);
        server.verify().await;
    })
    .await;
}

/// Counts whose connections were ended.
#[derive(Default)]
struct Ended(Mutex<Vec<String>>);

impl Connections for Ended {
    fn close(&self, _course: CourseId, user: &str) {
        self.0.lock().unwrap().push(user.to_owned());
    }
}

/// A visit by carl in bob's server that is over.
async fn visit_over(world: &World, course: CourseId, bob: &Actor, carl: &Actor) {
    let now = world.now();
    let visit = Visit {
        id: VisitId::new(&*world.app.clock, &*world.app.random),
        course,
        owner: bob.account,
        visitor: carl.account,
        state: VisitState::Open,
        asked_at: now,
        decided_at: Some(now),
        ends_at: Some(now),
        done_at: None,
        due_at: Some(now),
        attempts: 0,
        last_error: None,
    };
    jhaas_store::visit::insert(world.db.pool(), &visit).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_end_at_every_hub_that_answers_and_what_one_process_leaves_another_finds() {
    on_both(|world| async move {
        let (ada, bob) = (world.leader("ada").await, world.student("bob").await);
        let hanging = MockServer::start().await;
        let never = answer(200).set_delay(Duration::from_secs(3600));
        Mock::given(method("PATCH")).respond_with(never).mount(&hanging).await;
        let well = MockServer::start().await;
        Mock::given(path("/hub/api/shares/bob/")).respond_with(answer(200)).mount(&well).await;
        let stuck = course_at(&world, &ada, "stuck", &hanging).await;
        let fine = course_at(&world, &ada, "fine", &well).await;
        for number in 0..5 {
            visit_over(&world, stuck, &bob, &world.student(&format!("visitor-{number}")).await).await;
        }
        visit_over(&world, fine, &bob, &ada).await;
        let over = async |course| {
            let left = async || jhaas_store::visit::live(world.app.db.pool(), course).await.unwrap().len();
            while left().await > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let (ended, shutdown) = (Arc::new(Ended::default()), CancellationToken::new());
        let crew = visits::run(world.app.clone(), hubs(), ended.clone(), shutdown.clone());
        let crew = tokio::spawn(crew);
        tokio::time::timeout(Duration::from_secs(12), over(fine))
            .await
            .expect("out, though another hub hangs");
        assert_eq!(*ended.0.lock().unwrap(), ["bob", "bob"], "at once, and when the hub is believed no more");
        shutdown.cancel();
        within(crew).await.unwrap();

        // Without a gateway: not before a minute, so that the process that has one does it.
        visit_over(&world, fine, &bob, &ada).await;
        assert_eq!(visits::run_left(&world.app, &hubs()).await.unwrap(), 0);
        hanging.reset().await;
        Mock::given(method("PATCH")).respond_with(answer(404)).mount(&hanging).await;
        world.clock.advance_seconds(60);
        assert_eq!(visits::run_left(&world.app, &hubs()).await.unwrap(), 6);
        within(over(stuck)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_dispatchers_do_each_job_once() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let server = willing().await;
        let id = course_at(&world, &ada, "python", &server).await;
        for number in 0..9 {
            ask(&world.app, id, &world.student(&format!("student-{number}")).await).await;
        }
        let (one, other) = (hubs(), hubs());
        let both = [one, other].map(|hubs| {
            let app = world.app.clone();
            tokio::spawn(async move { dispatch::run_due(&app, &hubs).await.unwrap() })
        });
        let mut done = 0;
        for one in both {
            done += within(one).await.unwrap();
        }
        assert_eq!((done, pending(&world.app, id).await), (9, 0));
        let requests = server.received_requests().await.unwrap();
        let removals = requests.iter().filter(|request| request.method.as_str() == "DELETE");
        assert_eq!(removals.count(), 9);
    })
    .await;
}
