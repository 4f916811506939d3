//! Sample content of the gallery. Its words are those of an imagined university, so they stand here and not in the
//! language files.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::response::Response;
use jhaas_domain::{
    account::Role,
    clock::Clock,
    course::CourseState,
    deployment::{Action, Phase},
    message::{FieldError, Message},
    time::Timestamp,
};
use jhaas_lang::Lang;
use jhaas_web::{
    brand::Institution,
    components::{
        Cell, Choice, Column, Confirm, Copyable, CourseLine, CourseTimes, Empty, ErrorSummary, Facts, Field,
        FlashView, LogLine, LogView, Pagination, Progress, Shape, Step, Steps, Table, Tabs, Tag, Timeline,
    },
    markdown::markdown,
    view::{Markup, Notice, Page, Site, Viewer, path, render},
};
use jiff::tz::TimeZone;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        at("2026-11-18T08:12:00Z")
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond))
}

pub(crate) fn site() -> Arc<Site> {
    Arc::new(Site {
        institution: Institution {
            name: "Universität Beispielstadt".to_owned(),
            unit: Some("Zentrum für Datenverarbeitung".to_owned()),
            support: Some("hubs@uni-beispielstadt.example".to_owned()),
            imprint: BTreeMap::new(),
            ..Institution::default()
        },
        zone: TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC),
        default_lang: Lang::DE,
        version: "0.1.0".to_owned(),
        demo: true,
        registration: true,
        local_hubs: false,
        https: false,
        clock: Arc::new(Still),
    })
}

pub(crate) fn leader() -> Viewer {
    Viewer {
        name: "Dr. Annegret Sommerfeld".to_owned(),
        roles: vec![Role::Leader, Role::Governance],
        lang: None,
        zone: None,
    }
}

/// The word in the page's language.
fn word(p: &Page, german: &str, english: &str) -> String {
    if p.lang == Lang::DE { german.to_owned() } else { english.to_owned() }
}

fn times(state: CourseState, failed_action: Option<Action>) -> CourseTimes {
    let asked = state != CourseState::Requested;
    CourseTimes {
        state,
        requested_at: at("2026-09-28T13:05:00Z"),
        decided_at: asked.then(|| at("2026-10-02T09:40:00Z")),
        deploys_at: at("2026-10-19T06:00:00Z"),
        starts_at: at("2026-10-19T06:30:00Z"),
        ends_at: at("2027-02-06T23:00:00Z"),
        degraded_at: None,
        failed_action,
    }
}

#[derive(Template)]
#[template(path = "gallery/course.html")]
struct Course {
    p: Page,
    title: String,
    lead: String,
    timeline: Timeline,
    tabs: Tabs,
    state: Tag,
    open: String,
    heading_about: String,
    about: Markup,
    heading_facts: String,
    facts: Facts,
    heading_people: String,
    seats: Progress,
    invite: Copyable,
    heading_end: String,
    end_text: String,
    end: Confirm,
}

