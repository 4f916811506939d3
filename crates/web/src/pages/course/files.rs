//! One's own files at a hub: the page that explains, and the archive.

use askama::Template;
use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jhaas_app::{
    App, AppError,
    archive::{self, Archive},
    course,
    session::SignedIn as Session,
};
use jhaas_domain::{course::CourseState, message::Message, right::Right};
use tokio_stream::wrappers::ReceiverStream;

use super::{
    at, course_id, facts,
    head::{Head, Tab, crumbs},
    request::cannot_now,
};
use crate::{
    components::Facts,
    extract::SignedIn,
    problem::Problem,
    state::{HubsOf, WebState},
    view::{Notice, Page, flash, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new()
        .route("/courses/{course}/files", get(show))
        .route("/courses/{course}/files/archive", post(fetch))
}

#[derive(Template)]
#[template(path = "course/files.html")]
struct FilesPage {
    p: Page,
    h: Head,
    /// Absent while there is no hub.
    fetch: Option<String>,
    /// Why there is nothing to fetch.
    closed: String,
    facts: Facts,
}

/// `GET /courses/{course}/files`
async fn show(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let view = course::view(&app, &actor, id).await?;
    if !view.rights.contains(&Right::FetchHome) {
        return Err(cannot_now(&view, Right::FetchHome));
    }
    let offer = archive::offer(&app, &actor, id).await?;
    let p = crumbs(p, &view);
    let gone = matches!(view.state, CourseState::Degrading | CourseState::Degraded);
    let mut facts = Facts::new();
    if !gone {
        facts = facts.fact(p.t("files-until"), facts::exact_last(&p, offer.until));
    }
    if let Some(last) = offer.last {
        let words = [("files", p.number(last.files)), ("size", p.bytes(last.bytes))];
        facts = facts
            .fact(p.t("files-last"), p.when(last.at))
            .fact(p.t("files-size"), p.tv("files-size-of", &words));
    }
    Ok(render(&FilesPage {
        h: Head::new(&p, &app, &view, Tab::Files),
        fetch: offer.open.then(|| at::below(id, "files/archive")),
        closed: if gone { p.t("files-gone") } else { p.t("files-not-yet") },
        facts,
        p,
    }))
}

/// `POST /courses/{course}/files/archive`: the archive itself, as it is made.
async fn fetch(
    p: Page,
    State(app): State<App>,
    State(hubs): State<HubsOf>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let back = at::below(id, "files");
    match archive::fetch(&app, &*hubs, &actor, id).await {
        Ok(archive) => Ok(attachment(archive)),
        Err(AppError::Unavailable(_)) => {
            Ok(flash(&p.site, &back, Notice::Failed, Message::new("flash-files-not-now")))
        }
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(back)),
        Err(other) => Err(other.into()),
    }
}

fn attachment(archive: Archive) -> Response {
    // Letters, digits and hyphens alone.
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", archive.name));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(ARCHIVE_TYPE)),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, Body::from_stream(ReceiverStream::new(archive.pieces))).into_response()
}

/// Packed already: compressing it once more would only cost time.
pub(crate) const ARCHIVE_TYPE: &str = "application/zip";
