//! One request: what is asked for, beside what the clusters carry, and the decision.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jhaas_app::{Actor, App, AppError, course, course::CourseView, decision};
use jhaas_domain::{
    course::CourseState,
    message::{FieldError, Message},
    right::Right,
};
use jhaas_lang::format;

use super::{
    at, below_list, course_id,
    decide::{Beside, DecisionForm, Typed, came_between, decides, history_of},
};
use crate::{
    components::{Facts, FlashView, Shape, Table, Tag},
    extract::SignedIn,
    markdown::markdown,
    pages::course::facts,
    problem::Problem,
    view::{Markup, Notice, Page, flash, path, render},
};

#[derive(Template)]
#[template(path = "governance/request.html")]
struct RequestPage {
    p: Page,
    notice: Option<FlashView>,
    tag: Tag,
    title: String,
    lead: String,
    /// The last words of governance.
    said: Option<Said>,
    remarks: String,
    facts: Facts,
    about: Option<Markup>,
    beside: Option<Beside>,
    history: Table,
    form: Option<DecisionForm>,
    course: String,
}

pub(super) struct Said {
    pub(super) heading: String,
    pub(super) words: String,
    pub(super) by: String,
}

/// `GET /governance/requests/{course}`
pub(super) async fn show(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = course::view(&app, &who.actor, course_id(&id)?).await?;
    Ok(render(&page(p, &app, &who.actor, view, &Typed::default(), &[], None).await?))
}

/// `POST /governance/requests/{course}`
pub(super) async fn decide(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let (id, actor, version) = (course_id(&id)?, &who.actor, typed.version());
    let words = typed.words(&app.settings.policy.answers);
    let (done, said) = match typed.decision.as_str() {
        "accept" => (
            decision::accept(&app, actor, id, version, &typed.acceptance(&words)).await,
            Message::new("flash-governance-accepted"),
        ),
        "reject" => (
            decision::reject(&app, actor, id, version, &words).await,
            Message::new("flash-governance-rejected"),
        ),
        "send_back" => (
            decision::send_back(&app, actor, id, version, &words).await,
            Message::new("flash-governance-sent-back"),
        ),
        _ => return Err(Problem::bad_request()),
    };
    let (status, errors, conflict) = match done {
        Ok(()) => {
            let view = course::view(&app, actor, id).await?;
            return Ok(flash(&p.site, path::GOVERNANCE, Notice::Done, said.with("title", view.title)));
        }
        Err(AppError::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, typed.at_fields(errors), None),
        Err(AppError::Conflict(message)) => (StatusCode::CONFLICT, Vec::new(), Some(message)),
        Err(other) => return Err(other.into()),
    };
    let view = course::view(&app, actor, id).await?;
    let notice =
        conflict.map(|message| FlashView::say(&p, Notice::Warning, came_between(&p, &view, &message)));
    Ok((status, render(&page(p, &app, actor, view, &typed, &errors, notice).await?)).into_response())
}

async fn page(
    p: Page,
    app: &App,
    actor: &Actor,
    view: CourseView,
    typed: &Typed,
    errors: &[FieldError],
    notice: Option<FlashView>,
) -> Result<RequestPage, Problem> {
    // Leaders have a page of their own for what they ask.
    let looks_on = view.rights.contains(&Right::SeeCapacity);
    let Some(request) = view.request.as_ref().filter(|_| looks_on) else {
        return Err(Problem::new(StatusCode::FORBIDDEN));
    };
    let spec = &request.spec;
    let p = below_list(p.wide());
    let beside = beside(&p, app, actor, &view, &typed.cluster).await?;
    let open = view.state == CourseState::Requested && !view.sent_back && decides(actor);
    let fits = beside.as_ref().is_none_or(|beside| beside.fits);
    Ok(RequestPage {
        notice,
        tag: tag(&p, &view),
        lead: lead(&p, &view),
        said: said(&p, &view),
        remarks: spec.remarks.trim().to_owned(),
        facts: facts::values(&p, app, spec, &view.cluster, staff(&view)),
        about: (!view.description.trim().is_empty()).then(|| markdown(&view.description)),
        history: history_of(&p, app, actor, view.id).await?,
        form: open.then(|| {
            let clusters = beside.as_ref().map_or(&[][..], |beside| &beside.clusters);
            DecisionForm::new(&p, at::request(view.id), view.version, fits, typed, errors)
                .answers(&p, &app.settings.policy.answers, typed)
                .clusters(&p, clusters, errors)
                .send_back(p.t("governance-send-back"))
        }),
        beside,
        course: jhaas_app::link::course(view.id),
        title: view.title,
        p,
    })
}

/// Only what is undecided is laid beside the rest; later the course is part of it.
async fn beside(
    p: &Page,
    app: &App,
    actor: &Actor,
    view: &CourseView,
    cluster: &str,
) -> Result<Option<Beside>, Problem> {
    let Some(request) = view.request.as_ref().filter(|_| view.state == CourseState::Requested) else {
        return Ok(None);
    };
    Beside::of(p, app, actor, view.id, request.spec.seats, cluster).await.map(Some)
}

fn staff(view: &CourseView) -> u32 {
    u32::try_from(view.leaders.len()).unwrap_or(u32::MAX)
}

pub(super) fn tag(p: &Page, view: &CourseView) -> Tag {
    if view.sent_back {
        Tag::new(Shape::Waiting, jhaas_lang::names::sent_back(p.lang))
    } else {
        p.state(view.state)
    }
}

fn lead(p: &Page, view: &CourseView) -> String {
    let requested = view.request.as_ref().map_or(view.starts_at, |request| request.requested_at);
    let words = [
        ("leaders", format::list(p.lang, &view.leaders)),
        ("since", format::relative(p.lang, requested.as_millis(), p.now.as_millis())),
        ("starts", facts::when(p, view.starts_at)),
    ];
    match view.state {
        CourseState::Requested if view.sent_back => p.tv("governance-lead-sent-back", &words),
        CourseState::Requested if view.starts_at > p.now => p.tv("governance-lead-request", &words),
        CourseState::Requested => p.tv("governance-lead-request-late", &words),
        _ => p.tv("governance-lead-decided", &words),
    }
}

fn said(p: &Page, view: &CourseView) -> Option<Said> {
    let decision = view.request.as_ref()?.decision.as_ref()?;
    let by = decision.by.clone().unwrap_or_else(|| p.t("history-portal"));
    Some(Said {
        heading: match decision.kind.as_str() {
            "course.accepted" => p.t("governance-said-accepted"),
            "course.rejected" => p.t("governance-said-rejected"),
            _ => p.t("governance-said-sent-back"),
        },
        words: decision.message.clone().unwrap_or_default(),
        by: p.tv("governance-said-by", &[("name", by), ("when", facts::when(p, decision.at))]),
    })
}
