//! People: found, given roles, locked, and signed out.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jhaas_app::{
    Actor, App, AppError, account,
    account::{Person, Sort},
};
use jhaas_domain::{
    account::Role,
    id::AccountId,
    message::{FieldError, Message},
};
use jhaas_lang::{format, names};
use serde::Deserialize;

use super::{Tab, at, deployments::ListPage, tabs};
use crate::{
    components::{Cell, Choice, Column, Confirm, Empty, ErrorSummary, Facts, Field, Shape, Table, Tag},
    extract::SignedIn,
    pages::{listing, listing::Listing},
    problem::Problem,
    view::{Notice, Page, flash, render},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    role: String,
    /// `yes` or `no`; both when empty.
    locked: String,
    sort: String,
    page: String,
}

const ORDERS: [(&str, Sort); 6] = [
    ("name", Sort::Name),
    ("-name", Sort::NameDown),
    ("address", Sort::Address),
    ("-address", Sort::AddressDown),
    ("since", Sort::Oldest),
    ("-since", Sort::Latest),
];

/// `GET /admin/people?q=…&role=leader&locked=yes&sort=-since&page=2`
pub(super) async fn list(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let locked = match wanted.locked.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let role = Role::parse(&wanted.role);
    let page = listing::wanted(&wanted.page);
    let looked_for = [("q", wanted.q.as_str()), ("role", &wanted.role), ("locked", &wanted.locked)];
    let (listing, sort) = Listing::new(at::PEOPLE, looked_for, &ORDERS, &wanted.sort);
    let found = account::people(&app, &who.actor, wanted.q.trim(), role, locked, sort, page).await?;
    let p = p.wide();
    let page = ListPage {
        title: p.t("admin-tab-people"),
        lead: p.tv("admin-people-lead", &[("count", found.total)]),
        tabs: tabs(&p, Tab::People),
        filter: filter_fields(&p, &wanted),
        hidden: listing.hidden(),
        table: (!found.items.is_empty()).then(|| table(&p, &listing, &found.items)),
        empty: Empty::new(p.t("admin-people-none"), p.t("admin-people-none-text"))
            .action(p.t("admin-people-all"), listing.clear().unwrap_or_else(|| at::PEOPLE.to_owned())),
        pages: listing.pages(&p, &found),
        clear: listing.clear(),
        p,
    };
    Ok(render(&page))
}

fn filter_fields(p: &Page, wanted: &Wanted) -> Vec<Field> {
    let roles = Role::ALL.map(|role| Choice::new(role.as_str(), names::role(p.lang, role)));
    vec![
        Field::new(p, "q", p.t("admin-people-search")).input("search").value(wanted.q.as_str()),
        Field::new(p, "role", p.t("admin-column-roles"))
            .select([Choice::new("", p.t("admin-any"))].into_iter().chain(roles))
            .value(wanted.role.as_str()),
        Field::new(p, "locked", p.t("admin-column-state"))
            .select([
                Choice::new("", p.t("admin-any")),
                Choice::new("no", p.t("admin-person-active")),
                Choice::new("yes", p.t("admin-person-locked")),
            ])
            .value(wanted.locked.as_str()),
    ]
}

fn table(p: &Page, listing: &Listing<'_>, people: &[Person]) -> Table {
    let columns = vec![
        listing.column(p.t("admin-column-name"), "name"),
        listing.column(p.t("admin-column-address"), "address"),
        Column::new(p.t("admin-column-roles")),
        Column::new(p.t("admin-column-state")),
        listing.column(p.t("admin-column-since"), "since"),
    ];
    people.iter().fold(Table::new(p.t("admin-tab-people"), columns).hide_caption(), |table, person| {
        let mut roles: Vec<String> = person.roles.iter().map(|held| names::role(p.lang, held.role)).collect();
        roles.dedup();
        let name = if person.name.is_empty() { p.t("admin-person-nameless") } else { person.name.clone() };
        table.row([
            Cell::link(&name, &at::person(person.id)),
            person.email.clone().into(),
            roles.join(", ").into(),
            Cell::of(&tag(p, person)),
            p.date_short(person.created_at).into(),
        ])
    })
}

