//! Changes of accepted and running courses.

use jhaas_app::{
    change::{self, ChangeOutcome},
    course, decision, deployment, participation,
};
use jhaas_domain::{
    course::{AdmissionRule, ChangeState, CourseState},
    deployment::{Action, DeploymentState, ErrorClass},
    participation::ParticipationState,
    policy::CatalogueEntry,
};
use jhaas_store::Page;
use jhaas_testkit::{on_both, on_both_with};

use crate::help::{apply, count, form, outcome, participant, state_of, version};

#[tokio::test]
async fn a_form_that_says_what_holds_changes_nothing() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let before = world.stored(id).await;
        let same = form(&world, id).await;
        let done = change::change(&world.app, &ada, id, before.version, &same).await.unwrap();
        assert_eq!(done, ChangeOutcome::Nothing);
        assert_eq!(world.stored(id).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_smaller_accepted_course_is_changed_at_once() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let mut smaller = form(&world, id).await;
        smaller.seats = "20".to_owned();
        smaller.slug = "python-small".to_owned();
        let done = change::change(&world.app, &ada, id, version(&world, id).await, &smaller).await.unwrap();
        assert_eq!(done, ChangeOutcome::Applied { deployment: None });
        let course = world.stored(id).await;
        assert_eq!((course.spec.seats, course.spec.slug.as_str()), (20, "python-small"));
        assert_eq!(course.state, CourseState::Accepted);
    })
    .await;
}

#[tokio::test]
async fn what_was_accepted_holds_until_governance_decided_a_bigger_change() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let mut bigger = form(&world, id).await;
        bigger.memory = "4".to_owned();
        let done = change::change(app, &ada, id, version(&world, id).await, &bigger).await.unwrap();
        let ChangeOutcome::Pending(pending) = done else { panic!("{done:?}") };
        assert_eq!(world.stored(id).await.spec.per_person.memory_mib, 1024);
        let second = change::change(app, &ada, id, version(&world, id).await, &bigger).await;
        assert_eq!(outcome(&second), "409 error-change-pending");
        let queue = decision::change_queue(app, &gwen, Page::default()).await.unwrap();
        assert_eq!(queue.items[0].changed, ["memory"]);

        let no_words = decision::decide_change(app, &gwen, id, pending, false, "", "").await;
        assert_eq!(outcome(&no_words), "422 message");
        let opened = decision::decide_change(app, &gwen, id, pending, true, "", "").await.unwrap();
        let course = world.stored(id).await;
        assert_eq!(course.spec.per_person.memory_mib, 4096);
        assert_eq!(course.state, CourseState::Deployed, "the hub goes on running");
        let open = world.open_deployment(id).await;
        assert_eq!((Some(open.id), open.action), (opened, Action::Update));
        assert_eq!(open.spec.per_person.memory_mib, 4096);
        let again = decision::decide_change(app, &gwen, id, pending, true, "", "").await;
        assert_eq!(outcome(&again), "409 error-change-decided");
        assert_eq!(count(&world, id, "change_decided").await, 1);
        world.succeed(id).await;
        assert_eq!(world.stored(id).await.state, CourseState::Deployed);
    })
    .await;
}

#[tokio::test]
async fn a_rejected_change_leaves_everything_as_it_was() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let before = world.stored(id).await;
        let mut bigger = form(&world, id).await;
        bigger.seats = "300".to_owned();
        let done = change::change(app, &ada, id, before.version, &bigger).await.unwrap();
        let ChangeOutcome::Pending(pending) = done else { panic!("{done:?}") };
        decision::decide_change(app, &gwen, id, pending, false, "Too many.", "").await.unwrap();
        assert_eq!(world.stored(id).await, before);
        let view = course::view(app, &ada, id).await.unwrap().request.unwrap();
        assert_eq!(view.pending_change, None);
        assert_eq!(view.changes[0].reason.as_deref(), Some("Too many."));
    })
    .await;
}

