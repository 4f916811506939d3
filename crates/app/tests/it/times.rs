//! What happens by itself because its time has come.

use jhaas_app::{
    course, decision,
    deployment::{self, Step},
};
use jhaas_domain::course::CourseState;
use jhaas_testkit::{World, at, on_both};

use crate::help::{apply, count, participant, sent};

#[tokio::test]
async fn summer_time_shifts_neither_the_start_nor_the_last_minute() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let gwen = world.governance("gwen").await;
        let mut form = world.form("python", world.now().plus_days(1), world.now().plus_days(2));
        form.start_date = "2027-03-28".to_owned();
        form.start_time = "08:00".to_owned();
        form.end_date = "2027-09-01".to_owned();
        form.end_time = String::new();
        let id = course::request(app, &ada, &form, None).await.unwrap();
        decision::accept(app, &gwen, id, 1, &decision::Acceptance::default()).await.unwrap();
        // Clocks went forward at 2 o'clock that morning: 8 o'clock is 6 o'clock UTC.
        let lead = at("2027-03-28T05:30:00Z");
        assert_eq!(world.stored(id).await.due_at, Some(lead));
        world.clock.set(lead.plus_millis(-1));
        assert_eq!(deployment::step(app, id).await.unwrap(), Step::Nothing);
        world.clock.set(lead);
        deployment::step(app, id).await.unwrap();
        world.succeed(id).await;
        let last_minute = at("2027-09-01T23:59:59+02:00");
        world.clock.set(last_minute);
        while deployment::step(app, id).await.unwrap() != Step::Nothing {}
        assert_eq!(count(&world, id, "course_over").await, 0);
        assert!(course::view(app, &ada, id).await.unwrap().hub_url.is_some(), "the whole last day long");
        assert_eq!(world.stored(id).await.spec.ends_at, at("2027-09-02T00:00:00+02:00"));
    })
    .await;
}

#[tokio::test]
async fn what_was_never_deployed_expires_with_a_mail() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let asked = world.course(&ada).slug("asked").create().await;
        let accepted = world.course(&ada).slug("accepted").state(CourseState::Accepted).create().await;
        let rejected = world.course(&ada).slug("rejected").state(CourseState::Rejected).create().await;
        let bob = world.student("bob").await;
        apply(&world, accepted, &bob).await;
        world.clock.advance_days(20);
        let mut due = deployment::due(app, world.now(), 10).await.unwrap();
        due.sort();
        let mut expected = [asked, accepted];
        expected.sort();
        assert_eq!(due, expected);
        for id in expected {
            assert_eq!(deployment::step(app, id).await.unwrap(), Step::Expired);
            assert_eq!(world.stored(id).await.state, CourseState::Cancelled);
            assert_eq!(deployment::step(app, id).await.unwrap(), Step::Nothing);
        }
        assert_eq!(deployment::step(app, rejected).await.unwrap(), Step::Nothing);
        assert_eq!(count(&world, asked, "course_cancelled").await, 1);
        assert!(sent(&world, accepted).await.contains(&"course_over to bob".to_owned()));
        assert!(deployment::due(app, world.now(), 10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn people_hear_of_the_start_the_approaching_end_and_the_end_once_each() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let start = world.now().plus_minutes(10);
        let id =
            world.course(&ada).time(start, start.plus_days(30)).state(CourseState::Deployed).create().await;
        let bob = participant(&world, id, &ada, "bob").await;
        let end = world.stored(id).await.spec.ends_at;
        let mut told = Vec::new();
        // Every hour until removal; the dispatcher is asked as often as it likes.
        while world.now() < end.plus_days(4) {
            for id in deployment::due(app, world.now(), 10).await.unwrap() {
                let before = crate::help::mails(&world).await.len();
                let step = deployment::step(app, id).await.unwrap();
                for mail in &crate::help::mails(&world).await[before..] {
                    let hours = world.now().millis_since(end).div_euclid(3_600_000);
                    told.push(format!(
                        "{hours}: {} to {}",
                        mail.kind,
                        mail.address.split('@').next().unwrap()
                    ));
                }
                assert_ne!(step, Step::Nothing, "due means that something is done");
            }
            if world.stored(id).await.state == CourseState::Degrading {
                break;
            }
            world.clock.advance_minutes(60);
        }
        assert_eq!(
            told,
            [
                "-720: hub_open to bob",
                "-336: end_reminder_leader to ada",
                "-336: end_reminder_participant to bob",
                "-72: end_reminder_leader to ada",
                "-72: end_reminder_participant to bob",
                "-24: end_reminder_leader to ada",
                "-24: end_reminder_participant to bob",
                "0: course_over to bob",
            ]
        );
        assert_eq!(world.now().millis_since(end).div_euclid(3_600_000), 72, "three days of grace");
        assert!(course::view(app, &bob, id).await.unwrap().hub_url.is_none());
    })
    .await;
}