fn tag(p: &Page, person: &Person) -> Tag {
    if person.is_erased {
        Tag::new(Shape::Over, p.t("admin-person-erased"))
    } else if person.locked_at.is_some() {
        Tag::new(Shape::Failed, p.t("admin-person-locked"))
    } else if person.is_confirmed {
        Tag::new(Shape::Open, p.t("admin-person-active"))
    } else {
        Tag::new(Shape::Waiting, p.t("admin-person-unconfirmed"))
    }
}

#[derive(Template)]
#[template(path = "admin/person.html")]
struct PersonPage {
    p: Page,
    tag: Tag,
    name: String,
    lead: String,
    facts: Facts,
    summary: ErrorSummary,
    roles: Vec<RoleLine>,
    /// Roles that the person has not.
    grant: Option<(Field, Field)>,
    grant_to: String,
    sign_out: Option<Confirm>,
    lock: Option<Confirm>,
    unlock: Option<String>,
    audit: String,
}

struct RoleLine {
    name: String,
    from: String,
    revoke: Option<Confirm>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    role: String,
    reason: String,
}

fn person_id(text: &str) -> Result<AccountId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// `GET /admin/people/{person}`
pub(super) async fn show(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let person = account::view_person(&app, &who.actor, person_id(&id)?).await?;
    Ok(render(&page(p, &who.actor, person, &Typed::default(), &[])))
}

fn page(p: Page, actor: &Actor, person: Person, typed: &Typed, errors: &[FieldError]) -> PersonPage {
    let people = p.t("admin-tab-people");
    let administration = p.t("layout-administration");
    let p = p.crumb(administration, crate::view::path::ADMINISTRATION).crumb(people, at::PEOPLE);
    let here = at::person(person.id);
    let to = |what: &str| format!("{here}/{what}");
    let name = [("name", person.name.as_str())];
    let free = !person.is_erased;
    let locked = person.locked_at.is_some();
    let is_self = actor.account == person.id;
    let missing: Vec<Choice> = Role::ALL
        .into_iter()
        .filter(|role| !person.roles.iter().any(|held| held.role == *role && held.is_granted))
        .map(|role| Choice::new(role.as_str(), names::role(p.lang, role)))
        .collect();
    let lock = || {
        let reason = Field::new(&p, "reason", p.t("admin-reason"))
            .of_form("lock")
            .textarea()
            .help(p.t("admin-lock-reason-help"));
        Confirm::new(
            &p,
            "lock",
            p.t("admin-lock"),
            p.tv("admin-lock-question", &name),
            p.t("admin-lock-means"),
            to("lock"),
        )
        .body(&reason)
    };
    let sign_out = || {
        Confirm::new(
            &p,
            "sign-out",
            p.t("admin-sign-out"),
            p.tv("admin-sign-out-question", &name),
            p.t("admin-sign-out-means"),
            to("sign-out"),
        )
    };
    PersonPage {
        tag: tag(&p, &person),
        lead: lead(&p, &person),
        facts: facts(&p, &person),
        summary: ErrorSummary::new(&p, errors),
        roles: person.roles.iter().map(|held| role_line(&p, &person, held, &to("revoke"))).collect(),
        grant: (free && !missing.is_empty()).then(|| {
            (
                Field::new(&p, "role", p.t("admin-role"))
                    .select(missing)
                    .value(typed.role.as_str())
                    .errors(&p, errors),
                Field::new(&p, "reason", p.t("admin-reason"))
                    .textarea()
                    .optional(&p)
                    .help(p.t("admin-grant-reason-help"))
                    .value(typed.reason.as_str())
                    .errors(&p, errors),
            )
        }),
        grant_to: to("grant"),
        sign_out: (free && !locked).then(sign_out),
        lock: (free && !locked && !is_self).then(lock),
        unlock: (free && locked).then(|| to("unlock")),
        audit: listing::address(at::AUDIT, &[("person", &person.id.to_string())]),
        name: if person.name.is_empty() { p.t("admin-person-nameless") } else { person.name },
        p,
    }
}