pub(crate) fn course(p: Page) -> Response {
    let courses = p.t("layout-courses");
    let p = p.crumb(courses, path::COURSES);
    let title =
        word(&p, "Einführung in die Datenanalyse mit Python", "Introduction to data analysis with Python");
    render(&Course {
        timeline: Timeline::of(&p, &times(CourseState::Deployed, None)),
        lead: word(
            &p,
            "Der Hub ist offen, noch bis Samstag, 6. Februar 2027, 23:59 Uhr. 27 von 30 Teilnehmenden sind zugelassen.",
            "The hub is open, until Saturday, 6 February 2027, 23:59. 27 of 30 participants are admitted.",
        ),
        tabs: Tabs::new("Kurs")
            .tab(word(&p, "Überblick", "Overview"), "#", true)
            .tab(word(&p, "Teilnehmende", "Participants"), "#", false)
            .count(27)
            .tab(word(&p, "Server", "Servers"), "#", false)
            .count(11)
            .tab(word(&p, "Bereitstellungen", "Deployments"), "#", false)
            .tab(word(&p, "Einstellungen", "Settings"), "#", false),
        state: p.state(CourseState::Deployed),
        open: word(&p, "Hub öffnen", "Open the hub"),
        heading_about: word(&p, "Über den Kurs", "About the course"),
        about: markdown(&word(
            &p,
            "Wir lesen, ordnen und zeichnen Daten: *pandas*, **matplotlib** und ein wenig Statistik. Vorkenntnisse: \
             eine Programmiersprache.\n\n- Montags 8:15–9:45 Uhr, Raum 2.114\n- Übungen als Notebooks, Abgabe im Hub",
            "We read, tidy and draw data: *pandas*, **matplotlib** and a little statistics. You should know one \
             programming language.\n\n- Mondays 8:15–9:45, room 2.114\n- Exercises as notebooks, handed in on the hub",
        )),
        heading_facts: word(&p, "Angaben", "Facts"),
        facts: Facts::new()
            .fact(
                word(&p, "Zeitraum", "Time"),
                p.period(at("2026-10-19T06:30:00Z"), at("2027-02-06T23:00:00Z")),
            )
            .fact(
                word(&p, "Umgebung", "Environment"),
                word(&p, "Datenanalyse (Python 3.13)", "Data analysis (Python 3.13)"),
            )
            .fact(
                word(&p, "Je Person", "Per person"),
                word(&p, "1 CPU, 2 GiB Speicher, 5 GiB Platz", "1 CPU, 2 GiB memory, 5 GiB storage"),
            )
            .fact(word(&p, "Leitung", "Leader"), "Dr. Annegret Sommerfeld"),
        heading_people: word(&p, "Wer teilnimmt", "Who takes part"),
        seats: Progress::seats(&p, 27, 30),
        invite: Copyable::new(
            &p,
            "invite",
            "Link",
            "https://hubs.uni-beispielstadt.example/join/u7Kq-4mZp-Wd2x",
        ),
        heading_end: word(&p, "Vorzeitig beenden", "End early"),
        end_text: word(
            &p,
            "Der Hub wird angehalten und entfernt, auch die Dateien der Teilnehmenden.",
            "The hub is stopped and removed, and so are the participants' files.",
        ),
        end: Confirm::new(
            &p,
            "end",
            word(&p, "Kurs beenden", "End the course"),
            word(&p, &format!("„{title}“ jetzt beenden?"), &format!("End “{title}” now?")),
            word(
                &p,
                "27 Menschen verlieren sofort den Zugang; ihre Dateien werden nach drei Tagen entfernt. Das lässt sich nicht rückgängig machen.",
                "27 people lose access at once; their files are removed after three days. This cannot be undone.",
            ),
            "#",
        ),
        title,
        p,
    })
}

#[derive(Template)]
#[template(path = "gallery/form.html")]
struct Form {
    p: Page,
    title: String,
    lead: String,
    summary: ErrorSummary,
    sections: Vec<(String, Vec<Field>)>,
    row: Vec<Field>,
    row_heading: String,
    send: String,
    keep: String,
}

pub(crate) fn form(p: Page) -> Response {
    let p = Page { path: path::NEW_COURSE.to_owned(), ..p };
    let errors = vec![
        FieldError::new("slug", Message::new("error-slug-characters")),
        FieldError::new("image", Message::new("error-image-tag-missing")),
    ];
    let field = |name: &str, de: &str, en: &str| Field::new(&p, name, word(&p, de, en)).errors(&p, &errors);
    let about = vec![
        field("title", "Titel", "Title").value(word(
            &p,
            "Einführung in die Datenanalyse",
            "Introduction to data analysis",
        )),
        field("slug", "Adresse", "Address")
            .monospace()
            .value("Daten_Analyse")
            .unit(".hubs.uni-beispielstadt.example")
            .help(word(
                &p,
                "Unter dieser Adresse erreichen alle den Hub. Sie bleibt, solange der Kurs läuft.",
                "Everybody reaches the hub at this address. It stays as long as the course runs.",
            )),
        field("description", "Beschreibung", "Description").textarea().optional(&p).help(word(
            &p,
            "Markdown ist möglich.",
            "Markdown is possible.",
        )),
    ];
    let software = vec![
        field("environment", "Umgebung", "Environment")
            .select([
                Choice::new("data", word(&p, "Datenanalyse (Python 3.13)", "Data analysis (Python 3.13)")),
                Choice::new("r", "R 4.5, RStudio"),
            ])
            .value("data"),
        field("image", "Eigenes Image", "Image of your own")
            .monospace()
            .value("quay.io/jupyter/scipy-notebook")
            .optional(&p),
        field("admission", "Wer hineinkommt", "Who gets in")
            .radios([
                Choice::new(
                    "hand",
                    word(&p, "Ich entscheide über jede Bewerbung", "I decide on each application"),
                ),
                Choice::new("roster", word(&p, "Alle auf meiner Liste", "Everyone on my roster")).help(word(
                    &p,
                    "Die Liste laden Sie nach der Zusage hoch.",
                    "You upload the roster after acceptance.",
                )),
                Choice::new("link", word(&p, "Alle mit dem Link", "Everyone with the link")),
            ])
            .value("roster"),
        field("terms", "Bedingungen", "Terms").checkboxes([Choice::new(
            "1",
            word(
                &p,
                "Ich habe die Nutzungsbedingungen gelesen und stimme zu.",
                "I have read the terms of use and agree.",
            ),
        )]),
    ];
    let row = vec![
        field("starts", "Beginn", "Start").input("datetime-local").value("2026-10-19T08:30"),
        field("ends", "Ende", "End").input("datetime-local").value("2027-02-06T23:59"),
        field("seats", "Plätze", "Seats").input("number").short().range(1, 200).value("30"),
        field("memory", "Speicher je Person", "Memory per person")
            .input("number")
            .short()
            .unit("GiB")
            .value("2"),
    ];
    render(&Form {
        title: word(&p, "Kurs beantragen", "Request a course"),
        lead: word(
            &p,
            "In der Regel entscheidet die Einrichtung binnen zwei Werktagen. Alles lässt sich bis dahin ändern.",
            "The institution usually decides within two working days. Until then everything can be changed.",
        ),
        summary: ErrorSummary::new(&p, &errors),
        sections: vec![
            (word(&p, "Der Kurs", "The course"), about),
            (word(&p, "Software und Zugang", "Software and access"), software),
        ],
        row,
        row_heading: word(&p, "Zeit und Größe", "Time and size"),
        send: word(&p, "Antrag einreichen", "Hand in the request"),
        keep: word(&p, "Entwurf speichern", "Keep as a draft"),
        p,
    })
}

