//! Object store and mail.

use std::sync::Arc;

use jhaas_app::identity::IdentityError;
use jhaas_domain::clock::{Clock, Random};
use jhaas_identity::Clients;
use jhaas_objects::{Objects, ObjectsConfig, ObjectsError};

use super::{
    Finding, PATIENCE, Part,
    addresses::is_here,
    folder::{self, Folder},
};
use crate::{
    adapters::{SystemClock, SystemRandom},
    config::{Config, MailTransport},
    serve,
};

pub(super) const OBJECTS: Part = Part("objects");
pub(super) const MAIL: Part = Part("mail");
const SIGN_IN: Part = Part("sign-in");

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

/// Finds each provider, and asks it for a token with a code that is none: it says whether it knows the client.
pub(super) async fn providers(config: &Config) -> Vec<Finding> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let public_url = config.portal.public_url.as_str().trim_end_matches('/');
    let clients = match Clients::new(config.sign_in.settings(), public_url, &clock, &random) {
        Ok(clients) => clients,
        Err(error) => {
            return vec![SIGN_IN.failed(error.to_string(), "correct ca_file in [sign_in.providers]")];
        }
    };
    let mut all = Vec::new();
    for key in config.sign_in.providers.keys() {
        let at = format!("sign_in.providers.{key}");
        let looked = tokio::time::timeout(PATIENCE, clients.check(key)).await;
        all.push(match looked {
            Ok(Ok(says)) => SIGN_IN.ok(format!("{key}: {says}")),
            Ok(Err(error @ IdentityError::Misconfigured(_))) => SIGN_IN.failed(
                format!("{key}: {error}"),
                format!(
                    "compare issuer, client_id, client_secret and scopes in [{at}] with what the provider has"
                ),
            ),
            Ok(Err(error)) => SIGN_IN.failed(
                format!("{key}: {error}"),
                format!("look whether the provider runs, and compare {at}.issuer and ca_file"),
            ),
            Err(_) => SIGN_IN.failed(
                format!("{key}: no answer within {} s", PATIENCE.as_secs()),
                "look whether it hangs or a firewall drops what is sent",
            ),
        });
    }
    all
}
