//! Every mail that the use cases put into the outbox can be rendered, in both languages.

use std::collections::BTreeSet;

use jhaas_app::{announcement, change, course, decision, deployment, outbox, participation, staff, visit};
use jhaas_domain::mail::MailKind;
use jhaas_domain::{
    course::{CourseRole, CourseState},
    deployment::{Action, ErrorClass},
};
use jhaas_mail::{Branding, MailData, render};
use jhaas_testkit::{World, at};

use crate::help::{apply, form, mails, part, participant, version};

/// Goes through everything that sends a mail.
async fn everything(world: &World) {
    let app = &world.app;
    let (ada, gwen, _root) =
        (world.leader("ada").await, world.governance("gwen").await, world.administrator("root").await);
    let sent_back = world.course(&ada).slug("sent-back").create().await;
    decision::send_back(app, &gwen, sent_back, 1, "Why so many?").await.unwrap();
    world.course(&ada).slug("rejected").state(CourseState::Rejected).create().await;
    let cancelled = world.course(&ada).slug("cancelled").state(CourseState::Accepted).create().await;
    let bob = participant(world, cancelled, &ada, "bob").await;
    course::cancel(app, &gwen, cancelled, version(world, cancelled).await, "No room.").await.unwrap();
    world.course(&ada).slug("failed").failed(Action::Deploy).create().await;
    world.course(&ada).slug("stuck").failed(Action::Degrade).create().await;

    let id = world.course(&ada).slug("python").seats(1).state(CourseState::Deployed).create().await;
    let cyd = participant(world, id, &ada, "cyd").await;
    apply(world, id, &bob).await;
    participation::admit(app, &ada, id, part(world, id, &bob).await).await.unwrap();
    participation::remove(app, &ada, id, part(world, id, &cyd).await, "Left the university.").await.unwrap();
    let dan = world.student("dan").await;
    apply(world, id, &dan).await;
    participation::reject(app, &ada, id, part(world, id, &dan).await, "").await.unwrap();
    staff::name(app, &ada, id, "dan@university.example", CourseRole::Assistant).await.unwrap();
    visit::ask(app, &ada, id, bob.account).await.unwrap();
    let words = announcement::AnnouncementForm {
        subject: "Another room".to_owned(),
        text: "We meet in 2.13.".to_owned(),
        ..announcement::AnnouncementForm::default()
    };
    let ready = announcement::preview(app, &ada, id, &words).await.unwrap();
    announcement::send(app, &ada, id, ready.id, &words).await.unwrap();
    let mut other = form(world, id).await;
    other.title = "Another title".to_owned();
    other.description = "Another text".to_owned();
    other.seats = "3".to_owned();
    other.cpu = "1".to_owned();
    other.memory = "2".to_owned();
    other.storage = "4".to_owned();
    other.end_date = world.form("x", world.now(), world.now().plus_days(20)).end_date;
    other.start_page = "app".to_owned();
    other.start_path = "rstudio".to_owned();
    other.material_url = "https://git.example.org/a.git".to_owned();
    other.shared_folder = "writable".to_owned();
    other.admission = "link".to_owned();
    let asked = change::change(app, &ada, id, version(world, id).await, &other).await.unwrap();
    let change::ChangeOutcome::Pending(asked) = asked else { panic!("{asked:?}") };
    decision::decide_change(app, &gwen, id, asked, true, "Fine.", "").await.unwrap();
    world.fail(id, ErrorClass::Permanent).await;
    for minutes in [0, 5] {
        world.clock.advance_minutes(minutes);
        jhaas_app::hub_health::note(app, id, false).await.unwrap();
    }
    let end = world.stored(id).await.spec.ends_at;
    for at in [end.plus_days(-3), end, end.plus_days(3)] {
        world.clock.set(at);
        for id in deployment::due(app, at, 50).await.unwrap() {
            deployment::step(app, id).await.unwrap();
        }
    }
    world.succeed(id).await;
    outbox::report_stuck(app).await.unwrap();
}

#[tokio::test]
async fn every_mail_is_rendered_in_every_language() {
    let world = World::sqlite().await;
    everything(&world).await;
    let branding = Branding {
        institution: "University of Testing".to_owned(),
        portal_url: world.app.settings.public_url.clone(),
        footer: String::new(),
        preferences_url: None,
    };
    let mut kinds = BTreeSet::new();
    for mail in mails(&world).await {
        for lang in ["de", "en"] {
            let mut data = mail.data.clone();
            data["recipient"]["lang"] = lang.into();
            let data: MailData = serde_json::from_value(data)
                .unwrap_or_else(|error| panic!("{}: {error}\n{:#}", mail.kind, mail.data));
            assert_eq!(data.content.kind().as_str(), mail.kind);
            let rendered = render(&data, &branding).unwrap();
            assert!(!rendered.subject.is_empty() && !rendered.text.is_empty(), "{}", mail.kind);
        }
        kinds.insert(mail.kind);
    }
    // What the account's use cases send is tried where they are.
    let others = [
        MailKind::ConfirmAddress,
        MailKind::ResetPassword,
        MailKind::AccountExists,
        MailKind::AddressChangedNotice,
        MailKind::SignInChanged,
        MailKind::RoleGranted,
        MailKind::LeaderAsked,
    ];
    let missing: Vec<_> = MailKind::ALL
        .into_iter()
        .filter(|kind| !others.contains(kind) && !kinds.contains(kind.as_str()))
        .collect();
    assert_eq!(missing, []);
    assert!(world.now() > at("2027-03-20T00:00:00Z"));
}

#[tokio::test]
async fn people_who_switched_mails_off_get_exactly_the_others() {
    let world = World::sqlite().await;
    everything(&world).await;
    let quiet = World { optional_mails: false, ..World::sqlite().await };
    everything(&quiet).await;
    let kinds = async |world: &World| -> BTreeSet<String> {
        mails(world).await.into_iter().map(|mail| mail.kind).collect()
    };
    let optional = |kind: &String| MailKind::parse(kind).is_some_and(MailKind::can_be_switched_off);
    let essential: BTreeSet<String> =
        kinds(&world).await.into_iter().filter(|kind| !optional(kind)).collect();
    assert_eq!(kinds(&quiet).await, essential);
}
