//! One deployment live: server-sent events for who watches, from the row, the status object and the log's chunks.

use std::{convert::Infallible, str::FromStr, time::Duration};

use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use jhaas_app::{deployment, session};
use jhaas_objects::LogReader;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{
    ids, log,
    show::{HeadPart, head_part},
    view::{HEAD, LOG, STEPS, Snapshot},
};
use crate::{
    components::LogLine,
    extract::SignedIn,
    problem::Problem,
    state::WebState,
    view::{Markup, Page},
};

/// A stream ends by itself after this and the browser begins the next, so that none is forgotten open.
const LONGEST: Duration = Duration::from_secs(60);
/// The browser's pause before the next stream.
const AGAIN: Duration = Duration::from_millis(250);
/// Between two looks at row and status.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After the store refused.
const CALM_DOWN: Duration = Duration::from_secs(2);

/// How far the reader of a page is; the id of each event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) attempt: u32,
    /// The chunk of the log that comes next.
    pub(super) chunk: u32,
    /// [`Snapshot::mark`] of what is shown.
    pub(super) mark: u64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.{:x}", self.attempt, self.chunk, self.mark)
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(());
        Ok(Self {
            attempt: part()?.parse().map_err(|_| ())?,
            chunk: part()?.parse().map_err(|_| ())?,
            mark: u64::from_str_radix(part()?, 16).map_err(|_| ())?,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Begin {
    #[serde(default)]
    from: String,
}

/// `GET /courses/{course}/deployments/{deployment}/events?from=1.17.ab`
pub(super) async fn events(
    p: Page,
    State(state): State<WebState>,
    SignedIn(who): SignedIn,
    Path(address): Path<(String, String)>,
    Query(begin): Query<Begin>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let ids = ids(address)?;
    let first = Snapshot::load(&state.app, &state.objects, &who.actor, ids, None).await?;
    // What the browser heard last counts more than what the page began with.
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let cursor: Cursor = last.or_else(|| begin.from.parse().ok()).unwrap_or_default();
    let usual = deployment::usual(&state.app, first.row().action).await?;
    let stream = async_stream::stream! {
        let until = Instant::now() + LONGEST;
        let mut cursor = cursor;
        let mut seen = first;
        let mut looked = Instant::now();
        let mut reader = LogReader::from_chunk(state.objects.clone(), ids.1, cursor.attempt, cursor.chunk);
        yield Ok::<_, Infallible>(Event::default().retry(AGAIN).comment("here"));
        loop {
            if cursor.attempt > 0 && seen.row().attempt != cursor.attempt {
                // Another attempt, another log.
                yield Ok(Event::default().event("reload").data("{}"));
                break;
            }
            if cursor.attempt != seen.row().attempt {
                cursor.attempt = seen.row().attempt;
                reader = LogReader::new(state.objects.clone(), ids.1, cursor.attempt);
            }
            if seen.mark() != cursor.mark {
                cursor.mark = seen.mark();
                let now = Page { now: p.site.clock.now(), ..p.clone() };
                yield Ok(event("replace", cursor, HEAD, &Markup::of(&HeadPart { h: head_part(&now, &seen) })));
                yield Ok(event("replace", cursor, STEPS, &Markup::of(&seen.steps(&now, &usual))));
            }
            let is_over = !seen.is_open();
            let found = match (cursor.attempt, is_over) {
                (0, _) => {
                    sleep(LOOK_EVERY).await;
                    Ok(Vec::new())
                }
                (_, true) => reader.all().await,
                (_, false) => reader.next_lines().await,
            };
            match found {
                Ok(lines) => {
                    cursor.chunk = reader.position();
                    for (id, html) in appended(&p, lines) {
                        yield Ok(event("append", cursor, &id, &html));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "web.log_unread");
                    sleep(CALM_DOWN).await;
                }
            }
            if is_over {
                yield Ok(Event::default().event("reload").data("{}"));
                yield Ok(Event::default().event("end").data("{}"));
                break;
            }
            if Instant::now() >= until {
                break;
            }
            if looked.elapsed() >= LOOK_EVERY {
                looked = Instant::now();
                // Whoever signed out, was locked or lost a role hears nothing more; the browser asks again and is told why.
                let Ok(Some(still)) = session::still(&state.app, &who).await else { break };
                match Snapshot::load(&state.app, &state.objects, &still.actor, ids, None).await {
                    Ok(next) => seen = next,
                    Err(_) => break,
                }
            }
        }
    };
    let mut response = Sse::new(stream).keep_alive(KeepAlive::default()).into_response();
    // A proxy in between must not collect the lines.
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    Ok(response)
}

/// The new lines for the two elements of the log.
fn appended(p: &Page, lines: Vec<jhaas_domain::contract::LogLine>) -> Vec<(String, Markup)> {
    if lines.is_empty() {
        return Vec::new();
    }
    let html = lines.into_iter().map(|line| Markup::of(&shown(p, line)).to_string()).collect::<String>();
    let html = Markup::trusted(html);
    vec![(format!("{LOG}-tail"), html.clone()), (format!("{LOG}-whole"), html)]
}

fn shown(p: &Page, line: jhaas_domain::contract::LogLine) -> LogLine {
    log::shown(p, line)
}

fn event(name: &str, cursor: Cursor, id: &str, html: &Markup) -> Event {
    let data = json!({ "id": id, "html": html.as_str() }).to_string();
    Event::default().event(name).id(cursor.to_string()).data(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        let cursor = Cursor { attempt: 2, chunk: 17, mark: u64::MAX };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for wrong in ["", "1", "1.2", "a.b.c", "1.2.zz", "-1.2.3"] {
            assert_eq!(wrong.parse::<Cursor>(), Err(()), "{wrong}");
        }
    }
}
