//! The page behind an invite link: what the course is, and the application.

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use jhaas_app::{App, AppError, course, course::InviteView, participation, session::SignedIn as Session};
use jhaas_domain::{course::AdmissionRule, message::Message, participation::ParticipationState};
use jhaas_lang::format;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{at, facts};
use crate::{
    components::{ErrorSummary, Facts, Field},
    error::Refused,
    extract::{MaybeSignedIn, SignedIn, Visitor, sign_in_path},
    markdown::markdown,
    problem::Problem,
    state::WebState,
    view::{Markup, Notice, Page, flash, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new().route("/join/{token}", get(show).post(apply))
}

#[derive(Template)]
#[template(path = "course/join.html")]
struct JoinPage {
    p: Page,
    title: String,
    kicker: String,
    lead: String,
    step: Step,
    /// Where the leaders want an access code.
    code: Option<Field>,
    summary: ErrorSummary,
    about: Option<Markup>,
    facts: Facts,
}

/// The one thing to do here.
enum Step {
    SignIn {
        href: String,
    },
    Apply {
        action: String,
        rule: String,
    },
    /// To the course, which says how things stand.
    Go {
        href: String,
        label: String,
    },
    Nothing,
}

#[derive(Template)]
#[template(path = "course/join_gone.html")]
struct GonePage {
    p: Page,
}

/// `GET /join/{token}`
async fn show(
    p: Page,
    State(app): State<App>,
    MaybeSignedIn(who): MaybeSignedIn,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let actor = who.as_ref().map(|who| &who.actor);
    match course::invite(&app, &token, actor).await {
        Ok(view) => Ok(answer(p, &view, &token, actor.is_some(), &Typed::default())),
        Err(AppError::NotFound) => Ok(gone(p)),
        Err(other) => Err(other.into()),
    }
}

/// A link that is none, or none any more.
fn gone(p: Page) -> Response {
    (StatusCode::NOT_FOUND, render(&GonePage { p })).into_response()
}

fn address(token: &str) -> String {
    format!("/join/{}", utf8_percent_encode(token, NON_ALPHANUMERIC))
}

/// What was typed, when it comes back.
#[derive(Default)]
struct Typed {
    code: String,
    refused: Refused,
}

fn answer(p: Page, view: &InviteView, token: &str, signed_in: bool, typed: &Typed) -> Response {
    let is_in = matches!(
        view.participation,
        Some(ParticipationState::Applied | ParticipationState::Waiting | ParticipationState::Admitted)
    );
    if view.expired && view.open && view.role.is_none() && !is_in {
        return (StatusCode::GONE, render(&ExpiredPage::new(p, view))).into_response();
    }
    typed.refused.answer(&page(typed.refused.on(p), view, token, signed_in, typed))
}

/// A link whose time is over: what that means, and whom to ask.
#[derive(Template)]
#[template(path = "course/join_expired.html")]
struct ExpiredPage {
    p: Page,
    title: String,
    todo: String,
}

impl ExpiredPage {
    fn new(p: Page, view: &InviteView) -> Self {
        let leaders = format::list(p.lang, &view.leaders);
        Self { title: view.title.clone(), todo: p.tv("join-expired-do", &[("leaders", leaders)]), p }
    }
}

fn page(p: Page, view: &InviteView, token: &str, signed_in: bool, typed: &Typed) -> JoinPage {
    let errors = &typed.refused.errors;
    let begun = p.now >= view.starts_at;
    let starts = || [("starts", facts::when(&p, view.starts_at))];
    let (lead, step) = if view.role.is_some() {
        (p.t("join-lead-staff"), to_course(&p, view))
    } else {
        match view.participation {
            Some(ParticipationState::Applied) => (p.t("course-lead-mine-applied"), to_course(&p, view)),
            Some(ParticipationState::Waiting) => (p.t("join-lead-waiting"), to_course(&p, view)),
            Some(ParticipationState::Admitted) if begun => {
                (p.t("join-lead-admitted-now"), to_course(&p, view))
            }
            Some(ParticipationState::Admitted) => {
                (p.tv("join-lead-admitted", &starts()), to_course(&p, view))
            }
            Some(ParticipationState::Rejected) => (p.t("course-lead-mine-rejected"), to_course(&p, view)),
            Some(ParticipationState::Removed) => (p.t("course-lead-mine-removed"), to_course(&p, view)),
            Some(ParticipationState::Left) | None if !view.open => (p.t("join-lead-closed"), Step::Nothing),
            Some(ParticipationState::Left) => (p.t("join-lead-left"), apply_step(&p, view, token)),
            None => {
                let lead = if view.full && signed_in {
                    p.t("join-lead-full")
                } else if begun {
                    p.tv("join-lead-open", &[("ends", facts::when_last(&p, view.ends_at))])
                } else {
                    p.tv("join-lead", &starts())
                };
                let step = if signed_in {
                    apply_step(&p, view, token)
                } else {
                    Step::SignIn { href: sign_in_path(&address(token)) }
                };
                (lead, step)
            }
        }
    };
    JoinPage {
        title: view.title.clone(),
        code: code(&p, view, typed),
        summary: ErrorSummary::new(&p, errors),
        kicker: p.t("join-kicker"),
        lead,
        step,
        about: (!view.description.trim().is_empty()).then(|| markdown(&view.description)),
        facts: Facts::new()
            .fact(p.t("course-fact-period"), p.period(view.starts_at, view.ends_at))
            .fact(p.t("course-fact-leaders"), format::list(p.lang, &view.leaders)),
        p,
    }
}

fn to_course(p: &Page, view: &InviteView) -> Step {
    Step::Go { href: at::course(view.course), label: p.t("join-to-course") }
}

fn apply_step(p: &Page, view: &InviteView, token: &str) -> Step {
    Step::Apply { action: address(token), rule: rule(p, view) }
}

fn code(p: &Page, view: &InviteView, typed: &Typed) -> Option<Field> {
    view.needs_code.then(|| {
        Field::new(p, "code", p.t("join-code"))
            .medium()
            .monospace()
            .autocomplete("off")
            .help(p.t("join-code-help"))
            .value(typed.code.as_str())
            .errors(p, &typed.refused.errors)
    })
}

/// What happens after applying.
fn rule(p: &Page, view: &InviteView) -> String {
    match &view.rule {
        _ if view.full => p.t("join-rule-full"),
        AdmissionRule::ByHand => p.t("join-rule-by-hand"),
        AdmissionRule::Domains { domains } => {
            let names = format::list(p.lang, &facts::domain_names(domains));
            p.tv("join-rule-domains", &[("domains", names)])
        }
        AdmissionRule::Roster => p.t("join-rule-roster"),
        AdmissionRule::Link => p.t("join-rule-link"),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ApplyForm {
    code: String,
}

/// `POST /join/{token}`
async fn apply(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(token): Path<String>,
    Visitor(visitor): Visitor,
    Form(form): Form<ApplyForm>,
) -> Result<Response, Problem> {
    let done = participation::apply_with_code(&app, &actor, &token, &form.code, visitor.address).await;
    let done = match done {
        Ok(done) => done,
        Err(AppError::NotFound) => return Ok(gone(p)),
        Err(error @ (AppError::Invalid(_) | AppError::TooMany { .. })) => {
            let refused = Refused::of(&p, error)?;
            let view = course::invite(&app, &token, Some(&actor)).await?;
            return Ok(answer(p, &view, &token, true, &Typed { code: form.code, refused }));
        }
        Err(AppError::Conflict(message)) => return Err(Problem::conflict(message).back(address(&token))),
        Err(other) => return Err(other.into()),
    };
    let (notice, said) = match done.state {
        ParticipationState::Applied => (Notice::Done, "flash-joined-applied"),
        ParticipationState::Waiting => (Notice::Note, "flash-joined-waiting"),
        ParticipationState::Admitted => (Notice::Done, "flash-joined-admitted"),
        ParticipationState::Rejected | ParticipationState::Removed | ParticipationState::Left => {
            (Notice::Warning, "flash-joined-refused")
        }
    };
    Ok(flash(&p.site, &at::course(done.course), notice, Message::new(said)))
}