#[derive(Template)]
#[template(path = "gallery/list.html")]
struct List {
    p: Page,
    title: String,
    lead: String,
    tabs: Tabs,
    table: Table,
    pages: Pagination,
    empty: Empty,
}

pub(crate) fn list(p: Page) -> Response {
    let p = Page { path: path::COURSES.to_owned(), ..p.wide() };
    let mut table = Table::new(
        word(&p, "Kurse", "Courses"),
        vec![
            Column::new(word(&p, "Kurs", "Course")).sorted_by("#", Some("ascending")),
            Column::new(word(&p, "Stand", "State")),
            Column::new(word(&p, "Leitung", "Leader")),
            Column::number(word(&p, "Plätze", "Seats")).sorted_by("#", None),
            Column::number(word(&p, "Speicher", "Memory")),
            Column::new(word(&p, "Beantragt", "Requested")),
        ],
    )
    .hide_caption();
    let courses = [
        (
            "Datenanalyse mit Python",
            "Data analysis with Python",
            CourseState::Deployed,
            None,
            "Sommerfeld",
            30_u32,
            64_u64,
        ),
        ("Numerik II", "Numerical methods II", CourseState::Requested, None, "Okonkwo", 120, 248),
        (
            "Statistik für Psychologie",
            "Statistics for psychology",
            CourseState::Accepted,
            None,
            "Brandt",
            260,
            524,
        ),
        ("Maschinelles Lernen", "Machine learning", CourseState::Deploying, None, "Yılmaz", 45, 184),
        (
            "Computerlinguistik",
            "Computational linguistics",
            CourseState::Failed,
            Some(Action::Deploy),
            "Petrović",
            18,
            40,
        ),
        ("Bioinformatik", "Bioinformatics", CourseState::Degrading, None, "Nguyen", 24, 52),
        ("Physikalisches Praktikum", "Physics laboratory", CourseState::Degraded, None, "Lindqvist", 60, 124),
        ("Wirtschaftsinformatik I", "Information systems I", CourseState::Rejected, None, "Weiß", 400, 804),
        ("Ferienkurs Julia", "Julia summer school", CourseState::Cancelled, None, "Almeida", 15, 34),
    ];
    for (de, en, state, failed, leader, seats, memory) in courses {
        table = table.row([
            Cell::link(&word(&p, de, en), "#"),
            Cell::of(&CourseLine::of(&p, &times(state, failed))),
            leader.into(),
            p.number(seats).into(),
            p.bytes(memory << 30).into(),
            p.relative(at("2026-09-28T13:05:00Z")).into(),
        ]);
    }
    render(&List {
        title: word(&p, "Kurse", "Courses"),
        lead: word(
            &p,
            "Ein Antrag wartet auf Ihre Entscheidung.",
            "One request is waiting for your decision.",
        ),
        tabs: Tabs::new("Kurse")
            .tab(word(&p, "Laufend", "Running"), "#", true)
            .count(9)
            .tab(word(&p, "Vergangen", "Past"), "#", false)
            .count(212),
        table,
        pages: Pagination::new(&p, 2, 9, 221, |page| format!("?page={page}")),
        empty: Empty::new(
            word(&p, "Noch keine Entwürfe", "No drafts yet"),
            word(
                &p,
                "Hier stehen Anträge, die Sie begonnen und noch nicht eingereicht haben.",
                "Requests that you began and have not handed in yet will be here.",
            ),
        )
        .action(word(&p, "Kurs beantragen", "Request a course"), path::NEW_COURSE),
        p,
    })
}

