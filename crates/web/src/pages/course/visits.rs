//! Visits in a participant's server: asked for by the staff, answered and ended by its owner.

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    response::Response,
    routing::post,
};
use jhaas_app::{
    App, AppError,
    session::SignedIn as Session,
    visit::{self, VisitView},
};
use jhaas_domain::{
    id::{AccountId, CourseId, VisitId},
    message::Message,
    visit::{OPEN_MINUTES, VisitState},
};
use jhaas_lang::format;
use serde::Deserialize;

use super::{at, course_id, facts};
use crate::{
    extract::SignedIn,
    problem::Problem,
    state::{HubsOf, WebState},
    view::{Markup, Notice, Page, flash},
};

pub(super) fn router() -> Router<WebState> {
    Router::new()
        .route("/courses/{course}/visits", post(ask))
        .route("/courses/{course}/visits/{visit}/consent", post(consent))
        .route("/courses/{course}/visits/{visit}/refuse", post(refuse))
        .route("/courses/{course}/visits/{visit}/end", post(end))
}

/// A question or a visit, on the page of the server's owner.
pub(super) struct Own {
    pub(super) text: String,
    /// Address and verb; the first is the one that is offered.
    pub(super) buttons: Vec<(String, String)>,
}

/// What the owner of a server can answer or end now.
pub(super) fn own(p: &Page, course: CourseId, visits: &[VisitView]) -> Vec<Own> {
    visits.iter().filter_map(|visit| own_one(p, course, visit)).collect()
}

fn own_one(p: &Page, course: CourseId, visit: &VisitView) -> Option<Own> {
    let name = visit.visitor_name.clone();
    let to = |what: &str| at::below(course, &format!("visits/{}/{what}", visit.id));
    match visit.state {
        VisitState::Asked => Some(Own {
            text: p.tv("visits-asked", &[("name", name)]),
            buttons: vec![
                (to("consent"), p.tv("visits-consent", &[("minutes", OPEN_MINUTES)])),
                (to("refuse"), p.t("visits-refuse")),
            ],
        }),
        VisitState::Open if visit.is_ending => {
            Some(Own { text: p.tv("visits-ending", &[("name", name)]), buttons: Vec::new() })
        }
        VisitState::Open => Some(Own {
            text: p.tv("visits-open", &[("name", name), ("until", until(p, visit))]),
            buttons: vec![(to("end"), p.t("visits-end"))],
        }),
        VisitState::Refused | VisitState::Lapsed | VisitState::Over => None,
    }
}

/// Who was in one's server, and when.
pub(super) fn past(p: &Page, visits: &[VisitView]) -> Vec<String> {
    let over = visits.iter().filter(|visit| visit.state == VisitState::Over);
    over.map(|visit| {
        let begun = facts::exact(p, visit.asked_at);
        p.tv(
            "visits-past",
            &[("name", visit.visitor_name.clone()), ("asked", begun), ("until", until(p, visit))],
        )
    })
    .collect()
}

fn until(p: &Page, visit: &VisitView) -> String {
    visit.ends_at.map(|at| format::time(p.lang, &p.zone, at.as_millis())).unwrap_or_default()
}

/// What the staff can do about a visit in one line of the servers.
#[derive(Template)]
#[template(
    source = r#"{% if let Some(href) = link %}<a href="{{ href }}">{{ open }}</a> {% endif %}{% if !text.is_empty() %}<span class="quiet">{{ text }}</span>{% endif %}{% if let Some((to, verb)) = button %}<form method="post" action="{{ to }}"><input type="hidden" name="account" value="{{ account }}"><button class="button plain small">{{ verb }}</button></form>{% endif %}"#,
    ext = "html"
)]
struct Line {
    link: Option<String>,
    open: String,
    text: String,
    button: Option<(String, String)>,
    account: String,
}

/// A participant's server, as far as visiting it goes.
pub(super) struct Host<'a> {
    pub(super) account: AccountId,
    /// The name at the hub.
    pub(super) user: &'a str,
    pub(super) may_ask: bool,
}

/// The cell of the servers' table; `visits` are those that are asked for or open.
pub(super) fn line(
    p: &Page,
    course: CourseId,
    hub_url: Option<&str>,
    visits: &[VisitView],
    visitor: AccountId,
    host: &Host<'_>,
) -> Option<Markup> {
    let found = visits.iter().find(|visit| visit.owner == host.account && visit.visitor == visitor);
    let line = |link, text, button| Line {
        link,
        open: p.t("visits-enter"),
        text,
        button,
        account: host.account.to_string(),
    };
    let end = |visit: &VisitView| at::below(course, &format!("visits/{}/end", visit.id));
    let line = match found {
        None if host.may_ask => {
            line(None, String::new(), Some((at::below(course, "visits"), p.t("visits-ask"))))
        }
        None => return None,
        Some(visit) if visit.state == VisitState::Asked => {
            line(None, p.t("visits-waits"), Some((end(visit), p.t("visits-take-back"))))
        }
        Some(visit) if visit.is_ending => line(None, p.t("visits-ending-yours"), None),
        Some(visit) => line(
            hub_url.map(|url| format!("{}/user/{}/lab", url.trim_end_matches('/'), host.user)),
            p.tv("visits-until", &[("until", until(p, visit))]),
            Some((end(visit), p.t("visits-end"))),
        ),
    };
    Some(Markup::of(&line))
}

#[derive(Debug, Deserialize)]
struct Asked {
    account: String,
}

/// `POST /courses/{course}/visits`
async fn ask(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(asked): Form<Asked>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let owner = asked.account.parse().map_err(|_| Problem::not_found())?;
    let back = at::below(id, "servers");
    match visit::ask(&app, &actor, id, owner).await {
        Ok(()) => Ok(flash(&p.site, &back, Notice::Done, Message::new("flash-visit-asked"))),
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(at::course(id))),
        Err(other) => Err(other.into()),
    }
}

/// `POST /courses/{course}/visits/{visit}/consent`
async fn consent(
    p: Page,
    State(app): State<App>,
    State(hubs): State<HubsOf>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path((course, visit)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (id, visit) = (course_id(&course)?, visit_id(&visit)?);
    match visit::consent(&app, &*hubs, &actor, id, visit).await {
        Err(AppError::Unavailable(_)) => {
            Ok(flash(&p.site, &at::course(id), Notice::Failed, Message::new("flash-visit-not-now")))
        }
        done => told(&p, at::course(id), done, "flash-visit-open"),
    }
}

/// `POST /courses/{course}/visits/{visit}/refuse`
async fn refuse(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path((course, visit)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (id, visit) = (course_id(&course)?, visit_id(&visit)?);
    told(&p, at::course(id), visit::refuse(&app, &actor, id, visit).await, "flash-visit-refused")
}

/// `POST /courses/{course}/visits/{visit}/end`, by the owner of the server or by the visitor.
async fn end(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path((course, visit)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (id, visit) = (course_id(&course)?, visit_id(&visit)?);
    let own = visit::mine(&app, &actor, id).await?.iter().any(|one| one.id == visit);
    let back = if own { at::course(id) } else { at::below(id, "servers") };
    told(&p, back, visit::end(&app, &actor, id, visit).await, "flash-visit-ended")
}

fn told(p: &Page, back: String, done: Result<(), AppError>, said: &str) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(flash(&p.site, &back, Notice::Done, Message::new(said))),
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(back)),
        Err(other) => Err(other.into()),
    }
}

fn visit_id(text: &str) -> Result<VisitId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}
