//! Writes the pages of courses, of governance and of administrators with a term's worth of content as HTML files that a
//! browser opens directly, made by the whole portal on a database of its own:
//! `cargo run -p jhaas-web --example courses -- <folder>`.

use std::{error::Error, fs, path::Path, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use jhaas_app::{
    Actor, account, announcement,
    course::{self, CourseForm},
    decision,
    hub::{HubServer, ServerState},
    invite, participation, roster,
    session::Visitor,
    sign_in::{self, Vouched},
    staff, visit,
};
use jhaas_domain::{
    account::Role,
    cluster::Cluster,
    contract::{Level, LogLine, Outcome, PhaseTimes, Status},
    course::{CourseRole, CourseState},
    deployment::{Action, Phase},
    id::CourseId,
    resources::Resources,
};
use jhaas_lang::Lang;
use jhaas_objects::{FolderConfig, LogWriter, Objects, ObjectsConfig};
use jhaas_testkit::{TestHubs, World};
use jhaas_web::{WebOptions, WebState, assets, brand::Institution, view::Site};
use tower::ServiceExt;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or("usage: courses <folder>")?;
    let folder = Path::new(&folder);
    for name in assets::names() {
        let target = folder.join("assets").join(&name);
        fs::create_dir_all(target.parent().ok_or("an asset has no folder")?)?;
        fs::write(target, assets::asset(&name).unwrap_or_default())?;
    }
    let mut world = World::sqlite().await;
    world.set(|settings| {
        settings.institution = "Universität Beispielstadt".to_owned();
        settings.hub_scheme = "https".to_owned();
        let carries = Resources { cpu_millis: 60_000, memory_mib: 140 * 1024, storage_mib: 800 * 1024 };
        let domain = "hubs.uni-beispielstadt.example";
        settings.clusters = vec![Cluster { capacity: Some(carries), ..Cluster::main(domain) }];
        settings.policy.allow_images = true;
        settings.schedule.keep_homes_days = 14;
    });
    let site = Site {
        institution: Institution {
            name: "Universität Beispielstadt".to_owned(),
            unit: Some("Zentrum für Datenverarbeitung".to_owned()),
            ..Institution::default()
        },
        zone: world.app.settings.zone.clone(),
        default_lang: Lang::DE,
        version: "0.1.0".to_owned(),
        demo: true,
        registration: true,
        local_hubs: false,
        https: false,
        clock: world.clock.clone(),
    };
    let logs = tempfile::tempdir()?;
    let objects = Objects::open(&ObjectsConfig::Folder(FolderConfig { path: logs.path().join("objects") }))?;
    let hubs = TestHubs::default();
    let state = WebState::new(
        world.app.clone(),
        Arc::new(hubs.clone()),
        Arc::new(site),
        objects.clone(),
        WebOptions::default(),
    )?;
    Gallery { router: jhaas_web::router(state), world, hubs, objects, folder }.write().await
}

struct Gallery<'a> {
    world: World,
    hubs: TestHubs,
    router: Router,
    objects: Objects,
    folder: &'a Path,
}

