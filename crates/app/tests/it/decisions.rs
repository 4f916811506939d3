//! Deciding: once, by who saw what is there, and within what the clusters carry.

use jhaas_app::{
    Actor, capacity, course,
    decision::{self, Acceptance, Which},
    outbox,
};
use jhaas_domain::{
    cluster::Cluster, course::CourseState, deployment::Action, policy::CatalogueEntry, resources::Resources,
};
use jhaas_store::Page;
use jhaas_testkit::{on_both, on_both_with};

use crate::help::{count, events, form, outcome, sent, version};

#[tokio::test]
async fn of_two_who_accept_at_once_one_wins_and_the_other_is_told() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen, gus) =
            (world.leader("ada").await, world.governance("gwen").await, world.governance("gus").await);
        let id = world.course(&ada).create().await;
        let how = Acceptance { message: "Yes.", ..Acceptance::default() };
        let (one, other) =
            tokio::join!(decision::accept(app, &gwen, id, 1, &how), decision::accept(app, &gus, id, 1, &how));
        let mut outcomes = [outcome(&one), outcome(&other)];
        outcomes.sort();
        assert_eq!(outcomes, ["409 error-changed-meanwhile", "ok"]);
        assert_eq!(count(&world, id, "request_accepted").await, 1);
        assert_eq!(events(&world, id).await, ["course.requested", "course.accepted"]);
    })
    .await;
}

#[tokio::test]
async fn accepting_what_was_just_withdrawn_does_nothing() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).create().await;
        let plain = Acceptance::default();
        let (cancelled, accepted) =
            tokio::join!(course::cancel(app, &ada, id, 1, ""), decision::accept(app, &gwen, id, 1, &plain));
        let state = world.stored(id).await.state;
        match (outcome(&cancelled).as_str(), outcome(&accepted).as_str()) {
            ("ok", "409 error-changed-meanwhile") => assert_eq!(state, CourseState::Cancelled),
            ("409 error-changed-meanwhile", "ok") => assert_eq!(state, CourseState::Accepted),
            other => panic!("{other:?}"),
        }
    })
    .await;
}

#[tokio::test]
async fn a_decision_on_a_version_that_nobody_saw_is_refused() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).create().await;
        let mut bigger = form(&world, id).await;
        bigger.seats = "400".to_owned();
        course::revise(app, &ada, id, 1, &bigger).await.unwrap();
        for decided in [
            decision::accept(app, &gwen, id, 1, &Acceptance::default()).await,
            decision::reject(app, &gwen, id, 1, "No.").await,
            decision::send_back(app, &gwen, id, 1, "Why?").await,
        ] {
            assert_eq!(outcome(&decided), "409 error-changed-meanwhile");
        }
        assert_eq!(world.stored(id).await.state, CourseState::Requested);
    })
    .await;
}

#[tokio::test]
async fn rejecting_and_sending_back_need_words_which_the_leader_reads() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).create().await;
        assert_eq!(outcome(&decision::reject(app, &gwen, id, 1, "  ").await), "422 message");
        assert_eq!(outcome(&decision::send_back(app, &gwen, id, 1, "").await), "422 message");
        decision::reject(app, &gwen, id, 1, "The clusters are full in May.").await.unwrap();
        let view = course::view(app, &ada, id).await.unwrap();
        let decided = view.request.unwrap().decision.unwrap();
        assert_eq!(decided.kind, "course.rejected");
        assert_eq!(decided.by.as_deref(), Some("gwen"));
        assert_eq!(decided.message.as_deref(), Some("The clusters are full in May."));
        assert_eq!(sent(&world, id).await, ["request_received to ada", "request_rejected to ada"]);
    })
    .await;
}

