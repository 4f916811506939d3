//! The dispatcher's pass and everything else that works by itself: launchers, mails, revocation, health, housekeeping.

mod crew;
mod dispatcher;
pub mod health;
mod home;
pub mod housekeeping;
pub mod hub;
pub mod identity;
pub mod launcher;
mod mail_room;
mod pace;
pub mod revocation;
pub mod visit;

pub use dispatcher::{Dispatcher, PassReport};
pub use mail_room::MailRoom;
