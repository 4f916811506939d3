//! Keeps the gateway's tables as the courses are: one per hub that is or may be, none for others.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::Result;
use jhaas_app::{App, provider, secret};
use jhaas_dispatch::visit::Connections;
use jhaas_domain::{course::CourseState, id::CourseId};
use jhaas_gateway::{HubPage, Tables};
use jhaas_store::{course::Course, page::Page};
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

/// Follows the courses until `shutdown`.
pub(crate) async fn follow(app: App, tables: Tables, shutdown: CancellationToken) {
    let mut known: HashMap<String, HubPage> = HashMap::new();
    loop {
        let wake = Arc::clone(&app.wake);
        let mut woken = std::pin::pin!(wake.notified());
        // From here on a wake counts, also one during the look.
        woken.as_mut().enable();
        if let Err(error) = sync(&app, &tables, &mut known).await {
            tracing::error!(%error, "gateway.tables_not_synced");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = &mut woken => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// One look at the courses; safe to repeat.
///
/// # Errors
/// When the database fails.
pub(crate) async fn sync(app: &App, tables: &Tables, known: &mut HashMap<String, HubPage>) -> Result<()> {
    let living = with_hub(app).await?;
    let registered: HashMap<String, String> = tables.registered().into_iter().collect();
    for course in &living {
        let id = course.id.to_string();
        let host = host(app, course);
        // A table that an earlier process left is there without its token, which is written down nowhere.
        let complete = known.contains_key(&host) && registered.contains_key(&id);
        if !complete && let Some(token) = secret::proxy_token(app, course.id).await? {
            provider::follow_address(app, course.id).await?;
            tables.register(&id, &host, &token)?;
        }
        let page = page(course, app);
        if known.insert(host.clone(), page) != Some(page) {
            tables.set_state(&host, page);
        }
    }
    for id in registered.keys().filter(|id| !living.iter().any(|course| course.id.to_string() == **id)) {
        tables.unregister(id);
    }
    known.retain(|known_host, _| {
        let lives = living.iter().any(|course| &host(app, course) == known_host);
        if !lives {
            tables.set_state(known_host, HubPage::Unknown);
        }
        lives
    });
    Ok(())
}

async fn with_hub(app: &App) -> Result<Vec<Course>> {
    let filter = jhaas_store::course::Filter {
        states: vec![
            CourseState::Deploying,
            CourseState::Deployed,
            CourseState::Degrading,
            CourseState::Failed,
        ],
        ..Default::default()
    };
    let mut all = Vec::new();
    for number in 1.. {
        let listed = jhaas_store::course::list(app.db.pool(), &filter, Page { number, size: 200 }).await?;
        let last = number >= listed.pages();
        all.extend(listed.items);
        if last {
            break;
        }
    }
    Ok(all)
}

/// Host name without port, as the gateway knows it.
fn host(app: &App, course: &Course) -> String {
    let domain = &app.settings.hub_domain;
    let domain = domain.split_once(':').map_or(domain.as_str(), |(domain, _)| domain);
    format!("{}.{domain}", course.spec.slug)
}

/// What the address says while the hub does not answer. Whoever asks may be a stranger, who must not learn which courses
/// there are: only a hub that is in use, and so known, tells how it is.
fn page(course: &Course, app: &App) -> HubPage {
    match course.state {
        CourseState::Deployed if app.now() >= course.spec.ends_at => HubPage::Closed,
        CourseState::Deployed => HubPage::Starting,
        _ => HubPage::Unknown,
    }
}
