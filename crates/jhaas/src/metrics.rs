//! The portal in numbers, as Prometheus reads them: asked of the database at each scrape, so that every replica says the
//! same and a restart forgets nothing.

use anyhow::Result;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use jhaas_app::{
    App,
    health::{self, Numbers},
};
use metrics::{describe_gauge, gauge, with_local_recorder};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Serves `/metrics` on addresses of their own until `shutdown`.
pub(crate) async fn serve(app: App, listeners: Vec<TcpListener>, shutdown: CancellationToken) {
    let router = Router::new().route("/metrics", get(scrape)).with_state(app);
    let mut servers = JoinSet::new();
    for listener in listeners {
        let (router, ended) = (router.clone(), shutdown.clone());
        servers.spawn(async move {
            let server = axum::serve(listener, router).with_graceful_shutdown(ended.cancelled_owned());
            if let Err(error) = server.await {
                tracing::error!(%error, "metrics.ended");
            }
        });
    }
    while servers.join_next().await.is_some() {}
    // A portal without metrics goes on until it is told to end.
    shutdown.cancelled().await;
}

async fn scrape(State(app): State<App>) -> Response {
    let numbers = health::numbers(&app).await.map_err(anyhow::Error::from);
    match numbers.and_then(|numbers| render(&numbers)) {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => {
            tracing::warn!(%error, "metrics.not_read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn render(numbers: &Numbers) -> Result<String> {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    with_local_recorder(&recorder, || tell(numbers));
    Ok(handle.render())
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floating-point numbers")]
fn tell(numbers: &Numbers) {
    let gauge_of = |name: &'static str, what: &'static str, value: f64| {
        describe_gauge!(name, what);
        gauge!(name).set(value);
    };
    describe_gauge!("jhaas_courses", "Courses by state.");
    for (state, count) in &numbers.courses {
        gauge!("jhaas_courses", "state" => state.as_str()).set(*count as f64);
    }
    describe_gauge!("jhaas_deployments", "Deployments by what they do and how they are.");
    for (action, state, count) in &numbers.deployments {
        let labels = [("action", action.as_str()), ("state", state.as_str())];
        gauge!("jhaas_deployments", &labels).set(*count as f64);
    }
    describe_gauge!("jhaas_mails", "Mails by state.");
    for (state, count) in &numbers.mails {
        gauge!("jhaas_mails", "state" => state.as_str()).set(*count as f64);
    }
    let seconds = |millis: i64| millis as f64 / 1000.0;
    gauge_of("jhaas_deployments_stuck", "Open deployments at which nothing happens.", numbers.stuck as f64);
    gauge_of(
        "jhaas_dispatcher_lag_seconds",
        "How long the course that has waited longest should have been looked at.",
        seconds(numbers.dispatcher_lag_ms),
    );
    gauge_of("jhaas_hubs_down", "Hubs that do not answer.", numbers.hubs_down as f64);
    gauge_of(
        "jhaas_mail_age_seconds",
        "How long the oldest mail that is due waits.",
        seconds(numbers.mail_age_ms),
    );
    gauge_of(
        "jhaas_revocations_pending",
        "People who are still to be taken out of hubs.",
        numbers.revocations as f64,
    );
    gauge_of(
        "jhaas_maintenance",
        "Whether no new deployments are started.",
        f64::from(u8::from(numbers.maintenance)),
    );
}
