//! The staff of a course: who leads and assists, naming and removing them, handing the course over.

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jhaas_app::{Actor, App, AppError, course, course::CourseView, session::SignedIn as Session, staff};
use jhaas_domain::{
    course::CourseRole,
    id::CourseId,
    message::{FieldError, Message},
    right::Right,
};
use jhaas_lang::names;
use serde::Deserialize;

use super::{
    at, course_id,
    head::{Head, Tab},
    request::cannot_now,
};
use crate::{
    components::{Cell, Choice, Column, Confirm, ErrorSummary, Field, Table},
    extract::SignedIn,
    problem::Problem,
    state::WebState,
    view::{Notice, Page, flash, path, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new()
        .route("/courses/{course}/staff", get(show).post(name))
        .route("/courses/{course}/staff/remove", post(remove))
        .route("/courses/{course}/staff/hand-over", post(hand_over))
}

#[derive(Template)]
#[template(path = "course/staff.html")]
struct StaffPage {
    p: Page,
    h: Head,
    /// Absent for administrators, who only hand over.
    staff: Option<Naming>,
    summary: ErrorSummary,
    hand_over: Option<HandOver>,
}

/// Who is on the staff, and the form that names more.
struct Naming {
    table: Table,
    action: String,
    email: Field,
    role: Field,
}

struct HandOver {
    text: String,
    action: String,
    email: Field,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    email: String,
    role: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Handed {
    new_leader: String,
}

#[derive(Debug, Deserialize)]
struct Removed {
    account: String,
}

/// What was typed, in whichever of the two forms.
#[derive(Default)]
struct Typed {
    named: Named,
    handed: Handed,
    errors: Vec<FieldError>,
}

fn page(p: Page, app: &App, actor: &Actor, view: &CourseView, typed: &Typed) -> StaffPage {
    let p = p.wide();
    let role = if typed.named.role.is_empty() { "assistant" } else { typed.named.role.as_str() };
    let email = Field::new(&p, "email", p.t("staff-email"))
        .input("text")
        .inputmode("email")
        .autocomplete("off")
        .medium()
        .value(typed.named.email.as_str())
        .help(p.t("staff-email-help"))
        .errors(&p, &typed.errors);
    let role = Field::new(&p, "role", p.t("staff-role"))
        .radios([
            Choice::new("assistant", names::course_role(p.lang, CourseRole::Assistant))
                .help(p.t("staff-assistant-help")),
            Choice::new("co_leader", names::course_role(p.lang, CourseRole::CoLeader))
                .help(p.t("staff-co-leader-help")),
        ])
        .value(role)
        .errors(&p, &typed.errors);
    let leads = view.rights.contains(&Right::RemoveLeader);
    let hand_over = may_hand_over(view).then(|| HandOver {
        text: if leads {
            p.t("staff-hand-over-text")
        } else {
            let leaders = jhaas_lang::format::list(p.lang, &view.leaders);
            p.tv("staff-hand-over-text-administrator", &[("leaders", leaders)])
        },
        action: at::below(view.id, "staff/hand-over"),
        email: Field::new(&p, "new_leader", p.t("staff-hand-over-email"))
            .inputmode("email")
            .autocomplete("off")
            .medium()
            .value(typed.handed.new_leader.as_str())
            .help(p.t("staff-hand-over-help"))
            .errors(&p, &typed.errors),
    });
    StaffPage {
        h: Head::new(&p, app, view, Tab::Staff),
        staff: view.rights.contains(&Right::NameStaff).then(|| Naming {
            table: table(&p, actor, view),
            action: at::below(view.id, "staff"),
            email,
            role,
        }),
        summary: ErrorSummary::new(&p, &typed.errors),
        hand_over,
        p,
    }
}

fn table(p: &Page, actor: &Actor, view: &CourseView) -> Table {
    let columns = vec![
        Column::new(p.t("staff-column-name")),
        Column::new(p.t("staff-column-role")),
        Column::new(p.t("staff-column-email")),
        Column::new(p.t("staff-column-since")),
        Column::new(p.t("staff-column-do")),
    ];
    let staff = view.people.as_ref().map(|people| people.staff.as_slice()).unwrap_or_default();
    staff.iter().fold(Table::new(p.t("course-tab-staff"), columns).hide_caption(), |table, (one, person)| {
        let own = one.account == actor.account;
        let leader = one.role == CourseRole::Leader;
        let confirm = (!leader || view.rights.contains(&Right::RemoveLeader) && !own).then(|| {
            let (verb, question) = if own {
                (p.t("staff-resign"), p.tv("staff-resign-question", &[("title", view.title.as_str())]))
            } else {
                let name = [("name", person.name.as_str()), ("title", view.title.as_str())];
                (p.t("staff-remove"), p.tv("staff-remove-question", &name))
            };
            let means = if own { p.t("staff-resign-means") } else { p.t("staff-remove-means") };
            let to = at::below(view.id, "staff/remove");
            Confirm::new(p, format!("remove-{}", one.account), verb, question, means, to)
                .hidden("account", one.account.to_string())
                .quiet()
        });
        table.row([
            Cell::from(person.name.as_str()),
            names::course_role(p.lang, one.role).into(),
            person.email.as_str().into(),
            p.date_short(one.named_at).into(),
            confirm.map_or_else(|| "".into(), |confirm| Cell::of(&confirm)),
        ])
    })
}

/// `GET /courses/{course}/staff`
async fn show(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = staff_view(&app, &actor, course_id(&id)?).await?;
    Ok(render(&page(p, &app, &actor, &view, &Typed::default())))
}

async fn staff_view(app: &App, actor: &Actor, id: CourseId) -> Result<CourseView, Problem> {
    let view = course::view(app, actor, id).await?;
    let may = view.rights.contains(&Right::NameStaff) || may_hand_over(&view);
    if may { Ok(view) } else { Err(cannot_now(&view, Right::NameStaff)) }
}

/// The leader hands over; administrators do so for leaders who are gone.
pub(super) fn may_hand_over(view: &CourseView) -> bool {
    [Right::RemoveLeader, Right::ManagePeople].iter().any(|right| view.rights.contains(right))
}

/// The page again, with what was typed and what is wrong with it.
async fn refused(p: Page, app: &App, actor: &Actor, id: CourseId, typed: Typed) -> Result<Response, Problem> {
    let view = staff_view(app, actor, id).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page(p, app, actor, &view, &typed))).into_response())
}

