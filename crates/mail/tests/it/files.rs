//! The mail as bytes, and mails as files.

use base64::Engine as _;
use jhaas_lang::Lang;
use jhaas_mail::{Envelope, FolderMailer, Mailer, Person, SendError, message_id, render};

use crate::samples::{self, at, branding, mail};

pub(crate) fn envelope(id: &str, to: &str) -> Envelope {
    let (_, content) = samples::all().remove(0);
    let from =
        Person { name: "University of Example".to_owned(), address: "jupyter@university.example".to_owned() };
    Envelope {
        message_id: message_id(id, &from.address),
        date_ms: at("2027-03-01T06:30:00Z"),
        from,
        reply_to: None,
        to: Person { name: "Jürgen Groß".to_owned(), address: to.to_owned() },
        rendered: render(&mail(Lang::DE, content), &branding()).unwrap(),
    }
}

async fn files(
    mailer: &FolderMailer,
    folder: &std::path::Path,
    envelope: &Envelope,
) -> Vec<(String, String)> {
    mailer.send(envelope).await.unwrap();
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_mail_becomes_one_file_and_a_retry_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("mails");
    let mailer = FolderMailer::new(&inner);
    let envelope = envelope("0198a7c1-0000-7000-8000-000000000001", "juergen@university.example");
    let first = files(&mailer, &inner, &envelope).await;
    let again = files(&mailer, &inner, &envelope).await;
    assert_eq!(first.len(), 1);
    assert_eq!(first, again, "the same bytes in the same file");
    let (name, mail) = &first[0];
    assert!(name.ends_with(".eml"), "{name}");
    for wanted in [
        "Message-ID: <0198a7c1-0000-7000-8000-000000000001@university.example>\r\n",
        "Date: Mon, 01 Mar 2027 06:30:00 +0000\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Content-Language: de\r\n",
        "List-Unsubscribe: <https://jupyter.university.example/account/mails>\r\n",
        "MIME-Version: 1.0\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Content-Type: text/html; charset=utf-8\r\n",
    ] {
        assert!(mail.contains(wanted), "{wanted:?} in\n{mail}");
    }
    assert!(mail.is_ascii(), "a mail that every server takes");
    assert!(mail.split("\r\n").all(|line| line.len() <= 998 && !line.contains('\n')), "RFC 5322 lines");
}

#[tokio::test]
async fn who_is_admitted_gets_the_course_for_the_calendar_and_other_mails_have_no_file() {
    for (name, content) in samples::all() {
        let folder = tempfile::tempdir().unwrap();
        let mut mail = envelope("1", "ada@university.example");
        mail.rendered = render(&samples::mail(Lang::DE, content), &branding()).unwrap();
        let found = files(&FolderMailer::new(folder.path()), folder.path(), &mail).await;
        let wanted = ["admitted", "promoted", "request_accepted"].iter().any(|kind| name.starts_with(kind));
        let Some(part) = found[0].1.split("Content-Type: text/calendar; charset=utf-8\r\n").nth(1) else {
            assert!(!wanted, "{name}");
            continue;
        };
        assert!(wanted, "{name}");
        let (head, body) = part.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("attachment; filename=\"datenanalyse-2027.ics\""), "{head}");
        let body: String = body.split("--=_").next().unwrap().split_whitespace().collect();
        let file = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
        let file = String::from_utf8(file).unwrap();
        assert!(file.starts_with("BEGIN:VCALENDAR\r\n") && file.ends_with("END:VCALENDAR\r\n"), "{file}");
        assert!(file.contains("UID:0198a7c1-0000-7000-8000-00000000000c\r\nSEQUENCE:4\r\n"), "{file}");
        assert!(mail.rendered.text.contains("Kalenderdatei"), "{name} says so");
        // A reader of the inner parts must not take the outer boundary for its own.
        let mut boundaries =
            found[0].1.split("boundary=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        let (outer, inner) = (boundaries.next().unwrap(), boundaries.next().unwrap());
        assert!(!outer.starts_with(inner) && !inner.starts_with(outer), "{outer} {inner}");
    }
}

#[tokio::test]
async fn a_name_with_a_line_break_makes_no_header() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(folder.path());
    let mut envelope = envelope("1", "eve@university.example");
    envelope.to.name = "Eve\r\nBcc: all@university.example\r\n\r\nHello".to_owned();
    envelope.from.name = "A\nX-Evil: 1".to_owned();
    envelope.rendered.subject = "Subject\r\nX-Evil: 2".to_owned();
    envelope.message_id = "<1@x>\r\nX-Evil: 3".to_owned();
    let found = files(&mailer, folder.path(), &envelope).await;
    let head = found[0].1.split("\r\n\r\n").next().unwrap();
    let names: Vec<&str> = head
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .filter_map(|line| line.split(':').next())
        .collect();
    assert!(!names.contains(&"X-Evil") && !names.contains(&"Bcc"), "{head}");
    assert_eq!(names.iter().filter(|name| **name == "To").count(), 1, "{head}");
}

#[tokio::test]
async fn an_address_that_is_none_is_given_up_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(folder.path());
    for address in ["", "nobody", "a@b\r\nBcc: c@d.example", "a b@c.example", "<a@b.example>"] {
        let refused = mailer.send(&envelope("1", address)).await;
        assert!(matches!(refused, Err(SendError { transient: false, .. })), "{address:?}: {refused:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = folder.path().join("file");
    std::fs::write(&occupied, "").unwrap();
    let refused =
        FolderMailer::new(&occupied).send(&envelope("1", "ada@university.example")).await.unwrap_err();
    assert!(refused.transient && refused.detail.contains("file"), "{refused:?}");
}

#[test]
fn a_message_id_cannot_be_broken_out_of() {
    assert_eq!(message_id("0198-a", "x@university.example"), "<0198-a@university.example>");
    assert_eq!(message_id("1>\r\nX: y", "x@a>b\r\n"), "<1Xy@ab>");
    assert_eq!(message_id("1", ""), "<1@localhost>");
}
