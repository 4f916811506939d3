//! The log of an attempt: what is there as lines of JSON, or everything until the end as events.

use std::{convert::Infallible, str::FromStr, time::Duration};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use jhaas_app::access_token;
use jhaas_domain::{
    contract::LogLine,
    deployment::DeploymentState,
    id::{CourseId, DeploymentId},
};
use jhaas_objects::LogReader;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    super::{
        bearer::Bearer,
        request::{Asked, At, no_choice},
    },
    found,
};
use crate::{problem::Problem, state::WebState};

/// A stream ends by itself after this; the caller goes on with `Last-Event-ID`.
const LONGEST: Duration = Duration::from_secs(60);
/// Between two looks at the deployment and at the token.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After the store refused.
const CALM_DOWN: Duration = Duration::from_secs(2);

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::api) struct Wanted {
    /// The attempt, from 1; the last one when absent.
    attempt: Option<u32>,
    /// `cursor` of the last line that the caller has; it names the attempt too.
    after: Option<String>,
}

/// A place in a log: behind so many lines of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    attempt: u32,
    chunk: u32,
    lines: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.{}", self.attempt, self.chunk, self.lines)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(());
        Ok(Self {
            attempt: part()?.parse().map_err(|_| ())?,
            chunk: part()?.parse().map_err(|_| ())?,
            lines: part()?.parse().map_err(|_| ())?,
        })
    }
}

/// Reads on from a place, with the place behind each line.
struct Lines {
    reader: LogReader,
    attempt: u32,
    /// Lines of the first chunk that the caller has.
    skip: usize,
}

impl Lines {
    fn from(state: &WebState, id: DeploymentId, place: Place) -> Self {
        let reader = LogReader::from_chunk(state.objects.clone(), id, place.attempt, place.chunk);
        Self { reader, attempt: place.attempt, skip: place.lines }
    }

    /// The lines of the next chunk; none, and `false`, when it is not there yet.
    async fn next(&mut self) -> Result<(Vec<(Place, LogLine)>, bool), jhaas_objects::ObjectsError> {
        let chunk = self.reader.position();
        let lines = self.reader.next_lines().await?;
        if self.reader.position() == chunk {
            return Ok((Vec::new(), false));
        }
        let skip = std::mem::take(&mut self.skip);
        let placed = lines
            .into_iter()
            .enumerate()
            .skip(skip)
            .map(|(index, line)| (Place { attempt: self.attempt, chunk, lines: index + 1 }, line));
        Ok((placed.collect(), true))
    }
}

fn shown(place: Place, line: &LogLine) -> Value {
    json!({
        "time": line.time.to_string(),
        "level": line.level,
        "phase": line.phase,
        "text": line.text,
        "cursor": place.to_string(),
    })
}

/// `GET /api/v1/courses/{course}/deployments/{deployment}/log?after=1.17.3`
pub(super) async fn log(
    State(state): State<WebState>,
    who: Bearer,
    At(ids): At<(CourseId, DeploymentId)>,
    Asked(wanted): Asked<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let line = found(&state.app, who.actor(), ids).await?;
    let last = line.deployment.attempt;
    let heard = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let after = heard.or(wanted.after.as_deref());
    let place = match after {
        Some(after) => after.parse::<Place>().map_err(|()| no_choice("after"))?,
        None => Place { attempt: wanted.attempt.unwrap_or(last), chunk: 0, lines: 0 },
    };
    if place.attempt > last || (place.attempt == 0 && last > 0) {
        return Err(no_choice("attempt"));
    }
    let lines = Lines::from(&state, ids.1, place);
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    Ok(if accepts.contains("text/event-stream") {
        follow(state, who, ids, lines)
    } else {
        what_is_there(lines)
    })
}

fn what_is_there(mut lines: Lines) -> Response {
    let chunks = async_stream::stream! {
        while let Ok((found, true)) = lines.next().await.inspect_err(|error| tracing::warn!(%error, "web.log_unread")) {
            let text: String = found.iter().map(|(place, line)| format!("{}\n", shown(*place, line))).collect();
            yield Ok::<_, Infallible>(text);
        }
    };
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(chunks)).into_response()
}

fn follow(state: WebState, who: Bearer, ids: (CourseId, DeploymentId), mut lines: Lines) -> Response {
    let stream = async_stream::stream! {
        let until = Instant::now() + LONGEST;
        let (mut looked, mut is_over) = (Instant::now() - LOOK_EVERY, false);
        loop {
            if looked.elapsed() >= LOOK_EVERY {
                looked = Instant::now();
                // A token that was taken back hears nothing more.
                let Ok(Some(still)) = access_token::still(&state.app, &who.0).await else { break };
                let Ok(line) = found(&state.app, &still.actor, ids).await else { break };
                if lines.attempt == 0 && line.deployment.attempt > 0 {
                    let begin = Place { attempt: line.deployment.attempt, chunk: 0, lines: 0 };
                    lines = Lines::from(&state, ids.1, begin);
                }
                is_over = line.deployment.state != DeploymentState::Open || line.deployment.attempt > lines.attempt;
            }
            match lines.next().await {
                Ok((found, is_more)) => {
                    for (place, line) in found {
                        yield Ok::<_, Infallible>(Event::default().id(place.to_string()).data(shown(place, &line).to_string()));
                    }
                    if is_over && !is_more {
                        yield Ok(Event::default().event("end").data("{}"));
                        break;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "web.log_unread");
                    sleep(CALM_DOWN).await;
                }
            }
            if Instant::now() >= until {
                break;
            }
        }
    };
    let mut response = Sse::new(stream).keep_alive(KeepAlive::default()).into_response();
    // A proxy in between must not collect the lines.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = Place { attempt: 2, chunk: 17, lines: 3 };
        assert_eq!(place.to_string().parse(), Ok(place));
        for wrong in ["", "1", "1.2", "a.b.c", "-1.2.3", "1.2.3.4"] {
            assert_eq!(wrong.parse::<Place>(), Err(()), "{wrong}");
        }
    }
}
