//! Object store and mail.

use jhaas_objects::{Objects, ObjectsConfig, ObjectsError};

use super::{
    Finding, Part,
    addresses::is_here,
    folder::{self, Folder},
};
use crate::{
    config::{Config, MailTransport},
    serve,
};

pub(super) const OBJECTS: Part = Part("objects");
pub(super) const MAIL: Part = Part("mail");

/// Writes, reads, writes conditionally and deletes an object of its own.
pub(super) async fn objects(config: &Config) -> Finding {
    if let ObjectsConfig::Folder(settings) = &config.objects {
        let looked = folder::look(&settings.path);
        if settings.path.as_os_str().is_empty() || !matches!(looked, Ok(Folder::There)) {
            return folder::part(OBJECTS, "objects.path", &settings.path);
        }
        if let Some(finding) = folder::foreign(OBJECTS, &settings.path) {
            return finding;
        }
    }
    let look = async {
        let objects = Objects::open(&config.objects)?;
        objects.check().await.map(|()| objects.to_string())
    };
    match look.await {
        Ok(name) => OBJECTS.ok(format!("{name}: writing, reading, locking and deleting work")),
        Err(error) => OBJECTS.failed(error.to_string(), fix(&error)),
    }
}

pub(super) fn fix(error: &ObjectsError) -> &'static str {
    match error {
        ObjectsError::Config { .. } => {
            "correct the settings in [objects], or use a service with conditional writes"
        }
        ObjectsError::Unreachable { .. } => {
            "look whether the service runs, and compare objects.endpoint and bucket"
        }
        ObjectsError::Denied { .. } => {
            "give the key of objects.access_key_id the right to read, write and delete in the bucket"
        }
        ObjectsError::Full { .. } => "make room, or raise the quota",
        ObjectsError::Missing { .. }
        | ObjectsError::Taken { .. }
        | ObjectsError::Corrupt { .. }
        | ObjectsError::TooLarge { .. } => {
            "use a store in which an object can be read as soon as it is written"
        }
    }
}

/// Signs in at the mail server and sends nothing.
pub(super) async fn mail(config: &Config) -> Finding {
    let mail = &config.mail;
    if let Err(error) = serve::sender(&mail.from) {
        return MAIL.failed(error.to_string(), "correct mail.from");
    }
    if mail.transport == MailTransport::Folder {
        let finding = folder::part(MAIL, "mail.folder", &mail.folder);
        if finding.fix.is_none() && !is_here(config.portal.public_url.host_str().unwrap_or_default()) {
            let says =
                format!("mails are written to {} and reach nobody", folder::shown(&mail.folder).display());
            return MAIL.warning(says, "set mail.transport to \"smtp\" and name the mail server");
        }
        return finding;
    }
    if mail.host.is_empty() {
        return MAIL.failed("mail.host is empty", "let mail.host name the mail server");
    }
    let mailer = match serve::smtp(mail) {
        Ok(mailer) => mailer,
        Err(error) => return MAIL.failed(format!("{error:#}"), "correct the settings in [mail]"),
    };
    match mailer.test().await {
        Ok(()) => MAIL.ok(format!("{}:{} takes mails", mail.host, mail.port)),
        Err(error) => {
            let fix = "compare mail.host, mail.port, mail.security, mail.user and the password with what the mail \
                       server's operator says";
            MAIL.failed(error.to_string(), fix)
        }
    }
}
