//! A mail as it was or will be sent: subject, text, and its HTML in a frame that runs nothing.

use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use jhaas_app::{
    App,
    outbox::{Mail, MailState},
};
use jhaas_domain::mail::MailKind;
use jhaas_mail::{Branding, MailData, Rendered};

use crate::{
    components::{Cell, Facts, Shape, Tag},
    problem::Problem,
    state::WebState,
    view::{Markup, Page},
};

/// The HTML of a mail: no script, no outside content; its links open the whole page.
const APART: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                     frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox \
                     allow-top-navigation-by-user-activation";

/// The parts of a page about one mail; the template `admin/_letter.html`.
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) facts: Facts,
    /// With its links to click on; absent when the row cannot be put into words.
    pub(super) text: Option<Markup>,
    /// Where the frame's content is.
    pub(super) html: String,
}

impl Letter {
    pub(super) fn new(p: &Page, app: &App, mail: &Mail, html: String) -> Self {
        let rendered = rendered(app, mail).ok();
        let mut facts = Facts::new()
            .fact(p.t("mail-page-to"), mail.address.clone())
            .fact(p.t("mail-page-kind"), mail.kind.clone())
            .fact(p.t("mail-page-state"), Cell::of(&tag(p, mail)))
            .fact(p.t("mail-page-made"), p.when(mail.created_at));
        facts = match (mail.sent_at, mail.due_at) {
            (Some(sent), _) => facts.fact(p.t("mail-page-sent"), p.when(sent)),
            (None, Some(due)) => facts.fact(p.t("mail-page-due"), p.when(due)),
            (None, None) => facts,
        };
        if mail.attempts > 0 {
            facts = facts.fact(p.t("mail-page-attempts"), p.number(mail.attempts));
        }
        if let Some(error) = mail.last_error.as_deref().filter(|_| mail.state != MailState::Sent) {
            facts = facts.fact(p.t("mail-page-error"), error);
        }
        Self {
            subject: rendered.as_ref().map_or_else(|| mail.kind.clone(), |mail| mail.subject.clone()),
            text: rendered.map(|mail| Markup::linked(&mail.text)),
            facts,
            html,
        }
    }
}

/// The state of a mail: shape, colour and word.
pub(super) fn tag(p: &Page, mail: &Mail) -> Tag {
    match mail.state {
        MailState::Pending if mail.attempts > 0 => Tag::new(Shape::Busy, p.t("mail-state-again")),
        MailState::Pending => Tag::new(Shape::Waiting, p.t("mail-state-pending")),
        MailState::Sent => Tag::new(Shape::Open, p.t("mail-state-sent")),
        MailState::GivenUp => Tag::new(Shape::Failed, p.t("mail-state-given-up")),
        MailState::Dropped => Tag::new(Shape::Over, p.t("mail-state-dropped")),
    }
}

/// The subject alone, for lists.
pub(super) fn subject(app: &App, mail: &Mail) -> String {
    rendered(app, mail).map_or_else(|_| mail.kind.clone(), |mail| mail.subject)
}

fn rendered(app: &App, mail: &Mail) -> Result<Rendered, Problem> {
    let unread = |error: &dyn std::fmt::Display| {
        tracing::warn!(mail = %mail.id, kind = mail.kind, %error, "web.mail_unread");
        Problem::not_found()
    };
    let data: MailData = serde_json::from_value(mail.data.clone()).map_err(|error| unread(&error))?;
    let branding = Branding {
        institution: app.settings.institution.clone(),
        portal_url: app.settings.public_url.clone(),
        footer: String::new(),
        preferences_url: Some(format!("{}/account", app.settings.public_url)),
    };
    jhaas_mail::render(&data, &branding).map_err(|error| unread(&error))
}

/// Whether the mail carries a link by which its reader proves who they are.
pub(super) fn holds_proof(mail: &Mail) -> bool {
    let kind = MailKind::parse(&mail.kind);
    // What this version does not know may hold anything.
    kind.is_none_or(|kind| matches!(kind, MailKind::ConfirmAddress | MailKind::ResetPassword))
}

/// The mail without such a link: an administrator must not be able to act as its reader.
pub(super) fn without_proof(mut mail: Mail) -> Mail {
    if holds_proof(&mail)
        && let Some(link) = mail.data.get_mut("link")
    {
        *link = "https://…".into();
    }
    mail
}

/// The HTML by itself, for the frame.
pub(super) fn html(state: &WebState, mail: &Mail) -> Result<Response, Problem> {
    let html = rendered(&state.app, mail)?.html.replacen("<head>", "<head><base target=\"_top\">", 1);
    let mut response = Html(html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(APART));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    Ok(response)
}

/// A page that holds such a frame.
pub(super) fn framing(state: &WebState, mut response: Response) -> Response {
    let policy = state.config.security_headers.with_own_frames();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_a_text_can_be_clicked_and_nothing_else_is_html() {
        let html = Markup::linked(
            "Siehe https://a.example/x?b=1&c=2. <b>\nUnd (http://localhost:8000/y), https:// nicht.",
        );
        assert_eq!(
            html.as_str(),
            "Siehe <a href=\"https://a.example/x?b=1&amp;c=2\">https://a.example/x?b=1&amp;c=2</a>. &lt;b&gt;\n\
             Und (<a href=\"http://localhost:8000/y\">http://localhost:8000/y</a>), https:// nicht."
        );
    }
}
