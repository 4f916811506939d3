//! Courses in any state, brought there by the use cases themselves.

use jhaas_app::{
    Actor, App,
    course::{self, CourseForm},
    decision, deployment, rate_limit,
};
use jhaas_domain::{
    account::Role,
    contract::{Check, Failure, Outcome, SCHEMA, Status},
    course::CourseState,
    deployment::{Action, ErrorClass, Phase},
    id::{CourseId, DeploymentId},
    message::Message,
    schedule::{Edge, to_local},
    time::Timestamp,
};

use crate::world::World;

/// A course to be: `world.course(&ada).slug("python").state(CourseState::Deployed).create().await`.
///
/// It starts ten minutes from now, inside the lead time, and ends in two weeks.
pub struct CourseBuilder<'a> {
    world: &'a World,
    leader: Actor,
    form: CourseForm,
    state: CourseState,
    failed: Action,
}

impl World {
    /// A form that is right in every field, for a course of this time.
    #[must_use]
    pub fn form(&self, slug: &str, starts_at: Timestamp, ends_at: Timestamp) -> CourseForm {
        let zone = &self.app.settings.zone;
        let start = to_local(starts_at, zone, Edge::Start);
        let end = to_local(ends_at, zone, Edge::End);
        let clock = |time: jiff::civil::Time| format!("{:02}:{:02}", time.hour(), time.minute());
        CourseForm {
            title: format!("Course {slug}"),
            slug: slug.to_owned(),
            description: "What this is **about**.".to_owned(),
            start_date: start.date().to_string(),
            start_time: clock(start.time()),
            end_date: end.date().to_string(),
            end_time: clock(end.time()),
            seats: "30".to_owned(),
            cpu: "0.5".to_owned(),
            memory: "1".to_owned(),
            storage: "2".to_owned(),
            environment: "python".to_owned(),
            start_page: "lab".to_owned(),
            shared_folder: "none".to_owned(),
            admission: "by_hand".to_owned(),
            ..CourseForm::default()
        }
    }

    #[must_use]
    pub fn course(&self, leader: &Actor) -> CourseBuilder<'_> {
        let now = self.now();
        CourseBuilder {
            world: self,
            leader: leader.clone(),
            form: self.form("python", now.plus_minutes(10), now.plus_days(14)),
            state: CourseState::Requested,
            failed: Action::Deploy,
        }
    }

    /// The course as it is stored.
    ///
    /// # Panics
    /// When there is none.
    pub async fn stored(&self, id: CourseId) -> jhaas_store::course::Course {
        jhaas_store::course::by_id(self.db.pool(), id).await.unwrap().unwrap()
    }

    /// The course's open deployment.
    ///
    /// # Panics
    /// When there is none.
    pub async fn open_deployment(&self, id: CourseId) -> deployment::Deployment {
        jhaas_store::deployment::open_of(self.db.pool(), id).await.unwrap().unwrap()
    }

    /// Claims the next attempt of the course's open deployment and says that a worker runs. Returns both numbers.
    ///
    /// # Panics
    /// When nothing can be claimed.
    pub async fn start_attempt(&self, id: CourseId) -> (DeploymentId, u32) {
        let open = self.open_deployment(id).await;
        let attempt = deployment::claim_attempt(&self.app, open.id, "lease").await.unwrap().unwrap();
        assert!(deployment::record_started(&self.app, open.id, attempt.attempt, "worker").await.unwrap());
        (open.id, attempt.attempt)
    }

    /// Lets the course's open deployment succeed.
    ///
    /// # Panics
    /// When nothing can be claimed.
    pub async fn succeed(&self, id: CourseId) -> deployment::Finished {
        let (deployment, attempt) = self.start_attempt(id).await;
        let status = self.succeeded(deployment, attempt).await;
        deployment::finish(&self.app, deployment, attempt, &status).await.unwrap()
    }

    /// Lets the course's open deployment fail for good.
    ///
    /// # Panics
    /// When nothing can be claimed.
    pub async fn fail(&self, id: CourseId, class: ErrorClass) -> deployment::Finished {
        let (deployment, attempt) = self.start_attempt(id).await;
        let status = self.failed(deployment, attempt, class).await;
        deployment::finish(&self.app, deployment, attempt, &status).await.unwrap()
    }

    /// What a worker writes in the end when all went well.
    ///
    /// # Panics
    /// When there is no such deployment.
    pub async fn succeeded(&self, id: DeploymentId, attempt: u32) -> Status {
        let stored = jhaas_store::deployment::by_id(self.db.pool(), id).await.unwrap().unwrap();
        let course = self.stored(stored.course).await;
        let keeps = course.state == CourseState::Degrading && self.app.settings.schedule.keep_homes_days > 0;
        let checks = stored.action != Action::Degrade;
        Status {
            schema: SCHEMA,
            deployment: id,
            attempt,
            action: stored.action,
            phase: Phase::Done,
            result: Outcome::Succeeded,
            heartbeat: 9,
            phases: Vec::new(),
            hub_url: checks.then(|| self.app.settings.hub_url(&course.cluster, stored.spec.slug.as_str())),
            resources: jhaas_domain::contract::ResourceCounts::default(),
            homes_kept: keeps,
            check: checks.then(|| Check {
                sign_in_ms: 800,
                server_start_ms: 4200,
                cell_ms: 300,
                server_stop_ms: 500,
                output: "42".to_owned(),
            }),
            error: None,
        }
    }

    /// What a worker writes in the end when it could not.
    ///
    /// # Panics
    /// When there is no such deployment.
    pub async fn failed(&self, id: DeploymentId, attempt: u32, class: ErrorClass) -> Status {
        Status {
            result: Outcome::Failed,
            hub_url: None,
            check: None,
            error: Some(Failure {
                code: "hub-start-failed".to_owned(),
                class,
                summary: Message::new("failure-hub-start-failed"),
                detail: "exit status 1".to_owned(),
            }),
            ..self.succeeded(id, attempt).await
        }
    }
}

