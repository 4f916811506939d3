//! A course from its request to its removal.

use jhaas_app::{course, decision, deployment, participation};
use jhaas_domain::{
    course::CourseState,
    deployment::{Action, DeploymentState},
    participation::ParticipationState,
};
use jhaas_testkit::on_both;

#[tokio::test]
async fn a_course_is_requested_accepted_joined_deployed_and_removed() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen, bob) =
            (world.leader("ada").await, world.governance("gwen").await, world.student("bob").await);
        let form = world.form("python-101", world.now().plus_days(7), world.now().plus_days(21));
        let id = course::request(app, &ada, &form, None).await.unwrap();
        assert_eq!(world.stored(id).await.state, CourseState::Requested);

        decision::accept(
            app,
            &gwen,
            id,
            1,
            &decision::Acceptance { message: "Have fun.", ..decision::Acceptance::default() },
        )
        .await
        .unwrap();
        let view = course::view(app, &ada, id).await.unwrap();
        let token = view.invite_url.unwrap().rsplit_once('/').unwrap().1.to_owned();

        let applied = participation::apply(app, &bob, &token).await.unwrap();
        assert_eq!(applied.state, ParticipationState::Applied);
        let part = course::view(app, &bob, id).await.unwrap().participation.unwrap();
        let state = participation::admit(app, &ada, id, part.id).await.unwrap();
        assert_eq!(state, ParticipationState::Admitted);

        assert_eq!(deployment::due(app, world.now(), 10).await.unwrap(), []);
        world.clock.set(world.stored(id).await.spec.starts_at.plus_minutes(-30));
        assert_eq!(deployment::due(app, world.now(), 10).await.unwrap(), [id]);
        let step = deployment::step(app, id).await.unwrap();
        assert!(matches!(step, deployment::Step::Opened(_, Action::Deploy)));
        let finished = world.succeed(id).await;
        let deployed = deployment::Finished::Closed(DeploymentState::Succeeded, CourseState::Deployed);
        assert_eq!(finished, deployed);

        world.clock.set(world.stored(id).await.spec.starts_at);
        assert_eq!(deployment::step(app, id).await.unwrap(), deployment::Step::Told);
        let view = course::view(app, &bob, id).await.unwrap();
        assert_eq!(view.hub_url.as_deref(), Some("http://python-101.localhost:8000"));

        world.clock.set(world.stored(id).await.spec.ends_at.plus_days(3));
        let step = deployment::step(app, id).await.unwrap();
        assert!(matches!(step, deployment::Step::Opened(_, Action::Degrade)));
        world.succeed(id).await;
        let over = world.stored(id).await;
        assert_eq!(over.state, CourseState::Degraded);
        assert_eq!((over.due_at, over.hub_url), (None, None));
    })
    .await;
}