#[tokio::test]
async fn a_change_that_was_taken_back_can_no_longer_be_decided() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let mut bigger = form(&world, id).await;
        bigger.seats = "300".to_owned();
        let done = change::change(app, &ada, id, version(&world, id).await, &bigger).await.unwrap();
        let ChangeOutcome::Pending(pending) = done else { panic!("{done:?}") };
        let (back, decided) = tokio::join!(
            change::withdraw_change(app, &ada, id, pending),
            decision::decide_change(app, &gwen, id, pending, true, "", "")
        );
        let stored = jhaas_store::change::by_id(world.db.pool(), pending).await.unwrap().unwrap();
        match (outcome(&back).as_str(), outcome(&decided).as_str()) {
            ("ok", "409 error-change-decided") => {
                assert_eq!(stored.state, ChangeState::Withdrawn);
                assert_eq!(world.stored(id).await.spec.seats, 30);
            }
            ("409 error-change-decided", "ok") => {
                assert_eq!(stored.state, ChangeState::Accepted);
                assert_eq!(world.stored(id).await.spec.seats, 300);
            }
            other => panic!("{other:?}"),
        }
        let mut smaller = form(&world, id).await;
        smaller.seats = "10".to_owned();
        change::change(app, &ada, id, version(&world, id).await, &smaller).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn moving_the_end_alone_needs_no_worker() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let earlier = world.form("x", world.now(), world.now().plus_days(7));
        let mut shorter = form(&world, id).await;
        shorter.end_date = earlier.end_date;
        let done = change::change(app, &ada, id, version(&world, id).await, &shorter).await.unwrap();
        assert_eq!(done, ChangeOutcome::Applied { deployment: None });

        let mut longer = form(&world, id).await;
        longer.end_date = world.form("x", world.now(), world.now().plus_days(21)).end_date;
        let done = change::change(app, &ada, id, version(&world, id).await, &longer).await.unwrap();
        let ChangeOutcome::Pending(pending) = done else { panic!("an extension is decided: {done:?}") };
        let opened = decision::decide_change(app, &gwen, id, pending, true, "", "").await.unwrap();
        assert_eq!(opened, None);
        assert_eq!(jhaas_store::deployment::open_of(world.db.pool(), id).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_extension_within_grace_opens_the_course_again() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let bob = participant(&world, id, &ada, "bob").await;
        deployment::step(app, id).await.unwrap();
        world.clock.set(world.stored(id).await.spec.ends_at.plus_days(1));
        deployment::step(app, id).await.unwrap();
        assert_eq!(count(&world, id, "course_over").await, 1);
        assert!(course::view(app, &bob, id).await.unwrap().hub_url.is_none());

        let mut longer = form(&world, id).await;
        longer.end_date = world.form("x", world.now(), world.now().plus_days(7)).end_date;
        let done = change::change(app, &ada, id, version(&world, id).await, &longer).await.unwrap();
        let ChangeOutcome::Pending(pending) = done else { panic!("{done:?}") };
        decision::decide_change(app, &gwen, id, pending, true, "", "").await.unwrap();
        assert!(course::view(app, &bob, id).await.unwrap().hub_url.is_some());
        assert_eq!(world.stored(id).await.state, CourseState::Deployed);
        world.clock.set(world.stored(id).await.spec.ends_at);
        deployment::step(app, id).await.unwrap();
        assert_eq!(count(&world, id, "course_over").await, 2, "once for each end");
    })
    .await;
}

#[tokio::test]
async fn a_running_hub_keeps_its_address_its_start_and_its_storage() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        world.clock.advance_minutes(60);
        let mut other = form(&world, id).await;
        other.slug = "elsewhere".to_owned();
        other.start_time = "23:00".to_owned();
        other.storage = "1".to_owned();
        let done = change::change(&world.app, &ada, id, version(&world, id).await, &other).await;
        assert_eq!(outcome(&done), "422 slug, starts_at, storage");
    })
    .await;
}

