//! Revocation jobs: one for everybody who must be out of a hub, tried until it is done, visible until then.

use jhaas_app::{
    Actor, account, course, participation, provider,
    revocation::{self, Cause, Job},
    session::{self, Visitor},
    sign_in, staff,
};
use jhaas_domain::{
    account::Role,
    course::{CourseRole, CourseState},
    id::CourseId,
};
use jhaas_store::Page;
use jhaas_testkit::{World, on_both, refreshable};

use crate::{
    help::{events, outcome, revocations},
    hub::{Hub, authenticated, session_of},
};

async fn running(world: &World) -> (CourseId, Actor, Actor) {
    let (ada, bob) = (world.leader("ada").await, world.student("bob").await);
    let id = world.course(&ada).state(CourseState::Deployed).create().await;
    let token = world.stored(id).await.invite_token;
    participation::apply(&world.app, &bob, &token).await.unwrap();
    let part = jhaas_store::participation::of(world.db.pool(), id, bob.account).await.unwrap().unwrap();
    participation::admit(&world.app, &ada, id, part.id).await.unwrap();
    (id, ada, bob)
}

async fn claim_one(world: &World) -> Job {
    revocation::claim(&world.app, &[]).await.unwrap().unwrap()
}

#[tokio::test]
async fn who_leaves_is_taken_out_of_the_hub_by_a_job() {
    on_both(|world| async move {
        let (id, ada, bob) = running(&world).await;
        participation::leave(&world.app, &bob, id).await.unwrap();
        let job = claim_one(&world).await;
        assert_eq!((job.course, job.account, job.hub_user.as_str()), (id, bob.account, "bob"));
        assert_eq!(revocation::of_course(&world.app, &ada, id).await.unwrap()[0].cause, "left");
        assert!(revocation::claim(&world.app, &[]).await.unwrap().is_none(), "one worker at a time");
        revocation::done(&world.app, &job).await.unwrap();
        assert_eq!(revocation::count_pending(&world.app).await.unwrap(), 0);
        assert!(!revocation::of_course(&world.app, &ada, id).await.unwrap()[0].is_pending);
    })
    .await;
}

#[tokio::test]
async fn a_hub_that_does_not_answer_is_tried_again_and_the_job_stays_visible() {
    on_both(|world| async move {
        let (id, ada, bob) = running(&world).await;
        participation::leave(&world.app, &bob, id).await.unwrap();
        for wait in [2, 4, 8] {
            let job = claim_one(&world).await;
            revocation::failed(&world.app, &job, "connection refused").await.unwrap();
            assert!(revocation::claim(&world.app, &[]).await.unwrap().is_none());
            let view = &revocation::of_course(&world.app, &ada, id).await.unwrap()[0];
            assert!(view.is_pending);
            assert_eq!(view.last_error.as_deref(), Some("connection refused"));
            assert_eq!(view.next_at, Some(world.now().plus_seconds(wait)));
            world.clock.advance_seconds(wait);
        }
        assert_eq!(claim_one(&world).await.attempt, 4);
    })
    .await;
}

