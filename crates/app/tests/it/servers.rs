//! Servers of participants: who sees, starts and stops them.

use jhaas_app::{
    Actor,
    hub::{HubServer, ServerState},
    participation, revocation,
    server::{self, Filter},
    staff,
};
use jhaas_domain::{
    course::{CourseRole, CourseState},
    id::CourseId,
};
use jhaas_store::Page;
use jhaas_testkit::{TestHubs, World, on_both};

use crate::help::{events, outcome, part, participant, revocations};

struct Scene {
    hubs: TestHubs,
    id: CourseId,
    ada: Actor,
    carl: Actor,
    bob: Actor,
}

impl Scene {
    /// A running course with an assistant, and with ann, bob and cem, of whom bob has a server.
    async fn new(world: &World) -> Self {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let carl = world.student("carl").await;
        staff::name(&world.app, &ada, id, "carl@university.example", CourseRole::Assistant).await.unwrap();
        participant(world, id, &ada, "cem").await;
        let bob = participant(world, id, &ada, "bob").await;
        participant(world, id, &ada, "ann").await;
        let hubs = TestHubs::default();
        let server = HubServer { state: ServerState::Running, started: Some(world.now()) };
        hubs.knows(&hub_user(world, &bob).await, Some(server), world.now());
        hubs.knows("_no-participant", Some(server), world.now());
        Self { hubs, id, ada, carl, bob }
    }

    async fn listed(&self, world: &World, filter: &Filter, page: Page) -> Vec<String> {
        let found = server::list(&world.app, &self.hubs, &self.carl, self.id, filter, page).await.unwrap();
        found
            .lines
            .items
            .iter()
            .map(|line| format!("{} {}", line.person.name, line.server.is_some()))
            .collect()
    }
}

async fn hub_user(world: &World, who: &Actor) -> String {
    jhaas_store::person::by_id(world.db.pool(), who.account).await.unwrap().unwrap().hub_user
}

#[tokio::test]
async fn staff_find_the_participants_with_their_servers_and_nobody_else() {
    on_both(|world| async move {
        let scene = Scene::new(&world).await;
        let all = scene.listed(&world, &Filter::default(), Page::default()).await;
        assert_eq!(all, ["bob true", "ann false", "cem false"], "who has a server stands first");
        let second = Page { number: 2, size: 2 };
        assert_eq!(scene.listed(&world, &Filter::default(), second).await, ["cem false"]);
        let active = Filter { active: true, ..Filter::default() };
        assert_eq!(scene.listed(&world, &active, Page::default()).await, ["bob true"]);
        let search = Filter { search: " CEM@uni ".to_owned(), ..Filter::default() };
        assert_eq!(scene.listed(&world, &search, Page::default()).await, ["cem false"]);
    })
    .await;
}

#[tokio::test]
async fn staff_start_and_stop_servers_until_the_end_and_the_course_remembers_it() {
    on_both(|world| async move {
        let Scene { hubs, id, ada, carl, bob } = Scene::new(&world).await;
        let (app, user) = (&world.app, hub_user(&world, &bob).await);
        server::stop(app, &hubs, &carl, id, bob.account).await.unwrap();
        assert_eq!(hubs.server(&user), None);
        server::start(app, &hubs, &ada, id, bob.account).await.unwrap();
        assert_eq!(hubs.server(&user), Some(ServerState::Running));
        let kinds = events(&world, id).await;
        assert_eq!(kinds[kinds.len() - 2..], ["server.stopped", "server.started"]);

        // Nobody but participants has a server here.
        assert_eq!(outcome(&server::start(app, &hubs, &ada, id, carl.account).await), "404");

        hubs.set_down(true);
        let refused = server::stop(app, &hubs, &ada, id, bob.account).await;
        assert!(matches!(refused, Err(jhaas_app::AppError::Unavailable(_))), "{refused:?}");
        assert_eq!(events(&world, id).await.len(), kinds.len(), "what the hub did not do is not told");
        hubs.set_down(false);

        let ends = world.stored(id).await.spec.ends_at;
        world.clock.set(ends);
        assert_eq!(outcome(&server::start(app, &hubs, &ada, id, bob.account).await), "409 error-course-over");
        server::stop(app, &hubs, &ada, id, bob.account).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn nobody_is_left_with_a_server_who_was_removed_while_it_started() {
    for answers in [true, false] {
        let world = World::sqlite().await;
        let Scene { hubs, id, ada, carl, bob } = Scene::new(&world).await;
        let part = part(&world, id, &bob).await;
        let (app, hub) = (world.app.clone(), hubs.clone());
        hubs.meanwhile(async move {
            participation::remove(&app, &ada, id, part, "").await.unwrap();
            let job = revocation::claim(&app, &[]).await.unwrap().unwrap();
            revocation::done(&app, &job).await.unwrap();
            hub.set_down(!answers);
        });
        let started = server::start(&world.app, &hubs, &carl, id, bob.account).await;
        assert_eq!(started.is_ok(), answers, "{started:?}");
        assert_eq!(revocations(&world, id).await, ["bob removed", "bob removed"]);
    }
}

#[tokio::test]
async fn a_server_that_was_started_before_the_course_stays_and_one_from_its_last_second_goes() {
    let world = World::sqlite().await;
    let Scene { hubs, id, ada, bob, .. } = Scene::new(&world).await;
    server::start(&world.app, &hubs, &ada, id, bob.account).await.unwrap();
    assert!(revocations(&world, id).await.is_empty());

    let ends = world.stored(id).await.spec.ends_at;
    world.clock.set(ends.plus_millis(-1));
    let clock = world.clock.clone();
    hubs.meanwhile(async move { clock.set(ends) });
    server::start(&world.app, &hubs, &ada, id, bob.account).await.unwrap();
    assert_eq!(revocations(&world, id).await, ["bob course_over"]);
}
