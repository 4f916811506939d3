//! What identity tells the audit log and the outbox.

use jhaas_domain::id::{AccountId, CourseId, EventId, MailId};
use jhaas_store::{
    Tx,
    entity::account,
    event,
    outbox::{self, Mail},
};
use serde_json::{Value, json};

use crate::{Actor, App, Result, one_time_token};

/// One line of the audit log.
pub(crate) struct Event<'a> {
    pub(crate) kind: &'static str,
    /// Who did it; the portal itself when absent.
    pub(crate) by: Option<AccountId>,
    pub(crate) request_id: Option<&'a str>,
    pub(crate) account: Option<AccountId>,
    pub(crate) course: Option<CourseId>,
    pub(crate) data: Value,
}

impl<'a> Event<'a> {
    pub(crate) fn new(kind: &'static str) -> Self {
        Self { kind, by: None, request_id: None, account: None, course: None, data: json!({}) }
    }

    pub(crate) fn by(mut self, actor: &'a Actor) -> Self {
        self.by = Some(actor.account);
        self.request_id = actor.request_id.as_deref();
        self
    }

    pub(crate) fn account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    pub(crate) fn course(mut self, course: CourseId) -> Self {
        self.course = Some(course);
        self
    }

    pub(crate) fn data(mut self, data: Value) -> Self {
        self.data = data;
        self
    }
}

pub(crate) async fn record(app: &App, tx: &Tx, event: Event<'_>) -> Result<()> {
    let row = event::Event {
        id: EventId::new(&*app.clock, &*app.random),
        at: app.now(),
        actor: event.by,
        course: event.course,
        account: event.account,
        kind: event.kind.to_owned(),
        data: event.data,
        request_id: event.request_id.map(str::to_owned),
    };
    Ok(event::insert(tx, &row).await?)
}

/// Puts a mail about an account into the outbox. `dedupe` names its cause, `content` is what the mail's kind needs.
pub(crate) async fn mail(
    app: &App,
    tx: &Tx,
    to: &account::Model,
    address: &str,
    kind: &str,
    dedupe: &str,
    content: Value,
) -> Result<()> {
    let zone = to.zone.clone().unwrap_or_else(|| zone_name(app));
    let mut data = json!({
        "recipient": { "name": to.name, "address": address, "lang": to.lang, "zone": zone },
        "kind": kind,
    });
    if let (Some(data), Value::Object(content)) = (data.as_object_mut(), content) {
        data.extend(content);
    }
    let mail = outbox::Mail {
        id: MailId::new(&*app.clock, &*app.random),
        dedupe: dedupe_key(kind, dedupe),
        kind: kind.to_owned(),
        account: Some(AccountId(to.id)),
        course: None,
        address: address.to_owned(),
        data,
        state: outbox::MailState::Pending,
        attempts: 0,
        due_at: Some(app.now()),
        lease_token: None,
        lease_until: None,
        created_at: app.now(),
        sent_at: None,
        last_error: None,
    };
    outbox::insert_once(tx, &mail).await?;
    Ok(())
}

fn zone_name(app: &App) -> String {
    app.settings.zone.iana_name().unwrap_or("UTC").to_owned()
}

/// The content of a mail with a single-use link. The link lies sealed in the outbox: whoever reads the database or the
/// mail queue must not be able to act for somebody else.
pub(crate) fn link_content(app: &App, kind: &str, path: &str, made: &one_time_token::Made) -> Value {
    let address = format!("{}{path}?token=", app.settings.public_url);
    let owner = seal_owner(&dedupe_key(kind, &made.hash));
    let link = format!("{address}{}", made.token);
    let (key, text) = app.sealer.seal(&*app.random, &owner, SEALED_LINK, link.as_bytes());
    json!({
        "link": format!("{address}…"),
        SEALED_LINK: { "key": key, "text": text },
        "valid_until_ms": made.valid_until_ms,
    })
}

/// Puts the link into a mail that is about to be sent.
pub(crate) fn reveal_link(app: &App, mail: &mut Mail) {
    let sealed = mail.data.get(SEALED_LINK);
    let Some((key, text)) = sealed.and_then(|sealed| sealed["key"].as_str().zip(sealed["text"].as_str()))
    else {
        return;
    };
    let opened = app.sealer.open(key, &seal_owner(&mail.dedupe), SEALED_LINK, text);
    match opened.ok().and_then(|link| String::from_utf8(link).ok()) {
        Some(link) => mail.data["link"] = link.into(),
        None => tracing::error!(mail = %mail.id, "outbox.link.unreadable"),
    }
}

const SEALED_LINK: &str = "sealed_link";

fn seal_owner(dedupe: &str) -> String {
    format!("outbox:{dedupe}")
}

fn dedupe_key(kind: &str, cause: &str) -> String {
    format!("{kind}:{cause}")
}
