//! What the dispatcher decides: it may be slow, doubled, killed or late, and nothing is lost or done twice.

use jhaas_app::{
    Actor, course,
    deployment::{self, Finished, Kept, Step},
    setting,
};
use jhaas_domain::{
    contract::Outcome,
    course::{CourseRole, CourseState},
    deployment::{Action, DeploymentState, ErrorClass, Phase},
    id::{CourseId, DeploymentId},
};
use jhaas_testkit::{World, on_both, on_both_with};

use crate::help::{count, outcome, part, participant, revocations, sent, version};

async fn accepted(world: &World, slug: &str) -> CourseId {
    let ada = world.leader(&format!("leader-{slug}")).await;
    world.course(&ada).slug(slug).state(CourseState::Accepted).create().await
}

async fn opened(world: &World, id: CourseId) -> DeploymentId {
    match deployment::step(&world.app, id).await.unwrap() {
        Step::Opened(deployment, _) => deployment,
        other => panic!("{other:?}"),
    }
}

async fn state(world: &World, id: CourseId) -> CourseState {
    world.stored(id).await.state
}

#[tokio::test]
async fn two_dispatchers_at_once_open_one_deployment_and_start_one_worker() {
    on_both(|world| async move {
        let app = &world.app;
        let id = accepted(&world, "python").await;
        let (one, other) = tokio::join!(deployment::step(app, id), deployment::step(app, id));
        let opened = [one.unwrap(), other.unwrap()].into_iter().filter(|step| *step != Step::Nothing);
        assert_eq!(opened.count(), 1);
        let open = deployment::open_deployments(app).await.unwrap();
        assert_eq!(open.len(), 1);
        let (one, other) = tokio::join!(
            deployment::claim_attempt(app, open[0].id, "one"),
            deployment::claim_attempt(app, open[0].id, "other")
        );
        let claimed: Vec<_> = [one.unwrap(), other.unwrap()].into_iter().flatten().collect();
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].attempt, 1);
        assert_eq!(claimed[0].request.deployment, open[0].id);
        assert_eq!(claimed[0].request.hub_url, "http://python.localhost:8000");
        // 30 seats, as many on the staff as there may ever be, one synthetic student.
        assert_eq!(claimed[0].request.limits.active_servers, 81);
        assert!(claimed[0].secrets.as_ref().is_ok_and(|secrets| secrets.ticket.is_some()));
    })
    .await;
}

#[tokio::test]
async fn a_course_deploys_in_its_lead_time_not_before_and_not_after_its_end() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let start = world.now().plus_days(90);
        let id =
            world.course(&ada).time(start, start.plus_days(10)).state(CourseState::Requested).create().await;
        let gwen = world.governance("gwen").await;
        jhaas_app::decision::accept(app, &gwen, id, 1, &jhaas_app::decision::Acceptance::default())
            .await
            .unwrap();
        assert_eq!(deployment::next_due(app).await.unwrap(), Some(start.plus_minutes(-30)));
        for before in [world.now(), start.plus_days(-1), start.plus_minutes(-30).plus_millis(-1)] {
            world.clock.set(before);
            assert!(deployment::due(app, before, 10).await.unwrap().is_empty());
            assert_eq!(deployment::step(app, id).await.unwrap(), Step::Nothing);
        }
        world.clock.set(start.plus_days(3));
        assert_eq!(deployment::due(app, world.now(), 10).await.unwrap(), [id], "late is better than never");
        opened(&world, id).await;
        assert_eq!(state(&world, id).await, CourseState::Deploying);
    })
    .await;
}

#[tokio::test]
async fn a_result_of_another_attempt_or_deployment_changes_nothing() {
    on_both(|world| async move {
        let app = &world.app;
        let id = accepted(&world, "python").await;
        let other = accepted(&world, "other").await;
        opened(&world, id).await;
        opened(&world, other).await;
        let (first, attempt) = world.start_attempt(id).await;
        let (foreign, _) = world.start_attempt(other).await;
        deployment::lost(app, first, attempt, "out of memory").await.unwrap();
        world.clock.advance_minutes(2);
        let (_, second) = world.start_attempt(id).await;
        assert_eq!(second, 2);

        let stale = world.succeeded(first, 1).await;
        assert_eq!(deployment::finish(app, first, 1, &stale).await.unwrap(), Finished::Ignored);
        assert_eq!(
            deployment::finish(app, first, 2, &stale).await.unwrap(),
            Finished::Ignored,
            "the object says that it is of attempt 1"
        );
        let elsewhere = world.succeeded(foreign, 2).await;
        assert_eq!(deployment::finish(app, first, 2, &elsewhere).await.unwrap(), Finished::Ignored);
        let mut running = world.succeeded(first, 2).await;
        running.result = Outcome::Running;
        assert_eq!(deployment::finish(app, first, 2, &running).await.unwrap(), Finished::Ignored);
        let mut newer = world.succeeded(first, 2).await;
        newer.schema += 1;
        assert_eq!(deployment::finish(app, first, 2, &newer).await.unwrap(), Finished::Ignored);
        assert_eq!(deployment::lost(app, first, 1, "again").await.unwrap(), Finished::Ignored);
        assert_eq!(state(&world, id).await, CourseState::Deploying);

        let real = world.succeeded(first, 2).await;
        let closed = Finished::Closed(DeploymentState::Succeeded, CourseState::Deployed);
        assert_eq!(deployment::finish(app, first, 2, &real).await.unwrap(), closed);
        let late = world.failed(first, 2, ErrorClass::Permanent).await;
        assert_eq!(deployment::finish(app, first, 2, &late).await.unwrap(), Finished::Ignored);
        assert_eq!(state(&world, id).await, CourseState::Deployed);
        assert_eq!(count(&world, id, "hub_deployed").await, 1);
    })
    .await;
}