#[tokio::test]
async fn seats_cannot_fall_below_who_is_admitted_and_more_seats_go_to_who_waits() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let link = |form: &mut course::CourseForm| form.admission = "link".to_owned();
        let id = world.course(&ada).seats(2).with(link).state(CourseState::Deployed).create().await;
        let mut people = Vec::new();
        for name in ["bob", "cyd", "dan", "eli"] {
            let person = world.student(name).await;
            apply(&world, id, &person).await;
            people.push(person);
        }
        let mut fewer = form(&world, id).await;
        fewer.seats = "1".to_owned();
        let done = change::change(app, &ada, id, version(&world, id).await, &fewer).await;
        assert_eq!(outcome(&done), "422 seats");

        let mut more = form(&world, id).await;
        more.seats = "3".to_owned();
        let done = change::change(app, &ada, id, version(&world, id).await, &more).await.unwrap();
        let ChangeOutcome::Pending(pending) = done else { panic!("{done:?}") };
        assert_eq!(state_of(&world, id, &people[2]).await, ParticipationState::Waiting);
        decision::decide_change(app, &gwen, id, pending, true, "", "").await.unwrap();
        assert_eq!(state_of(&world, id, &people[2]).await, ParticipationState::Admitted);
        assert_eq!(state_of(&world, id, &people[3]).await, ParticipationState::Waiting);
        assert_eq!(count(&world, id, "promoted").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_friendlier_rule_admits_those_who_wait_for_a_decision() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).seats(1).state(CourseState::Deployed).create().await;
        let (bob, cyd) = (world.student("bob").await, world.student("cyd").await);
        apply(&world, id, &bob).await;
        world.clock.advance_minutes(1);
        apply(&world, id, &cyd).await;
        let mut open = form(&world, id).await;
        open.admission = "link".to_owned();
        let done = change::change(&world.app, &ada, id, version(&world, id).await, &open).await.unwrap();
        assert_eq!(done, ChangeOutcome::Applied { deployment: None });
        assert_eq!(world.stored(id).await.spec.admission, AdmissionRule::Link);
        assert_eq!(state_of(&world, id, &bob).await, ParticipationState::Admitted);
        assert_eq!(state_of(&world, id, &cyd).await, ParticipationState::Waiting);
    })
    .await;
}

#[tokio::test]
async fn a_failed_update_leaves_the_hub_running_and_can_be_retried() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, root) = (world.leader("ada").await, world.administrator("root").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let refused = deployment::retry(app, &root, id).await;
        assert_eq!(outcome(&refused), "409 error-state");
        let mut titled = form(&world, id).await;
        titled.title = "Another title".to_owned();
        let done = change::change(app, &ada, id, version(&world, id).await, &titled).await.unwrap();
        assert!(matches!(done, ChangeOutcome::Applied { deployment: Some(_) }));
        let mut third = form(&world, id).await;
        third.title = "A third title".to_owned();
        let busy = change::change(app, &ada, id, version(&world, id).await, &third).await;
        assert_eq!(outcome(&busy), "409 error-deployment-open");
        world.fail(id, ErrorClass::Permanent).await;
        let course = world.stored(id).await;
        assert_eq!((course.state, course.failed_action), (CourseState::Deployed, None));
        assert!(course.hub_url.is_some());
        assert_eq!(count(&world, id, "deployment_failed").await, 1);
        assert_eq!(count(&world, id, "failed_deployment_admin").await, 1);
        deployment::retry(app, &root, id).await.unwrap();
        assert_eq!(world.open_deployment(id).await.action, Action::Update);
        world.succeed(id).await;
        let last = jhaas_store::deployment::last_of(world.db.pool(), id).await.unwrap().unwrap();
        assert_eq!(last.state, DeploymentState::Succeeded);
        assert_eq!(last.spec.title, "Another title");
    })
    .await;
}

#[tokio::test]
async fn a_leader_puts_right_what_kept_the_hub_from_coming_up() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Failed).create().await;
        let mut other = form(&world, id).await;
        other.start_page = "notebook".to_owned();
        let done = change::change(&world.app, &ada, id, version(&world, id).await, &other).await.unwrap();
        assert!(matches!(done, ChangeOutcome::Applied { deployment: Some(_) }));
        assert_eq!(world.stored(id).await.state, CourseState::Deploying);
        world.succeed(id).await;
        assert_eq!(world.stored(id).await.state, CourseState::Deployed);
    })
    .await;
}