fn lead(p: &Page, person: &Person) -> String {
    let when = |at: Option<jhaas_domain::time::Timestamp>| {
        at.map_or_else(String::new, |at| format::relative(p.lang, at.as_millis(), p.now.as_millis()))
    };
    if person.is_erased {
        p.t("admin-person-lead-erased")
    } else if person.locked_at.is_some() {
        p.tv("admin-person-lead-locked", &[("when", when(person.locked_at))])
    } else if person.is_confirmed {
        p.t("admin-person-lead-active")
    } else {
        p.t("admin-person-lead-unconfirmed")
    }
}

fn facts(p: &Page, person: &Person) -> Facts {
    let facts = Facts::new()
        .fact(p.t("admin-column-address"), person.email.clone())
        .fact(p.t("admin-person-hub-user"), person.hub_user.clone())
        .fact(p.t("admin-column-since"), p.date_time(person.created_at));
    match person.lock_reason.as_deref().filter(|reason| !reason.is_empty()) {
        Some(reason) => facts.fact(p.t("admin-person-lock-reason"), reason),
        None => facts,
    }
}

fn role_line(p: &Page, person: &Person, held: &account::HeldRole, to: &str) -> RoleLine {
    let name = names::role(p.lang, held.role);
    let date = format::date_short(p.lang, &p.zone, held.granted_at.as_millis());
    let words = [("name", person.name.as_str()), ("role", name.as_str())];
    let revoke = held.is_granted.then(|| {
        Confirm::new(
            p,
            format!("revoke-{}", held.role.as_str()),
            p.t("admin-revoke"),
            p.tv("admin-revoke-question", &words),
            p.t("admin-revoke-means"),
            to,
        )
        .hidden("role", held.role.as_str())
    });
    RoleLine {
        from: if held.is_granted {
            p.tv("admin-role-granted", &[("date", date)])
        } else {
            p.t("admin-role-from-provider")
        },
        name,
        revoke,
    }
}

/// `POST /admin/people/{person}/grant`
pub(super) async fn grant(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let id = person_id(&id)?;
    let role = Role::parse(&typed.role).ok_or_else(Problem::bad_request)?;
    let done = account::grant_role(&app, &who.actor, id, role, &typed.reason).await;
    if let Err(AppError::Invalid(errors)) = done {
        let person = account::view_person(&app, &who.actor, id).await?;
        let page = page(p, &who.actor, person, &typed, &errors);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response());
    }
    after(&p, id, done, Message::new("flash-admin-role-granted"))
}

/// `POST /admin/people/{person}/revoke`
pub(super) async fn revoke(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let id = person_id(&id)?;
    let role = Role::parse(&typed.role).ok_or_else(Problem::bad_request)?;
    let done = account::revoke_role(&app, &who.actor, id, role).await;
    after(&p, id, done, Message::new("flash-admin-role-revoked"))
}

/// `POST /admin/people/{person}/lock`
pub(super) async fn lock(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let id = person_id(&id)?;
    let done = account::lock(&app, &who.actor, id, &typed.reason).await;
    after(&p, id, done, Message::new("flash-admin-locked"))
}

/// `POST /admin/people/{person}/unlock`
pub(super) async fn unlock(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = person_id(&id)?;
    after(&p, id, account::unlock(&app, &who.actor, id).await, Message::new("flash-admin-unlocked"))
}

/// `POST /admin/people/{person}/sign-out`
pub(super) async fn sign_out(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = person_id(&id)?;
    let done = account::sign_out_person(&app, &who.actor, id).await;
    after(&p, id, done, Message::new("flash-admin-signed-out"))
}

fn after(p: &Page, id: AccountId, done: Result<(), AppError>, said: Message) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(flash(&p.site, &at::person(id), Notice::Done, said)),
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(at::person(id))),
        Err(other) => Err(other.into()),
    }
}