#[tokio::test]
async fn two_dispatchers_that_see_the_same_result_count_it_once() {
    on_both(|world| async move {
        let app = &world.app;
        let id = accepted(&world, "python").await;
        opened(&world, id).await;
        let (deployment, attempt) = world.start_attempt(id).await;
        let status = world.succeeded(deployment, attempt).await;
        let (one, other) = tokio::join!(
            deployment::finish(app, deployment, attempt, &status),
            deployment::finish(app, deployment, attempt, &status)
        );
        let ignored = [one.unwrap(), other.unwrap()].into_iter().filter(|f| *f == Finished::Ignored).count();
        assert_eq!(ignored, 1);
        assert_eq!(count(&world, id, "hub_deployed").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_transient_failure_is_tried_three_times_with_pauses() {
    on_both(|world| async move {
        let app = &world.app;
        let root = world.administrator("root").await;
        let id = accepted(&world, "python").await;
        opened(&world, id).await;
        let begin = world.now();
        for (attempt, wait) in [(1, 60), (2, 300)] {
            let finished = world.fail(id, ErrorClass::Transient).await;
            let at = world.now().plus_seconds(wait);
            assert_eq!(finished, Finished::Retrying(at), "attempt {attempt}");
            assert_eq!(state(&world, id).await, CourseState::Deploying, "unchanged meanwhile");
            let open = world.open_deployment(id).await;
            assert_eq!(open.attempt, attempt);
            assert!(deployment::claim_attempt(app, open.id, "early").await.unwrap().is_none());
            world.clock.set(at);
        }
        assert_eq!(world.now(), begin.plus_seconds(360));
        let finished = world.fail(id, ErrorClass::Transient).await;
        assert_eq!(finished, Finished::Closed(DeploymentState::Failed, CourseState::Failed));
        let course = world.stored(id).await;
        assert_eq!(course.failed_action, Some(Action::Deploy));
        assert_eq!(count(&world, id, "deployment_failed").await, 1);
        assert_eq!(count(&world, id, "failed_deployment_admin").await, 1);

        deployment::retry(app, &root, id).await.unwrap();
        world.succeed(id).await;
        assert_eq!(state(&world, id).await, CourseState::Deployed);
    })
    .await;
}

#[tokio::test]
async fn workers_that_were_told_to_stop_cost_no_attempt_but_not_for_ever() {
    on_both(|world| async move {
        let id = accepted(&world, "python").await;
        opened(&world, id).await;
        for attempt in 1..=9 {
            let (deployment, number) = world.start_attempt(id).await;
            assert_eq!(number, attempt);
            let mut status = world.failed(deployment, attempt, ErrorClass::Transient).await;
            status.error.as_mut().unwrap().code = "cancelled".to_owned();
            let finished = deployment::finish(&world.app, deployment, attempt, &status).await.unwrap();
            if attempt < 9 {
                assert!(matches!(finished, Finished::Retrying(_)), "{attempt}: {finished:?}");
                assert_eq!(count(&world, id, "deployment_failed").await, 0);
                world.clock.advance_seconds(300);
            } else {
                assert_eq!(finished, Finished::Closed(DeploymentState::Failed, CourseState::Failed));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_permanent_failure_is_not_tried_again() {
    on_both(|world| async move {
        let id = accepted(&world, "python").await;
        opened(&world, id).await;
        let finished = world.fail(id, ErrorClass::Permanent).await;
        assert_eq!(finished, Finished::Closed(DeploymentState::Failed, CourseState::Failed));
        let last = jhaas_store::deployment::last_of(world.db.pool(), id).await.unwrap().unwrap();
        assert_eq!(last.error.unwrap().code, "hub-start-failed");
        assert!(deployment::open_deployments(&world.app).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_worker_is_lost_when_its_counter_stands_still_by_our_clock() {
    on_both(|world| async move {
        let app = &world.app;
        let id = accepted(&world, "python").await;
        opened(&world, id).await;
        let (deployment, attempt) = world.start_attempt(id).await;
        world.clock.advance_seconds(100);
        let before = deployment::pulse(app, deployment, attempt).await.unwrap();
        assert!(before.counts && !before.silent, "it may have to be fetched first");
        let beat = async |counter| {
            deployment::heartbeat(app, deployment, attempt, counter, Phase::Applying, &[]).await.unwrap()
        };
        assert!(!beat(1).await.silent);
        for counter in 2..6 {
            world.clock.advance_seconds(25);
            assert!(!beat(counter).await.silent);
        }
        world.clock.advance_seconds(29);
        assert!(!beat(5).await.silent);
        world.clock.advance_seconds(2);
        assert!(beat(5).await.silent);
        let finished = deployment::lost(app, deployment, attempt, "no heartbeat").await.unwrap();
        assert!(matches!(finished, Finished::Retrying(_)));
        assert!(!beat(6).await.counts, "between attempts the old worker is nobody's");
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_beats_beyond_its_deadline_is_given_up() {
    on_both(|world| async move {
        let app = &world.app;
        let id = accepted(&world, "python").await;
        opened(&world, id).await;
        let (deployment, attempt) = world.start_attempt(id).await;
        for counter in 1..=96 {
            world.clock.advance_seconds(20);
            let pulse =
                deployment::heartbeat(app, deployment, attempt, counter, Phase::Applying, &[]).await.unwrap();
            assert!(!pulse.silent, "{counter}");
        }
        world.clock.advance_seconds(20);
        let pulse = deployment::heartbeat(app, deployment, attempt, 97, Phase::Applying, &[]).await.unwrap();
        assert!(pulse.silent);
    })
    .await;
}

#[tokio::test]
async fn a_claim_of_a_dispatcher_that_died_is_given_to_the_next() {
    on_both(|world| async move {
        let app = &world.app;
        let id = accepted(&world, "python").await;
        let deployment = opened(&world, id).await;
        for attempt in 1..=3 {
            let claimed = deployment::claim_attempt(app, deployment, "dies").await.unwrap().unwrap();
            assert_eq!(claimed.attempt, attempt);
            assert!(deployment::claim_attempt(app, deployment, "second").await.unwrap().is_none());
            world.clock.advance_seconds(61);
        }
        assert!(!deployment::record_started(app, deployment, 2, "late worker").await.unwrap());
        assert!(deployment::claim_attempt(app, deployment, "fourth").await.unwrap().is_none());
        assert_eq!(state(&world, id).await, CourseState::Failed, "no endless retries");
    })
    .await;
}

#[tokio::test]
async fn no_more_workers_than_allowed_are_at_work_and_the_oldest_comes_first() {
    on_both_with(
        |settings| settings.dispatch.concurrency = 2,
        |world| async move {
            let app = &world.app;
            for number in 0..4 {
                let id = accepted(&world, &format!("course-{number}")).await;
                opened(&world, id).await;
                world.clock.advance_seconds(1);
            }
            let open = deployment::open_deployments(app).await.unwrap();
            let mut sorted = open.clone();
            sorted.sort_by_key(|deployment| deployment.created_at);
            assert_eq!(open, sorted);
            let claims = open.iter().map(|deployment| {
                let (app, id) = (app.clone(), deployment.id);
                tokio::spawn(
                    async move { deployment::claim_attempt(&app, id, "lease").await.unwrap().is_some() },
                )
            });
            let mut won = 0;
            for claim in claims.collect::<Vec<_>>() {
                won += usize::from(claim.await.unwrap());
            }
            assert_eq!(won, 2);
        },
    )
    .await;
}

#[tokio::test]
async fn maintenance_starts_no_deployments_but_still_removes_hubs() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, root) = (world.leader("ada").await, world.administrator("root").await);
        let running = world.course(&ada).slug("running").state(CourseState::Deployed).create().await;
        let waiting = accepted(&world, "waiting").await;
        let begun = accepted(&world, "begun").await;
        let deployment = opened(&world, begun).await;
        let settings = setting::read(app).await.unwrap();
        setting::set_maintenance(app, &root, true, settings.maintenance_version).await.unwrap();
        assert_eq!(deployment::step(app, waiting).await.unwrap(), Step::Nothing);
        assert!(deployment::claim_attempt(app, deployment, "lease").await.unwrap().is_none());
        course::end_early(app, &ada, running, version(&world, running).await, "").await.unwrap();
        world.succeed(running).await;
        assert_eq!(state(&world, running).await, CourseState::Degraded);

        let stale = setting::set_maintenance(app, &root, false, settings.maintenance_version).await;
        assert_eq!(outcome(&stale), "409 error-changed-meanwhile");
        let settings = setting::read(app).await.unwrap();
        setting::set_maintenance(app, &root, false, settings.maintenance_version).await.unwrap();
        assert!(matches!(deployment::step(app, waiting).await.unwrap(), Step::Opened(_, Action::Deploy)));
    })
    .await;
}

#[tokio::test]
async fn stopping_while_the_hub_comes_up_stops_the_worker_and_then_cleans_up() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deploying).create().await;
        let (deployment, attempt) = world.start_attempt(id).await;
        course::end_early(app, &ada, id, version(&world, id).await, "Cancelled.").await.unwrap();
        assert_eq!(state(&world, id).await, CourseState::Deploying);
        assert!(deployment::pulse(app, deployment, attempt).await.unwrap().cancel);
        assert_eq!(deployment::step(app, id).await.unwrap(), Step::Nothing);
        let twice = course::end_early(app, &ada, id, version(&world, id).await, "").await;
        assert_eq!(outcome(&twice), "409 error-stopping-already");

        let status = world.failed(deployment, attempt, ErrorClass::Transient).await;
        let finished = deployment::finish(app, deployment, attempt, &status).await.unwrap();
        assert_eq!(finished, Finished::Closed(DeploymentState::Cancelled, CourseState::Degrading));
        assert_eq!(world.open_deployment(id).await.action, Action::Degrade);
        assert_eq!(count(&world, id, "deployment_failed").await, 0, "nothing failed");
        world.succeed(id).await;
        assert_eq!(state(&world, id).await, CourseState::Degraded);
    })
    .await;
}

#[tokio::test]
async fn a_hub_that_came_up_although_it_was_to_stop_is_removed() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deploying).create().await;
        let (deployment, attempt) = world.start_attempt(id).await;
        course::end_early(app, &ada, id, version(&world, id).await, "").await.unwrap();
        let status = world.succeeded(deployment, attempt).await;
        deployment::finish(app, deployment, attempt, &status).await.unwrap();
        assert_eq!(state(&world, id).await, CourseState::Degrading, "nobody comes in meanwhile");
        assert_eq!(world.open_deployment(id).await.action, Action::Degrade);
        assert_eq!(count(&world, id, "hub_deployed").await, 0);
        world.succeed(id).await;
        assert_eq!(count(&world, id, "hub_degraded").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_course_that_is_stopped_before_its_worker_exists_does_not_wait_for_it_for_ever() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, root) = (world.leader("ada").await, world.administrator("root").await);
        for forced in [false, true] {
            let slug = if forced { "forced" } else { "waiting" };
            let id = world.course(&ada).slug(slug).state(CourseState::Deploying).create().await;
            let deployment = world.open_deployment(id).await.id;
            deployment::claim_attempt(app, deployment, "dies").await.unwrap().unwrap();
            course::end_early(app, &ada, id, version(&world, id).await, "").await.unwrap();
            assert!(deployment::claim_attempt(app, deployment, "early").await.unwrap().is_none());
            assert_eq!(state(&world, id).await, CourseState::Deploying, "somebody is starting it");
            world.clock.advance_seconds(61);
            if forced {
                deployment::force_degrade(app, &root, id, "It hangs.").await.unwrap();
            } else {
                assert!(deployment::claim_attempt(app, deployment, "next").await.unwrap().is_none());
            }
            assert_eq!(state(&world, id).await, CourseState::Degrading, "{slug}");
            assert!(!deployment::record_started(app, deployment, 1, "late worker").await.unwrap());
            world.succeed(id).await;
            assert_eq!(state(&world, id).await, CourseState::Degraded, "{slug}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_result_that_comes_between_two_attempts_does_not_count() {
    on_both(|world| async move {
        let app = &world.app;
        let id = accepted(&world, "python").await;
        opened(&world, id).await;
        let (deployment, attempt) = world.start_attempt(id).await;
        deployment::lost(app, deployment, attempt, "not to be seen").await.unwrap();
        let late = world.succeeded(deployment, attempt).await;
        assert_eq!(deployment::finish(app, deployment, attempt, &late).await.unwrap(), Finished::Ignored);
        assert_eq!(state(&world, id).await, CourseState::Deploying);
    })
    .await;
}

#[tokio::test]
async fn silence_does_not_count_while_nobody_can_listen_but_the_deadline_does() {
    on_both(|world| async move {
        let app = &world.app;
        let id = accepted(&world, "python").await;
        opened(&world, id).await;
        let (deployment, attempt) = world.start_attempt(id).await;
        deployment::heartbeat(app, deployment, attempt, 1, Phase::Applying, &[]).await.unwrap();
        for _ in 0..31 {
            world.clock.advance_minutes(1);
            assert!(!deployment::unseen(app, deployment, attempt).await.unwrap().silent);
            let same =
                deployment::heartbeat(app, deployment, attempt, 1, Phase::Applying, &[]).await.unwrap();
            assert!(!same.silent, "it has a lease to go on");
        }
        world.clock.advance_minutes(2);
        assert!(deployment::unseen(app, deployment, attempt).await.unwrap().silent);
    })
    .await;
}

#[tokio::test]
async fn a_deployment_still_under_way_at_the_end_is_cancelled() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let busy = world.course(&ada).slug("busy").state(CourseState::Deploying).create().await;
        let idle = world.course(&ada).slug("idle").state(CourseState::Deploying).create().await;
        let (deployment, attempt) = world.start_attempt(busy).await;
        world.clock.set(world.stored(busy).await.spec.ends_at);
        assert_eq!(deployment::step(app, busy).await.unwrap(), Step::Cancelling(deployment));
        assert_eq!(deployment::step(app, busy).await.unwrap(), Step::Nothing);
        assert!(matches!(deployment::step(app, idle).await.unwrap(), Step::Opened(_, Action::Degrade)));
        deployment::lost(app, deployment, attempt, "killed").await.unwrap();
        assert_eq!(state(&world, busy).await, CourseState::Degrading);
    })
    .await;
}

#[tokio::test]
async fn an_update_that_is_under_way_when_the_course_ends_makes_room_for_the_removal() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let mut titled = crate::help::form(&world, id).await;
        titled.title = "New title".to_owned();
        jhaas_app::change::change(app, &ada, id, version(&world, id).await, &titled).await.unwrap();
        let (update, attempt) = world.start_attempt(id).await;
        world.clock.set(world.stored(id).await.spec.ends_at.plus_days(3));
        assert_eq!(deployment::step(app, id).await.unwrap(), Step::Cancelling(update));
        let status = world.failed(update, attempt, ErrorClass::Permanent).await;
        deployment::finish(app, update, attempt, &status).await.unwrap();
        assert_eq!(state(&world, id).await, CourseState::Degrading);
    })
    .await;
}

#[tokio::test]
async fn what_failed_before_the_end_is_cleaned_up_after_it_with_pauses_then_by_hand() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, root) = (world.leader("ada").await, world.administrator("root").await);
        let id = world.course(&ada).failed(Action::Deploy).create().await;
        assert_eq!(deployment::step(app, id).await.unwrap(), Step::Nothing);
        world.clock.set(world.stored(id).await.spec.ends_at);
        assert!(matches!(deployment::step(app, id).await.unwrap(), Step::Opened(_, Action::Degrade)));
        world.fail(id, ErrorClass::Permanent).await;
        for wait in [600, 3600, 21_600] {
            assert_eq!(state(&world, id).await, CourseState::Failed);
            world.clock.advance_seconds(wait - 1);
            assert_eq!(deployment::step(app, id).await.unwrap(), Step::Nothing, "not before {wait} s");
            world.clock.advance_seconds(1);
            assert!(matches!(deployment::step(app, id).await.unwrap(), Step::Opened(_, Action::Degrade)));
            world.fail(id, ErrorClass::Permanent).await;
        }
        assert_eq!(world.stored(id).await.due_at, None, "from here on by hand");
        let told = sent(&world, id).await;
        let told = |line: &str| told.iter().filter(|one| *one == line).count();
        assert_eq!(told("failed_cleanup to root"), 4);
        assert_eq!(told("deployment_failed to ada"), 2, "of the deployment, and of the removal once");
        deployment::retry(app, &root, id).await.unwrap();
        world.succeed(id).await;
        assert_eq!(state(&world, id).await, CourseState::Degraded);
    })
    .await;
}

