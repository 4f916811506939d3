//! Identifiers: UUIDv7 newtypes, so that one kind cannot be taken for another.

use std::{
    fmt,
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering},
};

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

/// Identifiers of one millisecond sort by their making, at least those of one process: RFC 9562, section 6.2, method 1.
static COUNTER: AtomicU64 = AtomicU64::new(0);

fn fresh(clock: &dyn Clock, random: &dyn Random) -> Uuid {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    // 34 bits around those that say version and variant; 40 random ones are left.
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    let [.., a, b] = (counter >> 22).to_be_bytes();
    let [.., c, d, e] = (counter & 0x003f_ffff).to_be_bytes();
    bytes[..5].copy_from_slice(&[a, b, c, d, e]);
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
    /// A message of leaders to everybody of a course.
    AnnouncementId;
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
    /// One visit of the staff in a participant's server.
    VisitId;
    /// A token by which programs act for a person.
    AccessTokenId;
    /// A family of refresh tokens: one sign-in of one person at one hub.
    GrantId;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_800_000_000_000)
        }
    }

    impl Random for Still {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn identifiers_of_one_millisecond_sort_by_their_making() {
        let made: Vec<EventId> = (0..10_000).map(|_| EventId::new(&Still, &Still)).collect();
        assert!(made.is_sorted_by(|one, other| one < other));
        assert_eq!(made[0].0.get_version_num(), 7);
        assert_eq!(made[0].0.get_variant(), uuid::Variant::RFC4122);
    }
}