#[tokio::test]
async fn who_was_admitted_anew_meanwhile_is_left_alone() {
    on_both(|world| async move {
        let (id, ada, bob) = running(&world).await;
        let part = jhaas_store::participation::of(world.db.pool(), id, bob.account).await.unwrap().unwrap();
        participation::remove(&world.app, &ada, id, part.id, "").await.unwrap();
        let job = claim_one(&world).await;
        revocation::failed(&world.app, &job, "connection refused").await.unwrap();
        participation::admit(&world.app, &ada, id, part.id).await.unwrap();
        world.clock.advance_seconds(2);
        assert!(revocation::claim(&world.app, &[]).await.unwrap().is_none());
        assert_eq!(revocation::count_pending(&world.app).await.unwrap(), 0);
        // Not so where somebody else may be in, though another job waits.
        participation::remove(&world.app, &ada, id, part.id, "").await.unwrap();
        account::sign_out_everywhere(&world.app, &bob).await.unwrap();
        participation::admit(&world.app, &ada, id, part.id).await.unwrap();
        assert_eq!(claim_one(&world).await.cause, "signed_out");
        assert!(revocation::claim(&world.app, &[]).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_dies_loses_the_job_to_the_next() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        participation::leave(&world.app, &bob, id).await.unwrap();
        let dead = claim_one(&world).await;
        world.clock.advance_seconds(60);
        let next = claim_one(&world).await;
        assert_eq!(dead.id, next.id);
        // The one that was thought dead cannot end what it no longer holds.
        revocation::done(&world.app, &dead).await.unwrap();
        assert_eq!(revocation::count_pending(&world.app).await.unwrap(), 1);
        revocation::done(&world.app, &next).await.unwrap();
        assert_eq!(revocation::count_pending(&world.app).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn two_workers_never_get_the_same_job() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        participation::leave(&world.app, &bob, id).await.unwrap();
        let (a, b) = tokio::join!(revocation::claim(&world.app, &[]), revocation::claim(&world.app, &[]));
        assert_eq!([a.unwrap(), b.unwrap()].into_iter().flatten().count(), 1);
    })
    .await;
}

#[tokio::test]
async fn locking_somebody_takes_them_out_of_every_hub() {
    on_both(|world| async move {
        let (first, ada, bob) = running(&world).await;
        let root = world.administrator("root").await;
        let second = world.course(&bob_as_leader(&world, &root, &bob).await).slug("second");
        let second = second.state(CourseState::Deployed).create().await;
        account::lock(&world.app, &root, bob.account, "").await.unwrap();
        let mut jobs = Vec::new();
        while let Some(job) = revocation::claim(&world.app, &[]).await.unwrap() {
            jobs.push(job);
        }
        let mut courses: Vec<CourseId> = jobs.iter().map(|job| job.course).collect();
        courses.sort_unstable();
        let mut expected = vec![first, second];
        expected.sort_unstable();
        assert_eq!(courses, expected);
        assert!(jobs.iter().all(|job| job.account == bob.account && job.account != ada.account));
    })
    .await;
}

#[tokio::test]
async fn a_hub_where_a_sign_in_may_be_under_way_is_asked_once_more() {
    on_both(|world| async move {
        let app = &world.app;
        let (id, ada, bob) = running(&world).await;
        world.clock.set(world.stored(id).await.spec.starts_at);
        let part = jhaas_store::participation::of(world.db.pool(), id, bob.account).await.unwrap().unwrap();
        let hub = Hub::of(&world, id).await;
        let remove = async || participation::remove(app, &ada, id, part.id, "").await.unwrap();
        let admit = async || participation::admit(app, &ada, id, part.id).await.unwrap();
        let sign_in = async || hub.sign_in(&session_of(&world, &bob).await).await;

        sign_in().await;
        world.clock.advance_seconds(10);
        remove().await;
        let at_once = claim_one(&world).await;
        assert!(revocation::claim(app, &[]).await.unwrap().is_none());
        revocation::done(app, &at_once).await.unwrap();
        assert_eq!(revocation::count_pending(app).await.unwrap(), 0, "the person is out");
        assert!(revocation::waiting_at(app, &ada, id).await.unwrap().is_empty());
        assert_eq!(revocation::next_due(app, &[]).await.unwrap(), Some(world.now().plus_seconds(10)));
        world.clock.advance_seconds(10);
        let once_more = claim_one(&world).await;
        assert_ne!(once_more.id, at_once.id);
        assert_eq!(once_more.hub_user, "bob");
        revocation::failed(app, &once_more, "connection refused").await.unwrap();
        assert_eq!(revocation::count_pending(app).await.unwrap(), 1, "not known to be out any more");
        world.clock.advance_seconds(2);
        revocation::done(app, &claim_one(&world).await).await.unwrap();
        assert_eq!(told(&world, id).await, 1, "one loss, one entry");
        assert_eq!(revocation::next_due(app, &[]).await.unwrap(), None);

        // Who is in again is left alone, and a removal before that is done at once all the same.
        admit().await;
        sign_in().await;
        remove().await;
        revocation::done(app, &claim_one(&world).await).await.unwrap();
        admit().await;
        remove().await;
        revocation::done(app, &claim_one(&world).await).await.unwrap();
        admit().await;
        world.clock.advance_seconds(10);
        assert!(revocation::claim(app, &[]).await.unwrap().is_none());
        assert_eq!(revocation::next_due(app, &[]).await.unwrap(), None);

        // A sign-in that is long over leaves nothing to look for.
        sign_in().await;
        world.clock.advance_seconds(11);
        remove().await;
        revocation::done(app, &claim_one(&world).await).await.unwrap();
        assert_eq!(revocation::next_due(app, &[]).await.unwrap(), None);
    })
    .await;
}

/// How often the journal of the course says that somebody is out of its hub.
async fn told(world: &World, course: CourseId) -> usize {
    let events = events(world, course).await;
    events.iter().filter(|kind| *kind == "revocation.done").count()
}

async fn bob_as_leader(world: &World, root: &Actor, bob: &Actor) -> Actor {
    account::grant_role(&world.app, root, bob.account, Role::Leader, "").await.unwrap();
    Actor { roles: vec![Role::Leader], ..bob.clone() }
}

#[tokio::test]
async fn without_a_hub_there_is_nothing_to_do_and_with_the_hub_the_job_goes() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let bob = world.student("bob").await;
        let early = world.course(&ada).slug("early").state(CourseState::Accepted).create().await;
        let tx = world.db.begin().await.unwrap();
        revocation::request(&world.app, &tx, early, bob.account, Cause::Removed).await.unwrap();
        world.app.commit(tx).await.unwrap();
        assert_eq!(revocation::count_pending(&world.app).await.unwrap(), 0);

        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        for _ in 0..3 {
            let tx = world.db.begin().await.unwrap();
            revocation::request(&world.app, &tx, id, bob.account, Cause::Removed).await.unwrap();
            world.app.commit(tx).await.unwrap();
        }
        assert_eq!(revocation::count_pending(&world.app).await.unwrap(), 1, "one job does for all causes");
        let version = world.stored(id).await.version;
        jhaas_app::course::end_early(&world.app, &ada, id, version, "").await.unwrap();
        world.succeed(id).await;
        assert_eq!(revocation::count_pending(&world.app).await.unwrap(), 0);
        assert!(revocation::claim(&world.app, &[]).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn who_loses_the_leaders_role_is_out_of_the_courses_that_it_led_and_of_no_other() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, eve) = (world.leader("ada").await, world.leader("eve").await);
        let root = world.administrator("root").await;
        let led = world.course(&ada).slug("led").state(CourseState::Deployed).create().await;
        let other = world.course(&eve).slug("other").state(CourseState::Deployed).create().await;
        staff::name(app, &eve, other, "ada@university.example", CourseRole::CoLeader).await.unwrap();
        account::revoke_role(app, &root, ada.account, Role::Leader).await.unwrap();
        assert_eq!(revocations(&world, led).await, ["ada role_lost"]);
        assert!(revocations(&world, other).await.is_empty());

        let ada = Actor { roles: Vec::new(), ..ada };
        assert_eq!(outcome(&course::view(app, &ada, led).await), "404");
        assert_eq!(provider::may_enter(app, world.db.pool(), ada.account, led).await.unwrap(), None);
        let co_leads = provider::may_enter(app, world.db.pool(), ada.account, other).await.unwrap();
        assert_eq!(co_leads, Some(CourseRole::CoLeader));
        let lines = course::my_courses(app, &ada, course::Mine::Staff, "", &[], Page::default());
        let roles: Vec<_> = lines.await.unwrap().items.into_iter().map(|line| line.role).collect();
        assert_eq!(roles, [Some(CourseRole::CoLeader)], "a line would lead to a course that is closed");
        assert!(course::leads_no_more(app, &ada).await.unwrap(), "that is said instead");

        staff::hand_over(app, &root, led, "eve@university.example").await.unwrap();
        assert!(!course::leads_no_more(app, &ada).await.unwrap(), "somebody else leads it by now");
        assert_eq!(course::view(app, &eve, led).await.unwrap().role, Some(CourseRole::Leader));
    })
    .await;
}

