//! Somebody's courses for a calendar.

use jhaas_app::{account, calendar, course, participation, session::Visitor, staff};
use jhaas_domain::course::{CourseRole, CourseState};
use jhaas_testkit::{World, on_both};

use crate::help::{apply, outcome, part, participant, version};

async fn feed(world: &World, secret: &str) -> Vec<String> {
    let feed = calendar::feed(&world.app, secret).await.unwrap();
    let line = |one: &calendar::CalendarCourse| {
        format!("{} {} {}", one.slug, one.state.as_str(), one.role.unwrap().as_str())
    };
    feed.courses.iter().map(line).collect()
}

#[tokio::test]
async fn a_calendar_holds_the_courses_that_somebody_leads_assists_or_is_admitted_to() {
    on_both(async |world: World| {
        let app = &world.app;
        let (ada, bob) = (world.leader("ada").await, world.leader("bob").await);
        world.course(&bob).slug("led").create().await;
        let assists = world.course(&ada).slug("assists").state(CourseState::Accepted).create().await;
        staff::name(app, &ada, assists, "bob@university.example", CourseRole::Assistant).await.unwrap();
        let running = world.course(&ada).slug("running").state(CourseState::Deployed).create().await;
        let off = world.course(&ada).slug("off").state(CourseState::Accepted).create().await;
        let applied = world.course(&ada).slug("applied").state(CourseState::Accepted).create().await;
        for id in [running, off] {
            apply(&world, id, &bob).await;
            participation::admit(app, &ada, id, part(&world, id, &bob).await).await.unwrap();
        }
        apply(&world, applied, &bob).await;
        course::cancel(app, &ada, off, version(&world, off).await, "").await.unwrap();

        let secret = calendar::renew(app, &bob).await.unwrap();
        let mut lines = feed(&world, &secret).await;
        lines.sort();
        assert_eq!(
            lines,
            [
                "assists ACCEPTED assistant",
                "led REQUESTED leader",
                "off CANCELLED participant",
                "running DEPLOYED participant",
            ]
        );
        let all = calendar::feed(app, &secret).await.unwrap().courses;
        let hubs: Vec<_> = all.iter().filter_map(|one| one.hub_url.as_deref()).collect();
        assert_eq!(hubs, ["http://running.localhost:8000"]);

        // Whoever is out of a course, or of the role, has it in no calendar.
        participation::remove(app, &ada, running, part(&world, running, &bob).await, "").await.unwrap();
        let root = world.administrator("root").await;
        account::revoke_role(app, &root, bob.account, jhaas_domain::account::Role::Leader).await.unwrap();
        let mut lines = feed(&world, &secret).await;
        lines.sort();
        assert_eq!(lines, ["assists ACCEPTED assistant", "off CANCELLED participant"]);
        world.clock.set(world.now().plus_days(400));
        assert!(feed(&world, &secret).await.is_empty(), "what is long over is left out");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_was_renewed_stopped_or_guessed_leads_nowhere() {
    on_both(async |world: World| {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let bob = participant(&world, id, &ada, "bob").await;
        assert_eq!(calendar::made_at(app, &bob).await.unwrap(), None);
        let first = calendar::renew(app, &bob).await.unwrap();
        assert_eq!(calendar::made_at(app, &bob).await.unwrap(), Some(world.now()));
        assert_eq!(feed(&world, &first).await.len(), 1);
        let second = calendar::renew(app, &bob).await.unwrap();
        for gone in [first.as_str(), "", "guess", &jhaas_app::token::hash(&second)] {
            assert_eq!(outcome(&calendar::feed(app, gone).await), "404", "{gone}");
        }
        assert_eq!(feed(&world, &second).await.len(), 1);

        let root = world.administrator("root").await;
        account::lock(app, &root, bob.account, "Lost the phone.").await.unwrap();
        assert_eq!(outcome(&calendar::feed(app, &second).await), "404", "locked");
        account::unlock(app, &root, bob.account).await.unwrap();
        assert_eq!(outcome(&calendar::feed(app, &second).await), "404", "somebody else may have had it");
        let second = calendar::renew(app, &bob).await.unwrap();
        assert_eq!(feed(&world, &second).await.len(), 1);
        calendar::stop(app, &bob).await.unwrap();
        assert_eq!(outcome(&calendar::feed(app, &second).await), "404", "stopped");
        let third = calendar::renew(app, &bob).await.unwrap();
        account::erase(app, &bob, "", &Visitor::default()).await.unwrap();
        assert_eq!(outcome(&calendar::feed(app, &third).await), "404", "erased");
        assert_eq!(jhaas_store::calendar::made_at(app.db.pool(), bob.account).await.unwrap(), None);
    })
    .await;
}
