//! Courses, people in them, deployments and mails as rows.

use std::{slice, sync::Mutex, time::Duration};

use async_trait::async_trait;
use jhaas_domain::{
    course::{AdmissionRule, CourseSpec, CourseState, Environment, SharedFolder, StartPage},
    deployment::{Action, DeploymentState, Phase},
    id::{AccountId, CourseId, DeploymentId, EventId, MailId},
    mail_address::MailAddress,
    participation::ParticipationState,
    resources::PerPerson,
    slug::Slug,
    time::Timestamp,
};
use jhaas_store::{
    Database, Page, StoreError, account,
    course::{self, Due},
    deployment,
    deployment::Lease,
    event, identity_session,
    outbox::{self, Attempted, MailState},
    participation, revocation, roster, setting, visit,
};
use jhaas_testkit::{TestDatabase, World, on_both, postgres_url};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn new_course(world: &World, slug: &str) -> course::Course {
    course::Course {
        id: CourseId::new(&*world.app.clock, &*world.app.random),
        state: CourseState::Requested,
        sent_back: false,
        spec: CourseSpec {
            title: format!("Course {slug}"),
            slug: Slug::parse(slug).unwrap(),
            description: "Ümläuts, \"quotes\" and 🦀".to_owned(),
            starts_at: NOW,
            ends_at: NOW.plus_days(10),
            seats: 30,
            per_person: PerPerson { cpu_millis: 500, memory_mib: 1024, storage_mib: 2048 },
            environment: Environment::Catalogue { key: "python".to_owned() },
            start_page: StartPage::App { path: "rstudio".to_owned() },
            material: None,
            shared_folder: SharedFolder::ReadOnly,
            admission: AdmissionRule::Link,
            remarks: String::new(),
        },
        due_at: Some(NOW),
        failed_action: Some(Action::Degrade),
        stop_requested: true,
        invite_token: format!("token-{slug}"),
        invite_until: Some(Timestamp::from_millis(8)),
        cleanup_attempts: 2,
        reminder_sent: Some(3),
        opened_mail_sent: true,
        over_mail_sent: false,
        cluster: "north".to_owned(),
        hub_url: Some("http://x.localhost".to_owned()),
        hub_down_since: Some(NOW),
        hub_down_mailed: true,
        homes_until: Some(Timestamp::from_millis(9)),
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

fn new_deployment(world: &World, course: &course::Course) -> deployment::Deployment {
    deployment::Deployment {
        id: DeploymentId::new(&*world.app.clock, &*world.app.random),
        course: course.id,
        action: Action::Deploy,
        state: DeploymentState::Open,
        attempt: 0,
        spec: course.spec.clone(),
        lease_token: None,
        lease_until: None,
        worker_ref: None,
        heartbeat: 0,
        heartbeat_at: None,
        phase: None,
        phases: Vec::new(),
        cancel_requested: false,
        requested_by: None,
        error: None,
        check: None,
        due_at: Some(NOW),
        created_at: NOW,
        started_at: None,
        finished_at: None,
    }
}

fn new_mail(world: &World, dedupe: &str) -> outbox::Mail {
    outbox::Mail {
        id: MailId::new(&*world.app.clock, &*world.app.random),
        dedupe: dedupe.to_owned(),
        kind: "admitted".to_owned(),
        account: Some(AccountId::new(&*world.app.clock, &*world.app.random)),
        course: None,
        address: "bob@university.example".to_owned(),
        data: serde_json::json!({ "kind": "admitted", "n": 1 }),
        state: MailState::Pending,
        attempts: 0,
        due_at: Some(NOW),
        lease_token: None,
        lease_until: None,
        created_at: NOW,
        sent_at: None,
        last_error: None,
    }
}

#[tokio::test]
async fn a_course_is_read_as_it_was_written() {
    on_both(|world| async move {
        let db = world.db.pool();
        let mut written = new_course(&world, "python");
        course::insert(db, &written).await.unwrap();
        assert_eq!(course::by_id(db, written.id).await.unwrap().unwrap(), written);
        written.failed_action = None;
        written.due_at = None;
        written.reminder_sent = None;
        written.hub_url = None;
        written.hub_down_since = None;
        course::update(db, &mut written).await.unwrap();
        assert_eq!(written.version, 2);
        assert_eq!(course::by_id(db, written.id).await.unwrap().unwrap(), written);
        let by_token = course::by_invite_token(db, "token-python").await.unwrap().unwrap();
        assert_eq!(by_token.id, written.id);
        assert!(course::by_invite_token(db, "token-PYTHON").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn the_later_of_two_writers_is_told() {
    on_both(|world| async move {
        let db = world.db.pool();
        let mut one = new_course(&world, "python");
        course::insert(db, &one).await.unwrap();
        let mut other = one.clone();
        one.spec.seats = 10;
        other.spec.seats = 20;
        course::update(db, &mut one).await.unwrap();
        assert!(matches!(course::update(db, &mut other).await, Err(StoreError::Stale)));
        assert_eq!(course::by_id(db, one.id).await.unwrap().unwrap().spec.seats, 10);
    })
    .await;
}

#[tokio::test]
async fn a_slug_is_held_in_exactly_the_states_that_hold_it() {
    on_both(|world| async move {
        let db = world.db.pool();
        for state in CourseState::ALL {
            let slug = format!("slug-{}", state.as_str().to_lowercase());
            let mut first = new_course(&world, &slug);
            first.state = state;
            course::insert(db, &first).await.unwrap();
            let held = course::by_slug(db, &first.spec.slug).await.unwrap().is_some();
            assert_eq!(held, state.holds_slug(), "{state:?}");
            let mut second = new_course(&world, &slug);
            second.invite_token.push('2');
            let inserted = course::insert(db, &second).await;
            assert_eq!(matches!(inserted, Err(StoreError::Duplicate(_))), state.holds_slug(), "{state:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_due_comes_in_its_order_and_the_next_instant_is_known() {
    on_both(|world| async move {
        let db = world.db.pool();
        let mut ids = Vec::new();
        for (number, due) in [Some(30), Some(10), None, Some(20), Some(90)].into_iter().enumerate() {
            let mut course = new_course(&world, &format!("course-{number}"));
            course.due_at = due.map(|minutes| NOW.plus_minutes(minutes));
            course::insert(db, &course).await.unwrap();
            ids.push(course.id);
        }
        let at = NOW.plus_minutes(30);
        assert_eq!(course::due(db, Due::All, at, 10).await.unwrap(), [ids[1], ids[3], ids[0]]);
        assert_eq!(course::due(db, Due::All, at, 2).await.unwrap(), [ids[1], ids[3]]);
        assert_eq!(course::next_due(db, Due::All, NOW).await.unwrap(), Some(NOW.plus_minutes(10)));
        let running = course::between(db, &[CourseState::Requested], NOW.plus_days(10), NOW.plus_days(11));
        assert!(running.await.unwrap().is_empty(), "the end is exclusive");
        let last = course::between(db, &[CourseState::Requested], NOW.plus_days(9), NOW.plus_days(11));
        assert_eq!(last.await.unwrap().len(), 5);
    })
    .await;
}

#[tokio::test]
async fn a_course_has_one_open_deployment_and_an_attempt_one_claimant() {
    on_both(|world| async move {
        let db = world.db.pool();
        let course = new_course(&world, "python");
        course::insert(db, &course).await.unwrap();
        let mut open = new_deployment(&world, &course);
        deployment::insert(db, slice::from_ref(&open)).await.unwrap();
        let second = deployment::insert(db, &[new_deployment(&world, &course)]).await;
        assert!(matches!(second, Err(StoreError::Duplicate(_))));

        let until = NOW.plus_minutes(1);
        let early = NOW.plus_millis(-1);
        let lease = |token| Lease { token, until };
        assert!(!deployment::claim(db, open.id, 0, lease("early"), early).await.unwrap(), "not due");
        assert!(deployment::claim(db, open.id, 0, lease("one"), NOW).await.unwrap());
        assert!(!deployment::claim(db, open.id, 0, lease("other"), NOW).await.unwrap(), "another attempt");
        assert!(!deployment::claim(db, open.id, 1, lease("other"), NOW).await.unwrap(), "leased");
        assert_eq!(deployment::at_work(db, NOW).await.unwrap(), 1);
        assert_eq!(deployment::at_work(db, until).await.unwrap(), 0, "the lease has run out");
        assert!(!deployment::started(db, open.id, 2, "worker", NOW).await.unwrap());
        assert!(deployment::started(db, open.id, 1, "worker", NOW).await.unwrap());
        assert!(!deployment::started(db, open.id, 1, "second", NOW).await.unwrap());
        assert_eq!(deployment::at_work(db, until).await.unwrap(), 1);
        let later = NOW.plus_minutes(9);
        assert!(!deployment::claim(db, open.id, 1, lease("other"), later).await.unwrap(), "at work");

        let beat = |counter| deployment::beat(db, open.id, 1, counter, Phase::Applying, &[], later);
        assert!(beat(1).await.unwrap());
        assert!(!beat(1).await.unwrap(), "the counter stands still");
        assert!(beat(2).await.unwrap());

        let stored = deployment::open_of(db, course.id).await.unwrap().unwrap();
        assert_eq!((stored.attempt, stored.heartbeat, stored.phase), (1, 2, Some(Phase::Applying)));
        open = stored;
        open.state = DeploymentState::Failed;
        let mut stale = open.clone();
        stale.attempt = 0;
        assert!(matches!(deployment::update(db, &stale).await, Err(StoreError::Stale)));
        deployment::update(db, &open).await.unwrap();
        assert!(matches!(deployment::update(db, &open).await, Err(StoreError::Stale)), "it is closed");
        deployment::insert(db, &[new_deployment(&world, &course)]).await.unwrap();
        let filter = deployment::Filter { search: "PYTH".to_owned(), ..deployment::Filter::default() };
        assert_eq!(deployment::list(db, &filter, Page::default()).await.unwrap().total, 2);
        assert_eq!(deployment::ids_of(db, course.id).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_is_noted_while_its_deployment_is_written_is_not_forgotten() {
    on_both(|world| async move {
        let course = new_course(&world, "python");
        course::insert(world.db.pool(), &course).await.unwrap();
        let open = new_deployment(&world, &course);
        deployment::insert(world.db.pool(), slice::from_ref(&open)).await.unwrap();
        let lease = Lease { token: "one", until: NOW.plus_minutes(1) };
        assert!(deployment::claim(world.db.pool(), open.id, 0, lease, NOW).await.unwrap());

        let tx = world.db.begin().await.unwrap();
        let mut claimed = deployment::lock_open_of(&tx, course.id).await.unwrap().unwrap();
        let db = world.db.clone();
        let started = async move { deployment::started(db.pool(), open.id, 1, "worker", NOW).await };
        let mut started = tokio::spawn(started);
        let meanwhile = tokio::time::timeout(Duration::from_millis(200), &mut started).await;
        assert!(meanwhile.is_err(), "the row is being written: {meanwhile:?}");
        claimed.cancel_requested = true;
        deployment::update(&tx, &claimed).await.unwrap();
        tx.commit().await.unwrap();
        assert!(started.await.unwrap().unwrap());
        let stored = deployment::open_of(world.db.pool(), course.id).await.unwrap().unwrap();
        assert_eq!((stored.worker_ref.as_deref(), stored.cancel_requested), (Some("worker"), true));
    })
    .await;
}

#[tokio::test]
async fn a_mail_of_one_cause_is_put_in_once_and_sent_by_one() {
    on_both(|world| async move {
        let db = world.db.pool();
        let tx = world.db.begin().await.unwrap();
        let mail = new_mail(&world, "admitted:x");
        assert!(outbox::insert_once(&tx, &mail).await.unwrap());
        // Within a transaction, which must live on after it.
        assert!(!outbox::insert_once(&tx, &new_mail(&world, "admitted:x")).await.unwrap());
        assert!(outbox::insert_once(&tx, &new_mail(&world, "admitted:y")).await.unwrap());
        tx.commit().await.unwrap();

        assert!(outbox::first_due(db, NOW).await.unwrap().is_some());
        let until = NOW.plus_minutes(2);
        assert!(outbox::claim(db, mail.id, "one", until, NOW).await.unwrap());
        assert!(!outbox::claim(db, mail.id, "other", until, NOW).await.unwrap());
        assert_ne!(outbox::first_due(db, NOW).await.unwrap(), Some(mail.id));
        let changed = serde_json::json!({ "n": 2 });
        assert!(!outbox::amend(db, mail.id, &changed).await.unwrap(), "it is being sent");
        let sent = Attempted { state: MailState::Sent, due_at: None, sent_at: Some(NOW), error: None };
        assert!(!outbox::attempted(db, mail.id, "other", &sent).await.unwrap());
        assert!(outbox::attempted(db, mail.id, "one", &sent).await.unwrap());
        assert!(!outbox::attempted(db, mail.id, "one", &sent).await.unwrap());
        let stored = outbox::by_id(db, mail.id).await.unwrap().unwrap();
        assert_eq!((stored.state, stored.attempts, stored.sent_at), (MailState::Sent, 1, Some(NOW)));
        assert_eq!(outbox::stuck(db, NOW).await.unwrap(), None);
        let stuck = outbox::stuck(db, NOW.plus_minutes(60)).await.unwrap().unwrap();
        assert_eq!((stuck.waiting, stuck.oldest), (1, NOW));
    })
    .await;
}

#[tokio::test]
async fn a_long_roster_is_replaced_as_a_whole() {
    on_both(|world| async move {
        let course = new_course(&world, "python");
        course::insert(world.db.pool(), &course).await.unwrap();
        let entries = |from: u32, until: u32| -> Vec<roster::RosterEntry> {
            let entry = |number| roster::RosterEntry {
                email: MailAddress::parse(&format!("p{number:05}@university.example")).unwrap(),
                name: format!("Person {number}"),
            };
            (from..until).map(entry).collect()
        };
        let tx = world.db.begin().await.unwrap();
        roster::replace(&tx, course.id, &entries(0, 3000)).await.unwrap();
        roster::replace(&tx, course.id, &entries(1000, 3500)).await.unwrap();
        tx.commit().await.unwrap();
        let db = world.db.pool();
        assert_eq!(roster::of_course(db, course.id).await.unwrap(), entries(1000, 3500));
        assert!(roster::contains(db, course.id, &entries(3499, 3500)[0].email).await.unwrap());
        assert!(!roster::contains(db, course.id, &entries(0, 1)[0].email).await.unwrap());
        let among = roster::among(db, course.id, ["p00001@university.example", "p02000@university.example"]);
        assert_eq!(among.await.unwrap(), ["p02000@university.example"]);
    })
    .await;
}

#[tokio::test]
async fn a_setting_is_made_once_and_changed_by_who_saw_it() {
    on_both(|world| async move {
        let db = world.db.pool();
        let setting = |value: &str, version| setting::Setting {
            key: "key".to_owned(),
            value: value.to_owned(),
            updated_at: NOW,
            version,
        };
        setting::put(db, &setting("1", 0)).await.unwrap();
        assert!(matches!(setting::put(db, &setting("2", 0)).await, Err(StoreError::Stale)));
        setting::put(db, &setting("2", 1)).await.unwrap();
        assert!(matches!(setting::put(db, &setting("3", 1)).await, Err(StoreError::Stale)));
        assert_eq!(setting::get(db, "key").await.unwrap().unwrap(), setting("2", 2));
    })
    .await;
}

#[tokio::test]
async fn who_holds_a_name_lets_the_others_wait() {
    on_both(|world| async move {
        let order = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let first = world.db.begin().await.unwrap();
        setting::hold(&first, "claims", NOW).await.unwrap();
        let (db, log) = (world.db.clone(), order.clone());
        let waiting = tokio::spawn(async move {
            let second = db.begin().await.unwrap();
            setting::hold(&second, "claims", NOW).await.unwrap();
            log.lock().unwrap().push("second");
            second.commit().await.unwrap();
        });
        tokio::task::yield_now().await;
        order.lock().unwrap().push("first");
        first.commit().await.unwrap();
        waiting.await.unwrap();
        assert_eq!(*order.lock().unwrap(), ["first", "second"]);
    })
    .await;
}

#[tokio::test]
async fn migrating_twice_or_at_the_same_time_is_harmless() {
    let mut empty = vec![TestDatabase::empty_sqlite().await];
    if let Some(server) = postgres_url() {
        empty.push(TestDatabase::empty_postgres(&server).await);
    }
    for database in empty {
        let other = Database::connect(&database.url, 2).await.unwrap();
        assert!(!database.db.is_current().await.unwrap());
        let migrate = |db: Database| tokio::spawn(async move { db.migrate().await });
        let both = [migrate(database.db.clone()), migrate(other.clone())];
        for done in both {
            done.await.unwrap().unwrap();
        }
        other.migrate().await.unwrap();
        assert!(database.db.is_current().await.unwrap());
    }
}

#[tokio::test]
async fn a_database_that_a_newer_version_has_migrated_is_still_served_by_this_one() {
    on_both(|world| async move {
        let later = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('9999_later', 0)";
        world.db.pool().execute_unprepared(later).await.unwrap();
        assert!(world.db.is_current().await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn one_row_that_cannot_be_read_holds_up_no_other() {
    on_both(|world| async move {
        let db = world.db.pool();
        let (mut good, mut bad) = (new_course(&world, "good"), new_course(&world, "bad"));
        for course in [&mut good, &mut bad] {
            course.state = CourseState::Deployed;
            course::insert(db, course).await.unwrap();
        }
        db.execute_unprepared("UPDATE courses SET spec = '{' WHERE slug = 'bad'").await.unwrap();
        let read = |courses: Vec<course::Course>| courses.into_iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!(read(course::deployed(db).await.unwrap()), [good.id]);
        assert_eq!(read(course::by_ids(db, &[good.id, bad.id]).await.unwrap()), [good.id]);
        let states = [CourseState::Deployed];
        assert_eq!(read(course::between(db, &states, NOW, NOW.plus_days(1)).await.unwrap()), [good.id]);
        let listed = course::list(db, &course::Filter::default(), Page::default()).await.unwrap();
        assert_eq!((read(listed.items), listed.total), (vec![good.id], 2));
        assert!(course::by_id(db, bad.id).await.is_err());
        let mut ids = vec![good.id, bad.id];
        ids.sort();
        assert_eq!(course::ids_after(db, None, 10).await.unwrap(), ids);
        assert_eq!(course::ids_after(db, Some(ids[0]), 10).await.unwrap(), ids[1..]);
    })
    .await;
}

/// A connection that remembers what it was asked.
struct Recording<'a> {
    db: &'a DatabaseConnection,
    asked: Mutex<Vec<Statement>>,
}

impl Recording<'_> {
    fn keep(&self, statement: &Statement) {
        self.asked.lock().unwrap().push(statement.clone());
    }
}

#[async_trait]
impl ConnectionTrait for Recording<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.keep(&statement);
        self.db.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.keep(&statement);
        self.db.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.keep(&statement);
        self.db.query_all_raw(statement).await
    }
}

#[tokio::test]
async fn what_is_due_is_found_by_its_index() {
    on_both(|world| async move {
        let db = Recording { db: world.db.pool(), asked: Mutex::default() };
        let one = [CourseId::new(&*world.app.clock, &*world.app.random)];
        for which in [Due::All, Due::WithoutDeployments] {
            course::due(&db, which, NOW, 9).await.unwrap();
            course::next_due(&db, which, NOW).await.unwrap();
        }
        deployment::next_due(&db).await.unwrap();
        outbox::first_due(&db, NOW).await.unwrap();
        for except in [&[][..], &one] {
            revocation::first_due(&db, NOW, except).await.unwrap();
            revocation::next_due(&db, NOW, except).await.unwrap();
            visit::first_due(&db, NOW, NOW, except).await.unwrap();
            visit::next_due(&db, NOW, except).await.unwrap();
        }
        identity_session::first_due(&db, NOW).await.unwrap();
        let asked = db.asked.into_inner().unwrap();
        assert_eq!(asked.len(), 15);
        for statement in asked {
            let words = statement.to_string();
            let plan = plan(&world.database, statement).await;
            let tables = ["courses", "deployments", "identity_sessions", "outbox", "revocations", "visits"];
            let table = tables.iter().find(|table| words.contains(&format!("FROM \"{table}\""))).unwrap();
            assert!(plan.contains(&format!("{table}_due")), "{words}:\n{plan}");
        }
    })
    .await;
}

#[tokio::test]
async fn no_page_of_a_long_list_reads_all_that_there_is() {
    on_both(|world| async move {
        let db = Recording { db: world.db.pool(), asked: Mutex::default() };
        let course = CourseId::new(&*world.app.clock, &*world.app.random);
        let person = AccountId::new(&*world.app.clock, &*world.app.random);
        let page = Page::default();
        let mut expected = Vec::new();
        let mut expect = |index: &'static str, questions: usize| {
            expected.extend(std::iter::repeat_n(index, questions));
        };
        for sort in [account::Sort::Name, account::Sort::NameDown] {
            account::search(&db, &account::Search { sort, ..Default::default() }).await.unwrap();
            expect("accounts_name", 1);
        }
        for sort in [account::Sort::Latest, account::Sort::Oldest] {
            account::search(&db, &account::Search { sort, ..Default::default() }).await.unwrap();
            expect("accounts_created", 1);
        }
        for sort in [course::Sort::LatestStart, course::Sort::EarliestStart] {
            course::list(&db, &course::Filter { sort, ..Default::default() }, page).await.unwrap();
            expect("courses_start", 1);
        }
        for sort in [course::Sort::Title, course::Sort::TitleDown] {
            course::list(&db, &course::Filter { sort, ..Default::default() }, page).await.unwrap();
            expect("courses_title", 1);
        }
        for sort in [deployment::Sort::Latest, deployment::Sort::Oldest] {
            deployment::list(&db, &deployment::Filter { sort, ..Default::default() }, page).await.unwrap();
            expect("deployments_created", 1);
        }
        for sort in [outbox::Sort::Latest, outbox::Sort::Oldest] {
            outbox::list(&db, &outbox::Filter { sort, ..Default::default() }, page).await.unwrap();
            expect("outbox_created", 1);
        }
        outbox::list(&db, &outbox::Filter { sort: outbox::Sort::Address, ..Default::default() }, page)
            .await
            .unwrap();
        expect("outbox_address", 1);
        for sort in [event::Sort::Latest, event::Sort::Oldest] {
            event::list(&db, &event::Filter { sort, ..Default::default() }, page).await.unwrap();
            expect("events_at", 1);
        }
        event::list(&db, &event::Filter { actor: Some(person), ..Default::default() }, page).await.unwrap();
        expect("events_actor", 1);
        event::list(&db, &event::Filter { course: Some(course), ..Default::default() }, page).await.unwrap();
        expect("events_course", 1);
        let last = Some((NOW, EventId::new(&*world.app.clock, &*world.app.random)));
        event::after(&db, &event::Filter::default(), last, 500).await.unwrap();
        expect("events_at", 1);
        participation::list(&db, course, &participation::Filter::default(), page).await.unwrap();
        expect("participations_", 1);
        let applied = vec![ParticipationState::Applied];
        let filter = participation::Filter { states: applied, ..Default::default() };
        participation::found(&db, course, &filter).await.unwrap();
        expect("participations_", 1);
        roster::list(&db, course, &roster::Filter::default(), page).await.unwrap();
        expect("roster_entries", 1);

        let asked = db.asked.into_inner().unwrap();
        // The counts beside the pages read what they count.
        let pages: Vec<Statement> = asked.into_iter().filter(|one| !one.sql.contains("COUNT(")).collect();
        assert_eq!(pages.len(), expected.len());
        for (statement, index) in pages.into_iter().zip(expected) {
            let words = statement.to_string();
            let plan = plan(&world.database, statement).await;
            assert!(plan.contains(index), "{index}: {words}:\n{plan}");
            let whole = |line: &str| line.starts_with("SCAN ") && !line.contains("USING");
            assert!(!plan.lines().any(whole), "{words}:\n{plan}");
            let of_one = index.starts_with("participations_") || index.starts_with("roster");
            let sorts = plan.contains("USE TEMP B-TREE FOR ORDER BY") || plan.contains("Sort Key");
            // A course has few people beside all of them; what is sorted are its own.
            assert!(of_one || !sorts || plan.contains("Incremental Sort"), "{index}: {words}:\n{plan}");
        }
    })
    .await;
}

/// How the database answers a question; PostgreSQL would rather read a table that is empty as a whole.
async fn plan(database: &TestDatabase, question: Statement) -> String {
    let tx = database.db.begin().await.unwrap();
    let (explain, column) = if database.db.is_postgres() {
        for way in ["seqscan", "bitmapscan"] {
            tx.execute_unprepared(&format!("SET LOCAL enable_{way} = off")).await.unwrap();
        }
        ("EXPLAIN", "QUERY PLAN")
    } else {
        ("EXPLAIN QUERY PLAN", "detail")
    };
    let statement = Statement { sql: format!("{explain} {}", question.sql), ..question };
    let rows = tx.query_all_raw(statement).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.try_get("", column).unwrap()).collect();
    lines.join("\n")
}
