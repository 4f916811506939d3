//! Visits: nobody of the staff looks into a server without its owner's consent, nor longer than that holds.

use jhaas_app::{
    Actor, AppError, participation, revocation, server, staff,
    visit::{self, VisitView},
};
use jhaas_domain::{
    course::{CourseRole, CourseState},
    id::CourseId,
    visit::VisitState,
};
use jhaas_testkit::{TestHubs, World, on_both};

use crate::help::{count, events, outcome, part, participant, revocations, sent};

struct Scene {
    hubs: TestHubs,
    id: CourseId,
    ada: Actor,
    carl: Actor,
    bob: Actor,
}

impl Scene {
    async fn new(world: &World) -> Self {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let carl = world.student("carl").await;
        staff::name(&world.app, &ada, id, "carl@university.example", CourseRole::Assistant).await.unwrap();
        let bob = participant(world, id, &ada, "bob").await;
        world.clock.set(world.stored(id).await.spec.starts_at);
        Self { hubs: TestHubs::default(), id, ada, carl, bob }
    }

    async fn asked(&self, world: &World) -> VisitView {
        visit::ask(&world.app, &self.carl, self.id, self.bob.account).await.unwrap();
        self.mine(world).await.remove(0)
    }

    async fn open(&self, world: &World) -> VisitView {
        let asked = self.asked(world).await;
        visit::consent(&world.app, &self.hubs, &self.bob, self.id, asked.id).await.unwrap();
        self.mine(world).await.remove(0)
    }

    async fn mine(&self, world: &World) -> Vec<VisitView> {
        visit::mine(&world.app, &self.bob, self.id).await.unwrap()
    }

    async fn state(&self, world: &World) -> VisitState {
        self.mine(world).await[0].state
    }
}

async fn claim(world: &World) -> Option<visit::Job> {
    visit::claim(&world.app, world.now(), &[]).await.unwrap()
}

#[tokio::test]
async fn with_the_owners_consent_the_visitor_is_let_in_for_a_quarter_of_an_hour() {
    on_both(|world| async move {
        let scene = Scene::new(&world).await;
        let (app, id) = (&world.app, scene.id);
        let asked = scene.asked(&world).await;
        assert_eq!((asked.state, asked.visitor_name.as_str()), (VisitState::Asked, "carl"));
        assert!(sent(&world, id).await.contains(&"visit_asked to bob".to_owned()));
        visit::ask(app, &scene.carl, id, scene.bob.account).await.unwrap();
        assert_eq!(count(&world, id, "visit_asked").await, 1, "asking twice is one question");
        assert!(!scene.hubs.shares("bob", "carl"), "nobody is in before the consent");

        // Nobody answers for somebody else.
        for who in [&scene.carl, &scene.ada] {
            assert_eq!(outcome(&visit::consent(app, &scene.hubs, who, id, asked.id).await), "404");
            assert_eq!(outcome(&visit::refuse(app, who, id, asked.id).await), "404");
        }
        visit::consent(app, &scene.hubs, &scene.bob, id, asked.id).await.unwrap();
        assert!(scene.hubs.shares("bob", "carl"));
        let open = visit::live(app, &scene.ada, id).await.unwrap().remove(0);
        assert_eq!((open.state, open.ends_at), (VisitState::Open, Some(world.now().plus_minutes(15))));
        assert!(claim(&world).await.is_none());
        assert_eq!(visit::next_due(app, &[]).await.unwrap(), open.ends_at);
        assert_eq!(
            outcome(&visit::consent(app, &scene.hubs, &scene.bob, id, asked.id).await),
            "409 error-visit-gone"
        );

        // The hub does not answer at first; until it does, everybody sees that the visit is not ended.
        world.clock.advance_minutes(15);
        for wait in [2, 4] {
            let job = claim(&world).await.unwrap();
            assert_eq!((job.owner_user.as_str(), job.visitor_user.as_str()), ("bob", "carl"));
            assert!(claim(&world).await.is_none(), "one worker at a time");
            visit::failed(app, &job, "connection refused").await.unwrap();
            assert!(scene.mine(&world).await[0].is_ending);
            world.clock.advance_seconds(wait);
        }
        let job = claim(&world).await.unwrap();
        visit::done(app, &job).await.unwrap();
        assert_eq!(scene.state(&world).await, VisitState::Over);
        assert!(visit::live(app, &scene.ada, id).await.unwrap().is_empty());
        assert_eq!(visit::next_due(app, &[]).await.unwrap(), None);
        let told: Vec<String> =
            events(&world, id).await.into_iter().filter(|kind| kind.starts_with("visit.")).collect();
        assert_eq!(told, ["visit.asked", "visit.opened", "visit.over"]);
        // And again.
        assert_eq!(scene.asked(&world).await.state, VisitState::Asked);
    })
    .await;
}

