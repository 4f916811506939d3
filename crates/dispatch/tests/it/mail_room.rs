//! Mails leave once, soon, and however slow the mail server is.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use jhaas_dispatch::MailRoom;
use jhaas_mail::{Branding, Envelope, Mailer, Person, SendError};
use jhaas_testkit::{TestClock, World, on_both};
use tokio::sync::Barrier;
use tokio_util::sync::CancellationToken;

use crate::stage::within;

/// A mail server that takes its time, and remembers.
struct SlowMailer {
    clock: Arc<TestClock>,
    seconds: i64,
    /// So many mails are on their way at a time, that no sender's lease runs out while others go on.
    abreast: Barrier,
    /// Ended with the first mail.
    shutdown: CancellationToken,
    taken: Mutex<Vec<String>>,
}

impl SlowMailer {
    fn new(world: &World, seconds: i64, abreast: usize) -> Arc<Self> {
        let clock = Arc::clone(&world.clock);
        let (abreast, shutdown) = (Barrier::new(abreast), CancellationToken::new());
        Arc::new(Self { clock, seconds, abreast, shutdown, taken: Mutex::default() })
    }

    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

#[async_trait]
impl Mailer for SlowMailer {
    async fn send(&self, envelope: &Envelope) -> Result<(), SendError> {
        self.abreast.wait().await;
        self.clock.advance_seconds(self.seconds);
        self.taken.lock().unwrap().push(envelope.message_id.clone());
        self.shutdown.cancel();
        Ok(())
    }
}

fn room(world: &World, mailer: &Arc<SlowMailer>) -> MailRoom {
    let branding = Branding {
        institution: "University of Testing".to_owned(),
        portal_url: "http://localhost:8000".to_owned(),
        footer: String::new(),
        preferences_url: None,
    };
    let from = Person { name: "JHaaS".to_owned(), address: "portal@university.example".to_owned() };
    MailRoom::new(world.app.clone(), mailer.clone(), branding, from)
}

#[tokio::test]
async fn a_slow_mail_server_and_two_senders_send_every_mail_once() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        for number in 0..12 {
            world.course(&ada).slug(&format!("course-{number}")).create().await;
        }
        let mailer = SlowMailer::new(&world, 20, 2);
        let (one, other) = (room(&world, &mailer), room(&world, &mailer));
        let again_and_again = async {
            let mut sent = 0;
            while mailer.taken().len() < 12 {
                sent += other.send_due().await.unwrap();
                tokio::task::yield_now().await;
            }
            sent
        };
        let (first, second) = within(async { tokio::join!(one.send_due(), again_and_again) }).await;
        assert_eq!(first.unwrap() + second, 12);
        let mut taken = mailer.taken();
        taken.sort();
        taken.dedup();
        assert_eq!((taken.len(), mailer.taken().len()), (12, 12));
    })
    .await;
}

#[tokio::test]
async fn the_end_of_the_portal_waits_for_one_mail_and_not_for_all() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        for number in 0..5 {
            world.course(&ada).slug(&format!("course-{number}")).create().await;
        }
        let mailer = SlowMailer::new(&world, 0, 1);
        within(room(&world, &mailer).run(mailer.shutdown.clone())).await;
        assert_eq!(mailer.taken().len(), 1);
        let sent = room(&world, &mailer).send_due().await.unwrap();
        assert!(sent >= 4, "the others wait for the next process");
    })
    .await;
}

#[tokio::test]
async fn a_mail_leaves_as_soon_as_what_causes_it_has_happened() {
    on_both(|world| async move {
        let mailer = SlowMailer::new(&world, 0, 1);
        let shutdown = CancellationToken::new();
        let sending = tokio::spawn(room(&world, &mailer).run(shutdown.clone()));
        let ada = world.leader("ada").await;
        world.course(&ada).create().await;
        let left = async {
            while mailer.taken().is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        // Without being woken it would look again after five seconds.
        tokio::time::timeout(Duration::from_secs(3), left).await.expect("at once");
        shutdown.cancel();
        within(sending).await.unwrap();
    })
    .await;
}
