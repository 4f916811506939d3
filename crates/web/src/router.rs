//! The portal put together: every area's routes, and what surrounds them.

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{Extensions, HeaderValue, StatusCode, header, uri::Authority},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use jhaas_domain::id::EventId;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
};

use crate::{
    api, assets,
    error::problem_details,
    kept_form, oidc, pages, problem,
    security_headers::{same_origin, security_headers},
    session_layer::session_layer,
    state::WebState,
    view::Announced,
};

/// Forms are small; areas that take files set their own limit.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// The whole portal.
pub fn router(state: WebState) -> Router {
    let pages = Router::new()
        .merge(pages::public::router())
        .merge(pages::terms::router())
        .merge(pages::account::routes())
        .merge(pages::calendar::router())
        .merge(pages::course::router())
        .merge(pages::deployment::router())
        .merge(pages::governance::router())
        .merge(pages::admin::router())
        .merge(oidc::front_routes())
        .merge(kept_form::router())
        .fallback(not_found)
        .layer(CatchPanicLayer::custom(problem::broken))
        .layer(from_fn(to_the_end))
        .layer(from_fn_with_state(state.clone(), kept_form::kept_form))
        .layer(from_fn_with_state(state.config.wall.clone(), same_origin))
        .layer(from_fn(problem_details))
        .layer(from_fn_with_state(state.site.clone(), problem::pages))
        .layer(from_fn_with_state(state.clone(), session_layer))
        .layer(from_fn_with_state(state.clone(), kept_form::read_form))
        .layer(from_fn_with_state(state.clone(), announcement));
    // Archives are packed already.
    let packed =
        DefaultPredicate::new().and(NotForContentType::const_new(pages::course::files::ARCHIVE_TYPE));
    Router::new()
        .merge(pages)
        .merge(oidc::back_routes())
        .merge(api::router(&state))
        .merge(assets::router())
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(CompressionLayer::new().compress_when(packed))
        .layer(from_fn_with_state(state.config.security_headers.clone(), security_headers))
        .layer(from_fn_with_state(state.clone(), only_back_channel))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(state.clone(), request_log))
        .with_state(state)
}

/// Middleware: the institution's notice for every page. Without it a page is still a page.
async fn announcement(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    match jhaas_app::setting::announcement(&state.app).await {
        Ok(text) => {
            let announced = Announced { text_de: text.text_de, text_en: text.text_en };
            request.extensions_mut().insert(announced);
        }
        Err(error) => tracing::warn!(%error, "web.announcement_unread"),
    }
    next.run(request).await
}

/// Middleware: what a form has begun goes on to its end, also when the browser goes away meanwhile; a hub that was asked
/// for something must not be left half-way.
pub(crate) async fn to_the_end(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    tokio::spawn(next.run(request)).await.unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
}

async fn not_found() -> problem::Problem {
    problem::Problem::not_found()
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can work: the database answers and has this version's tables.
async fn readyz(State(state): State<WebState>) -> Response {
    match state.app.db.is_current().await {
        Ok(true) => "ready\n".into_response(),
        Ok(false) => {
            (StatusCode::SERVICE_UNAVAILABLE, "the database waits for `jhaas migrate`\n").into_response()
        }
        Err(error) => {
            tracing::warn!(%error, "web.not_ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

/// Middleware: gives each request an id that support can be told, and writes one line about it.
async fn request_log(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let id = EventId::new(&*state.app.clock, &*state.app.random).0.simple().to_string();
    let method = request.method().clone();
    let route = route_of(request.extensions());
    let began = state.app.now();
    let header = HeaderValue::from_str(&id).ok();
    if let Some(header) = header.clone() {
        request.headers_mut().insert("x-request-id", header);
    }
    let mut response = next.run(request).await;
    if let Some(header) = header {
        response.headers_mut().insert("x-request-id", header);
    }
    let took_ms = state.app.now().millis_since(began);
    tracing::info!(%method, route, status = response.status().as_u16(), took_ms, request_id = id, "web.request");
    response
}

/// The route that a request goes to, for the log: an address itself can hold tokens, in its path (invite links) and in
/// its query.
pub(crate) fn route_of(extensions: &Extensions) -> String {
    extensions.get::<MatchedPath>().map_or_else(|| "none".to_owned(), |route| route.as_str().to_owned())
}

/// Middleware: by its internal names the portal is a back channel of the hubs and nothing else; people who come that
/// way are sent to the public address, where their cookie is.
async fn only_back_channel(State(state): State<WebState>, request: Request, next: Next) -> Response {
    if !is_internal(&state, &request) || is_back_channel(request.uri().path()) {
        return next.run(request).await;
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    Redirect::temporary(&format!("{}{path}", state.app.settings.public_url)).into_response()
}

/// Whether a request came by an internal name of the portal.
pub(crate) fn is_internal(state: &WebState, request: &Request) -> bool {
    let header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(host) = header.or_else(|| request.uri().authority().map(Authority::as_str)) else {
        return false;
    };
    if host == state.config.public_host {
        return false;
    }
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    name == "127.0.0.1" || name == "[::1]" || host == state.config.internal_host
}

fn is_back_channel(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz") || oidc::BACK_CHANNEL.contains(&path)
}
