//! From a mail's data to subject, text and HTML in the recipient's language.

use askama::Template;
use jhaas_lang::{Lang, text};
use jiff::tz::TimeZone;

use crate::{
    MailData,
    blocks::{Block, Fact, Page},
    calendar::{self, CalendarFile},
    content,
    links::{Piece, pieces},
    wrap,
};
use jhaas_domain::mail::{Audience, MailKind};

/// What the institution sets for all its mails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Branding {
    /// Name of the institution or of its service.
    pub institution: String,
    /// The portal's public address, for instance `https://portal.university.example`.
    pub portal_url: String,
    /// A line of the institution's own at the foot: imprint, contact. May be empty.
    pub footer: String,
    /// Where a person switches mails off; the portal itself when absent.
    pub preferences_url: Option<String>,
}

impl Branding {
    fn preferences_url(&self) -> &str {
        self.preferences_url.as_deref().unwrap_or(&self.portal_url)
    }
}

/// A mail in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub lang: Lang,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Where this kind of mail can be switched off, if it can.
    pub unsubscribe_url: Option<String>,
    /// Goes with the mail, for the reader's calendar.
    pub calendar: Option<CalendarFile>,
}

/// A template could not be filled in.
#[derive(Debug, thiserror::Error)]
#[error("the mail {} could not be rendered", kind.as_str())]
pub struct RenderError {
    kind: MailKind,
    source: askama::Error,
}

/// Puts `data` into words, in the language and time zone of its recipient.
///
/// # Errors
///
/// When a template cannot be filled in, which the types rule out as far as they can.
pub fn render(data: &MailData, branding: &Branding) -> Result<Rendered, RenderError> {
    let kind = data.content.kind();
    let lang = data.recipient.lang;
    let branding = clean(branding);
    let (zone, zone_name) = zone(&data.recipient.zone);
    let mut page = Page::new(lang, zone, zone_name);
    content::compose(&mut page, &data.content, &branding);
    let calendar = calendar::of(kind, data.content.course());
    if calendar.is_some() {
        let note = page.t("mail-calendar", &[]);
        page.note(note);
    }
    if page.shows_time.get() {
        let note = page.t("mail-zone", &[("zone", page.zone_name.as_str().into())]);
        page.note(note);
    }
    let name = wrap::single_line(&data.recipient.name);
    let greeting = if name.is_empty() {
        page.t("mail-greeting-nameless", &[])
    } else {
        page.t("mail-greeting", &[("name", name.into())])
    };
    let unsubscribe_url = kind.can_be_switched_off().then(|| branding.preferences_url().to_owned());
    let foot = Foot {
        why: why(data, &branding, lang),
        stop: match unsubscribe_url {
            Some(_) => text(lang, "mail-stop-optional", &[]),
            None => text(lang, "mail-stop-never", &[]),
        },
        stop_url: unsubscribe_url.clone().unwrap_or_default(),
    };
    let failed = |source| RenderError { kind, source };
    let subject = wrap::single_line(&page.subject);
    let html = Html {
        lang: lang.code(),
        subject: &subject,
        greeting: &greeting,
        blocks: &page.blocks,
        foot: &foot,
        branding: &branding,
    };
    let html = html.render().map_err(failed)?;
    let plain = Text { greeting: &greeting, blocks: &page.blocks, foot: &foot, branding: &branding };
    let plain = plain.render().map_err(failed)?;
    let text = plain.trim_end().to_owned() + "\n";
    Ok(Rendered { lang, subject, text, html, unsubscribe_url, calendar })
}

/// An unknown zone is read as UTC, and the mail says so: better a time in UTC than no mail.
fn zone(name: &str) -> (TimeZone, String) {
    match TimeZone::get(name) {
        Ok(zone) => (zone, name.to_owned()),
        Err(error) => {
            tracing::warn!(zone = name, %error, "mail.zone.unknown");
            (TimeZone::UTC, "UTC".to_owned())
        }
    }
}

