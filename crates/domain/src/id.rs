//! Identifiers: UUIDv7 newtypes, so that one kind cannot be taken for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    clock::{Clock, Random},
    message::Message,
};

/// A text that is no identifier. Pages answer it like an identifier that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct BadId;

impl From<BadId> for Message {
    fn from(_: BadId) -> Self {
        Self::new("error-not-found")
    }
}

fn fresh(clock: &dyn Clock, random: &dyn Random) -> Uuid {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    uuid::Builder::from_unix_timestamp_millis(clock.now().as_millis().unsigned_abs(), &bytes).into_uuid()
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier that sorts by its time.
            #[must_use]
            pub fn new(clock: &dyn Clock, random: &dyn Random) -> Self {
                Self(fresh(clock, random))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(formatter)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({})", stringify!($name), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                Uuid::try_parse(text).map(Self).map_err(|_| BadId)
            }
        }
    )*};
}

id! {
    /// A person's account.
    AccountId;
    /// A course.
    CourseId;
    /// A draft of a request; it becomes a course when it is handed in.
    DraftId;
    /// A pending or decided change of a course.
    ChangeId;
    /// One person's part in one course.
    ParticipationId;
    /// One deployment: deploy, update or degrade, with all its attempts.
    DeploymentId;
    /// An audit event.
    EventId;
    /// One mail in the outbox.
    MailId;
    /// One revocation job.
    RevocationId;
    /// A family of refresh tokens: one sign-in of one person at one hub.
    GrantId;
}
