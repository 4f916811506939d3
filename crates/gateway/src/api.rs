//! configurable-http-proxy's REST API, one per table: `GET`, `POST` and `DELETE` of `[/<table>]/api/routes[/<path>]`.
//!
//! Status codes, bodies and names are those of configurable-http-proxy 5, which JupyterHub's
//! `ConfigurableHTTPProxy` relies on.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::clock;
use crate::route;
use crate::table::{ANY_HOST, Access, Table, TableError, Tables};

/// More than any route's data; JupyterHub posts some hundred bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// The REST API of all tables. Serve it on loopback only, never on the public port.
pub fn api_router(tables: Tables) -> Router {
    Router::new().fallback(answer).with_state(tables)
}

async fn answer(State(tables): State<Tables>, request: Request) -> Response {
    let method = request.method().clone();
    let raw_path = request.uri().path().to_owned();
    let response = handle(tables, request).await.unwrap_or_else(Refusal::into_response);
    let status = response.status().as_u16();
    tracing::debug!(%method, path = raw_path, status, "gateway.api");
    response
}

async fn handle(tables: Tables, request: Request) -> Result<Response, Refusal> {
    let (table_id, raw_path) =
        split(request.uri().path()).ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "Not Found"))?;
    if ![Method::GET, Method::HEAD, Method::POST, Method::DELETE].contains(request.method()) {
        return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method not supported"));
    }
    let table = authorised(&tables, table_id, request.headers())?;
    let path = percent_decode_str(raw_path)
        .decode_utf8()
        .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "The path is not valid UTF-8"))?
        .into_owned();
    match *request.method() {
        Method::POST => post(tables, table, path, request).await,
        Method::DELETE => delete(tables, table, path).await,
        _ if route::key(&path).is_empty() => list(&table, request.uri().query()),
        _ => one(&table, &path),
    }
}

/// Table id and path of the route, still escaped.
fn split(path: &str) -> Option<(&str, &str)> {
    let routes = |path: &'_ str| -> Option<usize> {
        let rest = path.strip_prefix("/api/routes")?;
        (rest.is_empty() || rest.starts_with('/')).then_some(path.len() - rest.len())
    };
    if let Some(at) = routes(path) {
        return Some((ANY_HOST, &path[at..]));
    }
    let end = path.strip_prefix('/')?.find('/')? + 1;
    let (table, rest) = path.split_at(end);
    Some((&table[1..], &rest[routes(rest)?..]))
}

/// An unknown table and a wrong token look the same.
fn authorised(tables: &Tables, table_id: &str, headers: &HeaderMap) -> Result<Arc<Table>, Refusal> {
    let refused = || Refusal::new(StatusCode::FORBIDDEN, "");
    let table = tables.table(table_id).ok_or_else(refused)?;
    let allowed = match &table.access {
        Access::Anybody => true,
        Access::Token(token) => presented(headers).is_some_and(|presented| token.matches(presented)),
        // JupyterHub tries again on 5xx and gives up on 4xx.
        Access::NotYet => return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "Not registered yet")),
    };
    if allowed { Ok(table) } else { Err(refused()) }
}

fn presented(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("token").then(|| token.trim())
}

fn list(table: &Table, query: Option<&str>) -> Result<Response, Refusal> {
    let mut inactive_since = None;
    for wanted in ["inactiveSince", "inactive_since"] {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let found = pairs.into_iter().find(|(name, value)| name == wanted && !value.is_empty());
        inactive_since = inactive_since.or(found.map(|(_, value)| value));
    }
    let limit = match inactive_since {
        None => None,
        Some(given) => Some(clock::parse_iso(&given).ok_or_else(|| {
            Refusal::new(StatusCode::BAD_REQUEST, format!("Invalid datestamp '{given}' must be ISO8601."))
        })?),
    };
    Ok(json(&Value::Object(table.routes().to_json(limit))))
}

fn one(table: &Table, path: &str) -> Result<Response, Refusal> {
    let found = table.routes().get(path).map(|route| json(&route.to_json()));
    found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, ""))
}

async fn post(
    tables: Tables,
    table: Arc<Table>,
    path: String,
    request: Request,
) -> Result<Response, Refusal> {
    let body = axum::body::to_bytes(request.into_body(), BODY_LIMIT)
        .await
        .map_err(|_| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "Body too large or broken off"))?;
    let data: Value = serde_json::from_slice(&body)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("Body not valid JSON: {error}")))?;
    let data: Map<String, Value> = match data {
        Value::Object(data) if data.get("target").is_some_and(Value::is_string) => data,
        _ => return Err(Refusal::new(StatusCode::BAD_REQUEST, "Must specify 'target' as string")),
    };
    let shown = path.clone();
    let added = blocking(move || tables.add_route(&table, &path, data)).await?;
    match added {
        Ok(()) => {
            tracing::info!(route = shown, "gateway.route_added");
            Ok(StatusCode::CREATED.into_response())
        }
        Err(TableError::Target(error)) => Err(Refusal::new(StatusCode::BAD_REQUEST, error.to_string())),
        Err(error) => Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}

async fn delete(tables: Tables, table: Arc<Table>, path: String) -> Result<Response, Refusal> {
    let shown = path.clone();
    if !blocking(move || tables.remove_route(&table, &path)).await? {
        return Err(Refusal::new(StatusCode::NOT_FOUND, ""));
    }
    tracing::info!(route = shown, "gateway.route_removed");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Changes of a table write a file.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, ""))
}

fn json(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], Body::from(value.to_string())).into_response()
}

/// A request that changes nothing, with configurable-http-proxy's words where it has any.
#[derive(Debug, thiserror::Error)]
#[error("{status}: {words}")]
struct Refusal {
    status: StatusCode,
    words: String,
}

impl Refusal {
    fn new(status: StatusCode, words: impl Into<String>) -> Self {
        Self { status, words: words.into() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, self.words).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_api_name_table_and_route() {
        assert_eq!(split("/api/routes"), Some((ANY_HOST, "")));
        assert_eq!(split("/api/routes/user/a%40b"), Some((ANY_HOST, "/user/a%40b")));
        assert_eq!(split("/course-1/api/routes/"), Some(("course-1", "/")));
        assert_eq!(split("/course-1/api/routes/x/api/routes"), Some(("course-1", "/x/api/routes")));
        for other in
            ["/", "", "/api", "/api/routesx", "/course-1/api/routesx", "/a/b/api/routes", "/course-1"]
        {
            assert_eq!(split(other), None, "{other}");
        }
    }
}
