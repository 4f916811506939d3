//! The people and courses of the demo, made by the same use cases that people use, with a clock that can stand in the past.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use jhaas_app::{
    Actor, App,
    account::{self, NewAccount},
    course::{self, CourseForm},
    decision, deployment, participation, staff,
};
use jhaas_domain::{
    account::Role,
    clock::Clock,
    contract::{Outcome, ResourceCounts, SCHEMA, Status},
    course::CourseRole,
    deployment::{Action, Phase},
    id::{AccountId, CourseId},
    schedule::{Edge, to_local},
    time::Timestamp,
};

/// Name before the `@`, full name, role in the institution, and what the person is for.
const PEOPLE: [(&str, &str, Option<Role>, &str); 7] = [
    ("admin", "Ada Admin", Some(Role::Administrator), "administrator"),
    ("governance", "Gerda Gremium", Some(Role::Governance), "decides requests"),
    ("leader", "Lena Lehmann", Some(Role::Leader), "leads courses"),
    ("assistant", "Ali Aslan", None, "assists in the running course"),
    ("student1", "Sam Sander", None, "participant, admitted"),
    ("student2", "Sofia Stein", None, "participant, has applied"),
    ("student3", "Sven Sommer", None, "participant, in no course yet"),
];

/// Who can sign in.
pub(crate) struct People {
    pub all: Vec<DemoPerson>,
    pub password: String,
}

pub(crate) struct DemoPerson {
    account: AccountId,
    name: &'static str,
    pub email: String,
    pub what: &'static str,
    role: Option<Role>,
}

impl People {
    fn actor(&self, user: &str) -> Result<Actor> {
        let email = email(user);
        let person = self.all.iter().find(|person| person.email == email).context("a person of the demo")?;
        Ok(Actor {
            account: person.account,
            name: person.name.to_owned(),
            roles: person.role.into_iter().collect(),
            request_id: None,
        })
    }
}

fn email(user: &str) -> String {
    format!("{user}@demo.example")
}

/// Makes the people who are not there yet.
///
/// # Errors
/// When the database fails.
pub(crate) async fn people(app: &App, password: &str) -> Result<People> {
    let mut all = Vec::new();
    for (user, name, role, what) in PEOPLE {
        let email = email(user);
        let found = jhaas_store::account::by_email(app.db.pool(), &email).await?;
        let account = match found {
            Some(found) => AccountId(found.id),
            None => person(app, user, name, role, password).await?,
        };
        all.push(DemoPerson { account, name, email, what, role });
    }
    Ok(People { all, password: password.to_owned() })
}

async fn person(app: &App, user: &str, name: &str, role: Option<Role>, password: &str) -> Result<AccountId> {
    let tx = app.db.begin().await?;
    let new = NewAccount {
        name: name.to_owned(),
        email: email(user),
        hub_user: None,
        password: Some(password.to_owned()),
        lang: "en".to_owned(),
        zone: None,
    };
    let account = account::create_confirmed(app, &tx, new).await?;
    if let Some(role) = role {
        account::grant(app, &tx, account, role).await?;
    }
    app.commit(tx).await?;
    Ok(account)
}

/// Whether there are courses already.
///
/// # Errors
/// When the database fails.
pub(crate) async fn has_courses(app: &App, people: &People) -> Result<bool> {
    let (all, page) = (course::Filter::default(), jhaas_store::Page::default());
    Ok(!course::all(app, &people.actor("governance")?, &all, page).await?.items.is_empty())
}

/// Makes the courses of a fresh demo: one that runs, one to decide, one to come, one that is over.
///
/// # Errors
/// When the database fails.
pub(crate) async fn courses(app: &App, people: &People) -> Result<()> {
    let demo = Seed { app, leader: people.actor("leader")?, governance: people.actor("governance")?, people };
    demo.over().await?;
    demo.running().await?;
    demo.to_come().await?;
    demo.to_decide().await
}

struct Seed<'a> {
    app: &'a App,
    leader: Actor,
    governance: Actor,
    people: &'a People,
}