#[tokio::test]
async fn the_end_comes_with_its_secrets_and_its_address_gone() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let bob = participant(&world, id, &ada, "bob").await;
        let stored = world.stored(id).await;
        let tx = app.db.begin().await.unwrap();
        jhaas_app::secret::course_secrets(app, &tx, &stored).await.unwrap();
        tx.commit().await.unwrap();
        course::end_early(app, &ada, id, version(&world, id).await, "All done.").await.unwrap();
        assert_eq!(count(&world, id, "course_over").await, 1);
        assert!(course::view(app, &bob, id).await.unwrap().hub_url.is_none());
        world.succeed(id).await;
        assert_eq!(jhaas_app::secret::hub_token(app, id).await.unwrap(), None);
        let mails = crate::help::mails(&world).await;
        let over = mails.iter().find(|mail| mail.kind == "hub_degraded").unwrap();
        assert_eq!(over.data["actor_name"], "ada");
        assert_eq!(over.data["reason"], "All done.");
    })
    .await;
}

/// A course that is over, of which something is kept for some days.
async fn kept(world: &World) -> (CourseId, Actor) {
    let ada = world.leader("ada").await;
    let id = world.course(&ada).state(CourseState::Deployed).create().await;
    course::end_early(&world.app, &ada, id, version(world, id).await, "").await.unwrap();
    world.succeed(id).await;
    (id, ada)
}