#[tokio::test]
async fn beyond_the_clusters_an_acceptance_needs_its_reason() {
    // One course of 30 seats needs (30 + 1 + 1) × 0.5 + 0.5 = 16.5 processors.
    let limit = Resources { cpu_millis: 20_000, memory_mib: 1_000_000, storage_mib: 1_000_000 };
    on_both_with(
        |settings| settings.clusters[0].capacity = Some(limit),
        |world| async move {
            let app = &world.app;
            let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
            let first = world.course(&ada).slug("first").state(CourseState::Accepted).create().await;
            let second = world.course(&ada).slug("second").create().await;
            let seen = capacity::of_course(app, &gwen, second).await.unwrap().remove(0);
            assert!(!seen.fits);
            assert_eq!(seen.needed.cpu_millis, 16_500);
            assert_eq!(seen.peak.cpu_millis, 16_500);
            assert_eq!(seen.courses.iter().map(|course| course.id).collect::<Vec<_>>(), [first]);
            let refused = decision::accept(
                app,
                &gwen,
                second,
                1,
                &Acceptance { override_reason: " ", ..Acceptance::default() },
            )
            .await;
            assert_eq!(outcome(&refused), "422 override_reason");
            decision::accept(
                app,
                &gwen,
                second,
                1,
                &Acceptance { override_reason: "New nodes arrive on Monday.", ..Acceptance::default() },
            )
            .await
            .unwrap();

            // Courses one after the other do not add up.
            let far = (world.now().plus_days(60), world.now().plus_days(70));
            let third = world.course(&ada).slug("third").time(far.0, far.1).create().await;
            decision::accept(app, &gwen, third, 1, &Acceptance::default()).await.unwrap();
            let weeks = capacity::calendar(app, &gwen, "main", world.now(), 10).await.unwrap();
            assert_eq!(weeks.len(), 10);
            assert_eq!((weeks[0].courses, weeks[0].committed.cpu_millis), (2, 33_000));
            assert_eq!((weeks[4].courses, weeks[4].committed.cpu_millis), (0, 0));
            assert_eq!((weeks[9].courses, weeks[9].committed.cpu_millis), (1, 16_500));
        },
    )
    .await;
}

#[tokio::test]
async fn governance_finds_in_its_queue_what_is_undecided_and_nothing_else() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let first = world.course(&ada).slug("first").create().await;
        world.clock.advance_minutes(1);
        let second = world.course(&ada).slug("second").create().await;
        world.course(&ada).slug("third").state(CourseState::Accepted).create().await;
        let queue = decision::queue(app, &gwen, "", false, Page::default()).await.unwrap();
        let ids: Vec<_> = queue.items.iter().map(|line| line.course.id).collect();
        assert_eq!(ids, [first, second], "longest waiting first");
        assert_eq!(queue.items[0].leaders, ["ada"]);
        let found = decision::queue(app, &gwen, "second", false, Page::default()).await.unwrap();
        assert_eq!(found.total, 1);
    })
    .await;
}

#[tokio::test]
async fn governance_withdraws_an_accepted_course_with_a_reason() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let seen = version(&world, id).await;
        assert_eq!(outcome(&course::cancel(app, &gwen, id, seen, "").await), "422 reason");
        course::cancel(app, &gwen, id, seen, "The building is closed.").await.unwrap();
        assert_eq!(count(&world, id, "course_cancelled").await, 1);
        let request = world.course(&ada).create().await;
        let undecided = course::cancel(app, &gwen, request, 1, "No.").await;
        assert_eq!(outcome(&undecided), "409 error-state", "what is undecided is rejected, not withdrawn");
    })
    .await;
}

#[tokio::test]
async fn all_courses_of_a_leader_can_be_stopped_at_once() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, eve, gwen) =
            (world.leader("ada").await, world.leader("eve").await, world.governance("gwen").await);
        let states =
            [CourseState::Accepted, CourseState::Deploying, CourseState::Deployed, CourseState::Failed];
        let mut ids = Vec::new();
        for state in states {
            let slug = format!("course-{}", state.as_str().to_lowercase());
            ids.push(world.course(&ada).slug(&slug).state(state).create().await);
        }
        let hers = world.course(&eve).slug("hers").state(CourseState::Deployed).create().await;
        let refused = decision::stop_all(app, &gwen, of(&ada), " ").await;
        assert_eq!(outcome(&refused), "422 reason");
        let stopped = decision::stop_all(app, &gwen, of(&ada), "Misuse.").await.unwrap();
        assert_eq!(stopped.len(), 4);
        let mut now = Vec::new();
        for id in ids {
            now.push(world.stored(id).await.state);
        }
        use CourseState::{Cancelled, Degrading};
        assert_eq!(now, [Cancelled, Degrading, Degrading, Degrading]);
        assert_eq!(world.stored(hers).await.state, CourseState::Deployed);
    })
    .await;
}

