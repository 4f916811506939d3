//! Sending to real mail servers: one that works and one that fails as told.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use jhaas_mail::{
    Credentials, Envelope, Mailer, Security, SendError, SmtpMailer, SmtpSettings, SmtpSettingsError,
};

use crate::{files::envelope, services::variable};

/// A name that no other test and no other run uses.
fn unique(test: &str) -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nanos = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    format!("{test}-{}-{nanos}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn settings(port: &str, security: Security) -> Option<SmtpSettings> {
    Some(SmtpSettings {
        host: variable("JHAAS_TEST_SMTP_HOST")?,
        port: variable(port)?.parse().unwrap(),
        security,
        credentials: Some(Credentials {
            user: variable("JHAAS_TEST_SMTP_USER")?,
            password: variable("JHAAS_TEST_SMTP_PASSWORD")?,
        }),
        ca_pem: Some(fs::read(variable("JHAAS_TEST_CA_CERT")?).unwrap()),
        hello_name: Some("jupyter.university.example".to_owned()),
        timeout: Duration::from_secs(20),
        keep: 2,
    })
}

fn mailer(settings: SmtpSettings) -> SmtpMailer {
    SmtpMailer::new(settings).unwrap()
}

/// Waits until `wanted` mails with this Message-ID lie in the server's folder, and gives their content.
async fn delivered(folder: &Path, message_id: &str, wanted: usize) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let found: Vec<String> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok())
            .filter(|mail| mail.contains(message_id))
            .collect();
        if found.len() >= wanted || Instant::now() > deadline {
            assert_eq!(found.len(), wanted, "mails with {message_id} in {}", folder.display());
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn maildir() -> Option<PathBuf> {
    Some(Path::new(&variable("JHAAS_TEST_SMTP_MAILDIR")?).join("new"))
}

async fn arrives(port: &str, security: Security, test: &str) {
    let (Some(settings), Some(folder)) = (settings(port, security), maildir()) else { return };
    let mailer = mailer(settings);
    mailer.test().await.unwrap();
    let envelope = envelope(&unique(test), "juergen@university.example");
    mailer.send(&envelope).await.unwrap();
    let mails = delivered(&folder, &envelope.message_id, 1).await;
    assert!(mails[0].contains("Envelope-to: juergen@university.example"), "{}", mails[0]);
    assert!(mails[0].contains("Date: Mon, 01 Mar 2027 06:30:00 +0000"), "{}", mails[0]);
}

#[tokio::test]
async fn a_mail_arrives_by_starttls() {
    arrives("JHAAS_TEST_SMTP_PORT", Security::StartTls, "starttls").await;
}

#[tokio::test]
async fn a_mail_arrives_by_tls_from_the_first_byte() {
    arrives("JHAAS_TEST_SMTPS_PORT", Security::Tls, "tls").await;
}

#[tokio::test]
async fn many_mails_at_once_arrive_once_each() {
    let (Some(settings), Some(folder)) = (settings("JHAAS_TEST_SMTP_PORT", Security::StartTls), maildir())
    else {
        return;
    };
    let mailer = Arc::new(mailer(settings));
    let envelopes: Vec<Envelope> =
        (0..12).map(|_| envelope(&unique("many"), "ada@university.example")).collect();
    let sending: Vec<_> = envelopes
        .iter()
        .cloned()
        .map(|envelope| {
            let mailer = Arc::clone(&mailer);
            tokio::spawn(async move { mailer.send(&envelope).await })
        })
        .collect();
    for sent in sending {
        sent.await.unwrap().unwrap();
    }
    for envelope in &envelopes {
        delivered(&folder, &envelope.message_id, 1).await;
    }
}

#[tokio::test]
async fn what_the_server_refuses_for_good_is_told_from_what_may_pass() {
    let Some(settings) = settings("JHAAS_TEST_SMTP_PORT", Security::StartTls) else { return };
    let mailer = mailer(settings);
    for (to, transient, code) in [
        ("unknown@university.example", false, "550"),
        ("greylisted@university.example", true, "451"),
        ("full@university.example", true, "452"),
    ] {
        let refused = mailer.send(&envelope(&unique("refused"), to)).await.unwrap_err();
        assert_eq!(refused.transient, transient, "{to}: {refused:?}");
        assert!(refused.detail.contains(code), "{to}: {refused:?}");
    }
    // The connection is still good for the next mail, or a new one is made.
    mailer.send(&envelope(&unique("after"), "ada@university.example")).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_keeps_the_mail_and_is_not_shown() {
    let Some(mut settings) = settings("JHAAS_TEST_SMTP_PORT", Security::StartTls) else { return };
    let secret = "correct-horse-battery";
    settings.credentials = Some(Credentials { user: "jhaas".to_owned(), password: secret.to_owned() });
    assert!(!format!("{settings:?}").contains(secret));
    let mailer = mailer(settings);
    assert!(!format!("{mailer:?}").contains(secret));
    let refused = mailer.send(&envelope(&unique("password"), "ada@university.example")).await.unwrap_err();
    assert!(refused.transient && refused.detail.contains("signing in"), "{refused:?}");
    assert!(!refused.detail.contains(secret), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_no_mail() {
    for (port, security) in
        [("JHAAS_TEST_SMTP_PORT", Security::StartTls), ("JHAAS_TEST_SMTPS_PORT", Security::Tls)]
    {
        let Some(mut settings) = settings(port, security) else { return };
        settings.ca_pem = None;
        let refused =
            mailer(settings).send(&envelope(&unique("ca"), "ada@university.example")).await.unwrap_err();
        assert!(refused.transient && refused.detail.contains("certificate"), "{security:?}: {refused:?}");
    }
}

#[tokio::test]
async fn a_server_that_wants_a_password_refuses_mail_without_one() {
    let Some(mut settings) = settings("JHAAS_TEST_SMTP_PORT", Security::Plain) else { return };
    settings.credentials = None;
    let refused =
        mailer(settings).send(&envelope(&unique("plain"), "ada@university.example")).await.unwrap_err();
    assert!(refused.detail.contains("530"), "{refused:?}");
}

#[test]
fn a_password_is_never_set_to_travel_in_clear() {
    let settings = SmtpSettings {
        host: "localhost".to_owned(),
        port: 25,
        security: Security::Plain,
        credentials: Some(Credentials { user: "u".to_owned(), password: "p".to_owned() }),
        ca_pem: None,
        hello_name: None,
        timeout: Duration::from_secs(1),
        keep: 0,
    };
    assert!(matches!(SmtpMailer::new(settings), Err(SmtpSettingsError::PasswordWithoutTls)));
}

#[tokio::test]
async fn a_mail_server_that_is_down_is_tried_again_later() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = unused.local_addr().unwrap().port();
    drop(unused);
    let settings = SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::Plain,
        credentials: None,
        ca_pem: None,
        hello_name: None,
        timeout: Duration::from_secs(5),
        keep: 1,
    };
    let refused = mailer(settings).send(&envelope("down", "ada@university.example")).await.unwrap_err();
    assert!(refused.transient && refused.detail.contains("connecting"), "{refused:?}");
}

/// The server that fails as told is one for all tests, so one test goes through all its faults.
#[tokio::test]
async fn a_server_that_fails_at_any_step_costs_time_but_no_mail() {
    let (Some(mut settings), Some(fault), Some(folder)) = (
        settings("JHAAS_TEST_SMTP_FAULT_PORT", Security::StartTls),
        variable("JHAAS_TEST_SMTP_FAULT_FILE"),
        variable("JHAAS_TEST_SMTP_FAULT_MAILDIR"),
    ) else {
        return;
    };
    settings.timeout = Duration::from_secs(2);
    let mailer = mailer(settings);
    let folder = PathBuf::from(folder);
    let told = |what: &str| fs::write(&fault, what).unwrap();
    for (what, transient) in [
        ("connect 421 too busy", true),
        ("connect 554 go away", true),
        ("connect drop", true),
        ("connect hang", true),
        ("connect garbage", true),
        ("auth 454 no directory", true),
        ("auth 535 wrong", true),
        ("mail 451 later", true),
        ("mail 553 not this sender", false),
        ("rcpt 450 later", true),
        ("rcpt 550 no such user", false),
        ("rcpt drop", true),
        ("rcpt hang", true),
        ("data 452 full", true),
        ("data 554 spam", false),
        ("data drop", true),
        ("data hang", true),
    ] {
        told("");
        let before = envelope(&unique("before"), "ada@university.example");
        // A connection that was kept while all was well must not hide the fault of connecting.
        mailer.send(&before).await.unwrap_or_else(|error| panic!("before {what}: {error:?}"));
        told(what);
        let fresh = SmtpMailer::new(SmtpSettings {
            timeout: Duration::from_secs(2),
            ..self::settings("JHAAS_TEST_SMTP_FAULT_PORT", Security::StartTls).unwrap()
        })
        .unwrap();
        let failing = envelope(&unique("failing"), "ada@university.example");
        let began = Instant::now();
        let refused = fresh.send(&failing).await.expect_err(what);
        assert_eq!(refused.transient, transient, "{what}: {refused:?}");
        assert!(began.elapsed() < Duration::from_secs(6), "{what} held the sender for {:?}", began.elapsed());
        let by_kept = mailer.send(&envelope(&unique("kept"), "ada@university.example")).await;
        if !what.starts_with("connect") && !what.starts_with("auth") {
            let refused = by_kept.expect_err(what);
            assert_eq!(refused.transient, transient, "{what} over a kept connection: {refused:?}");
        }
        told("");
        fresh.send(&failing).await.unwrap_or_else(|error| panic!("after {what}: {error:?}"));
        delivered(&folder, &failing.message_id, 1).await;
    }
    taken_but_not_said(&mailer, &folder, told).await;
}

/// The server took the mail and the answer was lost: the retry is the same mail, so that the reader's server can tell.
async fn taken_but_not_said(mailer: &SmtpMailer, folder: &Path, told: impl Fn(&str)) {
    let envelope = envelope(&unique("lost"), "ada@university.example");
    told("data lost");
    let refused = mailer.send(&envelope).await.expect_err("the answer was lost");
    assert!(matches!(refused, SendError { transient: true, .. }), "{refused:?}");
    told("");
    mailer.send(&envelope).await.unwrap();
    let mails = delivered(folder, &envelope.message_id, 2).await;
    assert_eq!(mails[0], mails[1], "a retry is the same mail, byte for byte");
}
