//! Courses: listed, read, asked for, changed, withdrawn and ended.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jhaas_app::{
    Actor, App, change,
    course::{self, CourseForm, CourseLine, CourseView, Mine, RequestView},
    idempotency::Once,
};
use jhaas_domain::{
    access_token::Scope,
    course::{CourseRole, CourseState},
    id::CourseId,
    participation::ParticipationState,
    schedule::{Edge, parse_local, to_local},
    time::Timestamp,
};
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{
    BASE,
    bearer::Bearer,
    change::ChangeAnswer,
    operation::Operation,
    request::{Asked, At, Body, IdempotencyKey, IfMatch, no_choice, stale},
    values::{Id, Instant, Items, Reason, after, one_of, one_of_or_null},
};
use crate::problem::Problem;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/courses", "listCourses", "Courses, the latest request first", list)
            .scope(Scope::CoursesRead)
            .query::<Wanted>()
            .answers::<Items<CourseSummary>>(200, "One part of the list."),
        Operation::post("/courses", "requestCourse", "Ask for a course", request)
            .scope(Scope::CoursesWrite)
            .idempotency_key()
            .body::<CourseEntry>()
            .answers::<Course>(201, "The course, with its address in `Location` and its version in `ETag`.")
            .refuses(&[409]),
        Operation::get("/courses/{course}", "getCourse", "One course, its version in `ETag`", show)
            .scope(Scope::CoursesRead)
            .answers::<Course>(200, "The course."),
        Operation::patch(
            "/courses/{course}",
            "changeCourse",
            "Revise a request, or change a course: only what is named changes",
            alter,
        )
        .scope(Scope::CoursesWrite)
        .if_match()
        .body::<CourseEntry>()
        .answers::<ChangeAnswer>(200, "It holds now.")
        .answers::<ChangeAnswer>(202, "Governance decides; what was accepted holds until then.")
        .refuses(&[409]),
        Operation::post(
            "/courses/{course}/withdraw",
            "withdrawCourse",
            "Withdraw a course without a hub",
            withdraw,
        )
        .scope(Scope::CoursesWrite)
        .if_match()
        .body::<Reason>()
        .answers::<Course>(200, "The course, withdrawn.")
        .refuses(&[409]),
        Operation::post("/courses/{course}/end", "endCourse", "End a running course before its time", end)
            .scope(Scope::CoursesWrite)
            .if_match()
            .body::<Reason>()
            .answers::<Course>(200, "The course; its hub is about to be removed.")
            .refuses(&[409]),
    ]
}

fn states(_: &mut SchemaGenerator) -> Schema {
    one_of(CourseState::ALL.map(CourseState::as_str))
}

fn kinds(_: &mut SchemaGenerator) -> Schema {
    one_of(["staff", "participant", "all"])
}

fn roles(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(CourseRole::ALL.map(CourseRole::as_str))
}

fn participations(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(ParticipationState::ALL.map(ParticipationState::as_str))
}

/// A course in a list.
#[derive(Serialize, JsonSchema)]
struct CourseSummary {
    id: Id,
    #[schemars(schema_with = "states")]
    state: &'static str,
    /// Governance asks something: the leader must answer first.
    sent_back: bool,
    title: String,
    slug: String,
    starts_at: Instant,
    /// Exclusive.
    ends_at: Instant,
    /// Names of the leaders and co-leaders.
    leaders: Vec<String>,
    /// The caller's part in the course.
    #[schemars(schema_with = "roles")]
    role: Option<&'static str>,
    /// How the caller's application stands.
    #[schemars(schema_with = "participations")]
    participation: Option<&'static str>,
    /// Where the caller may enter the hub now.
    hub_url: Option<String>,
    /// For those who may know.
    seats: Option<u32>,
    /// Since when the hub does not answer.
    hub_down_since: Option<Instant>,
}

impl From<CourseLine> for CourseSummary {
    fn from(line: CourseLine) -> Self {
        Self {
            id: Id::of(line.id),
            state: line.state.as_str(),
            sent_back: line.sent_back,
            title: line.title,
            slug: line.slug.to_string(),
            starts_at: line.starts_at.into(),
            ends_at: line.ends_at.into(),
            leaders: line.leaders,
            role: line.role.map(CourseRole::as_str),
            participation: line.participation.map(ParticipationState::as_str),
            hub_url: line.hub_url,
            seats: line.seats,
            hub_down_since: line.hub_down_since.map(Into::into),
        }
    }
}

