//! Rosters as spreadsheets write them.

use jhaas_app::{course, participation, roster};
use jhaas_domain::{course::CourseState, participation::ParticipationState as State};
use jhaas_store::Page;
use jhaas_testkit::{World, on_both};
use proptest::{collection::vec, prelude::*, sample::select};

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
        (&[b'a'; 6_000_001], "error-roster-too-long"),
        (&[b'a'; roster::MAX_BYTES + 1], "error-roster-too-long"),
    ] {
        let refused = roster::parse(bytes).unwrap_err();
        let jhaas_app::AppError::Invalid(faults) = refused else { panic!("{refused:?}") };
        assert_eq!((faults[0].field.as_str(), faults[0].message.key.as_str()), ("roster", key));
    }
    let many: String = (0..=roster::MAX_LINES + 1).map(|number| format!("p{number}@uni.example\n")).collect();
    assert_eq!(outcome(&roster::parse(many.as_bytes())), "422 roster");
}

/// A line of a file, and what is to become of it.
#[derive(Clone, Debug)]
enum Row {
    Good(String),
    /// The address of the first line once more.
    Twice,
    NoAddress,
    Unclosed,
    Blank,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Encoding {
    Utf8,
    Utf8Marked,
    Utf16Little,
    Utf16Big,
    Windows1252,
}

/// How a spreadsheet writes a file.
#[derive(Clone, Debug)]
struct Dialect {
    encoding: Encoding,
    separator: &'static str,
    line_end: &'static str,
    head: bool,
    names_first: bool,
    quote_all: bool,
}

const NAMES: [&str; 14] = [
    "",
    "Bob Builder",
    "Jörg Ößmann",
    "Builder, Bob",
    "Builder; Bob",
    "Tab\tBob",
    "Bob \"the\" Builder",
    "=HYPERLINK(\"http://evil.example\")",
    "+49 1",
    "-1+1",
    "Bob\nBuilder",
    "\u{1}\u{7}Bob",
    "Šarić – €",
    "’Bob’",
];

fn row() -> impl Strategy<Value = Row> {
    prop_oneof![
        6 => select(&NAMES[..]).prop_map(|name| Row::Good(name.to_owned())),
        1 => "[a-zäß ,;\\t]{0,300}".prop_map(|name| Row::Good(name.trim().trim_matches([',', ';', ' ', '\t']).to_owned())),
        1 => Just(Row::Twice),
        1 => Just(Row::NoAddress),
        1 => Just(Row::Unclosed),
        1 => Just(Row::Blank),
    ]
}

fn dialect() -> impl Strategy<Value = Dialect> {
    use Encoding::{Utf8, Utf8Marked, Utf16Big, Utf16Little, Windows1252};
    let encodings = select(vec![Utf8, Utf8Marked, Utf16Little, Utf16Big, Windows1252]);
    let separators = select(vec![",", ";", "\t"]);
    let ends = select(vec!["\n", "\r\n", "\r"]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (encodings, separators, ends, flags).prop_map(
        |(encoding, separator, line_end, (head, names_first, quote_all))| Dialect {
            encoding,
            separator,
            line_end,
            head,
            names_first,
            quote_all,
        },
    )
}

impl Dialect {
    fn cell(&self, text: &str) -> String {
        let needs = text.contains(['"', '\n', ',', ';', '\t']);
        if self.quote_all || needs {
            format!("\"{}\"", text.replace('"', "\"\"").replace('\n', self.line_end))
        } else {
            text.to_owned()
        }
    }

    fn pair(&self, address: &str, name: &str) -> String {
        let (address, name) = (self.cell(address), self.cell(name));
        let (first, second) = if self.names_first { (name, address) } else { (address, name) };
        format!("{first}{}{second}", self.separator)
    }

    fn bytes(&self, text: &str) -> Vec<u8> {
        let wide = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
            mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect()
        };
        match self.encoding {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Utf8Marked => [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat(),
            Encoding::Utf16Little => wide([0xff, 0xfe], u16::to_le_bytes),
            Encoding::Utf16Big => wide([0xfe, 0xff], u16::to_be_bytes),
            Encoding::Windows1252 => text.chars().map(windows_1252).collect(),
        }
    }
}

fn windows_1252(c: char) -> u8 {
    match c {
        '€' => 0x80,
        'Š' => 0x8a,
        '’' => 0x92,
        '–' => 0x96,
        'ć' => 0xe6,
        other => u8::try_from(u32::from(other)).unwrap(),
    }
}

/// The name as it is kept.
fn kept(name: &str, encoding: Encoding) -> String {
    let name = if encoding == Encoding::Windows1252 { name.replace('ć', "æ") } else { name.to_owned() };
    let spaced = name.trim().replace(['\n', '\t'], " ");
    let plain: String = spaced.chars().filter(|c| !c.is_control()).take(200).collect();
    plain.trim().to_owned()
}

/// The file, the entries, and the numbers and faults of bad lines.
/// Line and key of each fault.
type Faults = Vec<(u64, &'static str)>;

fn written(dialect: &Dialect, rows: &[Row]) -> (Vec<u8>, Vec<(String, String)>, Faults) {
    let (mut text, mut line) = (String::new(), 1);
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let mut put = |line: &mut u64, content: String| {
        let taken = *line;
        text.push_str(&content);
        text.push_str(dialect.line_end);
        *line += 1 + content.matches(dialect.line_end).count() as u64;
        taken
    };
    if dialect.head {
        put(&mut line, dialect.pair("E-Mail", "Name"));
    }
    put(&mut line, dialect.pair("first@uni.example", "First"));
    good.push(("first@uni.example".to_owned(), "First".to_owned()));
    for (number, row) in rows.iter().enumerate() {
        match row {
            Row::Good(name) => {
                let address = format!("P{number}@Uni.example");
                put(&mut line, dialect.pair(&address, name));
                good.push((address.to_lowercase(), kept(name, dialect.encoding)));
            }
            Row::Twice => {
                bad.push((put(&mut line, dialect.pair("FIRST@uni.example", "x")), "error-roster-twice"));
            }
            Row::NoAddress => {
                bad.push((put(&mut line, dialect.pair("nobody", "Name")), "error-mail-address-form"));
            }
            Row::Unclosed => bad.push((put(&mut line, "\"never closed".to_owned()), "error-roster-quote")),
            Row::Blank => {
                put(&mut line, String::new());
            }
        }
    }
    (dialect.bytes(&text), good, bad)
}

proptest! {
    #[test]
    fn every_line_is_an_entry_or_is_named_whatever_wrote_the_file(
        dialect in dialect(),
        rows in vec(row(), 0..60),
    ) {
        let (bytes, good, bad) = written(&dialect, &rows);
        let parsed = roster::parse(&bytes).unwrap();
        let entries: Vec<(String, String)> =
            parsed.entries.iter().map(|entry| (entry.email.to_string(), entry.name.clone())).collect();
        prop_assert_eq!(entries, good);
        let named: Vec<(u64, &str)> =
            parsed.bad.iter().map(|bad| (bad.line, bad.message.key.as_str())).collect();
        prop_assert_eq!(named, bad);
    }

    #[test]
    fn whatever_is_uploaded_the_parser_answers(
        mark in select(vec![&b""[..], b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"sep=;\r\n", b"mail,name\n"]),
        bytes in vec(any::<u8>(), 0..400),
    ) {
        let _ = roster::parse(&[mark, &bytes].concat());
    }

    #[test]
    fn bad_lines_have_a_number_that_is_in_the_file_each_once(
        text in "([a-c@.;,\"\t\r\n =ä]|x@y\\.de|\"\"){0,200}",
    ) {
        if let Ok(parsed) = roster::parse(text.as_bytes()) {
            let lines = text.replace("\r\n", "\n").split(['\r', '\n']).count() as u64;
            let numbers: Vec<u64> = parsed.bad.iter().map(|bad| bad.line).collect();
            prop_assert!(numbers.windows(2).all(|two| two[0] < two[1]), "{numbers:?}");
            prop_assert!(numbers.iter().all(|line| (1..=lines).contains(line)), "{numbers:?} of {lines}");
            let unix = text.replace("\r\n", "\n").replace('\r', "\n");
            let windows = unix.replace('\n', "\r\n");
            prop_assert_eq!(roster::parse(unix.as_bytes()).unwrap(), roster::parse(windows.as_bytes()).unwrap());
        }
    }
}

#[test]
fn a_stray_quotation_mark_costs_its_own_line_only() {
    let file = "mail,name\n\"bob@uni.example,Bob\ncyd@uni.example,Cyd\n\"dan@uni.example\",\"Dan\"\n";
    assert_eq!(
        read(file.as_bytes()),
        ["cyd@uni.example = Cyd", "dan@uni.example = Dan", "2: error-roster-quote (bob@uni.example, Bob)",]
    );
}

#[test]
fn a_line_of_a_million_cells_or_letters_is_one_bad_line() {
    let cells = ",".repeat(1_000_000);
    let letters = "ä".repeat(1_000_000);
    let marks = "\"".repeat(1_000_001);
    let file = format!("bob@uni.example,Bob\n{cells}x\n{letters}\n{marks}\ncyd@uni.example,Cyd\n");
    let parsed = roster::parse(file.as_bytes()).unwrap();
    assert_eq!(parsed.entries.len(), 2);
    let bad: Vec<u64> = parsed.bad.iter().map(|bad| bad.line).collect();
    assert_eq!(bad, [2, 3, 4]);
    assert!(parsed.bad.iter().all(|bad| bad.text.chars().count() <= 80));
}

#[test]
fn fifty_thousand_lines_are_read_and_one_more_is_too_many() {
    let line = |number: usize| match number {
        7 => "nobody;Nobody\r\n".to_owned(),
        49_999 => "\"p1@uni.example\";Once more\r\n".to_owned(),
        _ => format!("p{number}@uni.example;Person {number}\r\n"),
    };
    let file: String = (0..roster::MAX_LINES).map(line).collect();
    let parsed = roster::parse(file.as_bytes()).unwrap();
    assert_eq!(parsed.entries.len(), 49_998);
    let bad: Vec<(u64, &str)> = parsed.bad.iter().map(|bad| (bad.line, bad.message.key.as_str())).collect();
    assert_eq!(bad, [(8, "error-mail-address-form"), (50_000, "error-roster-twice")]);
}

static EVERYONE: roster::Filter = roster::Filter { search: String::new(), sort: roster::Sort::Address };

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
        let all = || roster::list(app, &ada, id, &EVERYONE, Page::default());
        assert_eq!(all().await.unwrap().total, 0);

        let done = roster::confirm(app, &ada, id, &preview.text, &preview.base, false).await.unwrap();
        assert_eq!(done, roster::Confirmed { entries: 2, admitted: 1, removed: 0 });
        assert_eq!(state_of(&world, id, &bob).await, State::Admitted);
        assert_eq!(all().await.unwrap().items[1].entry.name, "New, \"N\"");
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

#[test]
fn a_line_of_quotation_marks_alone_takes_no_longer_than_another() {
    // Six megabytes; looking back at each mark would take hours.
    let hostile = "\"\" ".repeat(2_000_000);
    let refused = jhaas_app::roster::parse(hostile.as_bytes());
    assert!(refused.is_err() || refused.unwrap().entries.is_empty());
}
