//! What is said to people and asked of them, at a terminal or not.

use std::io::{self, BufRead as _, ErrorKind, IsTerminal as _, Read as _, Write as _};

use jhaas_domain::time::Timestamp;
use jiff::tz::TimeZone;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use serde_json::Value;

use super::fault::Fault;

/// A token, or a request for a course, is far shorter.
const MOST_TYPED: u64 = 1 << 20;

/// Writes results to standard output.
pub(super) fn print(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Fault::Unread),
        Err(error) => Err(Fault::Failed(format!("Cannot write the output: {error}"))),
    }
}

/// For programs, as the portal gave it.
pub(super) fn print_json(value: &Value) -> Result<(), Fault> {
    print(&format!("{value:#}\n"))
}

/// Columns of the terminal; none where the output goes elsewhere.
pub(super) fn width() -> Option<usize> {
    let out = io::stdout();
    let size = out.is_terminal().then(|| tcgetwinsize(&out).ok()).flatten()?;
    (size.ws_col > 0).then(|| usize::from(size.ws_col))
}

/// Other people's text as one line that cannot steer the terminal or turn its order.
pub(super) fn clean(text: &str) -> String {
    let harmless = |letter: char| match letter {
        '\t' | '\n' => ' ',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        letter if letter.is_control() => char::REPLACEMENT_CHARACTER,
        letter => letter,
    };
    text.chars().map(harmless).collect()
}

/// Several lines of it.
pub(super) fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// An instant in the time zone of this machine.
pub(super) fn time(value: &Value, format: &str) -> String {
    let text = value.as_str().unwrap_or_default();
    match Timestamp::parse(text) {
        Some(at) => at.to_jiff().to_zoned(TimeZone::system()).strftime(format).to_string(),
        None => text.to_owned(),
    }
}

/// To the minute.
pub(super) const MINUTE: &str = "%Y-%m-%d %H:%M";
/// To the second.
pub(super) const SECOND: &str = "%Y-%m-%d %H:%M:%S";

/// A text field; empty where there is none.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Everything that comes in.
pub(super) fn read_all() -> Result<String, Fault> {
    let mut text = String::new();
    let read = io::stdin().lock().take(MOST_TYPED).read_to_string(&mut text);
    read.map_err(|error| Fault::Usage(format!("Cannot read the standard input: {error}")))?;
    Ok(text)
}

/// Goes on only if somebody at the terminal says yes, or said so before with `--yes`.
pub(super) fn agreed(yes: bool, question: &str) -> Result<(), Fault> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Fault::Usage("Nobody can be asked here: say --yes if it is meant.".to_owned()));
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    let read = io::stdin().lock().take(MOST_TYPED).read_line(&mut answer);
    read.map_err(|error| Fault::Usage(format!("Cannot read the answer: {error}")))?;
    if ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
        return Ok(());
    }
    Err(Fault::Failed("Nothing was done.".to_owned()))
}

/// A secret: typed without being shown, or one that is sent by another program.
pub(super) async fn secret(prompt: &str) -> Result<String, Fault> {
    if !io::stdin().is_terminal() {
        return read_all();
    }
    eprint!("{prompt}: ");
    let silence =
        Silence::begin().map_err(|error| Fault::Failed(format!("Cannot hide what is typed: {error}")))?;
    let typed = tokio::task::spawn_blocking(|| {
        let mut typed = String::new();
        io::stdin().lock().take(MOST_TYPED).read_line(&mut typed).map(|_| typed)
    });
    let typed = tokio::select! {
        typed = typed => typed.unwrap_or_else(|error| Err(io::Error::other(error))),
        _ = tokio::signal::ctrl_c() => {
            drop(silence);
            eprintln!();
            // As a shell counts it; the thread that reads on would keep the program.
            std::process::exit(130);
        }
    };
    drop(silence);
    eprintln!();
    typed.map_err(|error| Fault::Usage(format!("Cannot read what is typed: {error}")))
}

/// The terminal shows nothing of what is typed, until this is dropped.
struct Silence(Termios);

impl Silence {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
