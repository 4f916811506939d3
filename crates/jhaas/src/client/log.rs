//! The log of a deployment: what is there, or everything until it has ended.

use std::{collections::VecDeque, time::Duration};

use jhaas_domain::id::DeploymentId;
use reqwest::Response;
use serde_json::Value;

use super::{
    api::Api,
    course::find,
    fault::Fault,
    terminal::{self, SECOND, clean},
};

/// The portal's own lines are far shorter.
const LONGEST_LINE: usize = 1 << 20;
/// Between two streams: one is cut after a minute, or by somebody on the way.
const PAUSE: Duration = Duration::from_secs(1);
/// How often in a row the portal may be away while it is listened to.
const TRIES: u32 = 10;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Its identifier, or its address (slug).
    course: String,
    /// Goes on until the deployment has ended.
    #[arg(long, short)]
    follow: bool,
    /// Identifier of a deployment; the last one when not given.
    #[arg(long)]
    deployment: Option<DeploymentId>,
    /// An attempt, from 1; the last one when not given.
    #[arg(long, conflicts_with = "follow", value_parser = clap::value_parser!(u32).range(1..))]
    attempt: Option<u32>,
    /// The portal's lines of JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(api: &Api, args: &Args) -> Result<(), Fault> {
    let course = find(api, &args.course).await?;
    let deployment = match args.deployment {
        Some(id) => id.to_string(),
        None => last(api, &course).await?,
    };
    let log = Log { api, course, deployment, json: args.json };
    if args.follow { log.follow().await } else { log.what_is_there(args.attempt).await }
}

async fn last(api: &Api, course: &str) -> Result<String, Fault> {
    let found = api.get(&["courses", course, "deployments"], &[("limit", "1")]).await?.value;
    let id = found["items"][0]["id"].as_str().map(str::to_owned);
    id.ok_or_else(|| Fault::Failed("This course has no deployment yet.".to_owned()))
}

struct Log<'a> {
    api: &'a Api,
    course: String,
    deployment: String,
    json: bool,
}

