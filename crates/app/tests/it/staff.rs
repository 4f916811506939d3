//! Co-leaders, assistants, and handing a course over.

use jhaas_app::{course, participation, staff};
use jhaas_domain::{
    course::{CourseRole, CourseState},
    participation::ParticipationState as State,
};
use jhaas_testkit::on_both;

use crate::help::{apply, count, outcome, participant, revocations, state_of};

#[tokio::test]
async fn somebody_is_named_by_address_and_told() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let tom = world.student("tom").await;
        world.person("una").unverified().create().await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        for (address, expected) in [
            ("tom@university.example", "ok"),
            (" TOM@University.example ", "ok"),
            ("nobody@university.example", "422 email"),
            ("una@university.example", "422 email"),
            ("not an address", "422 email"),
            ("ada@university.example", "409 error-is-leader"),
        ] {
            let named = staff::name(app, &ada, id, address, CourseRole::Assistant).await;
            assert_eq!(outcome(&named), expected, "{address}");
        }
        let as_leader = staff::name(app, &ada, id, "tom@university.example", CourseRole::Leader).await;
        assert_eq!(outcome(&as_leader), "422 role");
        assert_eq!(course::view(app, &tom, id).await.unwrap().role, Some(CourseRole::Assistant));
        assert_eq!(count(&world, id, "staff_named").await, 1);
        assert_eq!(revocations(&world, id).await, [""; 0]);

        staff::name(app, &ada, id, "tom@university.example", CourseRole::CoLeader).await.unwrap();
        assert_eq!(course::view(app, &tom, id).await.unwrap().role, Some(CourseRole::CoLeader));
        assert_eq!(revocations(&world, id).await, ["tom staff_changed"], "the hub must learn the other role");
    })
    .await;
}

#[tokio::test]
async fn a_participant_who_becomes_an_assistant_gives_the_seat_free() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).seats(1).state(CourseState::Deployed).create().await;
        let bob = participant(&world, id, &ada, "bob").await;
        let cyd = world.student("cyd").await;
        apply(&world, id, &cyd).await;
        let waiting = crate::help::part(&world, id, &cyd).await;
        assert_eq!(participation::admit(app, &ada, id, waiting).await.unwrap(), State::Waiting);
        staff::name(app, &ada, id, "bob@university.example", CourseRole::Assistant).await.unwrap();
        assert_eq!(state_of(&world, id, &bob).await, State::Left);
        assert_eq!(state_of(&world, id, &cyd).await, State::Admitted);
        let view = course::view(app, &bob, id).await.unwrap();
        assert_eq!(view.role, Some(CourseRole::Assistant));
        assert!(view.hub_url.is_some());
    })
    .await;
}

#[tokio::test]
async fn removed_staff_is_out_of_portal_and_hub() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, tom) = (world.leader("ada").await, world.student("tom").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        staff::name(app, &ada, id, "tom@university.example", CourseRole::Assistant).await.unwrap();
        staff::remove(app, &ada, id, tom.account).await.unwrap();
        assert_eq!(outcome(&course::view(app, &tom, id).await), "404");
        assert_eq!(revocations(&world, id).await, ["tom staff_changed"]);
        assert_eq!(outcome(&staff::remove(app, &ada, id, tom.account).await), "404");
    })
    .await;
}

#[tokio::test]
async fn an_assistant_may_go_but_the_last_leader_must_hand_over() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, tom) = (world.leader("ada").await, world.student("tom").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        staff::name(app, &ada, id, "tom@university.example", CourseRole::Assistant).await.unwrap();
        assert_eq!(outcome(&staff::remove(app, &tom, id, ada.account).await), "403");
        assert_eq!(outcome(&staff::remove(app, &ada, id, ada.account).await), "409 error-last-leader");
        staff::remove(app, &tom, id, tom.account).await.unwrap();
        assert_eq!(outcome(&course::view(app, &tom, id).await), "404");
    })
    .await;
}

#[tokio::test]
async fn a_course_is_handed_to_another_leader() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, eve) = (world.leader("ada").await, world.leader("eve").await);
        world.student("bob").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let refused = staff::hand_over(app, &ada, id, "bob@university.example").await;
        assert_eq!(outcome(&refused), "422 email", "who may not lead courses cannot take one over");
        staff::hand_over(app, &ada, id, "eve@university.example").await.unwrap();
        assert_eq!(course::view(app, &eve, id).await.unwrap().role, Some(CourseRole::Leader));
        assert_eq!(course::view(app, &ada, id).await.unwrap().role, Some(CourseRole::CoLeader));
        assert_eq!(outcome(&staff::remove(app, &ada, id, eve.account).await), "403");
        staff::remove(app, &eve, id, ada.account).await.unwrap();
        assert_eq!(outcome(&course::view(app, &ada, id).await), "404");
    })
    .await;
}

#[tokio::test]
async fn an_administrator_hands_over_for_a_leader_who_is_gone() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, eve, root) =
            (world.leader("ada").await, world.leader("eve").await, world.administrator("root").await);
        let gwen = world.governance("gwen").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        assert_eq!(outcome(&staff::hand_over(app, &gwen, id, "eve@university.example").await), "403");
        assert_eq!(outcome(&staff::hand_over(app, &eve, id, "eve@university.example").await), "404");
        staff::hand_over(app, &root, id, "eve@university.example").await.unwrap();
        assert_eq!(course::view(app, &eve, id).await.unwrap().role, Some(CourseRole::Leader));
        assert_eq!(outcome(&course::view(app, &ada, id).await), "404");
    })
    .await;
}