#[tokio::test]
async fn a_visit_is_refused_taken_back_ended_at_once_or_lapses() {
    on_both(|world| async move {
        let scene = Scene::new(&world).await;
        let (app, id) = (&world.app, scene.id);
        let asked = scene.asked(&world).await;
        visit::refuse(app, &scene.bob, id, asked.id).await.unwrap();
        assert_eq!(scene.state(&world).await, VisitState::Refused);

        let asked = scene.asked(&world).await;
        visit::end(app, &scene.carl, id, asked.id).await.unwrap();
        assert_eq!(scene.state(&world).await, VisitState::Lapsed);

        for who in [&scene.bob, &scene.carl] {
            let open = scene.open(&world).await;
            assert_eq!(outcome(&visit::end(app, &scene.ada, id, open.id).await), "404");
            world.clock.advance_minutes(1);
            visit::end(app, who, id, open.id).await.unwrap();
            visit::end(app, who, id, open.id).await.unwrap();
            assert_eq!(scene.mine(&world).await[0].ends_at, Some(world.now()));
            let job = claim(&world).await.unwrap();
            visit::done(app, &job).await.unwrap();
        }
        scene.asked(&world).await;
        world.clock.advance_days(1);
        assert!(claim(&world).await.is_none());
        assert_eq!(scene.state(&world).await, VisitState::Lapsed);
    })
    .await;
}

