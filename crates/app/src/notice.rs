//! What identity tells the audit log and the outbox.

use jhaas_domain::{
    id::{AccountId, CourseId, EventId, MailId},
    mail::{MailFacts, MailKind},
};
use jhaas_store::{
    Tx,
    entity::account,
    event,
    outbox::{self, Mail},
};
use serde_json::{Value, json};

use crate::{
    Actor, App, Result,
    one_time_token::{self, Purpose},
    outbox::written,
};

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
    record_all(app, tx, vec![event]).await
}

pub(crate) async fn record_all(app: &App, tx: &Tx, events: Vec<Event<'_>>) -> Result<()> {
    let rows = events.into_iter().map(|event| event::Event {
        id: EventId::new(&*app.clock, &*app.random),
        at: app.now(),
        actor: event.by,
        course: event.course,
        account: event.account,
        kind: event.kind.to_owned(),
        data: event.data,
        request_id: event.request_id.map(str::to_owned),
    });
    Ok(event::insert(tx, &rows.collect::<Vec<_>>()).await?)
}

/// Puts a mail about an account into the outbox, unless its owner has switched such mails off. `cause` tells it from
/// others of its kind.
pub(crate) async fn mail(
    app: &App,
    tx: &Tx,
    to: &account::Model,
    address: &str,
    cause: &str,
    facts: &MailFacts,
) -> Result<()> {
    if facts.kind().can_be_switched_off() && !to.optional_mails {
        return Ok(());
    }
    let data = written(app, &to.name, address, &to.lang, to.zone.as_deref(), facts)?;
    put(app, tx, to, address, facts.kind(), cause, data).await
}

async fn put(
    app: &App,
    tx: &Tx,
    to: &account::Model,
    address: &str,
    kind: MailKind,
    cause: &str,
    data: Value,
) -> Result<()> {
    let mail = outbox::Mail {
        id: MailId::new(&*app.clock, &*app.random),
        dedupe: dedupe_key(kind, cause),
        kind: kind.as_str().to_owned(),
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

/// The same with a single-use link. The link lies sealed in the outbox: whoever reads the database or the mail queue
/// must not be able to act for somebody else.
pub(crate) async fn mail_link(
    app: &App,
    tx: &Tx,
    to: &account::Model,
    address: &str,
    made: &one_time_token::Made,
) -> Result<()> {
    let path = if made.purpose == Purpose::Reset { "/reset" } else { "/confirm" };
    let page = format!("{}{path}?token=", app.settings.public_url);
    let (link, valid_until_ms) = (format!("{page}…"), made.valid_until_ms);
    let facts = match made.purpose {
        Purpose::Reset => MailFacts::ResetPassword { link, valid_until_ms },
        Purpose::Register | Purpose::ChangeAddress => MailFacts::ConfirmAddress { link, valid_until_ms },
    };
    let mut data = written(app, &to.name, address, &to.lang, to.zone.as_deref(), &facts)?;
    let owner = seal_owner(&dedupe_key(facts.kind(), &made.hash));
    let link = format!("{page}{}", made.token);
    let (key, text) = app.sealer.seal(&*app.random, &owner, SEALED_LINK, link.as_bytes());
    data[SEALED_LINK] = json!({ "key": key, "text": text });
    put(app, tx, to, address, facts.kind(), &made.hash, data).await
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

fn dedupe_key(kind: MailKind, cause: &str) -> String {
    format!("{}:{cause}", kind.as_str())
}
