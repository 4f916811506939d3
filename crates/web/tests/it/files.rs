//! One's own files: the page and the download.

use axum::http::{Request, header};
use jhaas_app::participation;
use jhaas_domain::course::CourseState;

use crate::portal::Portal;

#[tokio::test]
async fn a_participant_downloads_the_own_files_before_and_after_the_end() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world
        .course(&ada)
        .slug("python")
        .with(|form| form.admission = "link".to_owned())
        .state(CourseState::Deployed)
        .create()
        .await;
    let sam = world.student("sam").await;
    participation::apply(&world.app, &sam, &world.stored(course).await.invite_token).await.unwrap();
    portal.hubs.lay("start.ipynb", Some(b"{}"));
    let mut browser = portal.browser(&sam).await;
    let (page, files) = (format!("/courses/{course}"), format!("/courses/{course}/files"));
    browser.get(&page).await.is(200).shows(&files).shows("My files");
    browser.get(&files).await.is(200).shows("Download my files").shows("Available until");

    let ends_at = world.stored(course).await.spec.ends_at;
    world.clock.set(ends_at.plus_minutes(5));
    let mut browser = portal.browser(&sam).await;
    browser.get(&page).await.is(200).shows(&files);
    let cookies: Vec<String> =
        browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::post(format!("{files}/archive"))
        .header(header::HOST, "localhost:8000")
        .header(header::ACCEPT_ENCODING, "gzip")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookies.join("; "));
    let response = portal.raw(request.body(axum::body::Body::empty()).unwrap()).await;
    let told = |name: header::HeaderName| response.headers().get(name).map(|value| value.to_str().unwrap());
    assert_eq!(told(header::CONTENT_TYPE), Some("application/zip"));
    assert_eq!(told(header::CONTENT_ENCODING), None, "it is packed already");
    let name = told(header::CONTENT_DISPOSITION).unwrap();
    assert!(name.starts_with("attachment; filename=\"python-20") && name.ends_with(".zip\""), "{name}");
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    assert!(body.starts_with(b"PK"), "{body:?}");

    // A hub that does not answer: the page says so.
    portal.hubs.set_down(true);
    let sent = browser.post(&format!("{files}/archive"), &[]).await;
    browser.follow(&sent).await.is(200).shows("The hub did not start your server");
}

#[tokio::test]
async fn without_a_hub_the_page_says_why_there_is_nothing() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    for (state, words) in [
        (CourseState::Accepted, "There is no hub running"),
        (CourseState::Degraded, "The hub has been removed"),
    ] {
        let slug = state.as_str().to_lowercase();
        let course = world.course(&ada).slug(&slug).state(state).create().await;
        let mut browser = portal.browser(&ada).await;
        let files = format!("/courses/{course}/files");
        browser.get(&files).await.is(200).shows(words).hides("Download my files");
        browser.post(&format!("{files}/archive"), &[]).await.is(409);
        let mut stranger = portal.browser(&world.student(&slug).await).await;
        stranger.get(&files).await.is(404);
    }
}