impl Gallery<'_> {
    async fn write(&self) -> Result<()> {
        let world = &self.world;
        let ada = world.person("Dr. Annegret Sommerfeld").email("sommerfeld@uni.example").role(Role::Leader);
        let ada = ada.create().await;
        let gwen = world.person("Gwen Okonkwo").email("okonkwo@uni.example").role(Role::Governance);
        let gwen = gwen.create().await;
        let sam = world.person("Sam Liebermann").email("liebermann@uni.example").create().await;
        let open = self.open_course(&ada).await?;
        let requested = world.course(&ada).with(|form| named(form, "Numerik II", "numerik-2")).create().await;
        let back = world.course(&ada).with(|form| named(form, "Bildverarbeitung", "bilder")).create().await;
        let version = world.stored(back).await.version;
        let question = "Wofür brauchen 30 Teilnehmende je 2 GiB Speicherplatz?\nReicht auch einer?";
        decision::send_back(&world.app, &gwen, back, version, question).await?;
        let later = world.now().plus_days(35);
        let accepted = world
            .course(&ada)
            .with(|form| named(form, "Einführung in R", "einfuehrung-r"))
            .time(later, later.plus_days(90))
            .state(CourseState::Accepted)
            .create()
            .await;
        let failed = world
            .course(&ada)
            .with(|form| named(form, "Maschinelles Lernen", "lernen"))
            .failed(Action::Deploy)
            .create()
            .await;
        let over = world
            .course(&ada)
            .with(|form| named(form, "Statistik für alle", "statistik"))
            .state(CourseState::Degraded)
            .create()
            .await;
        for course in [accepted, open] {
            participation::apply(&world.app, &sam, &world.stored(course).await.invite_token).await?;
        }
        course::request(&world.app, &ada, &CourseForm::default(), None)
            .await
            .err()
            .ok_or("an empty form passed")?;
        self.pages("open", &ada, open).await?;
        self.change(&ada, open).await?;
        for (name, course) in [
            ("requested", requested),
            ("back", back),
            ("accepted", accepted),
            ("failed", failed),
            ("over", over),
        ] {
            self.page(&format!("course-{name}"), Some(&ada), &format!("/courses/{course}")).await?;
        }
        self.page("revise", Some(&ada), &format!("/courses/{back}/revise")).await?;
        self.page("copy", Some(&ada), &format!("/courses/{over}/copy")).await?;
        self.page("courses", Some(&ada), "/courses").await?;
        self.page("courses-past", Some(&ada), "/courses?show=past").await?;
        self.page("new", Some(&ada), "/courses/new").await?;
        self.page("mine-courses", Some(&sam), "/courses").await?;
        self.page("mine-accepted", Some(&sam), &format!("/courses/{accepted}")).await?;
        self.page("mine-open", Some(&sam), &format!("/courses/{open}")).await?;
        self.page("files", Some(&ada), &format!("/courses/{open}/files")).await?;
        let token = world.stored(accepted).await.invite_token;
        self.page("join-visitor", None, &format!("/join/{token}")).await?;
        let tom = world.person("Tomke Freese").email("freese@uni.example").create().await;
        self.page("join", Some(&tom), &format!("/join/{token}")).await?;
        self.page("join-gone", None, "/join/nothing").await?;
        self.page("courses-empty", Some(&tom), "/courses").await?;
        self.page("calendar", Some(&sam), "/calendar").await?;
        let request = Request::post("/calendar");
        self.write_page("calendar-made", Some(&sam), request, String::new()).await?;
        self.invitation(&ada, &tom, accepted).await?;
        self.messages(&ada, &sam, accepted).await?;
        self.governance(&ada, &gwen, requested, open).await?;
        self.administration(&ada, failed, open, over).await
    }

    /// The way into a course, and how it looks to a student.
    async fn invitation(&self, ada: &Actor, tom: &Actor, course: CourseId) -> Result<()> {
        let (world, app) = (&self.world, &self.world.app);
        invite::set_code(app, ada, course, invite::NewCode::Own("RAUM12")).await?;
        let path = format!("/courses/{course}/invite");
        self.page("invite", Some(ada), &path).await?;
        self.page("invite-board", Some(ada), &format!("{path}/board")).await?;
        let token = world.stored(course).await.invite_token;
        self.page("join-code", Some(tom), &format!("/join/{token}")).await?;
        invite::set_until(app, ada, course, "2027-03-12", "").await?;
        world.clock.advance_days(4);
        self.page("join-expired", Some(tom), &format!("/join/{token}")).await?;
        self.page("invite-expired", Some(ada), &path).await
    }

    /// A message to all: written, looked at, read.
    async fn messages(&self, ada: &Actor, sam: &Actor, course: CourseId) -> Result<()> {
        let app = &self.world.app;
        let words = announcement::AnnouncementForm {
            subject: "Anderer Raum am Montag".to_owned(),
            text:
                "Liebe alle,\n\nam Montag sind wir in Raum 2.13.\nFolien: https://git.uni.example/folien\n\n\
                   Bis dann!"
                    .to_owned(),
            to_waiting: true,
            to_staff: false,
        };
        let ready = announcement::preview(app, ada, course, &words).await?;
        announcement::send(app, ada, course, ready.id, &words).await?;
        let path = format!("/courses/{course}/announcements");
        self.page("announcements", Some(ada), &path).await?;
        let form = "subject=Noch+etwas&text=Bringen+Sie+Ihren+Rechner+mit.&to=waiting".to_owned();
        let request = Request::post(&path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.write_page("announcement-preview", Some(ada), request, form).await?;
        self.page("mine-message", Some(sam), &format!("/courses/{course}")).await
    }

    /// What governance decides, and what it decides on.
    async fn governance(
        &self,
        ada: &Actor,
        gwen: &Actor,
        requested: CourseId,
        changed: CourseId,
    ) -> Result<()> {
        let world = &self.world;
        let large = world
            .course(ada)
            .with(|form| {
                named(form, "Tiefe Netze für alle Fachbereiche", "tiefe-netze");
                form.seats = "60".to_owned();
                form.memory = "4".to_owned();
                form.remarks =
                    "Wir haben dieses Jahr drei Fachbereiche zusammengelegt.\nBitte entscheiden Sie vor dem \
                    1. April, dann können wir noch einladen."
                        .to_owned();
            })
            .time(world.now().plus_days(20), world.now().plus_days(110))
            .create()
            .await;
        world.clock.advance_days(2);
        self.page("governance", Some(gwen), "/governance").await?;
        self.page("governance-request", Some(gwen), &format!("/governance/requests/{requested}")).await?;
        self.page("governance-large", Some(gwen), &format!("/governance/requests/{large}")).await?;
        let change =
            jhaas_store::change::pending_of(world.db.pool(), changed).await?.ok_or("no change waits")?;
        self.page("governance-change", Some(gwen), &format!("/governance/changes/{}", change.id)).await?;
        self.page("governance-courses", Some(gwen), "/governance/courses").await?;
        self.page("governance-capacity", Some(gwen), "/governance/capacity").await?;
        self.page("governance-stop", Some(gwen), &format!("/governance/courses/{changed}/stop")).await?;
        self.page("governance-stop-all", Some(gwen), "/governance/stop").await?;
        let form = format!("version={}&decision=accept&message=Gern.", world.stored(large).await.version);
        let request = Request::post(format!("/governance/requests/{large}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.write_page("governance-too-much", Some(gwen), request, form).await
    }

    async fn administration(
        &self,
        ada: &Actor,
        failed: CourseId,
        open: CourseId,
        over: CourseId,
    ) -> Result<()> {
        let world = &self.world;
        let max = world.person("Max Hillebrand").email("hillebrand@uni.example").role(Role::Administrator);
        let max = max.create().await;
        self.page("admin", Some(&max), "/admin").await?;
        for page in ["people", "deployments", "mails", "audit", "settings", "terms"] {
            self.page(&format!("admin-{page}"), Some(&max), &format!("/admin/{page}")).await?;
        }
        self.page("admin-person", Some(&max), &format!("/admin/people/{}", ada.account)).await?;
        self.page("admin-degrade", Some(&max), &format!("/admin/courses/{failed}/degrade")).await?;
        self.page("admin-kept", Some(&max), &format!("/courses/{over}/deployments")).await?;
        self.page("admin-remove-homes", Some(&max), &format!("/admin/courses/{over}/remove-homes")).await?;
        let mails = jhaas_store::outbox::list(
            world.db.pool(),
            &jhaas_store::outbox::Filter::default(),
            jhaas_store::Page::default(),
        )
        .await?;
        let mail = mails.items.first().ok_or("no mail was written")?.id;
        self.page("admin-mail", Some(&max), &format!("/admin/mails/{mail}")).await?;
        self.page("mailbox", None, "/mailbox").await?;
        self.page("mailbox-mail", None, &format!("/mailbox/{mail}")).await?;
        self.page("mailbox-mail-frame", None, &format!("/mailbox/{mail}/html")).await?;
        self.page("deployments", Some(ada), &format!("/courses/{open}/deployments")).await?;
        for (name, who, course) in
            [("succeeded", ada, open), ("failed", ada, failed), ("failed-administrator", &max, failed)]
        {
            let last =
                jhaas_store::deployment::last_of(world.db.pool(), course).await?.ok_or("no deployment")?;
            let path = format!("/courses/{course}/deployments/{}", last.id);
            self.page(&format!("deployment-{name}"), Some(who), &path).await?;
        }
        self.live(ada).await
    }

    /// A deployment in the middle of its work, with a log.
    async fn live(&self, ada: &Actor) -> Result<()> {
        let world = &self.world;
        let course = world
            .course(ada)
            .with(|form| named(form, "Programmieren in Rust", "rust"))
            .state(CourseState::Deploying)
            .create()
            .await;
        let waiting = world.open_deployment(course).await;
        let path = format!("/courses/{course}/deployments/{}", waiting.id);
        self.page("deployment-waiting", Some(ada), &path).await?;
        let (id, attempt) = world.start_attempt(course).await;
        let began = world.now();
        let log = LogWriter::start(self.objects.clone(), id, attempt);
        let lines = [
            (Phase::Starting, Level::Info, "worker of attempt 1 begins"),
            (Phase::Initialising, Level::Info, "python environment jupyterhub-6.1.1 found"),
            (Phase::Planning, Level::Info, "30 seats, 0.5 CPU, 1 GiB memory, 2 GiB storage each"),
            (Phase::Applying, Level::Info, "keeper started, process group 4711"),
            (Phase::Applying, Level::Warning, "the hub does not answer yet, asked for the third time"),
            (Phase::Applying, Level::Info, "JupyterHub is now running at http://127.0.0.1:41231/"),
        ];
        for (number, (phase, level, text)) in (0_i64..).zip(lines) {
            let time = began.plus_seconds(number * 2);
            log.line(LogLine { time, level, phase, text: text.to_owned() });
        }
        log.close().await?;
        let times = |phase, from: i64, until: Option<i64>| PhaseTimes {
            phase,
            began: began.plus_seconds(from),
            ended: until.map(|until| began.plus_seconds(until)),
        };
        let status = Status {
            result: Outcome::Running,
            phase: Phase::Applying,
            phases: vec![
                times(Phase::Starting, 0, Some(2)),
                times(Phase::Initialising, 2, Some(4)),
                times(Phase::Planning, 4, Some(5)),
                times(Phase::Applying, 5, None),
            ],
            check: None,
            ..world.succeeded(id, attempt).await
        };
        self.objects.write_status(&status).await?;
        world.clock.advance_seconds(14);
        self.page("deployment-live", Some(ada), &path).await
    }

    /// A course in its second week, with people in every state.
    async fn open_course(&self, ada: &Actor) -> Result<CourseId> {
        let (world, app) = (&self.world, &self.world.app);
        let id = world
            .course(ada)
            .with(|form| {
                named(form, "Einführung in die Datenanalyse mit Python", "datenanalyse");
                form.seats = "12".to_owned();
                form.material_url = "https://git.uni-beispielstadt.example/lehre/datenanalyse.git".to_owned();
                form.remarks = "Wie im letzten Jahr.".to_owned();
            })
            .time(world.now().plus_minutes(10), world.now().plus_days(100))
            .state(CourseState::Deployed)
            .create()
            .await;
        world.clock.advance_days(8);
        let mari = world.person("Mari Vogt").email("vogt@uni.example").create().await;
        staff::name(app, ada, id, "vogt@uni.example", CourseRole::Assistant).await?;
        let token = world.stored(id).await.invite_token;
        let names = [
            "Adele Brandt",
            "Bilal Yıldız",
            "Carla Montini",
            "Deniz Aksoy",
            "Emil Nowak",
            "Fatou Diallo",
            "Greta Lindqvist",
            "Hannes Petersen",
            "Ines Alvarez",
            "Jonas Weiß",
            "Katharina von der Heyden-Rynsch",
            "Luca Ferri",
            "Minh Trang Nguyễn",
            "Noor El Amrani",
            "Oskar Jansen",
            "Paula Kowalczyk",
        ];
        for (number, name) in names.into_iter().enumerate() {
            let who = world.person(name).email(&format!("student{number}@uni.example")).create().await;
            participation::apply(app, &who, &token).await?;
            world.clock.advance_minutes(50);
            let part = jhaas_store::participation::of(world.db.pool(), id, who.account).await?;
            let part = part.ok_or("nobody applied")?.id;
            match number {
                3 => participation::reject(app, ada, id, part, "Bitte erst Programmieren I.").await?,
                14.. => {}
                _ => {
                    participation::admit(app, &mari, id, part).await?;
                }
            }
            if number == 5 {
                participation::remove(app, ada, id, part, "").await?;
            }
        }
        let csv = "mail,name\nstudent0@uni.example,Adele Brandt\nstudent14@uni.example,Oskar Jansen\n";
        let preview = roster::preview(app, ada, id, csv.as_bytes()).await?;
        roster::confirm(app, ada, id, &preview.text, &preview.base, false).await?;
        Ok(id)
    }

    async fn pages(&self, name: &str, who: &Actor, course: CourseId) -> Result<()> {
        self.page(&format!("course-{name}"), Some(who), &format!("/courses/{course}")).await?;
        self.servers(course).await?;
        for below in ["participants", "servers", "staff", "roster", "request", "history", "change"] {
            self.page(below, Some(who), &format!("/courses/{course}/{below}")).await?;
        }
        let people = jhaas_store::participation::list(
            self.world.db.pool(),
            course,
            &participation::Filter::default(),
            jhaas_store::Page::default(),
        )
        .await?;
        let ids: String =
            people.items.iter().skip(6).take(3).map(|(part, _)| format!("&id={}", part.id)).collect();
        let ask = format!("/courses/{course}/participants/decide?action=remove{ids}");
        self.page("decide", Some(who), &ask).await?;
        let csv =
            "mail;name\nstudent0@uni.example;Adele Brandt\nnobody;N. N.\nneu@uni.example;Nina Neumann\n";
        let body =
            format!("--x\r\nContent-Disposition: form-data; name=\"roster\"\r\n\r\n{csv}\r\n--x--\r\n");
        let request = Request::post(format!("/courses/{course}/roster"))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        self.write_page("roster-preview", Some(who), request, body).await?;
        let wrong = "title=D&slug=Daten+2027&start_date=2027-04-05&start_time=08:00&end_date=2027-03-01&seats=viele\
            &cpu=1&memory=2&storage=5&environment=python&start_page=material&start_path=los.py&admission=domains\
            &domains=uni&shared_folder=none&description=Wir+lesen+*Daten*.";
        let request =
            Request::post("/courses/new").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.write_page("new-wrong", Some(who), request, wrong.to_owned()).await
    }

    /// Some participants are at work.
    async fn servers(&self, course: CourseId) -> Result<()> {
        let world = &self.world;
        let admitted = jhaas_domain::participation::ParticipationState::Admitted;
        let people = jhaas_store::participation::all(world.db.pool(), course, &[admitted]).await?;
        for (minutes, (_, person)) in [95, 40, 3].into_iter().zip(people) {
            let started = Some(world.now().plus_minutes(-minutes));
            let state = if minutes > 5 { ServerState::Running } else { ServerState::Starting };
            let active = world.now().plus_minutes(-minutes / 8);
            self.hubs.knows(&person.hub_user, Some(HubServer { state, started }), active);
        }
        self.visits(course).await
    }

    /// Somebody was looked in on, somebody is, and somebody is asked.
    async fn visits(&self, course: CourseId) -> Result<()> {
        let (world, app) = (&self.world, &self.world.app);
        let admitted = jhaas_domain::participation::ParticipationState::Admitted;
        let people = jhaas_store::participation::all(world.db.pool(), course, &[admitted]).await?;
        let (leader, _) = jhaas_store::staff::of_course(world.db.pool(), course).await?.remove(0);
        let actor = |account, name: &str, roles: &[Role]| Actor {
            account,
            name: name.to_owned(),
            roles: roles.to_vec(),
            request_id: None,
        };
        let leader = actor(leader.account, "Dr. Annegret Sommerfeld", &[Role::Leader]);
        for (number, (_, person)) in people.iter().take(2).enumerate() {
            let owner = actor(person.id, &person.name, &[]);
            visit::ask(app, &leader, course, owner.account).await?;
            if number == 0 {
                let asked = visit::mine(app, &owner, course).await?.remove(0);
                visit::consent(app, &self.hubs, &owner, course, asked.id).await?;
            }
            self.page(&format!("mine-visit-{number}"), Some(&owner), &format!("/courses/{course}")).await?;
        }
        Ok(())
    }

    /// A change that waits for governance.
    async fn change(&self, who: &Actor, course: CourseId) -> Result<()> {
        let (world, app) = (&self.world, &self.world.app);
        let stored = world.stored(course).await;
        let form = CourseForm {
            seats: "40".to_owned(),
            memory: "4".to_owned(),
            shared_folder: "writable".to_owned(),
            ..course::form_of(&stored.spec, &app.settings.zone)
        };
        jhaas_app::change::change(app, who, course, stored.version, &form).await?;
        self.page("course-pending", Some(who), &format!("/courses/{course}")).await
    }

    async fn page(&self, name: &str, who: Option<&Actor>, path: &str) -> Result<()> {
        self.write_page(name, who, Request::get(path), String::new()).await
    }

    async fn write_page(
        &self,
        name: &str,
        who: Option<&Actor>,
        request: axum::http::request::Builder,
        body: String,
    ) -> Result<()> {
        let cookie = match who {
            Some(who) => self.session(who).await?,
            None => String::new(),
        };
        let (parts, ()) = request.body(())?.into_parts();
        for lang in Lang::all() {
            // The language of an account goes before that of its browser.
            if let Some(who) = who {
                account::change_lang(&self.world.app, who, lang.code()).await?;
            }
            let mut copy = Request::builder().method(parts.method.clone()).uri(parts.uri.clone());
            if let Some(kind) = parts.headers.get(header::CONTENT_TYPE) {
                copy = copy.header(header::CONTENT_TYPE, kind);
            }
            let copy = copy
                .header(header::HOST, "localhost:8000")
                .header("sec-fetch-site", "same-origin")
                .header(header::ACCEPT_LANGUAGE, lang.code())
                .header(header::COOKIE, format!("{cookie}jhaas-lang={lang}"));
            let response = self.router.clone().oneshot(copy.body(Body::from(body.clone()))?).await?;
            let html = String::from_utf8(to_bytes(response.into_body(), 8 << 20).await?.to_vec())?;
            // Addresses of assets become relative, so that the files need no server.
            let version = assets::asset_url("app.css");
            let version = version.trim_end_matches("app.css");
            fs::write(self.folder.join(format!("{name}.{lang}.html")), html.replace(version, "assets/"))?;
        }
        Ok(())
    }

    async fn session(&self, who: &Actor) -> Result<String> {
        let app = &self.world.app;
        let (issuer, subject) = ("https://id.uni.example", who.account.to_string());
        jhaas_testkit::linked(app, who, issuer, &subject).await;
        let vouched = Vouched {
            issuer: issuer.to_owned(),
            subject,
            name: who.name.clone(),
            email: String::new(),
            email_verified: true,
            roles: who.roles.clone(),
            lang: "de".to_owned(),
        };
        let session =
            sign_in::with_identity(app, &vouched, &jhaas_testkit::refreshable(), None, &Visitor::default())
                .await?;
        Ok(format!("jhaas_8000={}; ", session.token))
    }
}

fn named(form: &mut CourseForm, title: &str, slug: &str) {
    title.clone_into(&mut form.title);
    slug.clone_into(&mut form.slug);
    form.description =
        "Wir lesen, ordnen und zeichnen Daten: *pandas*, **matplotlib** und ein wenig Statistik.\n\n\
        - Montags 8:15–9:45 Uhr, Raum 2.114\n- Übungen als Notebooks, Abgabe im Hub"
            .to_owned();
}
