//! How loops wait: until they are woken, until something is due, or until the end.

use std::{pin::pin, time::Duration};

use jhaas_app::App;
use jhaas_domain::time::Timestamp;
use tokio_util::sync::CancellationToken;

/// Runs `look` again and again: at each wake, when what it named is due, and at the latest every `at_most`. Ends with
/// `shutdown`.
pub(crate) async fn follow<F>(
    app: &App,
    shutdown: &CancellationToken,
    at_most: Duration,
    mut look: impl FnMut() -> F,
) where
    F: Future<Output = Option<Timestamp>>,
{
    loop {
        let mut woken = pin!(app.wake.notified());
        // From here on a wake counts, also one that comes during the look.
        woken.as_mut().enable();
        let due = look().await;
        let wait = due.map_or(at_most, |due| {
            let millis = u64::try_from(due.millis_since(app.now())).unwrap_or(0);
            // A due thing that stays due must not become a busy loop.
            Duration::from_millis(millis.max(20)).min(at_most)
        });
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = &mut woken => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}
