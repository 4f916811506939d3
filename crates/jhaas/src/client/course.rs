//! Courses: listed, shown, asked for, tried again, withdrawn and ended.

use std::{fs, path::PathBuf, time::Duration};

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use jhaas_domain::{clock::Random as _, course::CourseState, id::CourseId};
use serde_json::{Value, json};

use super::{
    api::{Api, Found},
    fault::Fault,
    table::Table,
    terminal::{self, MINUTE, agreed, clean, clean_lines},
};
use crate::adapters::SystemRandom;

/// Before a request is sent again that got no answer.
const CALM_DOWN: Duration = Duration::from_secs(2);
/// How often it is sent at most.
const TRIES: u32 = 3;

#[derive(clap::Args)]
pub(crate) struct ListArgs {
    /// Only courses in this state.
    #[arg(long, ignore_case = true, value_parser = states())]
    state: Option<String>,
    /// Part of title or address.
    #[arg(long)]
    search: Option<String>,
    /// Everybody's courses; for governance and administrators.
    #[arg(long)]
    all: bool,
    /// Courses that you applied to, instead of those that you lead or assist.
    #[arg(long, conflicts_with = "all")]
    joined: bool,
    /// One array with the portal's objects.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    /// Its identifier, or its address (slug).
    course: String,
    /// The portal's object.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct RequestArgs {
    /// TOML or JSON with the fields of a request, see docs/use/command-line-client.md; - reads the standard input.
    file: PathBuf,
    /// A name for this request: sent again with the same one, it makes no second course. Made when not given.
    #[arg(long)]
    key: Option<String>,
    /// The portal's object.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct RetryArgs {
    /// Its identifier, or its address (slug).
    course: String,
    /// The portal's object.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct DecisiveArgs {
    /// Its identifier, or its address (slug).
    course: String,
    /// What those whom it concerns read in their mail.
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Does not ask.
    #[arg(long)]
    yes: bool,
    /// The portal's object.
    #[arg(long)]
    json: bool,
}

fn states() -> impl clap::builder::TypedValueParser<Value = String> {
    PossibleValuesParser::new(CourseState::ALL.map(CourseState::as_str)).map(|state| state.to_uppercase())
}

pub(super) async fn list(api: &Api, args: &ListArgs) -> Result<(), Fault> {
    let kind = if args.all {
        "all"
    } else if args.joined {
        "participant"
    } else {
        "staff"
    };
    let mut query = vec![("as", kind)];
    query.extend(args.state.as_deref().map(|state| ("state", state)));
    query.extend(args.search.as_deref().map(|search| ("q", search)));
    let courses = api.list(&["courses"], &query).await?;
    if args.json {
        return terminal::print_json(&courses.into());
    }
    if courses.is_empty() {
        eprintln!("There is no such course.");
        return Ok(());
    }
    let mut table = Table::new(["ADDRESS", "STATE", "STARTS", "ENDS", "TITLE"], 4);
    for course in &courses {
        table.line([
            terminal::text(&course["slug"]),
            state(course),
            terminal::time(&course["starts_at"], MINUTE),
            terminal::time(&course["ends_at"], MINUTE),
            terminal::text(&course["title"]),
        ]);
    }
    terminal::print(&table.text(terminal::width()))
}

fn state(course: &Value) -> String {
    let state = terminal::text(&course["state"]);
    if course["sent_back"] == true { format!("{state} (sent back)") } else { state }
}

pub(super) async fn show(api: &Api, args: &ShowArgs) -> Result<(), Fault> {
    let id = find(api, &args.course).await?;
    let course = api.get(&["courses", &id], &[]).await?.value;
    shown(&course, args.json)
}

