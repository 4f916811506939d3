//! One change of an accepted or running course: old beside new, and the decision.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jhaas_app::{Actor, App, AppError, course, decision, decision::ChangeView};
use jhaas_domain::{
    course::{ChangeState, CourseState},
    message::{FieldError, Message},
    right::Right,
};
use jhaas_lang::format;

use super::{
    at, below_list, change_id,
    decide::{Beside, DecisionForm, Typed, decides, history_of},
    request::Said,
};
use crate::{
    components::{FlashView, Shape, Table, Tag},
    extract::SignedIn,
    pages::course::facts,
    problem::Problem,
    view::{Notice, Page, flash, path, render},
};

#[derive(Template)]
#[template(path = "governance/change.html")]
struct ChangePage {
    p: Page,
    notice: Option<FlashView>,
    tag: Tag,
    title: String,
    lead: String,
    said: Option<Said>,
    remarks: String,
    table: Table,
    /// The hub runs: not everything applies at once.
    running: bool,
    beside: Option<Beside>,
    history: Table,
    form: Option<DecisionForm>,
    course: String,
}

/// `GET /governance/changes/{change}`
pub(super) async fn show(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = decision::view_change(&app, &who.actor, change_id(&id)?).await?;
    Ok(render(&page(p, &app, &who.actor, found, &Typed::default(), &[], None).await?))
}

/// `POST /governance/changes/{change}`
pub(super) async fn decide(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let (id, actor) = (change_id(&id)?, &who.actor);
    let course = decision::view_change(&app, actor, id).await?.change.course;
    let accept = match typed.decision.as_str() {
        "accept" => true,
        "reject" => false,
        _ => return Err(Problem::bad_request()),
    };
    let (message, over) = (&typed.words(&app.settings.policy.answers), &typed.override_reason);
    let (status, errors, conflict) =
        match decision::decide_change(&app, actor, course, id, accept, message, over).await {
            Ok(opened) => {
                let said = match (accept, opened) {
                    (false, _) => Message::new("flash-governance-change-rejected"),
                    (true, None) => Message::new("flash-governance-change-accepted"),
                    (true, Some(_)) => Message::new("flash-governance-change-deploying"),
                };
                let title = course::view(&app, actor, course).await?.title;
                return Ok(flash(&p.site, path::GOVERNANCE, Notice::Done, said.with("title", title)));
            }
            Err(AppError::Invalid(errors)) => {
                (StatusCode::UNPROCESSABLE_ENTITY, typed.at_fields(errors), None)
            }
            Err(AppError::Conflict(message)) => (StatusCode::CONFLICT, Vec::new(), Some(message)),
            Err(other) => return Err(other.into()),
        };
    let found = decision::view_change(&app, actor, id).await?;
    let notice =
        conflict.map(|message| FlashView::say(&p, Notice::Warning, came_between(&p, &found, &message)));
    Ok((status, render(&page(p, &app, actor, found, &typed, &errors, notice).await?)).into_response())
}

fn came_between(p: &Page, found: &ChangeView, message: &Message) -> String {
    let by = |name: &str| [("name", name.to_owned())];
    match (found.change.state, found.decided_by.as_deref()) {
        (ChangeState::Accepted, Some(name)) => p.tv("governance-conflict-change-accepted", &by(name)),
        (ChangeState::Rejected, Some(name)) => p.tv("governance-conflict-change-rejected", &by(name)),
        (ChangeState::Withdrawn, _) => p.t("governance-conflict-change-withdrawn"),
        _ => p.message(message),
    }
}

async fn page(
    p: Page,
    app: &App,
    actor: &Actor,
    found: ChangeView,
    typed: &Typed,
    errors: &[FieldError],
    notice: Option<FlashView>,
) -> Result<ChangePage, Problem> {
    let change = &found.change;
    let view = course::view(app, actor, change.course).await?;
    if !view.rights.contains(&Right::SeeCapacity) {
        return Err(Problem::new(StatusCode::FORBIDDEN));
    }
    let p = below_list(p.wide());
    let pending = change.state == ChangeState::Pending;
    let beside = match pending {
        true => Some(Beside::of(&p, app, actor, change.course, change.new.seats, "").await?),
        false => None,
    };
    let fits = beside.as_ref().is_none_or(|beside| beside.fits);
    let differs = change.old.remarks != change.new.remarks;
    Ok(ChangePage {
        notice,
        tag: tag(&p, change.state),
        lead: lead(&p, &found),
        said: said(&p, &found),
        remarks: if differs { change.new.remarks.trim().to_owned() } else { String::new() },
        table: facts::changes(&p, app, &change.old, &change.new),
        running: pending && view.state == CourseState::Deployed,
        history: history_of(&p, app, actor, change.course).await?,
        form: (pending && decides(actor)).then(|| {
            DecisionForm::new(&p, at::change(change.id), change.version, fits, typed, errors).answers(
                &p,
                &app.settings.policy.answers,
                typed,
            )
        }),
        beside,
        course: jhaas_app::link::course(change.course),
        title: view.title,
        p,
    })
}

fn tag(p: &Page, state: ChangeState) -> Tag {
    match state {
        ChangeState::Pending => Tag::new(Shape::Waiting, p.t("governance-change-pending")),
        ChangeState::Accepted => Tag::new(Shape::Done, p.t("governance-change-accepted")),
        ChangeState::Rejected => Tag::new(Shape::Failed, p.t("governance-change-rejected")),
        ChangeState::Withdrawn => Tag::new(Shape::Over, p.t("governance-change-withdrawn")),
    }
}

fn lead(p: &Page, found: &ChangeView) -> String {
    let words = [
        ("name", found.asked_by.clone().unwrap_or_else(|| p.t("history-somebody"))),
        ("since", format::relative(p.lang, found.change.asked_at.as_millis(), p.now.as_millis())),
    ];
    match found.change.state {
        ChangeState::Pending => p.tv("governance-lead-change", &words),
        _ => p.tv("governance-lead-change-decided", &words),
    }
}

fn said(p: &Page, found: &ChangeView) -> Option<Said> {
    let at = found.change.decided_at?;
    let by = found.decided_by.clone().unwrap_or_else(|| p.t("history-portal"));
    Some(Said {
        heading: match found.change.state {
            ChangeState::Accepted => p.t("governance-said-accepted"),
            _ => p.t("governance-said-rejected"),
        },
        words: found.change.reason.clone().unwrap_or_default(),
        by: p.tv("governance-said-by", &[("name", by), ("when", facts::when(p, at))]),
    })
}
