//! Sends what is in the outbox: put into words in the recipient's language, handed on, marked.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use jhaas_app::{App, AppError, outbox, token};
use jhaas_mail::{Branding, Envelope, MailData, Mailer, Person, SendError, message_id, render};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::pace;

/// Looked at least this often, because another process may have put a mail in.
const AT_MOST: Duration = Duration::from_secs(5);
/// Whoever takes longer for one mail will not answer; its lease is longer.
const WITHIN: Duration = Duration::from_secs(60);

/// The outbox's sender; several may run at once.
#[derive(Clone)]
pub struct MailRoom {
    app: App,
    mailer: Arc<dyn Mailer>,
    branding: Branding,
    from: Person,
}

impl MailRoom {
    #[must_use]
    pub fn new(app: App, mailer: Arc<dyn Mailer>, branding: Branding, from: Person) -> Self {
        Self { app, mailer, branding, from }
    }

    /// Sends until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        pace::follow(&self.app, &shutdown, AT_MOST, || async {
            if let Err(error) = self.send_until(&shutdown).await {
                tracing::error!(%error, "outbox.not_sent");
                return None;
            }
            outbox::next_due(&self.app).await.ok().flatten()
        })
        .await;
    }

    /// Sends everything that is due. Returns how many mails left.
    ///
    /// # Errors
    /// When the database fails; what a mail server says is kept at the mail.
    pub async fn send_due(&self) -> Result<usize, AppError> {
        self.send_until(&CancellationToken::new()).await
    }

    async fn send_until(&self, shutdown: &CancellationToken) -> Result<usize, AppError> {
        let mut sent = 0;
        while !shutdown.is_cancelled() {
            // One at a time: a mail that waits for its turn must not be thought lost and sent by another room.
            let Some(mail) = outbox::claim(&self.app, &token::fresh(&*self.app.random)).await? else { break };
            match timeout(WITHIN, self.send(&mail)).await.unwrap_or_else(|_| Err(too_slow())) {
                Ok(()) => {
                    outbox::sent(&self.app, &mail).await?;
                    sent += 1;
                }
                Err(error) => outbox::failed(&self.app, &mail, error.transient, &error.detail).await?,
            }
        }
        Ok(sent)
    }

    async fn send(&self, claimed: &outbox::Claimed) -> Result<(), SendError> {
        let unreadable = |error: anyhow::Error| SendError { transient: false, detail: format!("{error:#}") };
        let mail = &claimed.mail;
        let data: MailData =
            serde_json::from_value(mail.data.clone()).context("the outbox row").map_err(unreadable)?;
        let rendered = render(&data, &self.branding).context("the words").map_err(unreadable)?;
        let envelope = Envelope {
            message_id: message_id(&mail.id.to_string(), &self.from.address),
            date_ms: mail.created_at.as_millis(),
            from: self.from.clone(),
            reply_to: None,
            to: Person { name: data.recipient.name.clone(), address: mail.address.clone() },
            rendered,
        };
        self.mailer.send(&envelope).await
    }
}

fn too_slow() -> SendError {
    let detail = format!("the mail server took longer than {} s", WITHIN.as_secs());
    SendError { transient: true, detail }
}
