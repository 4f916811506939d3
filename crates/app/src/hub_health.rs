//! Whether the hubs answer: watched every minute, told after five minutes.

use jhaas_domain::{course::CourseState, id::CourseId};

use crate::{
    App, Result,
    notice::{Event, record},
    outbox::{self, MailFacts},
};

/// A hub that does not answer for this long is down.
const DOWN_MINUTES: i64 = 5;

/// A hub to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    pub course: CourseId,
    pub hub_url: String,
    /// It did not answer the last time.
    pub is_down: bool,
}

/// The hubs that should answer now.
///
/// # Errors
/// When the database fails.
pub async fn to_watch(app: &App) -> Result<Vec<Watched>> {
    let courses = jhaas_store::course::deployed(app.db.pool()).await?;
    Ok(courses
        .into_iter()
        .filter_map(|course| {
            let hub_url = course.hub_url?;
            Some(Watched { course: course.id, hub_url, is_down: course.hub_down_since.is_some() })
        })
        .collect())
}

/// Notes whether a hub answered. After five minutes without an answer its leaders get a mail, once.
///
/// # Errors
/// When the database fails.
pub async fn note(app: &App, id: CourseId, answers: bool) -> Result<()> {
    let tx = app.db.begin().await?;
    let Some(course) = jhaas_store::course::lock(&tx, id).await? else { return Ok(()) };
    let now = app.now();
    let should_answer = course.state == CourseState::Deployed && course.hub_url.is_some();
    match course.hub_down_since {
        _ if !should_answer => return Ok(()),
        None if answers => return Ok(()),
        None => jhaas_store::course::put_health(&tx, id, Some(now), false).await?,
        Some(since) if answers => {
            jhaas_store::course::put_health(&tx, id, None, false).await?;
            if course.hub_down_mailed {
                let event = Event::new("hub.up").course(id);
                record(app, &tx, event.data(serde_json::json!({ "since": since }))).await?;
            }
        }
        Some(since) if !course.hub_down_mailed && now >= since.plus_minutes(DOWN_MINUTES) => {
            jhaas_store::course::put_health(&tx, id, Some(since), true).await?;
            let event = Event::new("hub.down").course(id);
            record(app, &tx, event.data(serde_json::json!({ "since": since }))).await?;
            let facts = MailFacts::HubDown {
                course: outbox::course_facts(app, &tx, &course).await?,
                since_ms: since.as_millis(),
            };
            let leaders = outbox::leaders(&tx, id).await?;
            outbox::send_all(app, &tx, &leaders, Some(id), &since.as_millis().to_string(), &facts).await?;
        }
        Some(_) => return Ok(()),
    }
    app.commit(tx).await
}
