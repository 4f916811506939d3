//! A later end in two clicks: a question on the course's page with a date filled in. It is a change like any other.

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    response::Response,
    routing::post,
};
use jhaas_app::{
    App, AppError, announcement, change, course,
    course::{CourseForm, CourseView},
    session::SignedIn as Session,
};
use jhaas_domain::{
    course::{CourseSpec, CourseState},
    right::Right,
};
use jiff::{ToSpan, civil::Date};
use serde::Deserialize;

use super::{
    announcements::SHOWN,
    at,
    change::{can_change, said, says_the_same},
    course_id,
    form::at_fields,
    request::cannot_now,
    show::{Back, Ending, course_page},
};
use crate::{
    components::{Confirm, Field},
    error::Refused,
    extract::SignedIn,
    problem::Problem,
    state::WebState,
    view::{Page, flash},
};

pub(super) fn router() -> Router<WebState> {
    Router::new().route("/courses/{course}/extend", post(extend))
}

/// What is offered first.
const LONGER_DAYS: i64 = 7;

/// What a browser sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    version: String,
    end_date: String,
    end_time: String,
}

#[derive(Template)]
#[template(source = r#"<div class="row">{{ date }}{{ time }}</div>"#, ext = "html")]
struct End {
    date: Field,
    time: Field,
}

/// The question; nothing where the end cannot be moved now.
pub(super) fn question(p: &Page, app: &App, view: &CourseView, back: &Back<'_>) -> Option<Ending> {
    let request = view.request.as_ref().filter(|request| request.pending_change.is_none())?;
    if !can_change(view) || view.state == CourseState::Failed {
        return None;
    }
    let form = later(app, &request.spec);
    let typed = back.extend;
    let (date, time) =
        typed.map_or((&form.end_date, &form.end_time), |typed| (&typed.end_date, &typed.end_time));
    let errors = if typed.is_some() { at_fields(&back.refused.errors) } else { Vec::new() };
    let field = |name: &str, label: String, kind: &'static str, value: &str| {
        Field::new(p, name, label).input(kind).value(value).errors(p, &errors)
    };
    let fields = End {
        date: field("end_date", p.t("course-field-end-date"), "date", date),
        time: field("end_time", p.t("course-field-end-time"), "time", time),
    };
    let confirm = Confirm::new(
        p,
        "extend",
        p.t("course-extend-do"),
        p.tv("course-extend-question", &[("title", view.title.as_str())]),
        p.t("course-extend-means"),
        at::below(view.id, "extend"),
    )
    .hidden("version", p.version(view.version).to_string())
    .body(&fields)
    .harmless()
    .open(typed.is_some());
    Some(Ending { text: p.t("course-extend-text"), confirm })
}

/// The request as it holds, a week longer.
fn later(app: &App, spec: &CourseSpec) -> CourseForm {
    let mut form = course::form_of(spec, &app.settings.zone);
    if let Ok(date) = form.end_date.parse::<Date>() {
        form.end_date = date.saturating_add(LONGER_DAYS.days()).to_string();
    }
    form
}

/// `POST /courses/{course}/extend`
async fn extend(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let view = course::view(&app, &actor, course_id(&id)?).await?;
    let Some(request) = view.request.as_ref().filter(|_| can_change(&view)) else {
        return Err(cannot_now(&view, Right::ChangeCourse));
    };
    let form = CourseForm {
        end_date: typed.end_date.clone(),
        end_time: typed.end_time.clone(),
        ..course::form_of(&request.spec, &app.settings.zone)
    };
    let version = typed.version.parse().unwrap_or(-1);
    let done = match change::change(&app, &actor, view.id, version, &form).await {
        Ok(outcome) => Ok(said(outcome)),
        Err(AppError::Conflict(_)) if says_the_same(&app, &view, &form) => {
            Ok(said(change::ChangeOutcome::Nothing))
        }
        Err(error) => Err(Refused::of(&p, error)?),
    };
    match done {
        Ok((kind, said)) => Ok(flash(&p.site, &at::course(view.id), kind, said)),
        Err(refused) => {
            let back = Back { extend: Some(&typed), refused, ..Back::default() };
            let p = back.refused.on(p);
            let latest = announcement::latest(&app, &actor, view.id, SHOWN).await?;
            Ok(back.refused.answer(&course_page(p, &app, &actor, view, &latest, &back)))
        }
    }
}