#[tokio::test]
async fn rules_that_became_stricter_do_not_block_what_nobody_touches() {
    let r = CatalogueEntry {
        key: "r".to_owned(),
        title: "R".to_owned(),
        description: String::new(),
        image: None,
        lead_minutes: None,
        extra_values_file: None,
        chart: None,
    };
    on_both_with(
        |settings| settings.policy.catalogue.push(r.clone()),
        |mut world| async move {
            let ada = world.leader("ada").await;
            let r = |form: &mut course::CourseForm| form.environment = "r".to_owned();
            let id = world.course(&ada).with(r).state(CourseState::Deployed).create().await;
            world.set(|settings| {
                settings.policy.catalogue.pop();
                settings.policy.max_seats = 5;
            });
            let mut shorter = form(&world, id).await;
            shorter.end_date = world.form("x", world.now(), world.now().plus_days(7)).end_date;
            let app = &world.app;
            let done = change::change(app, &ada, id, version(&world, id).await, &shorter).await.unwrap();
            assert_eq!(done, ChangeOutcome::Applied { deployment: None });
            let mut touched = form(&world, id).await;
            touched.seats = "31".to_owned();
            let done = change::change(app, &ada, id, version(&world, id).await, &touched).await;
            assert_eq!(outcome(&done), "422 seats");
        },
    )
    .await;
}

#[tokio::test]
async fn a_change_still_undecided_when_the_course_ends_is_void() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let bob = participant(&world, id, &ada, "bob").await;
        let mut bigger = form(&world, id).await;
        bigger.seats = "300".to_owned();
        let done = change::change(app, &ada, id, version(&world, id).await, &bigger).await.unwrap();
        let ChangeOutcome::Pending(pending) = done else { panic!("{done:?}") };
        course::end_early(app, &ada, id, version(&world, id).await, "").await.unwrap();
        let decided = decision::decide_change(app, &gwen, id, pending, true, "", "").await;
        assert_eq!(outcome(&decided), "409 error-change-decided");
        assert_eq!(decision::change_queue(app, &gwen, Page::default()).await.unwrap().total, 0);
        let left = participation::leave(app, &bob, id).await;
        assert_eq!(outcome(&left), "ok");
    })
    .await;
}

#[tokio::test]
async fn a_change_that_fitted_when_it_was_asked_for_is_not_applied_to_a_hub_that_runs_by_now() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let mut other = form(&world, id).await;
        other.seats = "300".to_owned();
        other.slug = "elsewhere".to_owned();
        let done = change::change(app, &ada, id, version(&world, id).await, &other).await.unwrap();
        let ChangeOutcome::Pending(pending) = done else { panic!("{done:?}") };
        deployment::step(app, id).await.unwrap();
        let deploying = decision::decide_change(app, &gwen, id, pending, true, "", "").await;
        assert_eq!(outcome(&deploying), "409 error-state");
        world.succeed(id).await;
        let decided = decision::decide_change(app, &gwen, id, pending, true, "", "").await;
        assert_eq!(outcome(&decided), "409 error-slug-fixed");
        assert_eq!(world.stored(id).await.spec.slug.as_str(), "python");
        decision::decide_change(app, &gwen, id, pending, false, "Too late.", "").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn seats_that_were_given_meanwhile_are_not_taken_away_by_a_change() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).seats(3).state(CourseState::Deployed).create().await;
        participant(&world, id, &ada, "bob").await;
        // Fewer seats, but more for each: governance decides.
        let mut other = form(&world, id).await;
        (other.seats, other.memory) = ("1".to_owned(), "16".to_owned());
        let asked = change::change(app, &ada, id, version(&world, id).await, &other).await.unwrap();
        let ChangeOutcome::Pending(asked) = asked else { panic!("{asked:?}") };
        participant(&world, id, &ada, "cyd").await;
        let accepted = decision::decide_change(app, &gwen, id, asked, true, "", "").await;
        assert_eq!(outcome(&accepted), "409 error-seats-admitted");
        assert_eq!(world.stored(id).await.spec.seats, 3);
        decision::decide_change(app, &gwen, id, asked, false, "There are two already.", "").await.unwrap();
    })
    .await;
}