/// A course as the caller may see it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Course {
    id: Id,
    /// Grows with every change; the `ETag`.
    version: i64,
    #[schemars(schema_with = "states")]
    state: &'static str,
    /// Governance asks something: the leader must answer first.
    sent_back: bool,
    title: String,
    slug: String,
    /// Markdown.
    description: String,
    starts_at: Instant,
    /// Exclusive.
    ends_at: Instant,
    /// When the hub and the homes are removed.
    removed_at: Instant,
    /// Names of the leaders and co-leaders.
    leaders: Vec<String>,
    /// The caller's part in the course.
    #[schemars(schema_with = "roles")]
    role: Option<&'static str>,
    /// How the caller's application stands.
    #[schemars(schema_with = "participations")]
    participation: Option<&'static str>,
    /// The caller's place on the waiting list.
    waiting_place: Option<u32>,
    /// Where the caller may enter the hub now.
    hub_url: Option<String>,
    /// Since when the hub does not answer.
    hub_down_since: Option<Instant>,
    /// The end was asked for before its time.
    stop_requested: bool,
    /// All values: for leaders, governance and administrators.
    request: Option<CourseRequest>,
}

/// The values of a course beyond those that everybody sees, named as in a request.
#[derive(Serialize, JsonSchema)]
struct CourseRequest {
    requested_at: Instant,
    /// Key of the cluster.
    cluster: String,
    seats: u32,
    /// Processors per person.
    cpu: f64,
    /// GiB of memory per person.
    memory: f64,
    /// GiB of home per person.
    storage: f64,
    environment: String,
    image: String,
    start_page: String,
    start_path: String,
    material_url: String,
    material_branch: String,
    material_folder: String,
    shared_folder: String,
    admission: String,
    domains: Vec<String>,
    remarks: String,
    /// The last words of governance.
    decision: Option<Decision>,
    /// A change that waits for a decision.
    pending_change: Option<Id>,
}

#[derive(Serialize, JsonSchema)]
struct Decision {
    #[schemars(schema_with = "decisions")]
    decision: &'static str,
    at: Instant,
    /// Absent when policy decided.
    by: Option<String>,
    message: Option<String>,
}

fn decisions(_: &mut SchemaGenerator) -> Schema {
    one_of(["accepted", "rejected", "sent_back"])
}

impl CourseRequest {
    fn new(view: RequestView, cluster: String, zone: &TimeZone) -> Self {
        let form = course::form_of(&view.spec, zone);
        let per_person = view.spec.per_person;
        let decision = view.decision.map(|decision| Decision {
            decision: match decision.kind.as_str() {
                "course.accepted" => "accepted",
                "course.rejected" => "rejected",
                _ => "sent_back",
            },
            at: decision.at.into(),
            by: decision.by,
            message: decision.message,
        });
        Self {
            requested_at: view.requested_at.into(),
            cluster,
            seats: view.spec.seats,
            cpu: f64::from(per_person.cpu_millis) / 1000.0,
            memory: f64::from(per_person.memory_mib) / 1024.0,
            storage: f64::from(per_person.storage_mib) / 1024.0,
            environment: form.environment,
            image: form.image,
            start_page: form.start_page,
            start_path: form.start_path,
            material_url: form.material_url,
            material_branch: form.material_branch,
            material_folder: form.material_folder,
            shared_folder: form.shared_folder,
            admission: form.admission,
            domains: form.domains.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            remarks: form.remarks,
            decision,
            pending_change: view.pending_change.map(|change| Id::of(change.id)),
        }
    }
}

impl Course {
    fn new(view: CourseView, zone: &TimeZone) -> Self {
        Self {
            id: Id::of(view.id),
            version: view.version,
            state: view.state.as_str(),
            sent_back: view.sent_back,
            title: view.title,
            slug: view.slug.to_string(),
            description: view.description,
            starts_at: view.starts_at.into(),
            ends_at: view.ends_at.into(),
            removed_at: view.removed_at.into(),
            leaders: view.leaders,
            role: view.role.map(CourseRole::as_str),
            participation: view.participation.map(|part| part.state.as_str()),
            waiting_place: view.waiting_place,
            hub_url: view.hub_url,
            hub_down_since: view.hub_down_since.map(Into::into),
            stop_requested: view.stop_requested,
            request: view.request.map(|request| CourseRequest::new(request, view.cluster, zone)),
        }
    }
}

