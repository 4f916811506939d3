//! The log of one attempt: its last lines for a page, all of it as text.

use std::convert::Infallible;

use axum::{
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use jhaas_domain::contract::{Level, LogLine};
use jhaas_objects::LogReader;
use serde::Deserialize;

use super::{ids, view::Snapshot};
use crate::{components::LogLine as Shown, extract::SignedIn, problem::Problem, state::WebState, view::Page};

/// Lines that a page carries; the text has all of them.
pub(super) const MOST: usize = 1000;

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    pub(super) attempt: String,
}

impl Wanted {
    pub(super) fn attempt(&self) -> Option<u32> {
        self.attempt.parse().ok()
    }
}

pub(super) fn shown(p: &Page, line: LogLine) -> Shown {
    let level = match line.level {
        Level::Debug | Level::Info => "info",
        Level::Warning => "warn",
        Level::Error => "error",
    };
    Shown::new(p, line.time, level, line.text)
}

/// One line as text: instant in UTC, level, phase, words.
fn plain(line: &LogLine) -> String {
    let level = match line.level {
        Level::Debug => "DEBUG",
        Level::Info => "INFO",
        Level::Warning => "WARN",
        Level::Error => "ERROR",
    };
    format!("{} {level:<5} {:<12} {}\n", line.time, line.phase.as_str(), line.text)
}

/// `GET /courses/{course}/deployments/{deployment}/log?attempt=2`: everything that is there now, chunk by chunk.
pub(super) async fn log(
    State(state): State<WebState>,
    SignedIn(who): SignedIn,
    Path(address): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let (course, id) = ids(address)?;
    let seen = Snapshot::load(&state.app, &state.objects, &who.actor, (course, id), wanted.attempt()).await?;
    let mut reader = LogReader::new(state.objects, id, seen.attempt);
    let chunks = async_stream::stream! {
        loop {
            let before = reader.position();
            match reader.next_lines().await {
                Ok(lines) => yield Ok::<_, Infallible>(lines.iter().map(plain).collect::<String>()),
                Err(error) => {
                    tracing::warn!(%error, "web.log_unread");
                    yield Ok("-- the rest could not be read --\n".to_owned());
                    return;
                }
            }
            if reader.position() == before {
                return;
            }
        }
    };
    let name = format!("inline; filename=\"{}-{}.log\"", seen.line.slug, seen.attempt);
    let disposition = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("inline"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}