/// `POST /courses/{course}/staff`
async fn name(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(named): Form<Named>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let role = CourseRole::parse(&named.role).unwrap_or(CourseRole::Participant);
    let errors = match staff::name(&app, &actor, id, &named.email, role).await {
        Ok(()) => {
            let said = Message::new("flash-staff-named").with("email", named.email.trim());
            return Ok(flash(&p.site, &at::below(id, "staff"), Notice::Done, said));
        }
        Err(AppError::Invalid(errors)) => errors,
        Err(AppError::Conflict(message)) => vec![FieldError::new("email", message)],
        Err(other) => return Err(other.into()),
    };
    refused(p, &app, &actor, id, Typed { named, errors, ..Typed::default() }).await
}

/// `POST /courses/{course}/staff/remove`; also for whoever resigns.
async fn remove(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(removed): Form<Removed>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let account = removed.account.parse().map_err(|_| Problem::not_found())?;
    let own = account == actor.account;
    let back = if own { path::COURSES.to_owned() } else { at::below(id, "staff") };
    match staff::remove(&app, &actor, id, account).await {
        Ok(()) => {
            let said = if own { "flash-staff-resigned" } else { "flash-staff-removed" };
            Ok(flash(&p.site, &back, Notice::Done, Message::new(said)))
        }
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(at::below(id, "staff"))),
        // The second click finds nobody to remove; who may not know of the course learns nothing by it.
        Err(AppError::NotFound) if !own && course::view(&app, &actor, id).await.is_ok() => {
            Ok(flash(&p.site, &back, Notice::Note, Message::new("flash-staff-removed")))
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /courses/{course}/staff/hand-over`
async fn hand_over(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(handed): Form<Handed>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let errors = match staff::hand_over(&app, &actor, id, &handed.new_leader).await {
        Ok(()) => {
            let said = Message::new("flash-staff-handed-over").with("email", handed.new_leader.trim());
            return Ok(flash(&p.site, &at::course(id), Notice::Done, said));
        }
        Err(AppError::Invalid(errors)) => {
            errors.into_iter().map(|error| FieldError::new("new_leader", error.message)).collect()
        }
        Err(AppError::Conflict(message)) => vec![FieldError::new("new_leader", message)],
        Err(other) => return Err(other.into()),
    };
    refused(p, &app, &actor, id, Typed { handed, errors, ..Typed::default() }).await
}