fn shown(course: &Value, json: bool) -> Result<(), Fault> {
    if json {
        return terminal::print_json(course);
    }
    let request = &course["request"];
    let number = |name: &str| request[name].as_number().map(ToString::to_string).unwrap_or_default();
    let sizes = match request["cpu"].is_number() {
        true => format!(
            "{} processors, {} GiB of memory, {} GiB of home",
            number("cpu"),
            number("memory"),
            number("storage")
        ),
        false => String::new(),
    };
    let leaders = course["leaders"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let lines = [
        ("Title", terminal::text(&course["title"])),
        ("Address", terminal::text(&course["slug"])),
        ("Identifier", terminal::text(&course["id"])),
        ("State", state(course)),
        ("Starts", terminal::time(&course["starts_at"], MINUTE)),
        ("Ends", terminal::time(&course["ends_at"], MINUTE)),
        ("Hub", terminal::text(&course["hub_url"])),
        ("Silent since", terminal::time(&course["hub_down_since"], MINUTE)),
        ("Removed", terminal::time(&course["removed_at"], MINUTE)),
        ("Leaders", leaders.collect::<Vec<_>>().join(", ")),
        ("Your part", terminal::text(&course["role"])),
        ("Application", terminal::text(&course["participation"])),
        ("Seats", number("seats")),
        ("Per person", sizes),
        ("Environment", terminal::text(&request["environment"])),
        ("Admission", terminal::text(&request["admission"])),
        ("Governance", terminal::text(&request["decision"]["message"])),
    ];
    let lines = lines.iter().filter(|(_, value)| !value.is_empty());
    let mut text: String =
        lines.map(|(name, value)| format!("{:<14}{}\n", format!("{name}:"), clean(value))).collect();
    if let Some(description) = course["description"].as_str().filter(|text| !text.is_empty()) {
        text.push_str(&format!("\n{}\n", clean_lines(description)));
    }
    terminal::print(&text)
}

pub(super) async fn request(api: &Api, args: &RequestArgs) -> Result<(), Fault> {
    let body = read_request(&args.file)?;
    let key = args.key.clone().unwrap_or_else(fresh_key);
    let made = send_once(api, &key, &body).await?.value;
    if !args.json {
        eprintln!("The course is asked for.");
    }
    shown(&made, args.json)
}

/// Sends again what got no answer: under its key that makes no second course.
async fn send_once(api: &Api, key: &str, body: &Value) -> Result<Found, Fault> {
    let mut tries = 1;
    loop {
        match api.post_once(&["courses"], key, body).await {
            Err(Fault::Unreachable(_)) if tries < TRIES => {
                tries += 1;
                tokio::time::sleep(CALM_DOWN).await;
            }
            Err(Fault::Unreachable(words)) => {
                return Err(Fault::Unreachable(format!(
                    "{words}\nThe request may have arrived. To send it again without a second course, add --key {key}"
                )));
            }
            answered => return answered,
        }
    }
}

fn fresh_key() -> String {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes);
    hex::encode(bytes)
}

fn read_request(file: &std::path::Path) -> Result<Value, Fault> {
    let name = file.display();
    let (text, ending) = if file.as_os_str() == "-" {
        (terminal::read_all()?, None)
    } else {
        let text =
            fs::read_to_string(file).map_err(|error| Fault::Usage(format!("Cannot read {name}: {error}")))?;
        (text, file.extension().and_then(|ending| ending.to_str()))
    };
    let is_json = match ending {
        Some("json") => true,
        Some("toml") => false,
        _ => text.trim_start().starts_with('{'),
    };
    let read = if is_json {
        serde_json::from_str(&text).map_err(|error| error.to_string())
    } else {
        text.parse::<toml::Table>().map(|table| as_json(table.into())).map_err(|error| error.to_string())
    };
    match read {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Fault::Usage(format!("{name} holds no fields of a request."))),
        Err(why) => Err(Fault::Usage(format!("{name} cannot be read: {why}"))),
    }
}

