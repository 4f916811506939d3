//! Courses in calendars, as a calendar program asks for them.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, header},
};
use icalendar::{Calendar, CalendarComponent, Component, Event, EventLike, EventStatus};
use jhaas_app::{course, participation};
use jhaas_domain::course::CourseState;

use crate::portal::Portal;

/// What a program without a session gets.
async fn ask(portal: &Portal, path: &str, known: Option<&str>) -> (u16, HeaderMap, String) {
    let mut request = Request::get(path).header(header::HOST, "localhost:8000");
    if let Some(known) = known {
        request = request.header(header::IF_NONE_MATCH, known);
    }
    let reply = portal.raw(request.body(Body::empty()).unwrap()).await;
    let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
    let body = to_bytes(reply.into_body(), 1 << 20).await.unwrap();
    (status, headers, String::from_utf8(body.to_vec()).unwrap())
}

fn events(text: &str) -> Vec<Event> {
    let calendar: Calendar = text.parse().unwrap();
    let one = |component: CalendarComponent| match component {
        CalendarComponent::Event(event) => event,
        other => panic!("{other:?}"),
    };
    calendar.components.into_iter().map(one).collect()
}

#[tokio::test]
async fn a_calendar_program_reads_the_courses_at_a_secret_address_and_sees_what_changes() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let by_link = |form: &mut course::CourseForm| form.admission = "link".to_owned();
    let running =
        world.course(&ada).slug("running").with(by_link).state(CourseState::Deployed).create().await;
    let off = world.course(&ada).slug("off").with(by_link).state(CourseState::Accepted).create().await;
    let bob = world.student("bob").await;
    for id in [running, off] {
        participation::apply(&world.app, &bob, &world.stored(id).await.invite_token).await.unwrap();
    }
    let mut browser = portal.browser(&bob).await;
    browser.get("/account").await.is(200).shows("href=\"/calendar\"");
    browser.get("/courses").await.is(200).shows("href=\"/calendar\"");
    browser.get("/calendar").await.is(200).shows("You have no address yet.");
    let page = browser.post("/calendar", &[]).await.is(200).shows("This is your address.");
    let at = page.body.find("http://localhost:8000/calendar/").unwrap();
    let path = page.body[at..].split('"').next().unwrap().replace("http://localhost:8000", "");
    browser.get("/calendar").await.is(200).hides(&path).shows("You have had an address since");

    let (status, headers, text) = ask(&portal, &path, None).await;
    assert_eq!(
        (status, &headers[header::CONTENT_TYPE]),
        (200, &"text/calendar; charset=utf-8".parse().unwrap())
    );
    assert_eq!(headers[header::CACHE_CONTROL], "private, max-age=300");
    let found = events(&text);
    assert_eq!(found.len(), 2);
    let of = |id: jhaas_domain::id::CourseId, events: &[Event]| {
        events.iter().find(|event| event.get_uid() == Some(&id.to_string())).unwrap().clone()
    };
    let event = of(running, &found);
    assert_eq!(event.get_summary(), Some("Course running"));
    assert_eq!(event.get_location(), Some("http://running.localhost:8000"));
    assert_eq!(event.get_status(), Some(EventStatus::Confirmed));
    assert_eq!(event.property_value("DTSTART"), Some("20270301T071000Z"));
    let description = event.get_description().unwrap().to_owned();
    assert!(description.contains(&format!("http://localhost:8000/courses/{running}")), "{description}");

    // Asked again, nothing is sent twice; what changes is a new version of the same event.
    let tag = headers[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(ask(&portal, &path, Some(&tag)).await.0, 304);
    let before = of(off, &found).get_sequence().unwrap();
    course::cancel(&world.app, &ada, off, world.stored(off).await.version, "").await.unwrap();
    let (status, _, text) = ask(&portal, &path, Some(&tag)).await;
    let event = of(off, &events(&text));
    assert_eq!((status, event.get_status()), (200, Some(EventStatus::Cancelled)));
    assert!(event.get_sequence().unwrap() > before);

    // Another address leads nowhere, and says nothing.
    let wrong =
        ["/calendar/x.ics", "/calendar/.ics", &path.replace(".ics", ""), &path.replace(".ics", "x.ics")];
    for wrong in wrong {
        assert_eq!(ask(&portal, wrong, None).await.0, 404, "{wrong}");
    }
    browser.post("/calendar", &[]).await.is(200);
    assert_eq!(ask(&portal, &path, None).await.0, 404, "renewed");
    let sent = browser.post("/calendar/stop", &[]).await;
    browser.follow(&sent).await.is(200).shows("is switched off");
}

#[tokio::test]
async fn a_course_by_itself_is_a_file_for_whoever_may_know_of_it() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).state(CourseState::Deployed).create().await;
    let (bob, eve) = (world.student("bob").await, world.student("eve").await);
    participation::apply(&world.app, &bob, &world.stored(course).await.invite_token).await.unwrap();
    let path = format!("/courses/{course}/calendar.ics");
    let (mut ada, mut bob) = (portal.browser(&ada).await, portal.browser(&bob).await);
    ada.get(&format!("/courses/{course}")).await.is(200).shows(&path);
    let file = ada.get(&path).await.is(200);
    assert_eq!(events(&file.body)[0].get_location(), Some("http://python.localhost:8000"));
    bob.get(&format!("/courses/{course}")).await.is(200).shows(&path);
    let file = bob.get(&path).await.is(200);
    assert_eq!(events(&file.body)[0].get_location(), None, "not before the admission");
    portal.browser(&eve).await.get(&path).await.is(404);
    portal.visitor().get(&path).await.is(303);
}
