//! One pass of the dispatcher over many courses, on both databases.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use jhaas_dispatch::{
    Dispatcher,
    launcher::process::{ProcessLauncher, ProcessOptions},
};
use jhaas_domain::{course::CourseState, id::CourseId};
use jhaas_objects::{FolderConfig, Objects, ObjectsConfig};
use jhaas_store::Connection as _;
use jhaas_testkit::{TestDatabase, World, postgres_url, settings};
use tempfile::TempDir;

use crate::{
    Args,
    table::{Table, median},
};

const DUE: usize = 10;

pub(crate) async fn measure(args: &Args, table: &mut Table) {
    on(args, table, "SQLite", TestDatabase::sqlite().await).await;
    match postgres_url() {
        Some(server) => on(args, table, "PostgreSQL", TestDatabase::postgres(&server).await).await,
        None => table.note("PostgreSQL: not measured, JHAAS_TEST_POSTGRES_URL names none".to_owned()),
    }
}

async fn on(args: &Args, table: &mut Table, name: &str, database: TestDatabase) {
    let mut settings = settings();
    settings.dispatch.concurrency = DUE;
    let world = World::new(database, settings);
    let leader = world.leader("ada").await;
    // Made before the crowd, for acceptance looks at all courses of that time.
    let mut waves = Vec::new();
    for wave in 0..=args.runs {
        let mut courses = Vec::new();
        for number in 0..DUE {
            let slug = format!("wave-{wave}-{number}");
            let start = world.now().plus_days(1 + i64::try_from(wave).unwrap());
            let builder = world.course(&leader).slug(&slug).time(start, start.plus_days(14));
            courses.push(builder.state(CourseState::Accepted).create().await);
        }
        waves.push(courses);
    }
    fill(&world, waves[0][0], args.courses).await;

    let folder = TempDir::new().unwrap();
    let dispatcher = dispatcher(&world, folder.path());
    let (mut idle, mut busy) = (Vec::new(), Vec::new());
    for (wave, courses) in waves.iter().enumerate() {
        let begin = Instant::now();
        let report = dispatcher.pass().await.unwrap();
        let nothing = begin.elapsed();
        assert_eq!((report.due, report.started), (0, 0));
        world.clock.set(world.stored(courses[0]).await.due_at.unwrap());
        let begin = Instant::now();
        let report = dispatcher.pass().await.unwrap();
        let ten = begin.elapsed();
        assert_eq!((report.due, report.started, report.errors), (DUE, DUE, 0));
        if wave > 0 {
            idle.push(nothing.as_secs_f64() * 1e3);
            busy.push(ten.as_secs_f64() * 1e3);
        }
        clear(&world).await;
    }
    table.at_most(
        &format!("pass over {} courses, nothing due, {name}", args.courses),
        median(idle),
        10.0,
        "ms",
    );
    table.at_most(
        &format!("the same, {DUE} due and their workers started, {name}"),
        median(busy),
        50.0,
        "ms",
    );
}

fn dispatcher(world: &World, folder: &Path) -> Dispatcher {
    let options = ProcessOptions {
        program: Some("/bin/true".into()),
        arguments: Vec::new(),
        folder: folder.join("workers"),
        pass: Vec::new(),
        grace: Duration::from_secs(1),
    };
    let launcher = ProcessLauncher::new(options, Arc::clone(&world.app.clock), Arc::default()).unwrap();
    let objects = ObjectsConfig::Folder(FolderConfig { path: folder.join("objects") });
    Dispatcher::new(world.app.clone(), Objects::open(&objects).unwrap(), Arc::new(launcher))
}

async fn sql(world: &World, statement: &str) {
    world.db.pool().execute_unprepared(statement).await.unwrap();
}

/// Copies one course until there are so many, in the states of an institution that has done this for years; each that
/// is over has two deployments.
async fn fill(world: &World, like: CourseId, courses: u32) {
    let (numbers, id, like, deployment) = if world.db.is_postgres() {
        (
            format!("SELECT generate_series(1, {courses}) AS i"),
            "gen_random_uuid()",
            format!("'{like}'"),
            "gen_random_uuid()",
        )
    } else {
        (
            format!(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {courses}) SELECT i FROM n"
            ),
            "randomblob(16)",
            format!("x'{}'", like.to_string().replace('-', "")),
            "randomblob(16)",
        )
    };
    let state = "CASE WHEN i % 20 = 0 THEN 'ACCEPTED' WHEN i % 20 = 1 THEN 'DEPLOYED' \
                 WHEN i % 20 < 4 THEN 'CANCELLED' ELSE 'DEGRADED' END";
    sql(
        world,
        &format!(
            "INSERT INTO courses (id, slug, title, state, sent_back, spec, starts_at, ends_at, due_at, failed_action, \
             stop_requested, invite_token, cleanup_attempts, reminder_sent, opened_mail_sent, over_mail_sent, hub_url, \
             hub_down_since, hub_down_mailed, created_at, updated_at, version) \
             SELECT {id}, 'crowd-' || i, title, {state}, sent_back, spec, starts_at, ends_at, \
             CASE WHEN i % 20 < 2 THEN due_at + 31536000000 + i END, failed_action, stop_requested, \
             'crowd-' || i, cleanup_attempts, reminder_sent, opened_mail_sent, over_mail_sent, hub_url, hub_down_since, \
             hub_down_mailed, created_at, updated_at, version \
             FROM courses, ({numbers}) AS numbers WHERE id = {like}"
        ),
    )
    .await;
    for _ in 0..2 {
        sql(
            world,
            &format!(
                "INSERT INTO deployments (id, course_id, action, state, attempt, spec, heartbeat, phases, \
                 cancel_requested, created_at, finished_at) \
                 SELECT {deployment}, id, 'deploy', 'succeeded', 1, spec, 9, '[]', {no}, created_at, created_at \
                 FROM courses WHERE state IN ('DEGRADED', 'DEPLOYED')",
                no = if world.db.is_postgres() { "false" } else { "0" }
            ),
        )
        .await;
    }
    sql(world, "ANALYZE").await;
}

/// Takes the last wave out of the way.
async fn clear(world: &World) {
    sql(
        world,
        "UPDATE deployments SET state = 'succeeded', due_at = NULL, worker_ref = NULL WHERE state = 'open'",
    )
    .await;
    sql(world, "UPDATE courses SET state = 'DEGRADED', due_at = NULL WHERE slug LIKE 'wave-%' AND state = 'DEPLOYING'").await;
}
