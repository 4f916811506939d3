//! The mail queue: what waits, what was sent, what was given up; one mail read, sent again or dropped.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use jhaas_app::{
    App, AppError, outbox,
    outbox::{Filter, Mail, MailState, Sort},
};
use jhaas_domain::{id::MailId, message::Message};
use serde::Deserialize;

use super::{
    Tab, at,
    deployments::ListPage,
    letter::{self, Letter},
    tabs,
};
use crate::{
    components::{Cell, Choice, Column, Confirm, Empty, Field, FlashView, Table, Tag},
    extract::SignedIn,
    pages::{listing, listing::Listing},
    problem::Problem,
    state::WebState,
    view::{Notice, Page, flash, path, render},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    state: String,
    sort: String,
    page: String,
}

/// The orders of mails, by the names of addresses.
pub(super) const ORDERS: [(&str, Sort); 4] =
    [("-made", Sort::Latest), ("made", Sort::Oldest), ("to", Sort::Address), ("-to", Sort::AddressDown)];

/// `GET /admin/mails?q=…&state=given_up&sort=to&page=2`
pub(super) async fn list(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let looked_for = [("q", wanted.q.as_str()), ("state", &wanted.state)];
    let (listing, sort) = Listing::new(at::MAILS, looked_for, &ORDERS, &wanted.sort);
    let filter = Filter {
        sort,
        states: MailState::parse(&wanted.state).into_iter().collect(),
        search: wanted.q.clone(),
        ..Filter::default()
    };
    let found = outbox::list(&app, &who.actor, &filter, listing::wanted(&wanted.page)).await?;
    let counts = outbox::counts(&app).await?;
    let count = |state: MailState| counts.iter().find(|(one, _)| *one == state).map_or(0, |(_, n)| *n);
    let p = p.wide();
    let words = [("waiting", count(MailState::Pending)), ("given", count(MailState::GivenUp))];
    let states = MailState::ALL.map(|state| Choice::new(state.as_str(), state_name(&p, state)));
    let page = ListPage {
        title: p.t("admin-tab-mails"),
        lead: p.tv("admin-mails-lead", &words),
        tabs: tabs(&p, Tab::Mails),
        filter: vec![
            Field::new(&p, "q", p.t("admin-mails-search")).input("search").value(wanted.q.as_str()),
            Field::new(&p, "state", p.t("admin-column-state"))
                .select([Choice::new("", p.t("admin-any"))].into_iter().chain(states))
                .value(wanted.state.as_str()),
        ],
        hidden: listing.hidden(),
        clear: listing.clear(),
        table: (!found.items.is_empty())
            .then(|| table(&p, &app, &listing, found.items.iter(), |mail| address(mail.id))),
        empty: listing.empty(&p, Empty::new(p.t("admin-mails-none"), p.t("admin-mails-none-text"))),
        pages: listing.pages(&p, &found),
        p,
    };
    Ok(render(&page))
}

fn state_name(p: &Page, state: MailState) -> String {
    match state {
        MailState::Pending => p.t("mail-state-pending"),
        MailState::Sent => p.t("mail-state-sent"),
        MailState::GivenUp => p.t("mail-state-given-up"),
        MailState::Dropped => p.t("mail-state-dropped"),
    }
}

fn address(id: MailId) -> String {
    format!("{}/{id}", at::MAILS)
}

pub(super) fn table<'a>(
    p: &Page,
    app: &App,
    listing: &Listing<'_>,
    mails: impl Iterator<Item = &'a Mail>,
    href: impl Fn(&Mail) -> String,
) -> Table {
    let columns = vec![
        Column::new(p.t("mail-page-subject")),
        listing.column(p.t("mail-page-to"), "to"),
        Column::new(p.t("mail-page-state")),
        listing.column(p.t("mail-page-made"), "made"),
    ];
    mails.fold(Table::new(p.t("admin-tab-mails"), columns).hide_caption(), |table, mail| {
        table.row([
            Cell::link(&letter::subject(app, mail), &href(mail)),
            mail.address.clone().into(),
            Cell::of(&letter::tag(p, mail)),
            p.relative(mail.created_at).into(),
        ])
    })
}

#[derive(Template)]
#[template(path = "admin/mail.html")]
struct MailPage {
    p: Page,
    tag: Tag,
    letter: Letter,
    masked: Option<FlashView>,
    retry: Option<String>,
    drop: Option<Confirm>,
}

pub(super) fn mail_id(text: &str) -> Result<MailId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// `GET /admin/mails/{mail}`
pub(super) async fn show(
    p: Page,
    State(state): State<WebState>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mail = outbox::mail(&state.app, &who.actor, mail_id(&id)?).await?;
    let here = address(mail.id);
    let open = matches!(mail.state, MailState::Pending | MailState::GivenUp);
    let masked = letter::holds_proof(&mail);
    let mail = letter::without_proof(mail);
    let (administration, mails) = (p.t("layout-administration"), p.t("admin-tab-mails"));
    let p = p.wide().crumb(administration, path::ADMINISTRATION).crumb(mails, at::MAILS);
    let letter = Letter::new(&p, &state.app, &mail, format!("{here}/html"));
    let drop = Confirm::new(
        &p,
        "drop",
        p.t("admin-mail-drop"),
        p.tv("admin-mail-drop-question", &[("subject", letter.subject.as_str())]),
        p.t("admin-mail-drop-means"),
        format!("{here}/drop"),
    );
    let page = MailPage {
        tag: letter::tag(&p, &mail),
        letter,
        masked: masked.then(|| FlashView::say(&p, Notice::Note, p.t("admin-mail-masked"))),
        retry: open.then(|| format!("{here}/retry")),
        drop: open.then_some(drop),
        p,
    };
    Ok(letter::framing(&state, render(&page)))
}

/// `GET /admin/mails/{mail}/html`
pub(super) async fn html(
    State(state): State<WebState>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mail = outbox::mail(&state.app, &who.actor, mail_id(&id)?).await?;
    letter::html(&state, &letter::without_proof(mail))
}

/// `POST /admin/mails/{mail}/retry`
pub(super) async fn retry(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = mail_id(&id)?;
    after(&p, id, outbox::retry(&app, &who.actor, id).await, Message::new("flash-admin-mail-retried"))
}

/// `POST /admin/mails/{mail}/drop`
pub(super) async fn drop(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = mail_id(&id)?;
    after(&p, id, outbox::drop(&app, &who.actor, id).await, Message::new("flash-admin-mail-dropped"))
}

fn after(p: &Page, id: MailId, done: Result<(), AppError>, said: Message) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(flash(&p.site, &address(id), Notice::Done, said)),
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(address(id))),
        Err(other) => Err(other.into()),
    }
}