#[tokio::test]
async fn who_must_leave_the_hub_neither_visits_nor_is_visited_any_more() {
    on_both(|world| async move {
        let scene = Scene::new(&world).await;
        let (app, id) = (&world.app, scene.id);
        scene.open(&world).await;
        staff::remove(app, &scene.ada, id, scene.carl.account).await.unwrap();
        let job = claim(&world).await.unwrap();
        visit::done(app, &job).await.unwrap();

        staff::name(app, &scene.ada, id, "carl@university.example", CourseRole::Assistant).await.unwrap();
        let asked = scene.asked(&world).await;
        let part = part(&world, id, &scene.bob).await;
        participation::remove(app, &scene.ada, id, part, "").await.unwrap();
        assert!(claim(&world).await.is_none());
        assert_eq!(scene.state(&world).await, VisitState::Lapsed);
        assert_eq!(outcome(&visit::consent(app, &scene.hubs, &scene.bob, id, asked.id).await), "403");
        assert_eq!(outcome(&visit::ask(app, &scene.carl, id, scene.bob.account).await), "404");
        assert_eq!(revocation::count_pending(app).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_hub_that_does_not_let_the_visitor_in_is_told_to_keep_the_visitor_out() {
    let world = World::sqlite().await;
    let scene = Scene::new(&world).await;
    let asked = scene.asked(&world).await;
    scene.hubs.set_down(true);
    let refused = visit::consent(&world.app, &scene.hubs, &scene.bob, scene.id, asked.id).await;
    assert!(matches!(refused, Err(AppError::Unavailable(_))), "{refused:?}");
    assert!(scene.mine(&world).await[0].is_ending);
    // It may have let the visitor in without saying so.
    assert!(claim(&world).await.is_some());
}

#[tokio::test]
async fn a_visit_that_ended_while_the_hub_opened_it_is_ended_once_more_whatever_was_asked_meanwhile() {
    on_both(|world| async move {
        let scene = Scene::new(&world).await;
        let first = scene.asked(&world).await;
        // Ended, put out of the hub, and asked for again, all before the hub has let anybody in.
        let (app, carl, id, owner) = (world.app.clone(), scene.carl.clone(), scene.id, scene.bob.account);
        let now = world.now();
        scene.hubs.meanwhile(async move {
            visit::end(&app, &carl, id, first.id).await.unwrap();
            let job = visit::claim(&app, now, &[]).await.unwrap().unwrap();
            visit::done(&app, &job).await.unwrap();
            visit::ask(&app, &carl, id, owner).await.unwrap();
        });
        visit::consent(&world.app, &scene.hubs, &scene.bob, id, first.id).await.unwrap();
        assert!(scene.hubs.shares("bob", "carl"));
        assert_eq!(claim(&world).await.unwrap().id, first.id, "the visitor is put out again");
        let states: Vec<_> = scene.mine(&world).await.iter().map(|visit| visit.state).collect();
        assert_eq!(states, [VisitState::Lapsed, VisitState::Open]);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_removed_while_the_consent_starts_the_server_is_taken_out_once_more() {
    let world = World::sqlite().await;
    let scene = Scene::new(&world).await;
    let asked = scene.asked(&world).await;
    let part = part(&world, scene.id, &scene.bob).await;
    let (app, ada, id) = (world.app.clone(), scene.ada.clone(), scene.id);
    scene.hubs.meanwhile(async move {
        participation::remove(&app, &ada, id, part, "").await.unwrap();
        let job = revocation::claim(&app, &[]).await.unwrap().unwrap();
        revocation::done(&app, &job).await.unwrap();
    });
    visit::consent(&world.app, &scene.hubs, &scene.bob, scene.id, asked.id).await.unwrap();
    assert_eq!(revocations(&world, scene.id).await, ["bob removed", "bob removed"]);
    assert!(claim(&world).await.is_some());
}

#[tokio::test]
async fn a_question_that_is_too_old_opens_nothing() {
    let world = World::sqlite().await;
    let scene = Scene::new(&world).await;
    let asked = scene.asked(&world).await;
    world.clock.advance_days(1);
    let late = visit::consent(&world.app, &scene.hubs, &scene.bob, scene.id, asked.id).await;
    assert_eq!(outcome(&late), "409 error-visit-gone");
}

#[tokio::test]
async fn a_busy_hub_holds_up_no_other_and_what_is_left_lying_is_found() {
    let world = World::sqlite().await;
    let scene = Scene::new(&world).await;
    scene.open(&world).await;
    world.clock.advance_minutes(16);
    let (app, now) = (&world.app, world.now());
    assert!(visit::claim(app, now, &[scene.id]).await.unwrap().is_none());
    assert_eq!(visit::next_due(app, &[scene.id]).await.unwrap(), None);
    assert!(visit::claim(app, now.plus_minutes(-2), &[]).await.unwrap().is_none(), "over for a minute");
    assert!(visit::claim(app, now.plus_minutes(-1), &[]).await.unwrap().is_some());
}

#[tokio::test]
async fn nobody_asks_without_end_or_after_the_end() {
    let world = World::sqlite().await;
    let scene = Scene::new(&world).await;
    for _ in 0..5 {
        let asked = scene.asked(&world).await;
        visit::refuse(&world.app, &scene.bob, scene.id, asked.id).await.unwrap();
    }
    let sixth = visit::ask(&world.app, &scene.carl, scene.id, scene.bob.account).await;
    assert!(matches!(sixth, Err(AppError::TooMany { .. })), "{sixth:?}");

    let ends_at = world.stored(scene.id).await.spec.ends_at;
    world.clock.set(ends_at.plus_minutes(-5));
    let open = scene.open(&world).await;
    assert_eq!(open.ends_at, Some(ends_at), "no visit outlasts the course");
    world.clock.set(ends_at);
    let late = visit::ask(&world.app, &scene.ada, scene.id, scene.bob.account).await;
    assert_eq!(outcome(&late), "409 error-course-over");
    let app = &world.app;
    let started = server::start(app, &scene.hubs, &scene.ada, scene.id, scene.bob.account).await;
    assert_eq!(outcome(&started), "409 error-course-over");
}