#[derive(Template)]
#[template(path = "gallery/deployment.html")]
struct Deployment {
    p: Page,
    title: String,
    lead: String,
    timeline: Timeline,
    heading_steps: String,
    steps: Steps,
    heading_log: String,
    log: LogView,
}

pub(crate) fn deployment(p: Page) -> Response {
    let second = |seconds: i64| at("2026-11-18T08:10:00Z").plus_seconds(seconds);
    let step = |phase, began: Option<i64>, ended: Option<i64>, usual: i64| Step {
        phase,
        began: began.map(second),
        ended: ended.map(second),
        usual: Some(usual * 1000),
        failed: false,
        remark: None,
    };
    let steps = [
        step(Phase::Starting, Some(0), Some(2), 2),
        step(Phase::Initialising, Some(2), Some(9), 8),
        step(Phase::Planning, Some(9), Some(13), 5),
        Step {
            remark: Some(word(&p, "6 von 9 Teilen sind bereit.", "6 of 9 parts are ready.")),
            ..step(Phase::Applying, Some(13), None, 150)
        },
        step(Phase::Verifying, None, None, 40),
        Step { usual: None, ..step(Phase::Done, None, None, 0) },
    ];
    let lines = (0..40)
        .map(|index| {
            let (level, text) = match index % 8 {
                0 => ("info", format!("kubernetes_namespace_v1.hub: Creating... [{index}]")),
                5 => (
                    "warn",
                    "Warning: image quay.io/jupyter/scipy-notebook:2026-10-05 is not on this node yet"
                        .to_owned(),
                ),
                7 if index > 30 => ("error", "Error: context deadline exceeded, retrying in 10 s".to_owned()),
                _ => ("info", format!("helm_release.hub: Still creating... [{index}0s elapsed]")),
            };
            LogLine::new(&p, second(13 + index * 3), level, text)
        })
        .collect();
    let mut timeline = times(CourseState::Deploying, None);
    timeline.deploys_at = second(0);
    timeline.starts_at = second(1800);
    render(&Deployment {
        title: word(&p, "Bereitstellung", "Deployment"),
        lead: word(
            &p,
            "Der Hub wird gerade bereitgestellt. Er öffnet in 28 Minuten (Mittwoch, 18. November 2026, 09:40 Uhr).",
            "The hub is being deployed. It opens in 28 minutes (Wednesday, 18 November 2026, 09:40).",
        ),
        timeline: Timeline::of(&p, &timeline),
        heading_steps: word(&p, "Schritte", "Steps"),
        steps: Steps::new(&p, "steps", &steps),
        heading_log: word(&p, "Protokoll", "Log"),
        log: LogView::new(&p, "log", lines),
        p,
    })
}

#[derive(Template)]
#[template(path = "gallery/parts.html")]
struct Parts {
    p: Page,
    timelines: Vec<Timeline>,
    tags: Vec<Tag>,
    notices: Vec<FlashView>,
    confirm: Confirm,
}

pub(crate) fn parts(p: Page) -> Response {
    let notice = |kind, de: &str, en: &str| FlashView::say(&p, kind, word(&p, de, en));
    render(&Parts {
        timelines: CourseState::ALL
            .into_iter()
            .map(|state| {
                Timeline::of(&p, &times(state, (state == CourseState::Failed).then_some(Action::Deploy)))
            })
            .collect(),
        tags: CourseState::ALL
            .into_iter()
            .map(|state| p.state(state))
            .chain([
                Tag::new(Shape::Done, word(&p, "erledigt", "done")),
                Tag::new(Shape::Coming, word(&p, "später", "later")),
                Tag::new(Shape::Skipped, word(&p, "entfällt", "skipped")),
            ])
            .collect(),
        notices: vec![
            notice(Notice::Done, "Der Antrag ist eingereicht.", "The request has been handed in."),
            notice(Notice::Note, "Der Kurs hat noch keine Co-Leitung.", "The course has no co-leader yet."),
            notice(
                Notice::Warning,
                "Der Hub antwortet seit 6 Minuten nicht.",
                "The hub has not answered for 6 minutes.",
            ),
            notice(
                Notice::Failed,
                "Die Mail konnte nicht zugestellt werden.",
                "The mail could not be delivered.",
            ),
        ],
        confirm: Confirm::new(
            &p,
            "remove",
            word(&p, "Person entfernen", "Remove the person"),
            word(&p, "Mira Kowalski aus dem Kurs entfernen?", "Remove Mira Kowalski from the course?"),
            word(&p, "Ihr Server wird sofort angehalten.", "Her server is stopped at once."),
            "#",
        )
        .hidden("version", "7"),
        p,
    })
}