#[tokio::test]
async fn an_administrator_stops_what_runs_and_leaves_what_was_accepted_to_governance() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, root) = (world.leader("ada").await, world.administrator("root").await);
        let accepted = world.course(&ada).slug("accepted").state(CourseState::Accepted).create().await;
        let running = world.course(&ada).slug("running").state(CourseState::Deployed).create().await;
        assert_eq!(outcome(&decision::stop(app, &root, accepted, "Misuse.").await), "403");
        assert_eq!(decision::stop_all(app, &root, Which::default(), "Misuse.").await.unwrap(), [running]);
        assert_eq!(world.stored(accepted).await.state, CourseState::Accepted);
    })
    .await;
}

#[tokio::test]
async fn a_request_goes_to_the_first_cluster_with_room_and_governance_may_choose_another() {
    // One course of 30 seats needs 16.5 processors.
    let small = Resources { cpu_millis: 20_000, memory_mib: 1_000_000, storage_mib: 1_000_000 };
    let cluster = |key: &str| Cluster {
        key: key.to_owned(),
        title: key.to_owned(),
        domain: format!("{key}.example"),
        capacity: Some(small),
        environments: None,
    };
    let gpu = Cluster { environments: Some(vec!["r".to_owned()]), ..cluster("gpu") };
    on_both_with(
        |settings| {
            settings.clusters = vec![cluster("east"), gpu.clone(), cluster("west")];
            let r = CatalogueEntry { key: "r".to_owned(), ..settings.policy.catalogue[0].clone() };
            settings.policy.catalogue.push(r);
        },
        |world| async move {
            let app = &world.app;
            let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
            let on = async |id| world.stored(id).await.cluster;
            let first = world.course(&ada).slug("first").state(CourseState::Accepted).create().await;
            assert_eq!(on(first).await, "east");
            let second = world.course(&ada).slug("second").create().await;
            assert_eq!(on(second).await, "west", "east is full, and gpu is for others");
            let seen = capacity::of_course(app, &gwen, second).await.unwrap();
            let seen: Vec<_> = seen.iter().map(|one| (one.cluster.as_str(), one.fits)).collect();
            assert_eq!(seen, [("west", true), ("east", false)]);

            let accept = async |cluster, override_reason| {
                let how = Acceptance { cluster, override_reason, ..Acceptance::default() };
                outcome(&decision::accept(app, &gwen, second, 1, &how).await)
            };
            assert_eq!(accept("gpu", "").await, "422 cluster");
            assert_eq!(accept("nowhere", "").await, "422 cluster");
            assert_eq!(accept("east", "").await, "422 override_reason");
            assert_eq!(accept("east", "They end before.").await, "ok");
            assert_eq!(on(second).await, "east");
            assert_eq!(capacity::calendar(app, &gwen, "west", world.now(), 1).await.unwrap()[0].courses, 0);
            assert_eq!(capacity::calendar(app, &gwen, "east", world.now(), 1).await.unwrap()[0].courses, 2);

            // The hub is at its cluster's address.
            let r = |form: &mut course::CourseForm| form.environment = "r".to_owned();
            let third = world.course(&ada).slug("third").with(r).state(CourseState::Deployed).create().await;
            assert_eq!(on(third).await, "gpu");
            assert_eq!(world.stored(third).await.hub_url.unwrap(), "http://third.gpu.example");
            let which = Which { cluster: Some("east".to_owned()), ..Which::default() };
            let stopped = decision::stop_all(app, &gwen, which, "The cluster is moved.").await.unwrap();
            assert_eq!(stopped, [first, second]);
        },
    )
    .await;
}