/// TOML's times need no quotation marks; the portal takes them as text.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(is) => is.into(),
        toml::Value::Datetime(at) => at.to_string().into(),
        toml::Value::Array(values) => values.into_iter().map(as_json).collect(),
        toml::Value::Table(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, as_json(value))).collect())
        }
    }
}

pub(super) async fn retry(api: &Api, args: &RetryArgs) -> Result<(), Fault> {
    let id = find(api, &args.course).await?;
    let retried = api.post(&["courses", &id, "retry"], &json!({})).await?.value;
    if args.json {
        return terminal::print_json(&retried);
    }
    let deployment = clean(&terminal::text(&retried["deployment"]));
    terminal::print(&format!(
        "It is tried again as deployment {deployment}.\nFollow it: jhaas course log -f {id}\n"
    ))
}

pub(super) async fn cancel(api: &Api, args: &DecisiveArgs) -> Result<(), Fault> {
    let done = decide(api, args, "withdraw", |course| format!("Withdraw {course}?")).await?;
    said(&done, args.json, "is withdrawn")
}

pub(super) async fn end(api: &Api, args: &DecisiveArgs) -> Result<(), Fault> {
    let done = decide(api, args, "end", |course| format!("End {course} and remove its hub?")).await?;
    said(&done, args.json, "ends; its hub is about to be removed")
}

fn said(course: &Value, json: bool, what: &str) -> Result<(), Fault> {
    if json {
        return terminal::print_json(course);
    }
    terminal::print(&format!("The course {} {what}.\n", clean(&terminal::text(&course["slug"]))))
}

/// Only if the course is still as it was when somebody said yes.
async fn decide(
    api: &Api,
    args: &DecisiveArgs,
    what: &str,
    question: impl Fn(&str) -> String,
) -> Result<Value, Fault> {
    let id = find(api, &args.course).await?;
    let seen = api.get(&["courses", &id], &[]).await?;
    let (title, slug) = (terminal::text(&seen.value["title"]), terminal::text(&seen.value["slug"]));
    agreed(args.yes, &question(&clean(&format!("the course “{title}” ({slug})"))))?;
    let etag = seen.etag.unwrap_or_default();
    let body = json!({ "reason": args.reason });
    Ok(api.post_if(&["courses", &id, what], &etag, &body).await?.value)
}

/// The identifier of the course that is meant: itself, or the address of one that the caller may list. Addresses are used
/// again after a course; the one that is not over is meant then.
pub(super) async fn find(api: &Api, course: &str) -> Result<String, Fault> {
    if let Ok(id) = course.parse::<CourseId>() {
        return Ok(id.to_string());
    }
    let mut found = called(api, "staff", course).await?;
    found.extend(called(api, "participant", course).await?);
    if found.is_empty() {
        found = match called(api, "all", course).await {
            Err(Fault::Refused(problem)) if problem.status() == 403 => Vec::new(),
            found => found?,
        };
    }
    let holds_slug = |course: &&Value| {
        course["state"].as_str().and_then(CourseState::parse).is_none_or(CourseState::holds_slug)
    };
    let ids = |courses: &mut dyn Iterator<Item = &Value>| {
        let mut ids: Vec<String> = courses.map(|course| terminal::text(&course["id"])).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let mut current = ids(&mut found.iter().filter(holds_slug));
    if current.is_empty() {
        current = ids(&mut found.iter());
    }
    match current.as_slice() {
        [id] => Ok(id.clone()),
        [] => Err(Fault::Failed(format!(
            "There is no course {course:?} that you have a part in; see `jhaas course list`."
        ))),
        several => Err(Fault::Usage(format!(
            "Several courses are called {course}: say which by its identifier.\n  {}",
            several.join("\n  ")
        ))),
    }
}

async fn called(api: &Api, kind: &str, slug: &str) -> Result<Vec<Value>, Fault> {
    let mut courses = api.list(&["courses"], &[("as", kind), ("q", slug)]).await?;
    courses.retain(|course| course["slug"] == slug);
    Ok(courses)
}
