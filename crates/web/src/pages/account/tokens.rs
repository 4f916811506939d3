//! Access tokens for programs: made, shown once, listed, and taken back.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use axum_extra::extract::Form;
use jhaas_app::access_token::{self, AccessToken, Made, Wanted};
use jhaas_domain::{access_token::Scope, account::Role, id::AccessTokenId, message::Message};
use serde::Deserialize;

use super::current_password;
use crate::{
    components::{Cell, Choice, Column, Copyable, Empty, ErrorSummary, Field, Table},
    error::Refused,
    extract::{SignedIn, Visitor},
    problem::Problem,
    state::WebState,
    view::{Notice, Page, flash, path},
};

pub(super) const TOKENS: &str = "/account/tokens";
const REVOKE: &str = "/account/tokens/revoke";

/// How long a token may work, in days; the second is proposed.
const DAYS: [i64; 4] = [7, 30, 90, 365];

pub(super) fn router() -> Router<WebState> {
    Router::new().route(TOKENS, get(show).post(make)).route(REVOKE, post(revoke))
}

#[derive(Template)]
#[template(path = "account/tokens.html")]
struct TokensPage {
    p: Page,
    /// The text of a token just made, which is never shown again.
    fresh: Option<Copyable>,
    summary: ErrorSummary,
    fields: Vec<Field>,
    tokens: Option<Table>,
    empty: Option<Empty>,
}

/// The button that takes one token back.
#[derive(Template)]
#[template(path = "account/revoke_token.html")]
struct Revoke<'a> {
    id: String,
    verb: String,
    name: &'a str,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct TokenForm {
    name: String,
    scopes: Vec<String>,
    days: String,
    password: String,
}

impl TokenForm {
    fn proposed() -> Self {
        Self {
            scopes: vec![Scope::CoursesRead.as_str().to_owned()],
            days: DAYS[1].to_string(),
            ..Self::default()
        }
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            name: self.name.clone(),
            scopes: self.scopes.iter().filter_map(|scope| Scope::parse(scope)).collect(),
            days: self.days.trim().parse().unwrap_or(0),
        }
    }
}

/// `GET /account/tokens`
async fn show(State(state): State<WebState>, p: Page, who: SignedIn) -> Result<Response, Problem> {
    page(&state, p, &who, &TokenForm::proposed(), &Refused::default(), None).await
}

/// `POST /account/tokens`: the answer shows the token, the only time that anybody sees it.
async fn make(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
    Visitor(visitor): Visitor,
    Form(form): Form<TokenForm>,
) -> Result<Response, Problem> {
    match access_token::make(&state.app, &who, &form.wanted(), &form.password, &visitor).await {
        Ok(made) => page(&state, p, &who, &TokenForm::proposed(), &Refused::default(), Some(made)).await,
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            page(&state, p, &who, &form, &refused, None).await
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RevokeForm {
    id: String,
}

/// `POST /account/tokens/revoke`
async fn revoke(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
    Form(form): Form<RevokeForm>,
) -> Result<Response, Problem> {
    let id: AccessTokenId = form.id.parse().map_err(|_| Problem::not_found())?;
    access_token::revoke(&state.app, &who.actor, id).await?;
    Ok(flash(&p.site, TOKENS, Notice::Done, Message::new("flash-token-revoked")))
}

async fn page(
    state: &WebState,
    p: Page,
    who: &SignedIn,
    form: &TokenForm,
    refused: &Refused,
    made: Option<Made>,
) -> Result<Response, Problem> {
    let own = jhaas_app::account::view_own(&state.app, &who.actor).await?;
    let tokens = access_token::list(&state.app, &who.actor).await?;
    let above = p.t("account-title");
    let p = refused.on(p).crumb(above, path::ACCOUNT);
    let fresh = made.map(|made| Copyable::new(&p, "token", p.t("token-fresh"), made.text));
    let is_none = tokens.is_empty();
    let page = TokensPage {
        fresh,
        summary: ErrorSummary::new(&p, &refused.errors),
        fields: fields(&p, &own.roles, own.has_password, form, refused),
        tokens: (!is_none).then(|| table(&p, &tokens)),
        empty: is_none.then(|| Empty::new(p.t("token-none"), p.t("token-none-text"))),
        p,
    };
    Ok(refused.answer(&page))
}

fn fields(p: &Page, roles: &[Role], has_password: bool, form: &TokenForm, refused: &Refused) -> Vec<Field> {
    // A role that somebody has not cannot be lent.
    let offered = Scope::ALL.into_iter().filter(|scope| match scope {
        Scope::Governance => roles.contains(&Role::Governance),
        Scope::Admin => roles.contains(&Role::Administrator),
        _ => true,
    });
    let scopes = offered.map(|scope| {
        let chosen = form.scopes.iter().any(|typed| typed == scope.as_str());
        Choice::new(scope.as_str(), words(p, scope)).help(scope.as_str()).chosen(chosen)
    });
    let days = DAYS.map(|days| Choice::new(days.to_string(), p.tv("token-days-choice", &[("days", days)])));
    let mut fields = vec![
        Field::new(p, "name", p.t("token-name"))
            .value(form.name.as_str())
            .help(p.t("token-name-help"))
            .autocomplete("off")
            .maxlength(60)
            .errors(p, &refused.errors),
        Field::new(p, "scopes", p.t("token-scopes"))
            .checkboxes(scopes.collect::<Vec<_>>())
            .help(p.t("token-scopes-help"))
            .errors(p, &refused.errors),
        Field::new(p, "days", p.t("token-days"))
            .select(days)
            .value(form.days.as_str())
            .medium()
            .errors(p, &refused.errors),
    ];
    if has_password {
        fields.push(current_password(p, "password", &refused.errors));
    }
    fields
}

/// What a scope allows, in the words of who gives it away.
fn words(p: &Page, scope: Scope) -> String {
    match scope {
        Scope::CoursesRead => p.t("token-scope-courses-read"),
        Scope::CoursesWrite => p.t("token-scope-courses-write"),
        Scope::ParticipantsRead => p.t("token-scope-participants-read"),
        Scope::ParticipantsWrite => p.t("token-scope-participants-write"),
        Scope::Governance => p.t("token-scope-governance"),
        Scope::Admin => p.t("token-scope-admin"),
    }
}

fn table(p: &Page, tokens: &[AccessToken]) -> Table {
    let columns = ["token-name", "token-scopes", "token-expires", "token-used"];
    let mut columns: Vec<Column> = columns.into_iter().map(|key| Column::new(p.t(key))).collect();
    columns.push(Column::new(p.t("token-revoke")));
    tokens.iter().fold(Table::new(p.t("token-list"), columns).hide_caption(), |table, token| {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        let expires: Cell = if access_token::is_over(token, p.now) {
            p.t("token-over").into()
        } else {
            p.date_short(token.expires_at).into()
        };
        let used: Cell = match token.used_at {
            Some(used) => p.relative(used).into(),
            None => p.t("token-unused").into(),
        };
        let revoke = Revoke { id: token.id.to_string(), verb: p.t("token-revoke"), name: &token.name };
        table.row([
            Cell::from(token.name.as_str()),
            scopes.join(", ").into(),
            expires,
            used,
            Cell::of(&revoke),
        ])
    })
}
