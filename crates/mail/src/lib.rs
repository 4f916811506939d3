//! Mails: what they say, and how they are sent.
//!
//! An outbox row holds a [`MailData`]; [`render`] puts it into words in the recipient's language, and a [`Mailer`]
//! ([`SmtpMailer`], [`FolderMailer`]) hands it on. Message-ID, date and boundary come from the row, so that a retry is
//! the same mail, byte for byte.

mod blocks;
mod calendar;
mod content;
mod data;
mod folder;
mod links;
mod mailer;
mod mime;
mod render;
mod smtp;
mod wrap;

pub use calendar::CalendarFile;
pub use data::{MailData, Recipient};
pub use folder::FolderMailer;
pub use links::{Piece, pieces};
pub use mailer::{Envelope, Mailer, Person, SendError, message_id};
pub use render::{Branding, RenderError, Rendered, render};
pub use smtp::{Credentials, Security, SmtpMailer, SmtpSettings, SmtpSettingsError};
