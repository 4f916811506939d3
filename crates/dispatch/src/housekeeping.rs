//! What must be done now and then: keys, expired sessions, tokens and synthetic students, a stuck mail queue.

use std::time::Duration;

use jhaas_app::{
    App, AppError, access_token, account, idempotency, kept_form, key, one_time_token, outbox, provider,
    rate_limit, session, ticket,
};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(300);

/// Tidies until `shutdown`.
pub async fn run(app: App, shutdown: CancellationToken) {
    loop {
        tidy(&app).await;
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        // Not right after a start: what piled up while nothing ran is only about to be sent.
        if let Err(error) = outbox::report_stuck(&app).await {
            tracing::error!(%error, "housekeeping.mail_queue_unknown");
        }
    }
}

/// One round; safe to repeat and to run twice at once. What fails is named in the log and holds up nothing else.
pub async fn tidy(app: &App) {
    report("keys", key::rotate_if_due(app).await);
    report("sessions", session::clean_up(app).await);
    report("grants", provider::clean_up(app).await);
    report("tickets", ticket::clean_up(app).await);
    report("forms", kept_form::clean_up(app).await);
    report("links", one_time_token::clean_up(app).await);
    report("access tokens", access_token::clean_up(app).await);
    report("idempotency keys", idempotency::clean_up(app).await);
    report("counters", rate_limit::clean_up(app).await);
    report("mails", outbox::clean_up(app).await);
    report("accounts", account::clean_up(app).await);
}

fn report<T>(what: &str, done: Result<T, AppError>) {
    if let Err(error) = done {
        tracing::error!(what, %error, "housekeeping.failed");
    }
}
