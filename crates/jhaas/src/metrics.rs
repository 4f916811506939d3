//! The portal in numbers, as Prometheus reads them: asked of the database at each scrape, so that every replica says the
//! same and a restart forgets nothing. What has happened is read once, and from then on what has happened since.

use std::sync::Arc;

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
    health::{self, News, Numbers, Seen},
    outbox::MailState,
};
use jhaas_domain::{
    course::CourseState,
    deployment::{Action, DeploymentState},
};
use metrics::{
    counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram, with_local_recorder,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};
use tokio::{net::TcpListener, sync::Mutex, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// In seconds, for what takes from a moment to an hour.
const DURATIONS: [f64; 12] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0];
/// In seconds; below 0 the hub was late.
const LEADS: [f64; 10] = [-3600.0, -600.0, -60.0, 0.0, 60.0, 300.0, 600.0, 1200.0, 1800.0, 86_400.0];

#[derive(Clone)]
struct Watched {
    app: App,
    history: Arc<Mutex<History>>,
}

/// What has happened, as far as it was read.
struct History {
    recorder: PrometheusRecorder,
    seen: Seen,
}

impl History {
    fn new() -> Result<Self> {
        let buckets = |builder: PrometheusBuilder, name: &str, bounds: &[f64]| {
            builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), bounds)
        };
        let builder = PrometheusBuilder::new();
        let builder = buckets(builder, "jhaas_deployment_seconds", &DURATIONS)?;
        let builder = buckets(builder, "jhaas_deployment_phase_seconds", &DURATIONS)?;
        let builder = buckets(builder, "jhaas_readiness_lead_seconds", &LEADS)?;
        Ok(Self { recorder: builder.build_recorder(), seen: Seen::default() })
    }

    async fn read_on(&mut self, app: &App) -> Result<String> {
        let news = health::news(app, &mut self.seen).await?;
        with_local_recorder(&self.recorder, || tell_news(&news));
        let handle = self.recorder.handle();
        handle.run_upkeep();
        Ok(handle.render())
    }
}

/// Serves `/metrics` on addresses of their own until `shutdown`.
pub(crate) async fn serve(app: App, listeners: Vec<TcpListener>, shutdown: CancellationToken) {
    let history = match History::new() {
        Ok(history) => Arc::new(Mutex::new(history)),
        Err(error) => {
            tracing::error!(%error, "metrics.not_served");
            return shutdown.cancelled().await;
        }
    };
    let router = Router::new().route("/metrics", get(scrape)).with_state(Watched { app, history });
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

async fn scrape(State(watched): State<Watched>) -> Response {
    match watched.text().await {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => {
            tracing::warn!(%error, "metrics.not_read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

impl Watched {
    async fn text(&self) -> Result<String> {
        let now = render(&health::numbers(&self.app).await?);
        // Two who read at once must not count the same twice.
        let before = self.history.lock().await.read_on(&self.app).await?;
        Ok(now + &before)
    }
}

fn render(numbers: &Numbers) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    with_local_recorder(&recorder, || tell(numbers));
    handle.render()
}

fn tell_news(news: &News) {
    describe_counter!("jhaas_sign_ins_total", "Sessions that began.");
    counter!("jhaas_sign_ins_total").increment(news.sign_ins);
    describe_histogram!("jhaas_deployment_seconds", "From the opening of a deployment to its end.");
    describe_histogram!("jhaas_deployment_phase_seconds", "Phases of the last attempts of deployments.");
    describe_histogram!("jhaas_readiness_lead_seconds", "From a checked hub to the start of its course.");
    for one in &news.deployments {
        let (action, result) = (one.action.as_str(), one.state.as_str());
        let labels = [("action", action), ("result", result)];
        histogram!("jhaas_deployment_seconds", &labels)
            .record(seconds(one.finished_at.millis_since(one.created_at)));
        for times in &one.phases {
            let Some(ended) = times.ended else { continue };
            let labels = [("action", action), ("phase", times.phase.as_str()), ("result", result)];
            histogram!("jhaas_deployment_phase_seconds", &labels)
                .record(seconds(ended.millis_since(times.began)));
        }
        // What began after the start had no chance to be in time: a repair, or a course that was accepted late.
        let in_advance = one.created_at < one.starts_at;
        if in_advance && (one.action, one.state) == (Action::Deploy, DeploymentState::Succeeded) {
            histogram!("jhaas_readiness_lead_seconds")
                .record(seconds(one.starts_at.millis_since(one.finished_at)));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floating-point numbers")]
fn tell(numbers: &Numbers) {
    let gauge_of = |name: &'static str, what: &'static str, value: f64| {
        describe_gauge!(name, what);
        gauge!(name).set(value);
    };
    describe_gauge!("jhaas_courses", "Courses by state.");
    // One that grows from nothing is seen to grow only where there was a nothing.
    for state in CourseState::ALL {
        let found = numbers.courses.iter().find(|(one, _)| *one == state);
        gauge!("jhaas_courses", "state" => state.as_str()).set(found.map_or(0, |(_, count)| *count) as f64);
    }
    describe_gauge!("jhaas_deployments", "Deployments by what they do and how they are.");
    for (action, state, count) in &numbers.deployments {
        let labels = [("action", action.as_str()), ("state", state.as_str())];
        gauge!("jhaas_deployments", &labels).set(*count as f64);
    }
    describe_gauge!("jhaas_mails", "Mails by state.");
    for state in MailState::ALL {
        let found = numbers.mails.iter().find(|(one, _)| *one == state);
        gauge!("jhaas_mails", "state" => state.as_str()).set(found.map_or(0, |(_, count)| *count) as f64);
    }
    gauge_of("jhaas_deployments_stuck", "Open deployments at which nothing happens.", numbers.stuck as f64);
    gauge_of(
        "jhaas_dispatcher_lag_seconds",
        "How long the course that has waited longest should have been looked at.",
        seconds(numbers.dispatcher_lag_ms),
    );
    gauge_of(
        "jhaas_queue_age_seconds",
        "How long the deployment that waits longest for a worker has been due.",
        seconds(numbers.queue_age_ms),
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
    if let Some(count) = numbers.leftovers {
        gauge_of("jhaas_leftovers", "Hubs without a course, looked for every hour.", count as f64);
    }
    gauge_of(
        "jhaas_homes_not_gone",
        "Courses whose kept files should be gone and are not.",
        numbers.homes_not_gone as f64,
    );
    gauge_of(
        "jhaas_courses_late",
        "Courses that have begun, and whose hub is not ready.",
        numbers.late as f64,
    );
    if let Some(at) = numbers.last_backup {
        gauge_of(
            "jhaas_last_backup_timestamp_seconds",
            "When the last backup was made.",
            seconds(at.as_millis()),
        );
    }
}
