//! Many courses at once: bounded, in order, by several dispatchers, and none in another's way.

use std::fs;

use jhaas_app::deployment;
use jhaas_domain::{
    course::CourseState,
    id::{CourseId, DeploymentId},
};
use jhaas_store::{Connection as _, Database};
use jhaas_testkit::{World, on_both};

use crate::stage::{Stage, until, within};

const COURSES: usize = 10;

async fn ten(stage: &Stage) -> Vec<CourseId> {
    let mut courses = Vec::new();
    for number in 0..COURSES {
        courses.push(stage.due(&format!("course-{number}")).await);
    }
    courses
}

async fn all_are(stage: &Stage, courses: &[CourseId], state: CourseState) -> bool {
    for id in courses {
        if stage.world.stored(*id).await.state != state {
            return false;
        }
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_courses_due_in_the_same_second_deploy_in_order_and_a_few_at_a_time() {
    on_both(|world| {
        Box::pin(async move {
            let stage = Stage::new(world).await;
            let start = stage.world.now().plus_minutes(120);
            let mut courses = Vec::new();
            for number in 0..COURSES {
                // The later requested, the longer it has waited when all are due.
                let minutes = i64::try_from(COURSES - number).unwrap();
                let builder = stage.world.course(&stage.leader).slug(&format!("course-{number}"));
                let builder = builder.time(start.plus_minutes(minutes), start.plus_days(14));
                courses.push(builder.state(CourseState::Accepted).create().await);
            }
            assert_eq!(stage.pass().await.due, 0);
            stage.play("default", "held");
            stage.world.clock.advance_minutes(125);
            let bound = stage.world.settings.dispatch.concurrency;
            stage.until("the first workers", async || stage.started().len() == bound).await;
            for _ in 0..5 {
                assert_eq!(stage.pass().await.started, 0, "more than {bound} at once");
            }
            stage.go();
            stage.until("all of them", async || all_are(&stage, &courses, CourseState::Deployed).await).await;
            assert_eq!(stage.most_at_once(), bound);

            let mut begun = Vec::new();
            for id in &courses {
                let last = stage.last(*id).await;
                assert_eq!(last.attempt, 1);
                assert_eq!(stage.mails(*id, "hub_deployed").await, ["ada"]);
                begun.push((last.started_at, last.created_at, last.id));
            }
            begun.reverse();
            assert!(begun.is_sorted(), "longest waiting first: {begun:?}");

            // And all end in the same second.
            let end = stage.world.stored(courses[0]).await.spec.ends_at;
            stage.world.clock.set(stage.world.settings.schedule.degrade_at(end));
            stage.until("their end", async || all_are(&stage, &courses, CourseState::Degraded).await).await;
            assert!(stage.most_at_once() <= bound);
            for id in &courses {
                assert_eq!(stage.mails(*id, "hub_degraded").await, ["ada"]);
            }
            assert_eq!(stage.started().len(), 2 * COURSES);
            until("the end of all workers", || stage.running().is_empty()).await;
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_dispatchers_at_once_start_each_worker_once_and_tell_everything_once() {
    on_both(|world| {
        Box::pin(async move {
            let stage = Stage::new(world).await;
            let courses = ten(&stage).await;
            for (number, play) in [(3, "killed applying"), (6, "fail transient")] {
                stage.play(&format!("course-{number}.deploy.1"), play);
            }
            let other = Database::connect(&stage.world.database.url, 5).await.unwrap();
            let other = jhaas_app::App { db: other, ..stage.world.app.clone() };
            let other = stage.dispatcher_of(&other);
            let both = async |state: CourseState| {
                loop {
                    let passes = [stage.dispatcher.clone(), other.clone()]
                        .map(|dispatcher| tokio::spawn(async move { dispatcher.pass().await }));
                    for report in passes {
                        assert_eq!(report.await.unwrap().unwrap().errors, 0, "one was in the other's way");
                    }
                    if all_are(&stage, &courses, state).await {
                        return;
                    }
                    stage.world.clock.advance_seconds(1);
                    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                }
            };
            within(both(CourseState::Deployed)).await;
            for id in &courses {
                stage.end(*id).await;
            }
            within(both(CourseState::Degraded)).await;

            let started = stage.started();
            let mut once: Vec<_> = started.iter().map(|one| (&one.slug, &one.action, one.attempt)).collect();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), started.len(), "{started:?}");
            assert_eq!(started.len(), 2 * COURSES + 2);
            for id in &courses {
                for kind in ["hub_deployed", "hub_degraded"] {
                    assert_eq!(stage.mails(*id, kind).await, ["ada"]);
                }
                assert_eq!(stage.mails(*id, "deployment_failed").await, Vec::<String>::new());
            }
            until("the end of all workers", || stage.running().is_empty()).await;
        })
    })
    .await;
}

async fn sql(world: &World, statement: &str) {
    world.db.pool().execute_unprepared(statement).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failing_course_never_stops_the_others() {
    on_both(|world| {
        Box::pin(async move {
            let stage = Stage::new(world).await;
            stage.play("crashes", "killed applying");
            stage.play("fails", "fail permanent");
            for slug in ["damaged-course", "damaged-work", "sealed-away", "in-the-way", "crashes", "fails"] {
                stage.due(slug).await;
            }
            let good = ten(&stage).await;
            let by_slug = async |slug: &str| {
                let slug = jhaas_domain::slug::Slug::parse(slug).unwrap();
                jhaas_store::course::by_slug(stage.world.db.pool(), &slug).await.unwrap().unwrap().id
            };
            let (work, sealed, way) =
                (by_slug("damaged-work").await, by_slug("sealed-away").await, by_slug("in-the-way").await);
            for id in [work, way] {
                deployment::step(&stage.world.app, id).await.unwrap();
            }
            // Rows that nobody can read, a secret that nobody can open, and a file where a folder should be.
            sql(&stage.world, "UPDATE courses SET spec = '{' WHERE slug = 'damaged-course'").await;
            let open = stage.last(work).await.id;
            sql(
                &stage.world,
                &format!("UPDATE deployments SET spec = '{{' WHERE id = {}", literal(&stage, open)),
            )
            .await;
            sql(
                &stage.world,
                &format!(
                    "INSERT INTO sealed_secrets (owner, name, key_id, sealed, created_at) \
                 VALUES ('course:{sealed}', 'hub_token', 'none', 'x', 0)"
                ),
            )
            .await;
            fs::create_dir_all(stage.objects().join("deployments")).unwrap();
            let open = stage.last(way).await.id;
            fs::write(stage.objects().join("deployments").join(open.to_string()), "").unwrap();

            stage.until("the good ones", async || all_are(&stage, &good, CourseState::Deployed).await).await;
            for id in &good {
                stage.end(*id).await;
            }
            stage.until("their end", async || all_are(&stage, &good, CourseState::Degraded).await).await;
            stage.until_state(by_slug("fails").await, CourseState::Failed).await;
        })
    })
    .await;
}

/// An identifier in a statement of this database.
fn literal(stage: &Stage, id: DeploymentId) -> String {
    let id = id.to_string();
    if stage.world.db.is_postgres() { format!("'{id}'") } else { format!("x'{}'", id.replace('-', "")) }
}