/// The course as it is now, with its version.
pub(super) async fn answer(
    app: &App,
    actor: &Actor,
    id: CourseId,
    status: StatusCode,
) -> Result<Response, Problem> {
    let course = Course::new(course::view(app, actor, id).await?, &app.settings.zone);
    let tag = etag(course.version);
    Ok((status, [(header::ETAG, tag)], Json(course)).into_response())
}

fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    /// `staff` (usual): those that the caller leads or assists. `participant`: those that the caller applied to.
    /// `all`: for governance and administrators.
    #[schemars(schema_with = "kinds")]
    r#as: Option<String>,
    /// Part of title or slug.
    q: Option<String>,
    /// Only courses in this state.
    #[schemars(schema_with = "states")]
    state: Option<String>,
    /// `next` of the part before.
    cursor: Option<String>,
    /// How many at most; usually 50.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u64>,
}

/// `GET /api/v1/courses?as=staff&q=python&state=DEPLOYED`
async fn list(
    State(app): State<App>,
    who: Bearer,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Items<CourseSummary>>, Problem> {
    let part = after(&wanted.cursor, wanted.limit)?;
    let state =
        wanted.state.as_deref().map(|state| CourseState::parse(state).ok_or_else(|| no_choice("state")));
    let states: Vec<CourseState> = state.transpose()?.into_iter().collect();
    let search = wanted.q.unwrap_or_default();
    let mine = match wanted.r#as.as_deref() {
        None | Some("staff") => Some(Mine::Staff),
        Some("participant") => Some(Mine::Participant),
        Some("all") => None,
        Some(_) => return Err(no_choice("as")),
    };
    let found = match mine {
        Some(mine) => course::my_courses_after(&app, who.actor(), mine, &search, &states, part).await?,
        None => {
            let filter = course::Filter { states, search, ..course::Filter::default() };
            course::all_after(&app, who.actor(), &filter, part).await?
        }
    };
    Ok(Json(Items::of(found, CourseSummary::from)))
}

/// `GET /api/v1/courses/{course}`
async fn show(State(app): State<App>, who: Bearer, At(id): At<CourseId>) -> Result<Response, Problem> {
    answer(&app, who.actor(), id, StatusCode::OK).await
}

/// What a course is to be. In a change, what is left out stays as it is; errors carry the same names.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct CourseEntry {
    title: Option<String>,
    /// First label of the hub's host name.
    slug: Option<String>,
    /// Markdown.
    description: Option<String>,
    /// RFC 3339, to the minute.
    starts_at: Option<String>,
    /// RFC 3339, to the minute; exclusive.
    ends_at: Option<String>,
    seats: Option<u32>,
    /// Processors per person.
    cpu: Option<f64>,
    /// GiB of memory per person.
    memory: Option<f64>,
    /// GiB of home per person.
    storage: Option<f64>,
    /// A key of the catalogue, or `image:` with `image`.
    environment: Option<String>,
    /// Full image reference, where policy allows it.
    image: Option<String>,
    /// `lab`, `notebook`, `app` or `material`.
    start_page: Option<String>,
    /// Path of the app, or of the notebook in the material.
    start_path: Option<String>,
    /// A Git repository that is brought into each home.
    material_url: Option<String>,
    material_branch: Option<String>,
    material_folder: Option<String>,
    /// `none`, `read_only` or `writable`.
    shared_folder: Option<String>,
    /// `by_hand`, `domains`, `roster` or `link`.
    admission: Option<String>,
    /// Mail domains, with `admission` `domains`.
    domains: Option<Vec<String>>,
    /// To governance.
    remarks: Option<String>,
    /// The number of the version of the terms of use that the caller accepts.
    terms: Option<u32>,
}

