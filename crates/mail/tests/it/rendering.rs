//! What each mail says, in both languages, and what it must never contain.

use std::collections::BTreeSet;

use jhaas_domain::mail::{ChangeFacts, ChangedField, CourseFacts, MailFacts, MailKind, Shown};
use jhaas_domain::{account::Role, course::CourseState};
use jhaas_lang::Lang;
use jhaas_mail::{Branding, MailData, Recipient, Rendered, render};

use crate::samples::{self, branding, course, mail};

fn rendered(lang: Lang, content: MailFacts) -> Rendered {
    render(&mail(lang, content), &branding()).unwrap()
}

#[test]
fn each_mail_reads_well_in_each_language() {
    for (name, content) in samples::all() {
        for lang in Lang::all() {
            let mail = rendered(lang, content.clone());
            let shown =
                format!("{}\n{}\n{}", mail.subject, "=".repeat(mail.subject.chars().count()), mail.text);
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(format!("{name}.{lang}"), shown);
            });
        }
    }
}

#[test]
fn the_html_of_a_mail_stays_as_it_was_looked_at() {
    let wanted = ["request_accepted", "hub_deployed", "governance_digest"];
    for (name, content) in samples::all().into_iter().filter(|(name, _)| wanted.contains(name)) {
        let mail = rendered(Lang::DE, content);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{name}.de.html"), mail.html);
        });
    }
}

#[test]
fn no_kind_is_without_a_sample() {
    let sampled: BTreeSet<MailKind> = samples::all().iter().map(|(_, content)| content.kind()).collect();
    assert_eq!(sampled, MailKind::ALL.into_iter().collect());
}

#[test]
fn a_row_of_the_outbox_is_read_back_as_it_was_written() {
    for (name, content) in samples::all() {
        for lang in Lang::all() {
            let data = mail(lang, content.clone());
            let row = serde_json::to_string(&data).unwrap();
            assert_eq!(serde_json::from_str::<MailData>(&row).unwrap(), data, "{name}");
            let value: serde_json::Value = serde_json::from_str(&row).unwrap();
            assert_eq!(value["kind"], content.kind().as_str(), "{name}");
            assert_eq!(value["recipient"]["lang"], lang.code());
        }
    }
}