#[tokio::test]
async fn two_acceptances_at_once_do_not_take_more_than_there_is() {
    // One course of 30 seats needs 16.5 processors.
    let limit = Resources { cpu_millis: 20_000, memory_mib: 1_000_000, storage_mib: 1_000_000 };
    on_both_with(
        |settings| settings.clusters[0].capacity = Some(limit),
        |world| async move {
            let app = &world.app;
            let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
            let first = world.course(&ada).slug("first").create().await;
            let second = world.course(&ada).slug("second").create().await;
            let plain = Acceptance::default();
            let (one, other) = tokio::join!(
                decision::accept(app, &gwen, first, 1, &plain),
                decision::accept(app, &gwen, second, 1, &plain)
            );
            let mut outcomes = [outcome(&one), outcome(&other)];
            outcomes.sort();
            assert_eq!(outcomes, ["422 override_reason", "ok"]);
        },
    )
    .await;
}

#[tokio::test]
async fn a_hub_whose_removal_failed_counts_for_as_long_as_it_is_there() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let left = world.course(&ada).slug("left").failed(Action::Degrade).create().await;
        world.clock.advance_days(60);
        let asked = world.course(&ada).slug("asked").create().await;
        let seen = capacity::of_course(app, &gwen, asked).await.unwrap().remove(0);
        assert_eq!(seen.courses.iter().map(|course| course.id).collect::<Vec<_>>(), [left]);
        let far = (world.now().plus_days(30), world.now().plus_days(40));
        let later = world.course(&ada).slug("later").time(far.0, far.1).create().await;
        assert!(capacity::of_course(app, &gwen, later).await.unwrap()[0].courses.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_course_counts_from_the_lead_that_its_environment_needs() {
    on_both_with(
        |settings| settings.policy.catalogue[0].lead_minutes = Some(240),
        |world| async move {
            let app = &world.app;
            let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
            let start = world.now().plus_days(30);
            let slow = world.course(&ada).slug("slow").time(start, start.plus_days(1));
            let slow = slow.state(CourseState::Accepted).create().await;
            let before = world.course(&ada).slug("before");
            let end = start.plus_minutes(-200).plus_days(-3);
            let before = before.time(end.plus_days(-1), end).create().await;
            let seen = capacity::of_course(app, &gwen, before).await.unwrap().remove(0);
            assert_eq!(seen.courses.iter().map(|course| course.id).collect::<Vec<_>>(), [slow]);
        },
    )
    .await;
}

#[tokio::test]
async fn governance_is_told_of_a_request_once_and_not_at_all_when_it_is_decided() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).create().await;
        let gone = world.course(&ada).slug("gone").create().await;
        for title in ["Second title", "Third title"] {
            let mut again = form(&world, id).await;
            again.title = title.to_owned();
            course::revise(app, &ada, id, version(&world, id).await, &again).await.unwrap();
        }
        course::cancel(app, &ada, gone, version(&world, gone).await, "").await.unwrap();
        world.clock.advance_minutes(3);
        let digest = loop {
            let claimed = outbox::claim(app, "lease").await.unwrap().expect("a digest");
            outbox::sent(app, &claimed).await.unwrap();
            if claimed.mail.kind == "governance_digest" {
                break claimed.mail;
            }
        };
        let titles: Vec<_> =
            digest.data["pending"].as_array().unwrap().iter().map(|one| &one["title"]).collect();
        assert_eq!(titles, ["Third title"]);

        // Decided before the next digest: there is nothing to tell.
        let last = world.course(&ada).slug("last").create().await;
        decision::reject(app, &gwen, last, 1, "Too late.").await.unwrap();
        world.clock.advance_minutes(120);
        while let Some(claimed) = outbox::claim(app, "lease").await.unwrap() {
            assert_ne!(claimed.mail.kind, "governance_digest");
            outbox::sent(app, &claimed).await.unwrap();
        }
    })
    .await;
}

fn of(leader: &Actor) -> Which {
    Which { leader: Some(leader.account), ..Which::default() }
}