fn clean(branding: &Branding) -> Branding {
    Branding {
        institution: wrap::single_line(&branding.institution),
        portal_url: wrap::single_line(&branding.portal_url),
        footer: wrap::single_line(&branding.footer),
        preferences_url: branding.preferences_url.as_deref().map(wrap::single_line),
    }
}

fn why(data: &MailData, branding: &Branding, lang: Lang) -> String {
    let kind = data.content.kind();
    let title = data.content.course().map(|course| wrap::single_line(&course.title)).unwrap_or_default();
    let institution = [("institution", branding.institution.as_str().into())];
    match (kind.audience(), kind) {
        (Audience::Leader, _) => text(lang, "mail-why-leader", &[("title", title.into())]),
        (Audience::Participant, MailKind::Announcement) => {
            text(lang, "mail-why-announcement", &[("title", title.into())])
        }
        (Audience::Participant, _) => text(lang, "mail-why-participant", &[("title", title.into())]),
        (Audience::Governance, _) => text(lang, "mail-why-governance", &[]),
        (Audience::Administrator, _) => text(lang, "mail-why-administrator", &[]),
        (Audience::Account, MailKind::ConfirmAddress) => text(lang, "mail-why-address", &institution),
        (Audience::Account, _) => text(lang, "mail-why-account", &institution),
    }
}

struct Foot {
    why: String,
    stop: String,
    stop_url: String,
}

impl Html<'_> {
    fn pieces(line: &str) -> Vec<Piece<'_>> {
        pieces(line)
    }
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Html<'a> {
    lang: &'a str,
    subject: &'a str,
    greeting: &'a str,
    blocks: &'a [Block],
    foot: &'a Foot,
    branding: &'a Branding,
}

#[derive(Template)]
#[template(path = "layout.txt", escape = "none")]
struct Text<'a> {
    greeting: &'a str,
    blocks: &'a [Block],
    foot: &'a Foot,
    branding: &'a Branding,
}

impl Text<'_> {
    fn paragraph(text: &str) -> String {
        wrap::wrap(text, "", "")
    }

    /// Labels in one column, values in the next; a long value goes on below itself.
    fn facts(facts: &[Fact]) -> String {
        let widest = facts.iter().map(|fact| fact.label.chars().count()).max().unwrap_or(0) + 1;
        let column = widest.min(30) + 1;
        let rest = " ".repeat(column);
        let line = |fact: &Fact| {
            let label = format!("{}:", fact.label);
            let length = label.chars().count();
            if length >= column {
                return format!("{label}\n{}", wrap::wrap(&fact.value, &rest, &rest));
            }
            wrap::wrap(&fact.value, &format!("{label}{}", " ".repeat(column - length)), &rest)
        };
        facts.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn timeline(steps: &[crate::blocks::Step]) -> String {
        let widest = steps.iter().map(|step| step.label.chars().count()).max().unwrap_or(0);
        let line = |step: &crate::blocks::Step| {
            let space = " ".repeat(widest - step.label.chars().count());
            format!("{} {}{space}  {}", step.mark(), step.label, step.when).trim_end().to_owned()
        };
        steps.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn quote(lines: &[String]) -> String {
        let quoted =
            |line: &String| if line.is_empty() { ">".to_owned() } else { wrap::wrap(line, "> ", "> ") };
        lines.iter().map(quoted).collect::<Vec<_>>().join("\n")
    }

    fn letter(lines: &[String]) -> String {
        lines.iter().map(|line| wrap::wrap(line, "", "")).collect::<Vec<_>>().join("\n")
    }

    fn list(items: &[crate::blocks::Item]) -> String {
        let item = |item: &crate::blocks::Item| {
            let mut lines = vec![wrap::wrap(&item.title, "- ", "  ")];
            if !item.detail.is_empty() {
                lines.push(wrap::wrap(&item.detail, "  ", "  "));
            }
            lines.extend(item.url.iter().map(|url| format!("  {url}")));
            lines.join("\n")
        };
        items.iter().map(item).collect::<Vec<_>>().join("\n")
    }
}
