//! Pages about signing in, registering, and one's own account.

mod identity;
mod own;
mod password;
mod preferences;
mod register;
mod sign_in;
mod tokens;

use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jhaas_domain::message::FieldError;

pub(crate) use identity::sign_out_there;

use crate::{
    components::{Action, ErrorSummary, Field, FlashView},
    state::WebState,
    view::{Notice, Page, path, render},
};

pub(crate) const SIGNED_OUT: &str = "/signed-out";
const REGISTERED: &str = "/register/sent";
const CONFIRM: &str = "/confirm";
const RESEND: &str = "/confirm/resend";
const FORGOT: &str = "/forgot";
const FORGOT_SENT: &str = "/forgot/sent";
const RESET: &str = "/reset";

/// The routes of these pages.
pub fn routes() -> Router<WebState> {
    Router::new()
        .route(path::SIGN_IN, get(sign_in::show).post(sign_in::submit))
        .route(identity::BEGIN, post(identity::begin))
        .route(identity::COME_BACK, get(identity::come_back))
        .route(path::SIGN_OUT, post(sign_in::sign_out))
        .route(SIGNED_OUT, get(sign_in::signed_out))
        .route(path::REGISTER, get(register::show).post(register::submit))
        .route(REGISTERED, get(register::sent))
        .route(CONFIRM, get(register::confirm).post(register::submit_confirm))
        .route(RESEND, get(register::resend).post(register::submit_resend))
        .route(FORGOT, get(password::forgot).post(password::submit_forgot))
        .route(FORGOT_SENT, get(password::sent))
        .route(RESET, get(password::reset).post(password::submit_reset))
        .route(path::PREFERENCES, post(preferences::choose))
        .route(path::ACCOUNT, get(own::show))
        .route(own::PROFILE, post(own::profile))
        .route(own::ADDRESS, post(own::address))
        .route(own::PASSWORD, post(own::password))
        .route(identity::LINK, post(identity::link))
        .route(identity::UNLINK, get(identity::show_unlink).post(identity::unlink))
        .route(own::END_SESSION, post(own::end_session))
        .route(own::END_ALL, post(own::end_all))
        .route(own::LEADER, post(own::ask_leader))
        .merge(tokens::router())
        .route(own::EXPORT, get(own::export))
        .route(own::ERASE, get(own::show_erase).post(own::erase))
}

/// A form that is a single button.
pub(crate) struct Way {
    action: String,
    label: String,
    hidden: Vec<(String, String)>,
}

/// A page with one form: fields one below the other, one button, ways on beneath.
#[derive(Template)]
#[template(path = "account/form.html")]
pub(crate) struct FormPage {
    pub(crate) p: Page,
    title: String,
    lead: Option<String>,
    notices: Vec<FlashView>,
    /// Other ways to the same, before the form.
    ways: Vec<Way>,
    /// Stands between these ways and the form; the form is left out when nothing stands there.
    or: Option<String>,
    summary: ErrorSummary,
    action: String,
    hidden: Vec<(String, String)>,
    fields: Vec<Field>,
    submit: String,
    links: Vec<Action>,
}

impl FormPage {
    pub(crate) fn new(p: Page, title: String, action: &str, submit: String) -> Self {
        Self {
            summary: ErrorSummary::new(&p, &[]),
            p,
            title,
            lead: None,
            notices: Vec::new(),
            ways: Vec::new(),
            or: None,
            action: action.to_owned(),
            hidden: Vec::new(),
            fields: Vec::new(),
            submit,
            links: Vec::new(),
        }
    }

    pub(crate) fn lead(mut self, lead: String) -> Self {
        self.lead = Some(lead);
        self
    }

    /// A sentence above the form, about what happened with it.
    pub(crate) fn notice(mut self, kind: Notice, text: String) -> Self {
        self.notices.push(FlashView::say(&self.p, kind, text));
        self
    }

    pub(crate) fn way(mut self, action: String, label: String, hidden: Vec<(String, String)>) -> Self {
        self.ways.push(Way { action, label, hidden });
        self
    }

    pub(crate) fn or(mut self, text: String) -> Self {
        self.or = Some(text);
        self
    }

    /// Whether there is more than the ways before the form.
    fn has_form(&self) -> bool {
        self.ways.is_empty() || self.or.is_some()
    }

    pub(crate) fn errors(mut self, errors: &[FieldError]) -> Self {
        self.summary = ErrorSummary::new(&self.p, errors);
        self
    }

    pub(crate) fn hidden(mut self, name: &str, value: &str) -> Self {
        self.hidden.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    pub(crate) fn link(mut self, label: String, href: &str) -> Self {
        self.links.push(Action::new(label, href));
        self
    }

    pub(crate) fn respond(&self, status: StatusCode) -> Response {
        (status, render(self)).into_response()
    }
}

/// A page that says something, and where to go on.
#[derive(Template)]
#[template(path = "account/message.html")]
pub(crate) struct MessagePage {
    p: Page,
    title: String,
    lead: String,
    texts: Vec<String>,
    actions: Vec<Action>,
}

impl MessagePage {
    pub(crate) fn new(p: Page, title: String, lead: String) -> Self {
        Self { p, title, lead, texts: Vec::new(), actions: Vec::new() }
    }

    pub(crate) fn text(mut self, text: String) -> Self {
        self.texts.push(text);
        self
    }

    pub(crate) fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    pub(crate) fn respond(&self, status: StatusCode) -> Response {
        (status, render(self)).into_response()
    }
}

/// Where somebody proves again who they are.
fn current_password(p: &Page, name: &str, errors: &[FieldError]) -> Field {
    Field::new(p, name, p.t("account-current-password"))
        .input("password")
        .autocomplete("current-password")
        .errors(p, errors)
}

/// The status of a form that is shown with these errors.
fn form_status(errors: &[FieldError]) -> StatusCode {
    if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}
