//! Mails by SMTP, over connections that are kept between mails.
//!
//! lettre's own pool is not used: it takes a connection back in whatever state a cancelled send left it. Here a
//! connection goes back only after a mail went through; all else closes it.

use std::{fmt, sync::Mutex, time::Duration};

use async_trait::async_trait;
use lettre::transport::smtp::{
    Error as SmtpError,
    authentication::{Credentials as SmtpCredentials, Mechanism},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    extension::ClientId,
};

use crate::{Envelope, Mailer, SendError, mime};

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all: for a relay on this machine or in this cluster. No password is sent over it.
    Plain,
    /// STARTTLS, and no mail without it; usually port 587.
    StartTls,
    /// TLS from the first byte; usually port 465.
    Tls,
}

/// How to reach and talk to the mail server.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Host name or address; the server's certificate must name it.
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub credentials: Option<Credentials>,
    /// Certificates (PEM) trusted besides the public ones.
    pub ca_pem: Option<Vec<u8>>,
    /// What this side calls itself in `EHLO`; the machine's name when absent.
    pub hello_name: Option<String>,
    /// For connecting, and again for handing on one mail.
    pub timeout: Duration,
    /// How many idle connections are kept.
    pub keep: usize,
}

/// A user name and a password at the mail server. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub user: String,
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum SmtpSettingsError {
    #[error("a password is not sent over an unprotected connection: set the security to starttls or tls")]
    PasswordWithoutTls,
    #[error("the CA certificate is not PEM: {0}")]
    Certificate(SmtpError),
    #[error("TLS cannot be set up: {0}")]
    Tls(SmtpError),
}

/// Sends by SMTP.
pub struct SmtpMailer {
    host: String,
    port: u16,
    security: Security,
    tls: Option<TlsParameters>,
    credentials: Option<SmtpCredentials>,
    hello: ClientId,
    timeout: Duration,
    keep: usize,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SmtpMailer")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

impl SmtpMailer {
    /// Checks the settings; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`SmtpSettingsError`] for settings that cannot work.
    pub fn new(settings: SmtpSettings) -> Result<Self, SmtpSettingsError> {
        if settings.security == Security::Plain && settings.credentials.is_some() {
            return Err(SmtpSettingsError::PasswordWithoutTls);
        }
        let tls = match settings.security {
            Security::Plain => None,
            Security::StartTls | Security::Tls => Some(tls(&settings.host, settings.ca_pem.as_deref())?),
        };
        Ok(Self {
            host: settings.host,
            port: settings.port,
            security: settings.security,
            tls,
            credentials: settings.credentials.map(|held| SmtpCredentials::new(held.user, held.password)),
            hello: settings.hello_name.map_or_else(ClientId::default, ClientId::Domain),
            timeout: settings.timeout,
            keep: settings.keep,
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Connects, protects and signs in: what `doctor` wants to know.
    ///
    /// # Errors
    ///
    /// What the server or the network said.
    pub async fn test(&self) -> Result<(), SendError> {
        let connection = self.within("connecting", self.open()).await?;
        self.put_back(connection);
        Ok(())
    }

    /// Nothing that fails here is the mail's fault, so even a 5xx (a password that is being changed) is transient.
    async fn open(&self) -> Result<AsyncSmtpConnection, SendError> {
        let place = (self.host.as_str(), self.port);
        let from_start = if self.security == Security::Tls { self.tls.clone() } else { None };
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(place, Some(self.timeout), &self.hello, from_start, None)
                .await
                .map_err(|error| self.failed("connecting", &error))?;
        if let (Security::StartTls, Some(tls)) = (self.security, &self.tls) {
            connection
                .starttls(tls.clone(), &self.hello)
                .await
                .map_err(|error| self.failed("protecting the connection by STARTTLS", &error))?;
        }
        if let Some(credentials) = &self.credentials {
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], credentials)
                .await
                .map_err(|error| self.failed("signing in", &error))?;
        }
        Ok(connection)
    }

    /// A connection kept from before if it still lives, else a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, SendError> {
        while let Some(mut kept) = self.take() {
            if kept.test_connected().await {
                return Ok(kept);
            }
        }
        self.open().await
    }

    fn take(&self) -> Option<AsyncSmtpConnection> {
        self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop()
    }

    fn put_back(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if idle.len() < self.keep && !connection.has_broken() {
            idle.push(connection);
        }
    }

    /// lettre limits connecting only; a server that falls silent later must not hold the outbox.
    async fn within<T>(
        &self,
        doing: &str,
        work: impl Future<Output = Result<T, SendError>>,
    ) -> Result<T, SendError> {
        tokio::time::timeout(self.timeout, work).await.unwrap_or_else(|_| {
            let seconds = self.timeout.as_secs_f32();
            Err(SendError::transient(format!(
                "{doing} at {}:{}: no answer within {seconds} s",
                self.host, self.port
            )))
        })
    }

    fn failed(&self, doing: &str, error: &SmtpError) -> SendError {
        SendError::transient(format!("{doing} at {}:{}: {}", self.host, self.port, chain(error)))
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, envelope: &Envelope) -> Result<(), SendError> {
        let message = mime::message(envelope)?;
        let mut connection = self.within("connecting", self.connection()).await?;
        let bytes = message.formatted();
        let handed_on = async {
            connection.send(message.envelope(), &bytes).await.map_err(|error| {
                let detail = format!("handing the mail on at {}:{}: {}", self.host, self.port, chain(&error));
                // What this side refuses to send (an address the server's dialect cannot say) stays refused.
                let transient = !(error.is_permanent() || error.is_client());
                SendError { transient, detail }
            })
        };
        self.within("handing the mail on", handed_on).await?;
        self.put_back(connection);
        Ok(())
    }
}

fn tls(host: &str, ca_pem: Option<&[u8]>) -> Result<TlsParameters, SmtpSettingsError> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = ca_pem {
        builder =
            builder.add_root_certificate(Certificate::from_pem(pem).map_err(SmtpSettingsError::Certificate)?);
    }
    builder.build_rustls().map_err(SmtpSettingsError::Tls)
}

/// The error with its causes. lettre's errors hold the server's answers, never what was sent.
fn chain(error: &SmtpError) -> String {
    let mut said = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_said = cause.to_string();
        if !said.contains(&cause_said) {
            said = format!("{said}: {cause_said}");
        }
        source = cause.source();
    }
    crate::wrap::single_line(&said)
}
