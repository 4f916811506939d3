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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use jhaas_testkit::World;

    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    #[tokio::test]
    async fn a_loop_looks_at_each_wake_and_when_something_is_due_and_ends_when_it_is_told() {
        let world = World::sqlite().await;
        let (app, shutdown, looks) = (&world.app, CancellationToken::new(), AtomicUsize::new(0));
        let following = follow(app, &shutdown, LONG, || async {
            match looks.fetch_add(1, Ordering::SeqCst) {
                // Due at once, even if it stays due.
                0 => Some(app.now()),
                // Woken during the look: the wake counts.
                1 => {
                    app.wake.notify_waiters();
                    None
                }
                2 => None,
                _ => {
                    shutdown.cancel();
                    None
                }
            }
        });
        let waking = async {
            while looks.load(Ordering::SeqCst) < 3 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            // It waits by now, or will find out before it does.
            app.commit(app.db.begin().await.unwrap()).await.unwrap();
        };
        tokio::time::timeout(Duration::from_secs(10), async { tokio::join!(following, waking) })
            .await
            .unwrap();
        assert_eq!(looks.load(Ordering::SeqCst), 4);
    }
}
