//! What a page says back: notices, errors in a form, empty lists, questions before something is destroyed.

use askama::Template;
use jhaas_domain::message::FieldError;

use super::form::field_id;
use crate::view::{Flash, Markup, Notice, Page};

/// A button that leads somewhere, or posts to an address.
#[derive(Clone, Debug)]
pub struct Action {
    pub label: String,
    pub href: String,
}

impl Action {
    #[must_use]
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// What stands where a list is empty: what will be here, and the one thing to do.
#[derive(Clone, Debug, Template)]
#[template(path = "components/empty.html")]
pub struct Empty {
    title: String,
    text: String,
    action: Option<Action>,
}

impl Empty {
    #[must_use]
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { title: title.into(), text: text.into(), action: None }
    }

    #[must_use]
    pub fn action(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.action = Some(Action::new(label, href));
        self
    }
}

/// All errors of a form above it, each a link to its field. Empty without errors.
#[derive(Clone, Debug, Template)]
#[template(path = "components/error_summary.html")]
pub struct ErrorSummary {
    title: String,
    /// Element id and message.
    items: Vec<(String, String)>,
}

impl ErrorSummary {
    #[must_use]
    pub fn new(p: &Page, errors: &[FieldError]) -> Self {
        Self {
            title: p.tv("form-errors", &[("count", errors.len())]),
            items: errors.iter().map(|error| (field_id(&error.field), p.message(&error.message))).collect(),
        }
    }
}

/// One notice; the layout shows the page's flashes with it.
#[derive(Clone, Debug, Template)]
#[template(path = "components/flash.html")]
pub struct FlashView {
    class: &'static str,
    icon: Markup,
    kind: String,
    text: String,
}

impl FlashView {
    #[must_use]
    pub fn new(p: &Page, flash: &Flash) -> Self {
        Self::say(p, flash.kind, p.message(&flash.message))
    }

    /// A notice anywhere in a page.
    #[must_use]
    pub fn say(p: &Page, kind: Notice, text: impl Into<String>) -> Self {
        let (class, icon, kind) = match kind {
            Notice::Done => ("done", "check", p.t("notice-done")),
            Notice::Note => ("note", "note", p.t("notice-note")),
            Notice::Warning => ("warning", "warning", p.t("notice-warning")),
            Notice::Failed => ("failed", "failed", p.t("notice-failed")),
        };
        Self { class, icon: p.icon(icon), kind, text: text.into() }
    }
}

/// A destructive action and the question before it: a dialog, or without script a fold-out.
#[derive(Clone, Debug, Template)]
#[template(path = "components/confirm.html")]
pub struct Confirm {
    id: String,
    verb: String,
    question: String,
    consequence: String,
    post_to: String,
    cancel: String,
    hidden: Vec<(String, String)>,
    body: Option<Markup>,
    open: bool,
    /// The look of the button that asks.
    look: &'static str,
    harmless: bool,
}

impl Confirm {
    /// `verb` is the button ("End the course"), `question` names the thing ("End the course “Python 1” now?"),
    /// `consequence` says what is then gone, `post_to` receives the form.
    #[must_use]
    pub fn new(
        p: &Page,
        id: impl Into<String>,
        verb: impl Into<String>,
        question: impl Into<String>,
        consequence: impl Into<String>,
        post_to: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            verb: verb.into(),
            question: question.into(),
            consequence: consequence.into(),
            post_to: post_to.into(),
            cancel: p.t("confirm-cancel"),
            hidden: Vec::new(),
            body: None,
            open: false,
            look: "danger",
            harmless: false,
        }
    }

    /// A hidden field of the form, for instance the version of what is shown.
    #[must_use]
    pub fn hidden(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.hidden.push((name.into(), value.into()));
        self
    }

    /// Asks with a small, plain button: in tables, and where little is lost.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.look = "plain small";
        self
    }

    /// Asks with a link: beside something more important.
    #[must_use]
    pub fn link(mut self) -> Self {
        self.look = "link";
        self
    }

    /// Nothing is destroyed: a question only for what must be said first.
    #[must_use]
    pub fn harmless(mut self) -> Self {
        (self.look, self.harmless) = ("plain", true);
        self
    }

    /// Asks at once: the answer came back with a fault.
    #[must_use]
    pub fn open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }

    /// More fields, for instance a reason.
    #[must_use]
    pub fn body(mut self, fields: &impl Template) -> Self {
        self.body = Some(Markup::of(fields));
        self
    }
}

/// A short text (an address, a command) with a button that copies it.
#[derive(Clone, Debug, Template)]
#[template(path = "components/copyable.html")]
pub struct Copyable {
    id: String,
    label: String,
    text: String,
    icon: Markup,
    copy: String,
    copied: String,
}

impl Copyable {
    #[must_use]
    pub fn new(p: &Page, id: impl Into<String>, label: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            text: text.into(),
            icon: p.icon("copy"),
            copy: p.t("copy"),
            copied: p.t("copied"),
        }
    }
}