impl CourseEntry {
    /// The form with what is named here.
    fn onto(self, mut form: CourseForm, zone: &TimeZone) -> CourseForm {
        let put = |field: &mut String, value: Option<String>| {
            if let Some(value) = value {
                *field = value;
            }
        };
        put(&mut form.title, self.title);
        put(&mut form.slug, self.slug);
        put(&mut form.description, self.description);
        if let Some(typed) = self.starts_at {
            (form.start_date, form.start_time) = local(&typed, zone, Edge::Start);
        }
        if let Some(typed) = self.ends_at {
            (form.end_date, form.end_time) = local(&typed, zone, Edge::End);
        }
        put(&mut form.seats, self.seats.map(|seats| seats.to_string()));
        put(&mut form.cpu, self.cpu.map(|cpu| cpu.to_string()));
        put(&mut form.memory, self.memory.map(|memory| memory.to_string()));
        put(&mut form.storage, self.storage.map(|storage| storage.to_string()));
        put(&mut form.environment, self.environment);
        put(&mut form.image, self.image);
        put(&mut form.start_page, self.start_page);
        put(&mut form.start_path, self.start_path);
        put(&mut form.material_url, self.material_url);
        put(&mut form.material_branch, self.material_branch);
        put(&mut form.material_folder, self.material_folder);
        put(&mut form.shared_folder, self.shared_folder);
        put(&mut form.admission, self.admission);
        put(&mut form.domains, self.domains.map(|domains| domains.join("\n")));
        put(&mut form.remarks, self.remarks);
        put(&mut form.terms, self.terms.map(|terms| terms.to_string()));
        form
    }
}

/// Date and time as a form has them. What is no instant, or none that a form can say, is left out, which is a fault of the
/// form.
fn local(typed: &str, zone: &TimeZone, edge: Edge) -> (String, String) {
    let said = Timestamp::parse(typed).and_then(|at| {
        let local = to_local(at, zone, edge);
        let (date, time) = (local.date().to_string(), format!("{:02}:{:02}", local.hour(), local.minute()));
        (parse_local(&date, &time, zone, edge) == Ok(at)).then_some((date, time))
    });
    said.unwrap_or_default()
}

/// `POST /api/v1/courses`
async fn request(
    State(app): State<App>,
    who: Bearer,
    IdempotencyKey(key): IdempotencyKey,
    body: Body<CourseEntry>,
) -> Result<Response, Problem> {
    let form = body.value.onto(CourseForm::default(), &app.settings.zone);
    let id = match key {
        Some(key) => course::request_once(&app, who.actor(), &form, &Once::new(&key, &body.text)).await?,
        None => course::request(&app, who.actor(), &form, None).await?,
    };
    let mut response = answer(&app, who.actor(), id, StatusCode::CREATED).await?;
    if let Ok(place) = HeaderValue::from_str(&format!("{BASE}/courses/{id}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// `PATCH /api/v1/courses/{course}`: a request is revised, everything else changed.
async fn alter(
    State(app): State<App>,
    who: Bearer,
    At(id): At<CourseId>,
    IfMatch(version): IfMatch,
    body: Body<CourseEntry>,
) -> Result<Response, Problem> {
    let view = course::view(&app, who.actor(), id).await?;
    // Who does not see the values cannot change some of them.
    let Some(request) = view.request else { return Err(Problem::new(StatusCode::FORBIDDEN)) };
    let form = body.value.onto(course::form_of(&request.spec, &app.settings.zone), &app.settings.zone);
    let outcome = if matches!(view.state, CourseState::Requested | CourseState::Rejected) {
        course::revise(&app, who.actor(), id, version, &form).await.map_err(stale)?;
        change::ChangeOutcome::Applied { deployment: None }
    } else {
        change::change(&app, who.actor(), id, version, &form).await.map_err(stale)?
    };
    let status = match outcome {
        change::ChangeOutcome::Pending(_) => StatusCode::ACCEPTED,
        _ => StatusCode::OK,
    };
    let course = Course::new(course::view(&app, who.actor(), id).await?, &app.settings.zone);
    let tag = etag(course.version);
    Ok((status, [(header::ETAG, tag)], Json(ChangeAnswer::new(&outcome, course))).into_response())
}

/// `POST /api/v1/courses/{course}/withdraw`
async fn withdraw(
    State(app): State<App>,
    who: Bearer,
    At(id): At<CourseId>,
    IfMatch(version): IfMatch,
    Body { value, .. }: Body<Reason>,
) -> Result<Response, Problem> {
    course::cancel(&app, who.actor(), id, version, &value.reason).await.map_err(stale)?;
    answer(&app, who.actor(), id, StatusCode::OK).await
}

/// `POST /api/v1/courses/{course}/end`
async fn end(
    State(app): State<App>,
    who: Bearer,
    At(id): At<CourseId>,
    IfMatch(version): IfMatch,
    Body { value, .. }: Body<Reason>,
) -> Result<Response, Problem> {
    course::end_early(&app, who.actor(), id, version, &value.reason).await.map_err(stale)?;
    answer(&app, who.actor(), id, StatusCode::OK).await
}
