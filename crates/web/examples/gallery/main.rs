//! Writes every component and public page with sample content as HTML files that a browser opens directly:
//! `cargo run -p jhaas-web --example gallery -- <folder>`.

mod samples;

use std::{error::Error, fs, path::Path, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
    middleware,
    response::Response,
    routing::get,
};
use jhaas_domain::message::Message;
use jhaas_lang::Lang;
use jhaas_web::{
    assets,
    pages::public,
    problem::{Problem, pages},
    view::{Page, Site, Viewer},
};
use tower::ServiceExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: gallery <folder>")?;
    let folder = Path::new(&folder);
    for name in assets::names() {
        let target = folder.join("assets").join(&name);
        fs::create_dir_all(target.parent().ok_or("an asset has no folder")?)?;
        fs::write(target, assets::asset(&name).unwrap_or_default())?;
    }
    let site = samples::site();
    for lang in Lang::all() {
        for (name, path) in [
            ("landing", "/"),
            ("help", "/help"),
            ("privacy", "/privacy"),
            ("imprint", "/imprint"),
            ("problem-400", "/problem/400"),
            ("problem-403", "/problem/403"),
            ("problem-404", "/nowhere"),
            ("problem-409", "/problem/409"),
            ("problem-410", "/problem/410"),
            ("problem-429", "/problem/429"),
            ("problem-500", "/problem/500"),
            ("problem-503", "/problem/503"),
        ] {
            let html = text(ask(&site, lang, path, None).await?).await?;
            write(folder, name, lang, &html)?;
        }
        let p = Page { viewer: Some(samples::leader()), ..Page::new(site.clone(), lang) };
        for (name, response) in [
            ("course", samples::course(p.clone())),
            ("form", samples::form(p.clone())),
            ("list", samples::list(p.clone())),
            ("deployment", samples::deployment(p.clone())),
            ("parts", samples::parts(p)),
        ] {
            write(folder, name, lang, &text(response).await?)?;
        }
    }
    Ok(())
}

async fn ask(
    site: &Arc<Site>,
    lang: Lang,
    path: &str,
    viewer: Option<Viewer>,
) -> Result<Response, Box<dyn Error>> {
    let app: Router = Router::new()
        .route("/problem/{status}", get(problem))
        .merge(public::router::<Arc<Site>>())
        .layer(middleware::from_fn_with_state(site.clone(), pages))
        .with_state(site.clone());
    let mut request = Request::get(path)
        .header(header::ACCEPT_LANGUAGE, lang.code())
        .header("x-request-id", "7F3K-2QMD")
        .body(Body::empty())?;
    if let Some(viewer) = viewer {
        request.extensions_mut().insert(viewer);
    }
    Ok(app.oneshot(request).await?)
}

async fn problem(axum::extract::Path(status): axum::extract::Path<u16>) -> Problem {
    match status {
        403 => Problem::forbidden(Message::new("problem-cross-site")),
        429 => Problem::too_many(60),
        other => Problem::new(StatusCode::from_u16(other).unwrap_or(StatusCode::BAD_REQUEST)),
    }
}

async fn text(response: Response) -> Result<String, Box<dyn Error>> {
    Ok(String::from_utf8(to_bytes(response.into_body(), 1 << 20).await?.to_vec())?)
}

/// Addresses of assets become relative, so that the files need no server.
fn write(folder: &Path, name: &str, lang: Lang, html: &str) -> Result<(), Box<dyn Error>> {
    let version = assets::asset_url("app.css");
    let version = version.trim_end_matches("app.css");
    Ok(fs::write(folder.join(format!("{name}.{lang}.html")), html.replace(version, "assets/"))?)
}