impl Log<'_> {
    fn path(&self) -> [&str; 5] {
        ["courses", &self.course, "deployments", &self.deployment, "log"]
    }

    async fn what_is_there(&self, attempt: Option<u32>) -> Result<(), Fault> {
        let attempt = attempt.map(|attempt| attempt.to_string());
        let query: Vec<_> = attempt.iter().map(|attempt| ("attempt", attempt.as_str())).collect();
        let mut lines = Lines::of(self.api.stream(&self.path(), &query, &[]).await?);
        while let Some(line) = lines.next(self.api).await? {
            self.print(&line)?;
        }
        Ok(())
    }

    fn print(&self, line: &str) -> Result<(), Fault> {
        if self.json {
            return terminal::print(&format!("{line}\n"));
        }
        let Ok(line) = serde_json::from_str::<Value>(line) else { return Ok(()) };
        let level = match line["level"].as_str() {
            Some(level @ ("warning" | "error")) => format!("{}: ", level.to_uppercase()),
            _ => String::new(),
        };
        let (time, phase) = (terminal::time(&line["time"], SECOND), terminal::text(&line["phase"]));
        terminal::print(&format!(
            "{time}  {:<12}  {level}{}\n",
            clean(&phase),
            clean(&terminal::text(&line["text"]))
        ))
    }

    /// Attempt after attempt, until the deployment has ended; how, is how this ends.
    async fn follow(&self) -> Result<(), Fault> {
        let path = ["courses", &self.course, "deployments", &self.deployment];
        let mut heard = Heard::from(attempt_of(&self.api.get(&path, &[]).await?.value));
        let mut away = 0;
        loop {
            match self.listen(&mut heard).await {
                Ok(is_over) => {
                    away = 0;
                    if is_over {
                        let now = self.api.get(&path, &[]).await?.value;
                        if heard.attempt.is_some_and(|heard| heard < attempt_of(&now)) {
                            heard.next_attempt();
                            continue;
                        }
                        if let Some(ended) = ended(&now) {
                            return ended;
                        }
                    }
                }
                Err(Fault::Unreachable(words)) if away < TRIES => {
                    if away == 0 {
                        eprintln!("jhaas: {words} Trying again …");
                    }
                    away += 1;
                }
                Err(fault) => return Err(fault),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// One stream; whether the portal said that nothing more comes.
    async fn listen(&self, heard: &mut Heard) -> Result<bool, Fault> {
        let attempt = heard.attempt.map(|attempt| attempt.to_string());
        let query: Vec<_> = attempt.iter().map(|attempt| ("attempt", attempt.as_str())).collect();
        let mut headers = vec![("accept", "text/event-stream")];
        headers.extend(heard.last.as_deref().map(|last| ("last-event-id", last)));
        let mut lines = Lines::of(self.api.stream(&self.path(), &query, &headers).await?);
        let (mut event, mut data, mut id) = (String::new(), String::new(), None);
        while let Some(line) = lines.next(self.api).await? {
            // https://html.spec.whatwg.org/multipage/server-sent-events.html, as far as the portal uses it.
            if line.is_empty() {
                if event == "end" {
                    return Ok(true);
                }
                if !data.is_empty() {
                    self.print(&data)?;
                }
                if let Some(id) = id.take() {
                    heard.take(id);
                }
                event.clear();
                data.clear();
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut event),
                "data" => data.push_str(value),
                "id" => id = Some(value.to_owned()),
                _ => {}
            }
        }
        Ok(false)
    }
}

/// The attempt that counts; 0 before the first.
fn attempt_of(deployment: &Value) -> u32 {
    deployment["attempt"].as_u64().and_then(|attempt| attempt.try_into().ok()).unwrap_or_default()
}

/// Where to go on.
struct Heard {
    /// None before there is one: the portal goes over to it.
    attempt: Option<u32>,
    /// The place behind the last line.
    last: Option<String>,
}

impl Heard {
    fn from(attempt: u32) -> Self {
        Self { attempt: (attempt > 0).then_some(attempt), last: None }
    }

    fn take(&mut self, id: String) {
        self.attempt = id.split('.').next().and_then(|attempt| attempt.parse().ok()).or(self.attempt);
        self.last = Some(id);
    }

    /// The one behind the attempt that was heard to its end.
    fn next_attempt(&mut self) {
        self.attempt = self.attempt.map(|attempt| attempt + 1);
        self.last = None;
    }
}

/// How a deployment ended, if it has.
fn ended(deployment: &Value) -> Option<Result<(), Fault>> {
    match deployment["state"].as_str() {
        Some("open") => None,
        Some("succeeded") => {
            eprintln!("The deployment succeeded.");
            Some(Ok(()))
        }
        Some("failed") => {
            let error = &deployment["error"];
            let (code, detail) = (terminal::text(&error["code"]), terminal::text(&error["detail"]));
            let words = format!("The deployment failed: {}: {}", clean(&code), clean(&detail));
            Some(Err(Fault::Failed(words)))
        }
        state => {
            let state = clean(state.unwrap_or("in no state that is known here"));
            Some(Err(Fault::Failed(format!("The deployment is {state}."))))
        }
    }
}

/// An answer, line by line as it comes.
struct Lines {
    response: Response,
    bytes: VecDeque<u8>,
    /// So many bytes of the beginning hold no end of a line.
    looked: usize,
}

impl Lines {
    fn of(response: Response) -> Self {
        Self { response, bytes: VecDeque::new(), looked: 0 }
    }

    /// `None` at the end; what stands behind the last line break was cut off, and is dropped.
    async fn next(&mut self, api: &Api) -> Result<Option<String>, Fault> {
        loop {
            let end = self.bytes.iter().skip(self.looked).position(|byte| *byte == b'\n');
            if let Some(end) = end.map(|end| end + self.looked) {
                let line: Vec<u8> = self.bytes.drain(..=end).collect();
                self.looked = 0;
                return Ok(Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()));
            }
            self.looked = self.bytes.len();
            if self.looked > LONGEST_LINE {
                return Err(Fault::Failed("The log has a line that is too long.".to_owned()));
            }
            match self.response.chunk().await.map_err(|error| api.unreachable(error))? {
                Some(part) => self.bytes.extend(part),
                None => return Ok(None),
            }
        }
    }
}
