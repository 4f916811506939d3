//! The versions of the terms of use, and making a new one.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jhaas_app::{Actor, App, AppError, terms, terms::Terms};
use jhaas_domain::{
    message::{FieldError, Message},
    schedule::{Edge, parse_local},
};
use jhaas_lang::Lang;
use serde::Deserialize;

use super::{Tab, at, tabs};
use crate::{
    components::{Empty, ErrorSummary, Field, Shape, Tabs, Tag},
    extract::SignedIn,
    markdown::markdown,
    problem::Problem,
    view::{Markup, Notice, Page, flash, render},
};

#[derive(Template)]
#[template(path = "admin/terms.html")]
struct TermsPage {
    p: Page,
    lead: String,
    tabs: Tabs,
    versions: Vec<Version>,
    empty: Option<Empty>,
    summary: ErrorSummary,
    fields: Vec<Field>,
    row: (Field, Field),
}

struct Version {
    heading: String,
    tag: Tag,
    from: Markup,
    text: Markup,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    text_de: String,
    text_en: String,
    /// Empty: at once.
    valid_date: String,
    valid_time: String,
}

/// `GET /admin/terms`
pub(super) async fn show(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
) -> Result<Response, Problem> {
    Ok(render(&page(p, &app, &who.actor, &Typed::default(), &[]).await?))
}

async fn page(
    p: Page,
    app: &App,
    actor: &Actor,
    typed: &Typed,
    errors: &[FieldError],
) -> Result<TermsPage, Problem> {
    let all = terms::all(app, actor).await?;
    let current = terms::current(app).await?.map(|terms| terms.number);
    let p = p.wide();
    let text = |name: &str, label: String, value: &str| {
        Field::new(&p, name, label).textarea().help(p.t("terms-text-help")).value(value).errors(&p, errors)
    };
    Ok(TermsPage {
        lead: match current {
            Some(number) => p.tv("terms-admin-lead", &[("number", number)]),
            None => p.t("terms-admin-lead-none"),
        },
        tabs: tabs(&p, Tab::Terms),
        versions: all.iter().map(|terms| version(&p, terms, current)).collect(),
        empty: all.is_empty().then(|| Empty::new(p.t("terms-admin-none"), p.t("terms-admin-none-text"))),
        summary: ErrorSummary::new(&p, errors),
        fields: vec![
            text("text_de", p.t("settings-text-de"), &typed.text_de),
            text("text_en", p.t("settings-text-en"), &typed.text_en),
        ],
        row: (
            Field::new(&p, "valid_date", p.t("terms-valid-date"))
                .input("date")
                .short()
                .optional(&p)
                .help(p.t("terms-valid-help"))
                .value(typed.valid_date.as_str())
                .errors(&p, errors),
            Field::new(&p, "valid_time", p.t("terms-valid-time"))
                .input("time")
                .short()
                .optional(&p)
                .value(typed.valid_time.as_str())
                .errors(&p, errors),
        ),
        p,
    })
}

fn version(p: &Page, terms: &Terms, current: Option<u32>) -> Version {
    let text = if p.lang == Lang::DE { &terms.text_de } else { &terms.text_en };
    let tag = if current == Some(terms.number) {
        Tag::new(Shape::Open, p.t("terms-valid"))
    } else if terms.valid_from > p.now {
        Tag::new(Shape::Coming, p.t("terms-coming"))
    } else {
        Tag::new(Shape::Over, p.t("terms-former"))
    };
    Version {
        heading: p.tv("terms-version", &[("number", terms.number)]),
        tag,
        from: p.date_time(terms.valid_from),
        text: markdown(text),
    }
}

/// `POST /admin/terms`
pub(super) async fn publish(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let valid_from = if typed.valid_date.trim().is_empty() {
        Ok(None)
    } else {
        parse_local(&typed.valid_date, &typed.valid_time, &app.settings.zone, Edge::Start).map(Some)
    };
    let done = match valid_from {
        Ok(from) => terms::publish(&app, &who.actor, &typed.text_de, &typed.text_en, from).await,
        // Asked for first: whoever may not publish learns nothing about dates.
        Err(message) => match terms::all(&app, &who.actor).await {
            Ok(_) => Err(AppError::invalid("valid_date", message)),
            Err(error) => Err(error),
        },
    };
    match done {
        Ok(number) => {
            let said = Message::new("flash-admin-terms").with("number", number);
            Ok(flash(&p.site, at::TERMS, Notice::Done, said))
        }
        Err(AppError::Invalid(errors)) => {
            let page = page(p, &app, &who.actor, &typed, &errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
        }
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(at::TERMS)),
        Err(other) => Err(other.into()),
    }
}