fn keep_for_some_days(settings: &mut jhaas_app::settings::Settings) {
    settings.schedule.keep_homes_days = 5;
}

#[tokio::test]
async fn what_people_stored_is_kept_for_the_days_that_policy_says_and_then_removed() {
    on_both_with(keep_for_some_days, |world| async move {
        let app = &world.app;
        let (id, ada) = kept(&world).await;
        let stored = world.stored(id).await;
        let until = world.now().plus_days(5);
        assert_eq!((stored.state, stored.homes_until), (CourseState::Degraded, Some(until)));
        assert_eq!(stored.due_at, Some(until));
        assert_eq!(
            course::view(app, &ada, id).await.unwrap().request.unwrap().kept,
            Some(Kept::Until(until))
        );
        let mails = crate::help::mails(&world).await;
        let over = mails.iter().find(|mail| mail.kind == "hub_degraded").unwrap();
        assert_eq!(over.data["homes_until_ms"], until.as_millis());
        // Nothing of the hub opens any more, and its address is free.
        assert_eq!(jhaas_app::secret::hub_token(app, id).await.unwrap(), None);
        assert_eq!(jhaas_store::provider::client_of(app.db.pool(), id).await.unwrap(), None);
        assert_eq!(
            jhaas_store::secret::of_owner(app.db.pool(), &format!("course:{id}")).await.unwrap().len(),
            1
        );
        let next =
            world.course(&ada).slug(stored.spec.slug.as_str()).state(CourseState::Deployed).create().await;
        assert_ne!(next, id);

        assert_eq!(deployment::step(app, id).await.unwrap(), Step::Nothing);
        world.clock.set(until);
        let deployment = opened(&world, id).await;
        assert_eq!(deployment::step(app, id).await.unwrap(), Step::Nothing, "it is under way");
        let lease = jhaas_app::token::fresh(&*app.random);
        let attempt = deployment::claim_attempt(app, deployment, &lease).await.unwrap().unwrap();
        assert_eq!((attempt.request.action, attempt.request.keep_homes), (Action::Degrade, false));
        assert!(deployment::record_started(app, deployment, 1, "worker").await.unwrap());
        let status = world.succeeded(deployment, 1).await;
        deployment::finish(app, deployment, 1, &status).await.unwrap();
        let stored = world.stored(id).await;
        assert_eq!((stored.state, stored.homes_until, stored.due_at), (CourseState::Degraded, None, None));
        assert!(
            jhaas_store::secret::of_owner(app.db.pool(), &format!("course:{id}")).await.unwrap().is_empty()
        );
        assert_eq!(count(&world, id, "hub_degraded").await, 1, "people hear of it once");
        assert_eq!(crate::help::events(&world, id).await.last().unwrap(), "course.homes_removed");
    })
    .await;
}

