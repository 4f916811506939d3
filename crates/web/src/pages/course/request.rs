//! Asking for a course: the form, drafts, copies of former courses, and revisions.

use askama::Template;
use axum::{
    Form, Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jhaas_app::{
    Actor, App, AppError, course,
    course::{CourseForm, CourseView, Preview},
    draft,
    session::SignedIn as Session,
    terms,
};
use jhaas_domain::{
    account::Role,
    course::CourseState,
    id::{CourseId, DraftId},
    message::{FieldError, Message},
    right::Right,
    time::Timestamp,
};
use jhaas_store::Page as ListPage;
use serde::Deserialize;
use serde_json::json;

use super::{
    at, course_id, facts,
    form::{Fields, Purpose, Typed, at_fields, defaults},
};
use crate::{
    components::{Confirm, Facts, Field, field_id},
    error::Refused,
    extract::{SignedIn, wants_page},
    problem::Problem,
    state::WebState,
    view::{Markup, Notice, Page, flash, path, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new()
        .route(path::NEW_COURSE, get(new).post(hand_in_new))
        .route("/courses/drafts/{draft}", get(open_draft).post(hand_in_draft))
        .route("/courses/drafts/{draft}/delete", post(throw_away))
        .route("/courses/{course}/copy", get(copy))
        .route("/courses/{course}/revise", get(revise).post(hand_in_revision))
}

/// What a browser sends: the fields, and which button was pressed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    #[serde(flatten)]
    pub(super) form: CourseForm,
    /// `draft` keeps the form; anything else hands it in.
    then: String,
    /// Of the course that is revised or changed, as it was shown.
    version: String,
}

impl Sent {
    /// A version that is none matches no course.
    pub(super) fn version(&self) -> i64 {
        self.version.parse().unwrap_or(-1)
    }
}

/// The page with the form; the template `course/form.html`.
#[derive(Template)]
#[template(path = "course/form.html")]
struct FormPage {
    p: Page,
    title: String,
    lead: String,
    decision: Option<Words>,
    copy: Option<CopyDates>,
    drafts: Vec<DraftLine>,
    f: Fields,
    /// What would come of it; only of what is not handed in yet.
    outlook: Option<Facts>,
    action: String,
    hidden: Vec<(&'static str, String)>,
    send: String,
    keep: Option<String>,
    back: String,
    throw_away: Option<Confirm>,
}

/// What governance wrote.
pub(super) struct Words {
    pub(super) heading: String,
    pub(super) words: String,
    pub(super) by: String,
}

struct CopyDates {
    action: String,
    days: Field,
}

struct DraftLine {
    href: String,
    title: String,
    saved: Markup,
}

/// The part that differs between the pages with this form.
struct Frame {
    title: String,
    lead: String,
    action: String,
    send: String,
    keep: Option<String>,
    back: String,
}

fn page(p: Page, app: &App, frame: Frame, typed: &Typed<'_>) -> FormPage {
    FormPage {
        title: frame.title,
        lead: frame.lead,
        decision: None,
        copy: None,
        drafts: Vec::new(),
        f: Fields::new(&p, app, typed),
        outlook: None,
        action: frame.action,
        hidden: Vec::new(),
        send: frame.send,
        keep: frame.keep,
        back: frame.back,
        throw_away: None,
        p,
    }
}

fn new_frame(p: &Page, app: &App, draft: Option<DraftId>) -> Frame {
    let lead = if app.settings.policy.automatic.is_some() {
        p.t("course-new-lead-automatic")
    } else {
        p.t("course-new-lead")
    };
    Frame {
        title: p.t("course-new-title"),
        lead,
        action: draft.map_or_else(|| path::NEW_COURSE.to_owned(), at::draft),
        send: p.t("course-new-send"),
        keep: Some(p.t("course-new-keep")),
        back: path::COURSES.to_owned(),
    }
}

/// The version of the terms that the form must ask consent to.
async fn asks_terms(app: &App, actor: &Actor) -> Result<Option<u32>, Problem> {
    if terms::is_accepted(app, actor).await? {
        return Ok(None);
    }
    Ok(terms::current(app).await?.map(|terms| terms.number))
}

/// A form is only for who may hand it in; the use case decides again.
fn for_leaders(actor: &Actor) -> Result<(), Problem> {
    if actor.roles.contains(&Role::Leader) {
        return Ok(());
    }
    Err(Problem::forbidden(Message::new("problem-course-leaders-only")).back(path::ACCOUNT))
}

/// `GET /courses/new`
async fn new(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
) -> Result<Response, Problem> {
    for_leaders(&actor)?;
    let drafts = draft::list(&app, &actor).await?;
    let form = defaults(&app, app.now());
    let typed =
        Typed { form: &form, errors: &[], terms: asks_terms(&app, &actor).await?, purpose: Purpose::Request };
    let lines = drafts.into_iter().map(|draft| DraftLine {
        href: at::draft(draft.id),
        title: draft_title(&p, &draft.form),
        saved: p.relative(draft.updated_at),
    });
    let drafts = lines.collect();
    let frame = new_frame(&p, &app, None);
    let outlook = outlook(&p, &course::preview(&app, &actor, &form).await?);
    Ok(render(&FormPage { drafts, outlook, ..page(p, &app, frame, &typed) }))
}

pub(super) fn draft_title(p: &Page, form: &CourseForm) -> String {
    let title = form.title.trim();
    if title.is_empty() { p.t("course-draft-untitled") } else { title.to_owned() }
}

/// `POST /courses/new`
async fn hand_in_new(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    hand_in(p, &app, &actor, None, &headers, &sent).await
}

/// `POST /courses/drafts/{draft}`
async fn hand_in_draft(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(draft): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let draft = draft_id(&draft)?;
    hand_in(p, &app, &actor, Some(draft), &headers, &sent).await
}

fn draft_id(text: &str) -> Result<DraftId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn hand_in(
    p: Page,
    app: &App,
    actor: &Actor,
    draft: Option<DraftId>,
    headers: &HeaderMap,
    sent: &Sent,
) -> Result<Response, Problem> {
    if sent.then == "draft" && !wants_page(headers) {
        let id = draft::save(app, actor, draft, &sent.form).await?;
        return Ok(kept(&p, id, &course::preview(app, actor, &sent.form).await?));
    }
    let done = if sent.then == "draft" {
        let saved = draft::save(app, actor, draft, &sent.form).await;
        saved.map(|id| flash(&p.site, &at::draft(id), Notice::Done, Message::new("flash-course-draft-saved")))
    } else {
        match course::request(app, actor, &sent.form, draft).await {
            Ok(id) => return handed_in(&p, app, actor, id).await,
            Err(error) => Err(error),
        }
    };
    let refused = match done {
        Ok(response) => return Ok(response),
        Err(error) => Refused::of(&p, error)?,
    };
    if let Some(id) = same_request(app, actor, &sent.form, &refused.errors).await? {
        return handed_in(&p, app, actor, id).await;
    }
    let typed = Typed {
        form: &sent.form,
        errors: &refused.errors,
        terms: asks_terms(app, actor).await?,
        purpose: Purpose::Request,
    };
    let frame = new_frame(&p, app, draft);
    let outlook = outlook(&p, &course::preview(app, actor, &sent.form).await?);
    Ok(refused.answer(&FormPage { outlook, ..page(refused.on(p), app, frame, &typed) }))
}

/// To the script that keeps a form while it is filled in: where the draft is, a word on it, what is wrong so far by the
/// id of the field, and what would come of it.
fn kept(p: &Page, id: DraftId, preview: &Preview) -> Response {
    let at = jhaas_lang::format::time(p.lang, &p.zone, p.now.as_millis());
    let errors: serde_json::Map<_, _> = at_fields(&preview.faults)
        .into_iter()
        .map(|error| (field_id(&error.field), p.message(&error.message).into()))
        .collect();
    Json(json!({
        "address": at::draft(id),
        "said": p.tv("course-draft-kept", &[("at", at)]),
        "errors": errors,
        "outlook": outlook(p, preview).map(|facts| Markup::of(&facts).to_string()),
    }))
    .into_response()
}

/// What would come of the request, in words.
fn outlook(p: &Page, preview: &Preview) -> Option<Facts> {
    let outlook = preview.outlook.as_ref()?;
    let decided = if outlook.at_once { p.t("course-outlook-at-once") } else { p.t("course-outlook-decided") };
    let facts = Facts::new()
        .fact(p.t("course-outlook-decision"), decided)
        .fact(p.t("course-outlook-deploys"), facts::when(p, outlook.deploys_at))
        .fact(p.t("course-outlook-removed"), facts::exact_last(p, outlook.removed_at))
        .fact(p.t("course-field-total"), facts::needs(p, outlook.needs));
    Some(facts)
}

/// To the new course, with a word on whether it was accepted by itself.
async fn handed_in(p: &Page, app: &App, actor: &Actor, id: CourseId) -> Result<Response, Problem> {
    let view = course::view(app, actor, id).await?;
    let said = if view.state == CourseState::Requested {
        Message::new("flash-course-requested")
    } else {
        Message::new("flash-course-accepted-at-once")
    };
    Ok(flash(&p.site, &at::course(id), Notice::Done, said))
}

/// How long after a request the same form is taken for the second click on its button.
const SECOND_CLICK_SECONDS: i64 = 120;

/// The course that this very form made a moment ago: a double click is one request, not an error.
async fn same_request(
    app: &App,
    actor: &Actor,
    form: &CourseForm,
    errors: &[FieldError],
) -> Result<Option<CourseId>, Problem> {
    let [FieldError { message, .. }] = errors else { return Ok(None) };
    if message.key != "error-slug-taken" {
        return Ok(None);
    }
    let Ok(spec) = course::parse(form, &app.settings, app.now()) else { return Ok(None) };
    let page = ListPage { number: 1, size: 10 };
    let mine = course::my_courses(app, actor, course::Mine::Staff, spec.slug.as_str(), &[], page).await?;
    for line in mine.items.into_iter().filter(|line| line.slug == spec.slug && line.state.holds_slug()) {
        let view = course::view(app, actor, line.id).await?;
        let same = |asked_at: Timestamp| app.now().millis_since(asked_at) < SECOND_CLICK_SECONDS * 1000;
        if view.request.is_some_and(|request| request.spec == spec && same(request.requested_at)) {
            return Ok(Some(line.id));
        }
    }
    Ok(None)
}

/// `GET /courses/drafts/{draft}`
async fn open_draft(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let kept = draft::get(&app, &actor, draft_id(&id)?).await?;
    let typed = Typed {
        form: &kept.form,
        errors: &[],
        terms: asks_terms(&app, &actor).await?,
        purpose: Purpose::Request,
    };
    let title = draft_title(&p, &kept.form);
    let throw_away = Confirm::new(
        &p,
        "throw-away",
        p.t("course-draft-delete"),
        p.tv("course-draft-delete-question", &[("title", title)]),
        p.t("course-draft-delete-means"),
        format!("{}/delete", at::draft(kept.id)),
    );
    let frame = new_frame(&p, &app, Some(kept.id));
    let outlook = outlook(&p, &course::preview(&app, &actor, &kept.form).await?);
    Ok(render(&FormPage { throw_away: Some(throw_away), outlook, ..page(p, &app, frame, &typed) }))
}

/// `POST /courses/drafts/{draft}/delete`
async fn throw_away(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    match draft::delete(&app, &actor, draft_id(&id)?).await {
        // The second click finds it gone already.
        Ok(()) | Err(AppError::NotFound) => {
            Ok(flash(&p.site, path::COURSES, Notice::Done, Message::new("flash-course-draft-deleted")))
        }
        Err(other) => Err(other.into()),
    }
}

#[derive(Deserialize)]
struct Shift {
    #[serde(default)]
    days: String,
}

/// Half a year in whole weeks: the same weekdays in the next term.
const TERM_DAYS: i64 = 182;

/// `GET /courses/{course}/copy?days=182`
async fn copy(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Query(shift): Query<Shift>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let view = course::view(&app, &actor, id).await?;
    let typed_days = shift.days.trim();
    let (days, faults) = match typed_days.parse::<i64>() {
        _ if typed_days.is_empty() => (until_ahead(view.starts_at, app.now()), Vec::new()),
        Ok(days) if (-3650..=3650).contains(&days) => (days, Vec::new()),
        _ => (0, vec![FieldError::new("days", Message::new("error-copy-days"))]),
    };
    let form = course::copy(&app, &actor, id, days).await?;
    let typed =
        Typed { form: &form, errors: &[], terms: asks_terms(&app, &actor).await?, purpose: Purpose::Request };
    let shown = if faults.is_empty() { days.to_string() } else { typed_days.to_owned() };
    let dates = CopyDates {
        action: at::below(id, "copy"),
        days: Field::new(&p, "days", p.t("course-copy-days"))
            .inputmode("numeric")
            .short()
            .value(shown)
            .help(p.t("course-copy-days-help"))
            .errors(&p, &faults),
    };
    let frame = Frame {
        title: p.tv("course-copy-title", &[("title", view.title.as_str())]),
        lead: p.t("course-copy-lead"),
        back: at::course(id),
        ..new_frame(&p, &app, None)
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let outlook = outlook(&p, &course::preview(&app, &actor, &form).await?);
    Ok((status, render(&FormPage { copy: Some(dates), outlook, ..page(p, &app, frame, &typed) }))
        .into_response())
}

/// As many terms as it takes for the copy to lie ahead.
fn until_ahead(starts_at: Timestamp, now: Timestamp) -> i64 {
    let behind_days = now.millis_since(starts_at).max(0) / (24 * 3600 * 1000);
    (behind_days / TERM_DAYS + 1) * TERM_DAYS
}

/// Whether the request can be revised in the state that it is in.
pub(super) fn can_revise(view: &CourseView) -> bool {
    matches!(view.state, CourseState::Requested | CourseState::Rejected)
        && view.rights.contains(&Right::ReviseCourse)
}

/// What governance said last, for who answers it.
pub(super) fn words(p: &Page, view: &CourseView) -> Option<Words> {
    let decision = view.request.as_ref()?.decision.as_ref()?;
    let words = decision.message.clone()?;
    let heading = match decision.kind.as_str() {
        "course.rejected" => p.t("course-words-rejected"),
        "course.sent_back" => p.t("course-words-sent-back"),
        _ => p.t("course-words-accepted"),
    };
    let at = jhaas_lang::format::date_time(p.lang, &p.zone, decision.at.as_millis());
    let by = match &decision.by {
        Some(name) => p.tv("course-words-by", &[("name", name.clone()), ("at", at)]),
        None => at,
    };
    Some(Words { heading, words, by })
}

fn revision(p: Page, app: &App, view: &CourseView, typed: &Typed<'_>, version: i64) -> FormPage {
    let words = words(&p, view);
    let answers = view.sent_back || view.state == CourseState::Rejected;
    let frame = Frame {
        title: if view.sent_back { p.t("course-revise-title-answer") } else { p.t("course-revise-title") },
        lead: if answers { p.t("course-revise-lead-answer") } else { p.t("course-revise-lead") },
        action: at::below(view.id, "revise"),
        send: if answers { p.t("course-revise-send-again") } else { p.t("course-revise-send") },
        keep: None,
        back: at::course(view.id),
    };
    FormPage {
        decision: words,
        hidden: vec![("version", p.version(version).to_string())],
        ..page(super::head::crumbs(p, view), app, frame, typed)
    }
}

/// `GET /courses/{course}/revise`
async fn revise(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = course::view(&app, &actor, course_id(&id)?).await?;
    let Some(request) = view.request.as_ref().filter(|_| can_revise(&view)) else {
        return Err(cannot_now(&view, Right::ReviseCourse));
    };
    let form = course::form_of(&request.spec, &app.settings.zone);
    let typed =
        Typed { form: &form, errors: &[], terms: asks_terms(&app, &actor).await?, purpose: Purpose::Request };
    Ok(render(&revision(p, &app, &view, &typed, view.version)))
}

/// Either the right is missing, or the state does not fit.
pub(super) fn cannot_now(view: &CourseView, right: Right) -> Problem {
    if view.rights.contains(&right) {
        let state = Message::new("error-state").with("state", view.state.as_str());
        return Problem::conflict(state).back(at::course(view.id));
    }
    if super::head::is_behind(view) {
        Problem::new(StatusCode::FORBIDDEN).back(at::course(view.id))
    } else {
        Problem::not_found()
    }
}

/// `POST /courses/{course}/revise`
async fn hand_in_revision(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let error = match course::revise(&app, &actor, id, sent.version(), &sent.form).await {
        Ok(()) => return handed_in(&p, &app, &actor, id).await,
        Err(error) => error,
    };
    let view = course::view(&app, &actor, id).await?;
    if matches!(error, AppError::Conflict(_)) && super::change::says_the_same(&app, &view, &sent.form) {
        return handed_in(&p, &app, &actor, id).await;
    }
    let refused = Refused::of(&p, error)?;
    let typed = Typed {
        form: &sent.form,
        errors: &refused.errors,
        terms: asks_terms(&app, &actor).await?,
        purpose: Purpose::Request,
    };
    let version = refused.version(sent.version(), view.version);
    Ok(refused.answer(&revision(refused.on(p), &app, &view, &typed, version)))
}