#[test]
fn the_names_of_the_kinds_are_those_of_the_json() {
    for kind in MailKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        assert_eq!(MailKind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(MailKind::parse("chain_letter"), None);
}

#[test]
fn a_row_with_the_least_and_with_unknown_fields_is_rendered() {
    let row = serde_json::json!({
        "kind": "request_rejected",
        "recipient": { "address": "ada@university.example", "zone": "Middle-earth/Shire", "shoe_size": 38 },
        "course": {
            "title": "Algebra", "slug": "algebra", "state": "REJECTED",
            "starts_at_ms": 0, "ends_at_ms": 60_000, "course_url": "https://portal.example/c/algebra",
        },
        "added_by_a_newer_version": true,
    });
    let data: MailData = serde_json::from_value(row).unwrap();
    let mail = render(&data, &branding()).unwrap();
    assert_eq!(mail.lang, Lang::EN);
    assert!(mail.text.starts_with("Hello,\n"), "{}", mail.text);
    assert!(mail.text.contains("time zone UTC"), "{}", mail.text);
}

#[test]
fn each_mail_carries_the_link_to_act_on() {
    for (name, content) in samples::all() {
        let mail = rendered(Lang::DE, content);
        let buttons = mail.html.matches(r#"class="button""#).count();
        assert_eq!(buttons, 1, "{name}: one button");
        let after = mail.html.split(r#"class="button" href=""#).nth(1).unwrap();
        let url = after.split('"').next().unwrap();
        assert!(url.starts_with("https://"), "{name}: {url}");
        assert!(mail.text.lines().any(|line| line == url), "{name}: {url} on a line of its own");
    }
}

#[test]
fn what_cannot_be_switched_off_offers_no_switch() {
    for (name, content) in samples::all() {
        let optional = content.kind().can_be_switched_off();
        let mail = rendered(Lang::EN, content);
        assert_eq!(mail.unsubscribe_url.is_some(), optional, "{name}");
        assert_eq!(mail.text.contains("/account/mails"), optional, "{name}");
        assert_eq!(mail.text.contains("cannot be switched off"), !optional, "{name}");
    }
}

fn hostile() -> CourseFacts {
    CourseFacts {
        title: "<script>alert(1)</script> & \"Söhne\"\r\nBcc: all@university.example".to_owned(),
        ..course(CourseState::Rejected)
    }
}

#[test]
fn a_hostile_title_stays_text_in_html_and_reads_normally_in_text() {
    let mail = rendered(
        Lang::DE,
        MailFacts::RequestRejected {
            course: hostile(),
            actor_name: Some("<b>Eve</b>\r\nBcc: x@y.example".to_owned()),
            reason: Some("<img src=x onerror=alert(1)>\n&amp;".to_owned()),
        },
    );
    assert!(!mail.html.contains("<script") && !mail.html.contains("<img") && !mail.html.contains("<b>"));
    assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
    assert!(mail.text.contains("<script>alert(1)</script> & \"Söhne\" Bcc:"), "{}", mail.text);
    assert!(mail.text.contains("> <img src=x onerror=alert(1)>\n> &amp;\n"), "{}", mail.text);
}

#[test]
fn links_in_a_leaders_words_can_be_clicked_and_nothing_else_of_them_is_html() {
    let announcement = MailFacts::Announcement {
        course: course(CourseState::Deployed),
        actor_name: "Grace".to_owned(),
        subject: "<b>Now</b>\r\nBcc: all@university.example".to_owned(),
        text: "See https://a.example/x?b=1&c=2.\n<img src=x onerror=alert(1)> javascript:alert(1)".to_owned(),
    };
    let mail = rendered(Lang::EN, announcement);
    let link = "<a class=\"link\" href=\"https://a.example/x?b=1&#38;c=2\" style=\"color:#2f4b8f;\">";
    assert!(mail.html.contains(link), "{}", mail.html);
    assert!(!mail.html.contains("<img") && !mail.html.contains("<b>") && !mail.html.contains("href=\"java"));
    assert!(mail.html.contains(".<br>&#60;img"), "{}", mail.html);
    assert!(mail.text.contains("\n<img src=x onerror=alert(1)> javascript:alert(1)\n"), "{}", mail.text);
    assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
}

#[test]
fn a_text_mail_has_no_entities_no_marks_and_lines_of_reading_length() {
    for (name, content) in samples::all() {
        for lang in Lang::all() {
            let mail = rendered(lang, content.clone());
            assert!(!mail.text.contains("&#") && !mail.text.contains("&quot;"), "{name}");
            assert!(!mail.text.contains(['\u{2068}', '\u{2069}']), "{name}");
            assert!(!mail.text.contains("\n\n\n"), "{name} ({lang}) has a hole:\n{}", mail.text);
            for line in mail.text.lines().filter(|line| !line.contains("://")) {
                assert!(line.chars().count() <= 72, "{name}: {line}");
            }
        }
    }
}

#[test]
fn german_mails_say_sie_and_name_no_gender() {
    for (name, content) in samples::all() {
        let mail = rendered(Lang::DE, content);
        for word in [
            "Teilnehmer ",
            "Teilnehmer.",
            "Student ",
            "Studenten",
            "Dozent",
            "Nutzer ",
            "Benutzer ",
            " du ",
            " dein",
        ] {
            assert!(!mail.text.contains(word), "{name} says {word:?}:\n{}", mail.text);
        }
    }
}

#[test]
fn mails_work_in_the_dark_and_load_nothing() {
    for (name, content) in samples::all() {
        let html = rendered(Lang::EN, content).html;
        assert!(html.contains(r#"<meta name="color-scheme" content="light dark">"#), "{name}");
        assert!(html.contains("prefers-color-scheme: dark"), "{name}");
        assert!(!html.contains("<img") && !html.contains("<link") && !html.contains("url("), "{name}");
    }
}

#[test]
fn every_changed_field_and_every_role_has_words() {
    let changes = ChangedField::ALL
        .into_iter()
        .map(|field| ChangeFacts {
            field,
            before: Shown::Text(String::new()),
            after: Shown::Text("new".to_owned()),
        })
        .collect();
    for lang in Lang::all() {
        let mail = rendered(
            lang,
            MailFacts::ChangeDecided {
                course: course(CourseState::Deploying),
                accepted: true,
                actor_name: None,
                reason: None,
                updates_hub: true,
                changes: Clone::clone(&changes),
            },
        );
        assert_eq!(mail.text.matches("– → new").count(), ChangedField::ALL.len(), "{}", mail.text);
        for role in Role::ALL {
            let link = "https://portal.example/".to_owned();
            let content = MailFacts::RoleGranted { role, actor_name: None, reason: None, link };
            assert!(!rendered(lang, content).text.is_empty());
        }
    }
}

#[test]
fn every_state_of_a_course_has_a_timeline_with_one_present_moment() {
    use CourseState::{
        Accepted, Cancelled, Degraded, Degrading, Deployed, Deploying, Failed, Rejected, Requested,
    };
    for state in [Requested, Rejected, Accepted, Deploying, Deployed, Degrading, Degraded, Failed, Cancelled]
    {
        let mail = rendered(Lang::EN, MailFacts::RequestReceived { course: course(state) });
        assert_eq!(mail.text.matches("(now)").count(), 1, "{state:?}:\n{}", mail.text);
        assert_eq!(mail.text.lines().filter(|line| line.starts_with("→ ")).count(), 1, "{state:?}");
    }
}

#[test]
fn times_are_those_of_the_reader() {
    let recipient = Recipient { zone: "Asia/Tokyo".to_owned(), ..samples::recipient(Lang::EN) };
    let content = MailFacts::HubDeployed {
        course: CourseFacts { as_of_ms: Some(0), ..course(CourseState::Deployed) },
        check: None,
        checked_at_ms: None,
    };
    let mail = render(&MailData { recipient, content }, &Branding::default()).unwrap();
    assert!(mail.text.replace('\n', " ").contains("Monday, 1 March 2027, 15:30"), "{}", mail.text);
    assert!(mail.text.contains("time zone Asia/Tokyo"), "{}", mail.text);
}