impl CourseBuilder<'_> {
    #[must_use]
    pub fn slug(mut self, slug: &str) -> Self {
        slug.clone_into(&mut self.form.slug);
        self.form.title = format!("Course {slug}");
        self
    }

    #[must_use]
    pub fn seats(mut self, seats: u32) -> Self {
        self.form.seats = seats.to_string();
        self
    }

    /// Changes any field of the form.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut CourseForm)) -> Self {
        change(&mut self.form);
        self
    }

    #[must_use]
    pub fn time(mut self, starts_at: Timestamp, ends_at: Timestamp) -> Self {
        let other = self.world.form(&self.form.slug, starts_at, ends_at);
        self.form.start_date = other.start_date;
        self.form.start_time = other.start_time;
        self.form.end_date = other.end_date;
        self.form.end_time = other.end_time;
        self
    }

    #[must_use]
    pub fn state(mut self, state: CourseState) -> Self {
        self.state = state;
        self
    }

    /// What failed, where the state is FAILED: the deployment by itself, or the removal.
    #[must_use]
    pub fn failed(mut self, action: Action) -> Self {
        self.state = CourseState::Failed;
        self.failed = action;
        self
    }

    /// # Panics
    /// When a use case refuses on the way.
    pub async fn create(self) -> CourseId {
        let app = &self.world.app;
        let id = course::request(app, &self.leader, &self.form, None).await.unwrap();
        // Tests make more courses at the same instant than anybody may ask for.
        let leader = self.leader.account.to_string();
        rate_limit::reset(app, rate_limit::REQUEST_COURSE, &leader).await.unwrap();
        self.bring(id).await;
        assert_eq!(self.world.stored(id).await.state, self.state);
        id
    }

    async fn bring(&self, id: CourseId) {
        use CourseState as S;
        let (world, app) = (self.world, &self.world.app);
        let version = world.stored(id).await.version;
        let governance = || world.somebody("gwen", Role::Governance);
        match self.state {
            S::Requested => return,
            S::Rejected => {
                return decision::reject(app, &governance().await, id, version, "Too big.").await.unwrap();
            }
            S::Cancelled => return course::cancel(app, &self.leader, id, version, "").await.unwrap(),
            _ => {}
        }
        if world.stored(id).await.state == S::Requested {
            decision::accept(
                app,
                &governance().await,
                id,
                version,
                &decision::Acceptance { override_reason: "It matters.", ..decision::Acceptance::default() },
            )
            .await
            .unwrap();
        }
        if self.state == S::Accepted {
            return;
        }
        deployment::step(app, id).await.unwrap();
        match (self.state, self.failed) {
            (S::Deploying, _) => return,
            (S::Failed, Action::Deploy) => {
                world.fail(id, ErrorClass::Permanent).await;
                return;
            }
            _ => world.succeed(id).await,
        };
        if self.state == S::Deployed {
            return;
        }
        end(app, &self.leader, id, world.stored(id).await.version).await;
        match self.state {
            S::Degraded => drop(world.succeed(id).await),
            S::Failed => drop(world.fail(id, ErrorClass::Permanent).await),
            _ => {}
        }
    }
}

async fn end(app: &App, leader: &Actor, id: CourseId, version: i64) {
    course::end_early(app, leader, id, version, "").await.unwrap();
}
