//! The portal's own files (style, script, fonts, drawings), under names that change with their content.

use std::sync::LazyLock;

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::{Embed, EmbeddedFile};
use sha2::{Digest, Sha256};

#[derive(Embed)]
#[folder = "assets/"]
struct Files;

/// A file that browsers may have; not the notes and scripts beside them.
fn find(name: &str) -> Option<EmbeddedFile> {
    Files::get(name).filter(|_| !name.ends_with(".md") && !name.ends_with(".py"))
}

/// One hash over all files: relative addresses inside the style sheet then need no rewriting.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut hash = Sha256::new();
    for name in names {
        if let Some(file) = find(&name) {
            hash.update(name.as_bytes());
            hash.update(file.metadata.sha256_hash());
        }
    }
    hex(&hash.finalize()[..8])
});

/// The address of an asset, for templates: `asset_url("app.css")`.
#[must_use]
pub fn asset_url(name: &str) -> String {
    debug_assert!(find(name).is_some(), "no asset {name}");
    format!("/assets/{}/{name}", *VERSION)
}

/// The content of an asset.
#[must_use]
pub fn asset(name: &str) -> Option<Vec<u8>> {
    find(name).map(|file| file.data.into_owned())
}

/// The names of all assets.
pub fn names() -> impl Iterator<Item = String> {
    Files::iter().map(std::borrow::Cow::into_owned).filter(|name| find(name).is_some())
}

/// `GET /assets/<version>/<name>` and `GET /favicon.ico`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{version}/{*name}", get(serve)).route("/favicon.ico", get(favicon))
}

async fn serve(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(file) = find(&name) else { return StatusCode::NOT_FOUND.into_response() };
    // While two versions run side by side, one may be asked for the other's files: right now, but not for ever.
    let lifetime =
        if version == *VERSION { "public, max-age=31536000, immutable" } else { "public, no-cache" };
    respond(&name, &file, lifetime, &headers)
}

async fn favicon(headers: HeaderMap) -> Response {
    match find("favicon.svg") {
        Some(file) => respond("favicon.svg", &file, "public, max-age=86400", &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn respond(name: &str, file: &EmbeddedFile, lifetime: &'static str, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..16]));
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let kind = if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() };
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let (status, body) = if known {
        (StatusCode::NOT_MODIFIED, Body::empty())
    } else {
        (StatusCode::OK, Body::from(file.data.clone().into_owned()))
    };
    let mut response = (status, body).into_response();
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime));
    for (field, value) in [(header::ETAG, tag), (header::CONTENT_TYPE, kind)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            fields.insert(field, value);
        }
    }
    response
}

/// Lower-case hexadecimal digits.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, http::Request};
    use tower::ServiceExt;

    use super::*;

    async fn get(path: &str, tag: Option<&str>) -> Response {
        let mut request = Request::get(path);
        if let Some(tag) = tag {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        router::<()>().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn a_browser_keeps_an_asset_for_ever_and_asks_again_for_another_version() {
        let current = get(&asset_url("app.css"), None).await;
        assert_eq!(current.status(), StatusCode::OK);
        assert_eq!(current.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(current.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        let tag = current.headers()[header::ETAG].to_str().unwrap().to_owned();
        assert_eq!(get(&asset_url("app.css"), Some(&tag)).await.status(), StatusCode::NOT_MODIFIED);
        let other = get("/assets/0000/app.css", None).await;
        assert_eq!(other.headers()[header::CACHE_CONTROL], "public, no-cache");
        assert_eq!(
            get(&asset_url("fonts/sans.woff2"), None).await.headers()[header::CONTENT_TYPE],
            "font/woff2"
        );
    }

    #[tokio::test]
    async fn nothing_but_the_assets_can_be_fetched() {
        for path in
            ["/assets/x/README.md", "/assets/x/fonts/subset.py", "/assets/x/../src/lib.rs", "/assets/x/none"]
        {
            assert_eq!(get(path, None).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn pages_load_fast_on_a_bad_line() {
        let size = async |name| {
            to_bytes(get(&asset_url(name), None).await.into_body(), 1 << 20).await.unwrap().len()
        };
        assert!(size("app.css").await <= 15_000, "{}", size("app.css").await);
        assert!(size("app.js").await <= 6_000);
        assert!(size("countdown.js").await <= 1_500);
        assert!(size("draft.js").await <= 4_000);
        assert!(size("fonts/sans.woff2").await <= 45_000);
    }

    #[test]
    fn every_file_that_the_style_names_exists() {
        let style = String::from_utf8(asset("app.css").unwrap()).unwrap();
        let named: Vec<_> = style.split("url(").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        assert!(!named.is_empty());
        for name in named {
            assert!(find(name).is_some(), "{name}");
        }
    }
}
