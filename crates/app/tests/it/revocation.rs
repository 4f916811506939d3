//! Revocation jobs: one for everybody who must be out of a hub, tried until it is done, visible until then.

use jhaas_app::{
    Actor, account, course, participation, provider,
    revocation::{self, Cause, Job},
    session::Visitor,
    sign_in, staff,
};
use jhaas_domain::{
    account::Role,
    course::{CourseRole, CourseState},
    id::CourseId,
};
use jhaas_store::Page;
use jhaas_testkit::{World, on_both};

use crate::{
    help::{outcome, revocations},
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