#[tokio::test]
async fn what_was_kept_and_does_not_go_is_tried_again_seen_and_removed_by_hand() {
    on_both_with(keep_for_some_days, |world| async move {
        let app = &world.app;
        let (id, _) = kept(&world).await;
        let root = world.administrator("root").await;
        world.clock.set(world.stored(id).await.homes_until.unwrap());
        for wait in [Some(600), Some(3600), Some(21_600), None] {
            opened(&world, id).await;
            let again = deployment::remove_kept(app, &root, id, "now").await;
            assert_eq!(outcome(&again), "409 error-state", "it is under way");
            world.fail(id, ErrorClass::Permanent).await;
            let stored = world.stored(id).await;
            assert_eq!(stored.state, CourseState::Degraded, "the hub is gone all the same");
            assert_eq!(stored.due_at, wait.map(|wait| world.now().plus_seconds(wait)));
            if let Some(due) = stored.due_at {
                world.clock.set(due);
            }
        }
        assert_eq!(count(&world, id, "failed_cleanup").await, 4);
        assert_eq!(count(&world, id, "deployment_failed").await, 0, "leaders can do nothing about it");
        let failed = jhaas_app::health::overview(app, &root).await.unwrap().failed;
        assert!(failed.iter().any(|course| course.id == id && course.next_at.is_none()));
        deployment::retry(app, &root, id).await.unwrap();
        world.fail(id, ErrorClass::Permanent).await;
        assert_eq!(jhaas_store::provider::client_of(app.db.pool(), id).await.unwrap(), None);
        assert_eq!(jhaas_app::secret::hub_token(app, id).await.unwrap(), None);
        deployment::remove_kept(app, &root, id, "now").await.unwrap();
        world.succeed(id).await;
        let stored = world.stored(id).await;
        assert_eq!((stored.homes_until, stored.cleanup_attempts, stored.due_at), (None, 0, None));
        assert_eq!(outcome(&deployment::remove_kept(app, &root, id, "now").await), "409 error-state");
        assert_eq!(outcome(&deployment::retry(app, &root, id).await), "409 error-state");
        assert!(jhaas_app::health::overview(app, &root).await.unwrap().failed.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_stays_whoever_ends_the_course_once_more() {
    on_both_with(keep_for_some_days, |world| async move {
        let app = &world.app;
        let (id, ada) = kept(&world).await;
        let (eve, root) = (world.governance("eve").await, world.administrator("root").await);
        let version = version(&world, id).await;
        for refused in [
            course::end_early(app, &ada, id, version, "").await,
            jhaas_app::decision::stop(app, &eve, id, "Why.").await,
            deployment::force_degrade(app, &root, id, "Why.").await,
        ] {
            assert_eq!(outcome(&refused), "409 error-state");
        }
        assert_eq!(outcome(&deployment::remove_kept(app, &ada, id, "Why.").await), "403");
        assert!(world.stored(id).await.homes_until.is_some());
        assert!(deployment::open_deployments(app).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_hub_is_redeployed_without_losing_its_address() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, root) = (world.leader("ada").await, world.administrator("root").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        deployment::redeploy(app, &root, id).await.unwrap();
        assert_eq!(state(&world, id).await, CourseState::Deploying);
        assert_eq!(outcome(&deployment::redeploy(app, &root, id).await), "409 error-state");
        world.succeed(id).await;
        let course = world.stored(id).await;
        assert_eq!((course.state, course.hub_url.is_some()), (CourseState::Deployed, true));
    })
    .await;
}

#[tokio::test]
async fn an_administrator_removes_a_hub_whatever_happened_to_it() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, root) = (world.leader("ada").await, world.administrator("root").await);
        for (slug, state, expected) in [
            ("accepted", CourseState::Accepted, "409 error-state"),
            ("deploying", CourseState::Deploying, "ok"),
            ("deployed", CourseState::Deployed, "ok"),
            ("failed", CourseState::Failed, "ok"),
            ("degrading", CourseState::Degrading, "409 error-state"),
        ] {
            let id = world.course(&ada).slug(slug).state(state).create().await;
            assert_eq!(outcome(&deployment::force_degrade(app, &root, id, "").await), "422 reason");
            let forced = deployment::force_degrade(app, &root, id, "Runs wild.").await;
            assert_eq!(outcome(&forced), expected, "{slug}");
        }
        let stuck = world.course(&ada).slug("stuck").failed(Action::Degrade).create().await;
        deployment::force_degrade(app, &root, stuck, "Again.").await.unwrap();
        world.succeed(stuck).await;
        assert_eq!(state(&world, stuck).await, CourseState::Degraded);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_moves_is_seen_as_stuck() {
    on_both(|world| async move {
        let app = &world.app;
        let id = accepted(&world, "python").await;
        opened(&world, id).await;
        assert!(deployment::stuck(app).await.unwrap().is_empty());
        world.clock.advance_minutes(16);
        assert_eq!(deployment::stuck(app).await.unwrap().len(), 1);
        world.start_attempt(id).await;
        assert!(deployment::stuck(app).await.unwrap().is_empty());
        world.clock.advance_minutes(16);
        assert_eq!(deployment::stuck(app).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_hub_that_does_not_answer_for_five_minutes_is_reported_once() {
    on_both(|world| async move {
        use jhaas_app::hub_health::{note, to_watch};
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let seen = version(&world, id).await;
        assert_eq!(to_watch(app).await.unwrap().len(), 1);
        note(app, id, false).await.unwrap();
        world.clock.advance_minutes(4);
        note(app, id, false).await.unwrap();
        assert_eq!(count(&world, id, "hub_down").await, 0);
        world.clock.advance_minutes(1);
        for _ in 0..3 {
            note(app, id, false).await.unwrap();
        }
        assert_eq!(count(&world, id, "hub_down").await, 1);
        assert!(course::view(app, &ada, id).await.unwrap().hub_down_since.is_some());
        note(app, id, true).await.unwrap();
        assert_eq!(course::view(app, &ada, id).await.unwrap().hub_down_since, None);
        assert_eq!(version(&world, id).await, seen, "nobody's form goes stale because of it");
        note(app, id, false).await.unwrap();
        world.clock.advance_minutes(5);
        note(app, id, false).await.unwrap();
        assert_eq!(count(&world, id, "hub_down").await, 2, "another time, another mail");
    })
    .await;
}

#[tokio::test]
async fn when_grace_begins_everybody_but_the_leaders_is_put_out_of_the_hub() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        participant(&world, id, &ada, "bob").await;
        let eve = participant(&world, id, &ada, "eve").await;
        for (name, role) in [("tom", CourseRole::Assistant), ("col", CourseRole::CoLeader)] {
            let person = world.student(name).await;
            let address = format!("{}@university.example", person.name);
            jhaas_app::staff::name(app, &ada, id, &address, role).await.unwrap();
        }
        let ends_at = world.stored(id).await.spec.ends_at;
        world.clock.set(ends_at.plus_millis(-1));
        deployment::step(app, id).await.unwrap();
        assert!(revocations(&world, id).await.is_empty());
        world.clock.set(ends_at);
        for _ in 0..2 {
            deployment::step(app, id).await.unwrap();
        }
        let over = ["bob course_over", "eve course_over", "tom course_over"];
        assert_eq!(revocations(&world, id).await, over);
        let removed = part(&world, id, &eve).await;
        jhaas_app::participation::remove(app, &ada, id, removed, "Why.").await.unwrap();

        // The course goes on before the hub could be asked.
        let mut longer = crate::help::form(&world, id).await;
        longer.end_date = "2027-04-01".to_owned();
        let change = jhaas_app::change::change(app, &ada, id, version(&world, id).await, &longer).await;
        let jhaas_app::change::ChangeOutcome::Pending(change) = change.unwrap() else { panic!() };
        jhaas_app::decision::decide_change(app, &gwen, id, change, true, "", "").await.unwrap();
        let job =
            jhaas_app::revocation::claim(app, &[]).await.unwrap().expect("somebody was removed meanwhile");
        assert_eq!((job.account, job.cause.as_str()), (eve.account, "removed"));
        assert!(jhaas_app::revocation::claim(app, &[]).await.unwrap().is_none(), "the others may stay");
    })
    .await;
}

#[tokio::test]
async fn courses_that_wait_for_the_end_of_maintenance_do_not_hold_up_the_others() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, root) = (world.leader("ada").await, world.administrator("root").await);
        let start = world.now().plus_days(1);
        let running = world.course(&ada).slug("running").state(CourseState::Deployed).create().await;
        let removed_at = app.settings.schedule.degrade_at(world.stored(running).await.spec.ends_at);
        let waiting = world.course(&ada).slug("waiting").time(start, removed_at.plus_days(9));
        let waiting = waiting.state(CourseState::Accepted).create().await;
        let settings = setting::read(app).await.unwrap();
        setting::set_maintenance(app, &root, true, settings.maintenance_version).await.unwrap();
        world.clock.set(removed_at);
        assert_eq!(deployment::due(app, world.now(), 1).await.unwrap(), [running]);
        assert!(matches!(deployment::step(app, running).await.unwrap(), Step::Opened(_, Action::Degrade)));
        assert!(deployment::due(app, world.now(), 1).await.unwrap().is_empty());
        world.clock.advance_days(9);
        assert_eq!(deployment::due(app, world.now(), 1).await.unwrap(), [waiting], "it is over");
        assert_eq!(deployment::step(app, waiting).await.unwrap(), Step::Expired);
    })
    .await;
}

#[tokio::test]
async fn a_new_link_does_not_put_off_the_next_removal() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).failed(Action::Degrade).create().await;
        let due = world.stored(id).await.due_at;
        world.clock.advance_minutes(9);
        course::renew_invite(app, &ada, id).await.unwrap();
        assert_eq!(world.stored(id).await.due_at, due);
        world.clock.advance_minutes(1);
        assert!(matches!(deployment::step(app, id).await.unwrap(), Step::Opened(_, Action::Degrade)));
    })
    .await;
}

#[tokio::test]
async fn those_who_wait_are_told_of_the_order_in_which_they_begin() {
    on_both_with(
        |settings| settings.dispatch.concurrency = 1,
        |world| async move {
            let app = &world.app;
            let first = accepted(&world, "first").await;
            opened(&world, first).await;
            let busy = accepted(&world, "busy").await;
            opened(&world, busy).await;
            let last = accepted(&world, "last").await;
            // The first has failed once, and is due again only after the others.
            world.fail(first, ErrorClass::Transient).await;
            world.clock.advance_seconds(30);
            opened(&world, last).await;
            world.start_attempt(busy).await;
            world.clock.advance_seconds(40);
            let ahead = async |id| {
                let open = world.open_deployment(id).await;
                deployment::waiting(app, &open).await.unwrap().unwrap().ahead
            };
            assert_eq!((ahead(first).await, ahead(last).await), (0, 1));
        },
    )
    .await;
}