#[tokio::test]
async fn a_leaders_role_that_the_identity_provider_takes_away_is_lost_as_well() {
    on_both(|world| async move {
        let app = &world.app;
        let vouched = |roles: &[Role]| sign_in::Vouched {
            issuer: "https://idp.example".to_owned(),
            subject: "ada".to_owned(),
            name: "ada".to_owned(),
            email: "ada@university.example".to_owned(),
            email_verified: true,
            roles: roles.to_vec(),
            lang: "en".to_owned(),
        };
        let enter = async |roles: &[Role]| {
            let new = sign_in::with_identity(app, &vouched(roles), &refreshable(), None, &Visitor::default())
                .await
                .unwrap();
            authenticated(&world, &new.token).await.unwrap().actor
        };
        let ada = enter(&[Role::Leader]).await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        enter(&[Role::Leader]).await;
        assert!(revocations(&world, id).await.is_empty());
        // Somebody here gave it too: nothing is lost.
        let root = world.administrator("root").await;
        account::grant_role(app, &root, ada.account, Role::Leader, "").await.unwrap();
        enter(&[]).await;
        assert!(revocations(&world, id).await.is_empty());
        enter(&[Role::Leader]).await;
        account::revoke_role(app, &root, ada.account, Role::Leader).await.unwrap();
        assert!(revocations(&world, id).await.is_empty());
        let ada = enter(&[]).await;
        assert_eq!(revocations(&world, id).await, ["ada role_lost"]);
        assert_eq!(outcome(&course::view(app, &ada, id).await), "404");
    })
    .await;
}

