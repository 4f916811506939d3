//! Keeps the gateway's tables as the courses are: one per hub that is or may be, none for others.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::Result;
use jhaas_app::{App, provider, secret};
use jhaas_dispatch::visit::Connections;
use jhaas_domain::{course::CourseState, id::CourseId};
use jhaas_gateway::{HubPage, Tables};
use jhaas_store::{
    course::{self, Course, Filter},
    page::Page,
};
use tokio_util::sync::CancellationToken;

/// Also looks by itself, because the dispatcher may be another process.
const EVERY: Duration = Duration::from_secs(1);

/// What is open through the gateway of this process.
pub(crate) struct Open(pub(crate) Tables);

impl Connections for Open {
    fn close(&self, course: CourseId, user: &str) {
        self.0.close_user(&course.to_string(), user);
    }
}

/// Makes the tables follow the courses.
pub(crate) struct Routes {
    app: App,
    tables: Tables,
    known: HashMap<String, HubPage>,
    /// What is wrong with a course is said once, not at each look.
    told: HashMap<String, String>,
}

impl Routes {
    pub(crate) fn new(app: App, tables: Tables) -> Self {
        Self { app, tables, known: HashMap::new(), told: HashMap::new() }
    }

    /// Follows the courses until `shutdown`.
    pub(crate) async fn follow(mut self, shutdown: CancellationToken) {
        loop {
            let wake = Arc::clone(&self.app.wake);
            let mut woken = std::pin::pin!(wake.notified());
            // From here on a wake counts, also one during the look.
            woken.as_mut().enable();
            self.look().await;
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = &mut woken => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// One look at the courses; safe to repeat. What is wrong with one does not touch the others.
    pub(crate) async fn look(&mut self) {
        let (living, complete) = match with_hub(&self.app).await {
            Ok(found) => found,
            Err(error) => return self.tell("all courses", &error),
        };
        if complete {
            self.told.remove("all courses");
            self.forget_others(&living);
        } else {
            self.tell("all courses", &anyhow::anyhow!("some cannot be read"));
        }
        let registered: HashMap<String, String> = self.tables.registered().into_iter().collect();
        for course in &living {
            let id = course.id.to_string();
            match self.register(course, registered.contains_key(&id)).await {
                Ok(()) => drop(self.told.remove(&id)),
                Err(error) => self.tell(&id, &error),
            }
        }
    }

    async fn register(&mut self, course: &Course, registered: bool) -> Result<()> {
        let (app, host) = (&self.app, host(&self.app, course));
        // A table that an earlier process left is there without its token, which is written down nowhere.
        let complete = registered && self.known.contains_key(&host);
        if !complete && let Some(token) = secret::proxy_token(app, course.id).await? {
            provider::follow_address(app, course.id).await?;
            self.tables.register(&course.id.to_string(), &host, &token)?;
        }
        let page = page(course, app);
        if self.known.insert(host.clone(), page) != Some(page) {
            self.tables.set_state(&host, page);
        }
        Ok(())
    }

    /// Forgets the tables and pages of all other courses.
    fn forget_others(&mut self, living: &[Course]) {
        for (id, _) in self.tables.registered() {
            if !living.iter().any(|course| course.id.to_string() == id) {
                self.tables.unregister(&id);
            }
        }
        let (app, tables) = (&self.app, &self.tables);
        self.known.retain(|known_host, _| {
            let lives = living.iter().any(|course| &host(app, course) == known_host);
            if !lives {
                tables.set_state(known_host, HubPage::Unknown);
            }
            lives
        });
    }

    fn tell(&mut self, what: &str, error: &anyhow::Error) {
        let text = format!("{error:#}");
        if self.told.get(what) != Some(&text) {
            tracing::error!(course = what, error = text, "gateway.table_not_synced");
            self.told.insert(what.to_owned(), text);
        }
    }
}

/// The courses that have a hub or may have one, and whether these are all: one that cannot be read hides no other.
async fn with_hub(app: &App) -> Result<(Vec<Course>, bool)> {
    let filter = Filter {
        states: vec![
            CourseState::Deploying,
            CourseState::Deployed,
            CourseState::Degrading,
            CourseState::Failed,
        ],
        ..Default::default()
    };
    let (mut all, mut number) = (Vec::new(), 1);
    loop {
        let listed = course::list(app.db.pool(), &filter, Page { number, size: 200 }).await?;
        let (last, total) = (number >= listed.pages(), listed.total);
        all.extend(listed.items);
        if last {
            let complete = u64::try_from(all.len()).is_ok_and(|found| found == total);
            return Ok((all, complete));
        }
        number += 1;
    }
}

/// Host name without port, as the gateway knows it.
fn host(app: &App, course: &Course) -> String {
    let address = app.settings.hub_url(&course.cluster, course.spec.slug.as_str());
    let host = address.split_once("://").map_or(address.as_str(), |(_, host)| host);
    host.split_once(':').map_or(host, |(host, _)| host).to_owned()
}

/// What the address says while the hub does not answer. Whoever asks may be a stranger, who must not learn which courses
/// there are: only a hub that is in use, and so known, tells how it is.
fn page(course: &Course, app: &App) -> HubPage {
    match course.state {
        CourseState::Deployed if app.now() >= course.spec.ends_at => HubPage::Closed,
        CourseState::Deployed if course.hub_down_mailed => HubPage::Failed,
        CourseState::Deployed => HubPage::Starting,
        _ => HubPage::Unknown,
    }
}
