//! Rosters as spreadsheets write them.

use jhaas_app::{course, participation, roster};
use jhaas_domain::{course::CourseState, participation::ParticipationState as State};
use jhaas_testkit::{World, on_both};

use crate::help::{apply, outcome, revocations, state_of};

fn read(bytes: &[u8]) -> Vec<String> {
    let parsed = roster::parse(bytes).unwrap();
    let good = parsed.entries.iter().map(|entry| format!("{} = {}", entry.email, entry.name));
    let bad = parsed.bad.iter().map(|bad| format!("{}: {} ({})", bad.line, bad.message.key, bad.text));
    good.chain(bad).collect()
}

#[test]
fn commas_semicolons_and_tabs_are_found_out() {
    let expected = ["bob@uni.example = Bob Builder", "cyd@uni.example = Cyd"];
    assert_eq!(read(b"bob@uni.example,Bob Builder\ncyd@uni.example,Cyd\n"), expected);
    assert_eq!(read(b"bob@uni.example;Bob Builder\r\ncyd@uni.example;Cyd\r\n"), expected);
    assert_eq!(read(b"bob@uni.example\tBob Builder\ncyd@uni.example\tCyd"), expected);
    assert_eq!(read(b"sep=;\r\nbob@uni.example;Bob Builder\r\ncyd@uni.example;Cyd"), expected);
    assert_eq!(read(b"bob@uni.example\nCYD@uni.example"), ["bob@uni.example = ", "cyd@uni.example = "]);
}

#[test]
fn a_head_line_says_where_the_columns_are() {
    assert_eq!(
        read("Nr;Nachname;Vorname;E-Mail-Adresse\n1;Müller;Jörg;joerg@uni.example\n".as_bytes()),
        ["joerg@uni.example = Jörg Müller"]
    );
    assert_eq!(read(b"name,mail\n\"Builder, Bob\",bob@uni.example\n"), ["bob@uni.example = Builder, Bob"]);
    assert_eq!(
        read(b"Bob,bob@uni.example\n"),
        ["bob@uni.example = Bob"],
        "without one, the address is found"
    );
}

#[test]
fn every_usual_encoding_is_read() {
    let text = "mail;name\njoerg@uni.example;Jörg Ößmann\n";
    let expected = ["joerg@uni.example = Jörg Ößmann"];
    assert_eq!(read(text.as_bytes()), expected);
    assert_eq!(read(&[&[0xef, 0xbb, 0xbf], text.as_bytes()].concat()), expected);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&[&[0xff, 0xfe], wide.as_slice()].concat()), expected);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(read(&[&[0xfe, 0xff], wide.as_slice()].concat()), expected);
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(read(&latin), expected);
}

#[test]
fn bad_lines_are_named_by_their_number_and_spoil_nothing() {
    let file = "mail,name\nbob@uni.example,Bob\n\nnot an address,Eve\nBOB@uni.example,Bob again\ncyd@uni.example,Cyd\n";
    assert_eq!(
        read(file.as_bytes()),
        [
            "bob@uni.example = Bob",
            "cyd@uni.example = Cyd",
            "4: error-mail-address-form (not an address, Eve)",
            "5: error-roster-twice (BOB@uni.example, Bob again)",
        ]
    );
}

#[test]
fn what_is_no_list_is_refused() {
    for (bytes, key) in [
        (&b""[..], "error-roster-empty"),
        (b"\n\n", "error-roster-empty"),
        (b"PK\x03\x04\x00\x00\x00", "error-roster-form"),
        (&[b'a'; 2_000_001], "error-roster-too-long"),
    ] {
        let refused = roster::parse(bytes).unwrap_err();
        let jhaas_app::AppError::Invalid(faults) = refused else { panic!("{refused:?}") };
        assert_eq!((faults[0].field.as_str(), faults[0].message.key.as_str()), ("roster", key));
    }
    let many: String = (0..10_002).map(|number| format!("p{number}@uni.example\n")).collect();
    assert_eq!(outcome(&roster::parse(many.as_bytes())), "422 roster");
}

fn by_roster(form: &mut course::CourseForm) {
    form.admission = "roster".to_owned();
}

