//! The mailbox of a demonstration: all mails of everybody, for everybody, because none of them leaves the machine.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use jhaas_app::outbox;
use serde::Deserialize;

use super::{
    letter::{self, Letter},
    mails::{ORDERS, mail_id, table},
};
use crate::{
    components::{Empty, Field, Pagination, Table, Tag},
    pages::{listing, listing::Listing},
    problem::Problem,
    state::WebState,
    view::{Page, path, render},
};

#[derive(Template)]
#[template(path = "admin/mailbox.html")]
struct MailboxPage {
    p: Page,
    search: Field,
    hidden: Vec<(&'static str, String)>,
    clear: Option<String>,
    table: Option<Table>,
    empty: Empty,
    pages: Pagination,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    sort: String,
    page: String,
}

/// Outside of a demonstration there is no such page.
fn only_demo(state: &WebState) -> Result<(), Problem> {
    if state.site.demo { Ok(()) } else { Err(Problem::not_found()) }
}

/// `GET /mailbox?q=lena@…&page=2`
pub(super) async fn list(
    p: Page,
    State(state): State<WebState>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    only_demo(&state)?;
    let looked_for = [("q", wanted.q.as_str())];
    let (listing, sort) = Listing::new(path::MAILBOX, looked_for, &ORDERS, &wanted.sort);
    let found = outbox::demo_mailbox(&state.app, &wanted.q, sort, listing::wanted(&wanted.page)).await?;
    let p = p.wide();
    let empty = match listing.clear() {
        None => Empty::new(p.t("mailbox-empty"), p.t("mailbox-empty-text")),
        Some(all) => Empty::new(p.t("mailbox-none-found"), p.t("mailbox-none-found-text"))
            .action(p.t("mailbox-all"), all),
    };
    let page = MailboxPage {
        search: Field::new(&p, "q", p.t("mailbox-search")).input("search").value(wanted.q.as_str()),
        table: (!found.items.is_empty()).then(|| {
            table(&p, &state.app, &listing, found.items.iter(), |mail| {
                format!("{}/{}", path::MAILBOX, mail.id)
            })
        }),
        empty,
        hidden: listing.hidden(),
        clear: listing.clear(),
        pages: listing.pages(&p, &found),
        p,
    };
    Ok(render(&page))
}

#[derive(Template)]
#[template(path = "admin/mailbox_mail.html")]
struct MailboxMailPage {
    p: Page,
    tag: Tag,
    letter: Letter,
}

/// `GET /mailbox/{mail}`
pub(super) async fn show(
    p: Page,
    State(state): State<WebState>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    only_demo(&state)?;
    let mail = outbox::demo_mail(&state.app, mail_id(&id)?).await?;
    let mailbox = p.t("layout-mailbox");
    let p = p.wide().crumb(mailbox, path::MAILBOX);
    let html = format!("{}/{}/html", path::MAILBOX, mail.id);
    let page =
        MailboxMailPage { tag: letter::tag(&p, &mail), letter: Letter::new(&p, &state.app, &mail, html), p };
    Ok(letter::framing(&state, render(&page)))
}

/// `GET /mailbox/{mail}/html`
pub(super) async fn html(State(state): State<WebState>, Path(id): Path<String>) -> Result<Response, Problem> {
    only_demo(&state)?;
    letter::html(&state, &outbox::demo_mail(&state.app, mail_id(&id)?).await?)
}
