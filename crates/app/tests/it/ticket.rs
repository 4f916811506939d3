//! The synthetic student: signs in once, by the ticket of the running attempt, to one hub.

use jhaas_app::{
    AppError, account,
    provider::Answer,
    session::{self, Visitor},
    ticket,
};
use jhaas_domain::{course::CourseState, entry::Refusal, id::CourseId};
use jhaas_store::Page;
use jhaas_testkit::{World, on_both};
use serde_json::json;

use crate::hub::{Hub, authenticated};

async fn ticket_of(world: &World, course: CourseId, attempt_ahead: u32) -> String {
    let open = world.open_deployment(course).await;
    let tx = world.db.begin().await.unwrap();
    let attempt = open.attempt + attempt_ahead;
    let ticket = ticket::make(&world.app, &tx, open.id, attempt, course).await.unwrap();
    world.app.commit(tx).await.unwrap();
    ticket
}

#[tokio::test]
async fn the_synthetic_student_gets_into_its_hub_and_nowhere_else() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let other = world.course(&ada).slug("other").state(CourseState::Deployed).create().await;
        let id = world.course(&ada).state(CourseState::Deploying).create().await;
        world.start_attempt(id).await;
        let ticket = ticket_of(&world, id, 0).await;
        let new = ticket::redeem(&world.app, &ticket, &Visitor::default()).await.unwrap();
        let who = authenticated(&world, &new.token).await.unwrap();
        assert_eq!(who.synthetic_course, Some(id));
        assert!(who.actor.roles.is_empty());
        let hub = Hub::of(&world, id).await;
        let tokens = hub.sign_in(&who).await;
        let info = hub.userinfo(&tokens.access).await.unwrap();
        assert_eq!(info["groups"], json!(["participant"]));
        assert!(info["preferred_username"].as_str().unwrap().starts_with("jhaas-check-"));
        match Hub::of(&world, other).await.authorize(Some(&who)).await {
            Answer::Denied(denied) => assert_eq!(denied.refusal, Refusal::Stranger),
            answer => panic!("{answer:?}"),
        }
        // The ticket is used up, and the session ends by itself.
        let again = ticket::redeem(&world.app, &ticket, &Visitor::default()).await;
        assert!(matches!(again, Err(AppError::Forbidden)));
        world.clock.advance_seconds(session::SYNTHETIC_SECONDS);
        assert!(authenticated(&world, &new.token).await.is_none());
        assert!(hub.refresh(&tokens.refresh).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_ticket_of_another_attempt_or_too_late_opens_nothing() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deploying).create().await;
        world.start_attempt(id).await;
        let visitor = Visitor::default();
        let future = ticket_of(&world, id, 1).await;
        assert!(matches!(ticket::redeem(&world.app, &future, &visitor).await, Err(AppError::Forbidden)));
        let late = ticket_of(&world, id, 0).await;
        world.clock.advance_minutes(30);
        assert!(matches!(ticket::redeem(&world.app, &late, &visitor).await, Err(AppError::Forbidden)));
        assert!(matches!(ticket::redeem(&world.app, "nonsense", &visitor).await, Err(AppError::Forbidden)));
    })
    .await;
}

#[tokio::test]
async fn a_ticket_of_a_finished_deployment_opens_nothing() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deploying).create().await;
        let open = world.open_deployment(id).await;
        let tx = world.db.begin().await.unwrap();
        let ticket = ticket::make(&world.app, &tx, open.id, 1, id).await.unwrap();
        world.app.commit(tx).await.unwrap();
        world.succeed(id).await;
        let redeemed = ticket::redeem(&world.app, &ticket, &Visitor::default()).await;
        assert!(matches!(redeemed, Err(AppError::Forbidden)));
    })
    .await;
}

#[tokio::test]
async fn nobody_ever_sees_a_synthetic_student_and_it_does_not_stay() {
    on_both(|world| async move {
        let (ada, root) = (world.leader("ada").await, world.administrator("root").await);
        let id = world.course(&ada).state(CourseState::Deploying).create().await;
        world.start_attempt(id).await;
        let ticket = ticket_of(&world, id, 0).await;
        let new = ticket::redeem(&world.app, &ticket, &Visitor::default()).await.unwrap();
        let hub = Hub::of(&world, id).await;
        hub.sign_in(&authenticated(&world, &new.token).await.unwrap()).await;
        let people = account::people(&world.app, &root, "", None, None, account::Sort::Name, Page::default())
            .await
            .unwrap();
        assert!(people.items.iter().all(|person| !person.hub_user.starts_with("jhaas-check")));
        let seen = account::view_person(&world.app, &root, new.account).await;
        assert!(matches!(seen, Err(AppError::NotFound)));
        assert_eq!(ticket::clean_up(&world.app).await.unwrap(), 0);
        world.clock.advance_minutes(31);
        assert_eq!(ticket::clean_up(&world.app).await.unwrap(), 1);
        let row = jhaas_store::account::by_id(world.db.pool(), new.account).await.unwrap();
        assert!(row.is_none());
    })
    .await;
}