async fn confirm(
    world: &World,
    ada: &jhaas_app::Actor,
    id: jhaas_domain::id::CourseId,
    file: &str,
    remove_gone: bool,
) -> roster::Confirmed {
    let preview = roster::preview(&world.app, ada, id, file.as_bytes()).await.unwrap();
    roster::confirm(&world.app, ada, id, &preview.text, &preview.base, remove_gone).await.unwrap()
}

#[tokio::test]
async fn nothing_happens_before_a_roster_is_confirmed() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).with(by_roster).state(CourseState::Accepted).create().await;
        let (bob, cyd) = (world.student("bob").await, world.student("cyd").await);
        assert_eq!(apply(&world, id, &bob).await, State::Applied);
        let file = "bob@university.example,Bob\nnobody\n\"new@university.example\",\"New, \"\"N\"\"\"\n";
        let preview = roster::preview(app, &ada, id, file.as_bytes()).await.unwrap();
        assert_eq!(
            (preview.new.len(), preview.known.len(), preview.gone.len(), preview.bad.len()),
            (2, 0, 0, 1)
        );
        assert_eq!(preview.new[0].state, Some(State::Applied));
        assert_eq!(state_of(&world, id, &bob).await, State::Applied);
        assert!(roster::list(app, &ada, id).await.unwrap().is_empty());

        let done = roster::confirm(app, &ada, id, &preview.text, &preview.base, false).await.unwrap();
        assert_eq!(done, roster::Confirmed { entries: 2, admitted: 1, removed: 0 });
        assert_eq!(state_of(&world, id, &bob).await, State::Admitted);
        assert_eq!(roster::list(app, &ada, id).await.unwrap()[1].entry.name, "New, \"N\"");
        assert_eq!(apply(&world, id, &cyd).await, State::Applied, "not on it: a person decides");

        let stale = roster::confirm(app, &ada, id, &preview.text, &preview.base, false).await;
        assert_eq!(outcome(&stale), "409 error-changed-meanwhile");
    })
    .await;
}

#[tokio::test]
async fn a_roster_uploaded_again_shows_who_came_and_went() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).with(by_roster).state(CourseState::Deployed).create().await;
        let (bob, cyd) = (world.student("bob").await, world.student("cyd").await);
        confirm(&world, &ada, id, "bob@university.example,Bob\ncyd@university.example,Cyd\n", false).await;
        assert_eq!(apply(&world, id, &bob).await, State::Admitted);
        assert_eq!(apply(&world, id, &cyd).await, State::Admitted);

        let file = "cyd@university.example,Cyd\ndan@university.example,Dan\n";
        let preview = roster::preview(app, &ada, id, file.as_bytes()).await.unwrap();
        let names = |lines: &[roster::Line]| -> Vec<String> {
            lines.iter().map(|line| line.entry.email.as_str().split('@').next().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&preview.new), ["dan"]);
        assert_eq!(names(&preview.known), ["cyd"]);
        assert_eq!(names(&preview.gone), ["bob"]);
        assert_eq!(preview.gone[0].state, Some(State::Admitted));

        confirm(&world, &ada, id, file, false).await;
        assert_eq!(
            state_of(&world, id, &bob).await,
            State::Admitted,
            "off the list is not out of the course"
        );
        confirm(&world, &ada, id, "bob@university.example\n", false).await;
        let done = confirm(&world, &ada, id, file, true).await;
        assert_eq!(done.removed, 1);
        assert_eq!(state_of(&world, id, &bob).await, State::Removed);
        assert_eq!(revocations(&world, id).await, ["bob removed"]);
        let filter = participation::Filter::default();
        let people = participation::list(app, &ada, id, &filter, jhaas_store::Page::default()).await.unwrap();
        let on: Vec<_> =
            people.items.iter().map(|line| (line.person.name.as_str(), line.on_roster)).collect();
        assert_eq!(on, [("cyd", true), ("bob", false)]);
    })
    .await;
}

#[tokio::test]
async fn an_unconfirmed_address_on_the_roster_admits_nobody() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).with(by_roster).state(CourseState::Accepted).create().await;
        confirm(&world, &ada, id, "bob@university.example,Bob\n", false).await;
        let thief = world.person("thief").email("bob@university.example").unverified().create().await;
        assert_eq!(apply(&world, id, &thief).await, State::Applied);
    })
    .await;
}