#[tokio::test]
async fn signing_out_everywhere_ends_the_logins_at_hubs_where_there_are_some() {
    on_both(|world| async move {
        let app = &world.app;
        let (id, ada, bob) = running(&world).await;
        world.clock.set(world.stored(id).await.spec.starts_at);
        let never = world.course(&ada).slug("never").state(CourseState::Deployed).create().await;
        let token = world.stored(never).await.invite_token;
        participation::apply(app, &bob, &token).await.unwrap();
        let who = session_of(&world, &bob).await;
        Hub::of(&world, id).await.sign_in(&who).await;
        // What a thief left at the hub is still there when the portal has forgotten the sign-in.
        session::end(app, &who.session_hash).await.unwrap();
        world.clock.advance_seconds(3600);
        jhaas_app::provider::clean_up(app).await.unwrap();
        account::sign_out_everywhere(app, &bob).await.unwrap();
        assert_eq!(revocations(&world, id).await, ["bob signed_out"]);
        assert_eq!(
            revocations(&world, never).await,
            ["bob signed_out"],
            "nobody knows that they were not there"
        );

        for _ in 0..2 {
            let job = claim_one(&world).await;
            revocation::done(app, &job).await.unwrap();
        }
        let root = world.administrator("root").await;
        account::sign_out_person(app, &root, bob.account).await.unwrap();
        for _ in 0..2 {
            assert_eq!(claim_one(&world).await.cause, "signed_out");
        }
        account::lock(app, &root, bob.account, "").await.unwrap();
        for _ in 0..2 {
            assert_eq!(claim_one(&world).await.cause, "locked");
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_that_may_be_somebody_elses_ends_with_what_it_began_at_hubs() {
    on_both(|world| async move {
        let app = &world.app;
        let (id, _, bob) = running(&world).await;
        world.clock.set(world.stored(id).await.spec.starts_at);
        let (own, strange) = (session_of(&world, &bob).await, session_of(&world, &bob).await);
        Hub::of(&world, id).await.sign_in(&strange).await;
        session::revoke(app, &own, &session::public_id(&strange.session_hash)).await.unwrap();
        assert_eq!(revocations(&world, id).await, ["bob signed_out"; 2], "now, and once more");
        let job = claim_one(&world).await;
        revocation::done(app, &job).await.unwrap();
        // One's own goes without: whoever signs out for the evening loses no computation.
        Hub::of(&world, id).await.sign_in(&own).await;
        session::revoke(app, &own, &session::public_id(&own.session_hash)).await.unwrap();
        assert_eq!(jhaas_app::revocation::count_pending(app).await.unwrap(), 0);
    })
    .await;
}