#[tokio::test]
async fn after_a_pause_of_the_portal_only_the_nearest_reminder_is_sent() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let start = world.now().plus_minutes(10);
        let id =
            world.course(&ada).time(start, start.plus_days(30)).state(CourseState::Deployed).create().await;
        world.clock.set(world.stored(id).await.spec.ends_at.plus_days(-2));
        while deployment::step(app, id).await.unwrap() != Step::Nothing {}
        let mails = crate::help::mails(&world).await;
        let days: Vec<_> = mails
            .iter()
            .filter(|mail| mail.kind == "end_reminder_leader")
            .map(|mail| mail.data["days_left"].as_u64().unwrap())
            .collect();
        assert_eq!(days, [2], "what it says is so, however late it is");
        assert!(deployment::due(app, world.now(), 10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn who_wants_no_optional_mails_gets_the_others() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, bob) = (world.leader("ada").await, world.student("bob").await);
        let mut row = jhaas_store::account::by_id(world.db.pool(), bob.account).await.unwrap().unwrap();
        row.optional_mails = false;
        jhaas_store::account::save(world.db.pool(), row).await.unwrap();
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        apply(&world, id, &bob).await;
        let part = crate::help::part(&world, id, &bob).await;
        jhaas_app::participation::admit(app, &ada, id, part).await.unwrap();
        world.clock.advance_minutes(30);
        deployment::step(app, id).await.unwrap();
        let to_bob: Vec<_> =
            sent(&world, id).await.into_iter().filter(|line| line.ends_with("to bob")).collect();
        assert_eq!(to_bob, ["admitted to bob"]);
    })
    .await;
}

#[tokio::test]
async fn in_grace_leaders_enter_and_participants_do_not() {
    let world = World::sqlite().await;
    let app = &world.app;
    let ada = world.leader("ada").await;
    let id = world.course(&ada).state(CourseState::Deployed).create().await;
    let bob = participant(&world, id, &ada, "bob").await;
    let enters = async |who: &jhaas_app::Actor| course::view(app, who, id).await.unwrap().hub_url.is_some();
    assert_eq!((enters(&ada).await, enters(&bob).await), (true, false), "before the start");
    world.clock.set(world.stored(id).await.spec.starts_at);
    assert_eq!((enters(&ada).await, enters(&bob).await), (true, true));
    world.clock.set(world.stored(id).await.spec.ends_at);
    assert_eq!((enters(&ada).await, enters(&bob).await), (true, false), "in grace");
}

#[tokio::test]
async fn an_environment_that_takes_longer_begins_earlier() {
    let mut world = World::sqlite().await;
    world.set(|settings| settings.policy.catalogue[0].lead_minutes = Some(240));
    let app = &world.app;
    let ada = world.leader("ada").await;
    let gwen = world.governance("gwen").await;
    let start = world.now().plus_days(5);
    let id = world.course(&ada).time(start, start.plus_days(5)).create().await;
    decision::accept(app, &gwen, id, 1, &decision::Acceptance::default()).await.unwrap();
    assert_eq!(world.stored(id).await.due_at, Some(start.plus_minutes(-240)));
}

#[tokio::test]
async fn a_pass_reads_what_is_due_and_nothing_else() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        for number in 0..12 {
            let start = world.now().plus_days(30 + number);
            let slug = format!("course-{number}");
            let id = world.course(&ada).slug(&slug).time(start, start.plus_days(3)).create().await;
            decision::accept(app, &gwen, id, 1, &decision::Acceptance::default()).await.unwrap();
        }
        assert!(deployment::due(app, world.now(), 100).await.unwrap().is_empty());
        world.clock.advance_days(33);
        assert_eq!(deployment::due(app, world.now(), 100).await.unwrap().len(), 4);
        assert_eq!(deployment::due(app, world.now(), 2).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn another_lead_time_holds_for_courses_that_were_accepted_before() {
    on_both(|mut world| async move {
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let start = world.now().plus_days(5);
        let id = world.course(&ada).time(start, start.plus_days(5)).create().await;
        decision::accept(&world.app, &gwen, id, 1, &decision::Acceptance::default()).await.unwrap();
        let over = world.course(&ada).slug("over").state(CourseState::Degraded).create().await;
        assert!(course::wrong_due(&world.app).await.unwrap().is_empty());
        world.set(|settings| settings.schedule.lead_minutes = 90);
        let wrong = course::wrong_due(&world.app).await.unwrap();
        assert_eq!(wrong.len(), 1);
        assert_eq!((wrong[0].course, wrong[0].right), (id, Some(start.plus_minutes(-90))));
        assert_eq!(course::correct_due(&world.app).await.unwrap(), 1);
        assert_eq!(world.stored(id).await.due_at, Some(start.plus_minutes(-90)));
        assert_eq!(world.stored(over).await.due_at, None);
        assert!(course::wrong_due(&world.app).await.unwrap().is_empty());
    })
    .await;
}