impl Seed<'_> {
    async fn running(&self) -> Result<()> {
        let now = self.app.now();
        let form = self.form(
            "Introduction to Python",
            "python-101",
            "Variables, loops, functions, and a first look at **NumPy**. Every Monday at 10:00.",
            (now, now.plus_days(60)),
        );
        let id = self.accepted(self.app, &form).await?;
        staff::name(self.app, &self.leader, id, &email("assistant"), CourseRole::Assistant).await?;
        let invite = self.apply(id, "student1").await?;
        participation::admit(self.app, &self.leader, id, invite).await?;
        self.apply(id, "student2").await?;
        Ok(())
    }

    async fn to_come(&self) -> Result<()> {
        let start = self.app.now().plus_days(21);
        let form = self.form(
            "Statistics for Biologists",
            "biostatistics",
            "From mean and variance to mixed models, with data of your own.",
            (start, start.plus_days(90)),
        );
        self.accepted(self.app, &form).await.map(|_| ())
    }

    async fn to_decide(&self) -> Result<()> {
        let start = self.app.now().plus_days(10);
        let mut form = self.form(
            "Machine Learning in Practice",
            "ml-practice",
            "Linear models, trees, neural networks; a project in groups of three.",
            (start, start.plus_days(100)),
        );
        form.seats = "120".to_owned();
        form.memory = "4".to_owned();
        form.remarks = "In the last term the memory was too small for the project.".to_owned();
        course::request(self.app, &self.leader, &form, None).await?;
        Ok(())
    }

    /// A course of the last term, lived through by a clock of its own. Its hub was never on this machine, so nothing
    /// is measured and nothing is left to remove.
    async fn over(&self) -> Result<()> {
        let start = self.app.now().plus_days(-120);
        let end = start.plus_days(30);
        let form = self.form(
            "Data Literacy, last term",
            "data-literacy",
            "A taste of data for everyone.",
            (start, end),
        );
        let before = at(self.app, start.plus_days(-20));
        let id = self.accepted(&before, &form).await?;
        self.worked(&at(self.app, start), id, Action::Deploy).await?;
        let after = at(self.app, self.app.settings.schedule.degrade_at(end).plus_days(1));
        self.worked(&after, id, Action::Degrade).await
    }

    /// What the dispatcher and a worker would have done then.
    async fn worked(&self, app: &App, id: CourseId, action: Action) -> Result<()> {
        deployment::step(app, id).await?;
        // The mails at the start and at the end come one after the other.
        deployment::step(app, id).await?;
        let lease = jhaas_app::token::fresh(&*app.random);
        let open = jhaas_store::deployment::open_of(app.db.pool(), id)
            .await?
            .context("the deployment of the demo")?;
        let attempt = deployment::claim_attempt(app, open.id, &lease).await?.context("its attempt")?;
        let status = Status {
            schema: SCHEMA,
            deployment: open.id,
            attempt: attempt.attempt,
            action,
            phase: Phase::Done,
            result: Outcome::Succeeded,
            heartbeat: 1,
            phases: Vec::new(),
            hub_url: (action == Action::Deploy).then(|| attempt.request.hub_url.clone()),
            resources: ResourceCounts::default(),
            homes_kept: false,
            check: None,
            error: None,
        };
        deployment::finish(app, open.id, attempt.attempt, &status).await?;
        Ok(())
    }

    async fn accepted(&self, app: &App, form: &CourseForm) -> Result<CourseId> {
        let id = course::request(app, &self.leader, form, None).await?;
        let version = course::view(app, &self.governance, id).await?.version;
        decision::accept(
            app,
            &self.governance,
            id,
            version,
            &decision::Acceptance {
                message: "Good luck with the course!",
                ..decision::Acceptance::default()
            },
        )
        .await?;
        Ok(id)
    }

    async fn apply(&self, id: CourseId, user: &str) -> Result<jhaas_domain::id::ParticipationId> {
        let actor = self.people.actor(user)?;
        let course = jhaas_store::course::by_id(self.app.db.pool(), id).await?.context("the course")?;
        participation::apply(self.app, &actor, &course.invite_token).await?;
        let part = jhaas_store::participation::of(self.app.db.pool(), id, actor.account).await?;
        Ok(part.context("the application")?.id)
    }

    fn form(
        &self,
        title: &str,
        slug: &str,
        description: &str,
        (start, end): (Timestamp, Timestamp),
    ) -> CourseForm {
        let zone = &self.app.settings.zone;
        let (start, end) = (to_local(start, zone, Edge::Start), to_local(end, zone, Edge::End));
        CourseForm {
            title: title.to_owned(),
            slug: slug.to_owned(),
            description: description.to_owned(),
            start_date: start.date().to_string(),
            start_time: start.strftime("%H:%M").to_string(),
            end_date: end.date().to_string(),
            end_time: "23:59".to_owned(),
            seats: "30".to_owned(),
            cpu: "1".to_owned(),
            memory: "1".to_owned(),
            storage: "2".to_owned(),
            environment: "python".to_owned(),
            start_page: "lab".to_owned(),
            shared_folder: "read_only".to_owned(),
            admission: "by_hand".to_owned(),
            ..CourseForm::default()
        }
    }
}

struct Standing(Timestamp);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// The same application at another time, when there was no maintenance.
fn at(app: &App, now: Timestamp) -> App {
    let mut settings = (*app.settings).clone();
    settings.dispatch.maintenance = false;
    App { clock: Arc::new(Standing(now)), settings: Arc::new(settings), ..app.clone() }
}
