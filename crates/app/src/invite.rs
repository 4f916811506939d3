//! The link by which people join a course: until when it holds, and the code that goes with it.

use std::net::IpAddr;

use jhaas_domain::{
    id::CourseId,
    message::Message,
    right::Right,
    schedule::{Edge, parse_local},
    time::Timestamp,
};
use jhaas_store::course::Course;
use serde_json::json;

use crate::{
    Actor, App, AppError, Result,
    access::{self, Access},
    course::invite_url,
    notice::{Event, record},
    rate_limit::{self, ACCESS_CODE, ACCESS_CODE_PERSON},
    secret,
};

/// Letters and digits that nobody takes for another one; 32, so that five bits choose one.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const FRESH_LETTERS: usize = 6;
const MIN_LETTERS: usize = 4;
const MAX_LETTERS: usize = 32;

/// What leaders know of the way into their course. Without `Debug`: link and code let people in.
pub struct Invite {
    pub url: String,
    /// Until when the link holds; exclusive, and for as long as people may apply when absent.
    pub until: Option<Timestamp>,
    /// What applications need besides the link.
    pub code: Option<String>,
}

/// The way into a course, for its leaders.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn view(app: &App, actor: &Actor, id: CourseId) -> Result<Invite> {
    let db = app.db.pool();
    let Access { course, .. } = access::read(db, actor, id, Right::Invite).await?;
    let code = secret::access_code(app, db, id).await?;
    Ok(Invite { url: invite_url(app, &course), until: course.invite_until, code })
}

/// Lets the link hold until the end of a minute in the institution's time zone (without a time: of the day); for as long
/// as people may apply when both are empty.
///
/// # Errors
/// [`AppError::Invalid`] for a time that is none or has passed.
pub async fn set_until(app: &App, actor: &Actor, id: CourseId, date: &str, time: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let Access { mut course, .. } = access::write(&tx, actor, id, Right::Invite).await?;
    let until = until_of(app, date, time)?;
    if until == course.invite_until {
        return Ok(());
    }
    course.invite_until = until;
    jhaas_store::course::note(&tx, &course).await?;
    let kind = if until.is_some() { "invite.limited" } else { "invite.unlimited" };
    let event = Event::new(kind).by(actor).course(id);
    record(app, &tx, event.data(json!({ "until": until }))).await?;
    app.commit(tx).await
}

fn until_of(app: &App, date: &str, time: &str) -> Result<Option<Timestamp>> {
    if date.trim().is_empty() && time.trim().is_empty() {
        return Ok(None);
    }
    let until = parse_local(date, time, &app.settings.zone, Edge::End).map_err(|message| {
        let field = if message.key == "error-date-form" { "until_date" } else { "until_time" };
        AppError::invalid(field, message)
    })?;
    if until <= app.now() {
        return Err(AppError::invalid("until_date", Message::new("error-invite-until-past")));
    }
    Ok(Some(until))
}

/// Which code a course is to have.
#[derive(Clone, Copy)]
pub enum NewCode<'a> {
    None,
    /// Six letters and digits by chance.
    Fresh,
    Own(&'a str),
}

/// Gives the course an access code, another one, or none. Whoever has applied need not know it.
///
/// # Errors
/// [`AppError::Invalid`] for a code that is too short or has other characters than letters and digits.
pub async fn set_code(app: &App, actor: &Actor, id: CourseId, new: NewCode<'_>) -> Result<()> {
    let tx = app.db.begin().await?;
    access::write(&tx, actor, id, Right::Invite).await?;
    let code = match new {
        NewCode::None => None,
        NewCode::Fresh => Some(fresh(app)),
        NewCode::Own(typed) => Some(checked(typed)?),
    };
    secret::put_access_code(app, &tx, id, code.as_deref()).await?;
    let kind = if code.is_some() { "invite.code_set" } else { "invite.code_removed" };
    record(app, &tx, Event::new(kind).by(actor).course(id)).await?;
    app.commit(tx).await
}

fn fresh(app: &App) -> String {
    let mut bytes = [0; FRESH_LETTERS];
    app.random.fill(&mut bytes);
    bytes.map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).iter().collect()
}

fn checked(typed: &str) -> Result<String> {
    let code = plain(typed);
    let fits = (MIN_LETTERS..=MAX_LETTERS).contains(&code.len())
        && code.bytes().all(|letter| letter.is_ascii_alphanumeric());
    let fault = || Message::new("error-invite-code-form").with("min", MIN_LETTERS).with("max", MAX_LETTERS);
    if fits { Ok(code) } else { Err(AppError::invalid("code", fault())) }
}

/// A code as it is compared: people write it down in their own way.
fn plain(typed: &str) -> String {
    let kept = typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    kept.collect::<String>().to_uppercase()
}

/// Whether the code is the wanted one; takes as long for one that is nearly right.
pub(crate) fn is_code(wanted: &str, typed: &str) -> bool {
    let (wanted, typed) = (wanted.as_bytes(), plain(typed));
    let pairs = wanted.iter().zip(typed.as_bytes());
    wanted.len() == typed.len() && pairs.fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
}

pub(crate) fn is_expired(course: &Course, now: Timestamp) -> bool {
    course.invite_until.is_some_and(|until| until <= now)
}

fn tries(actor: &Actor, course: CourseId, from: Option<IpAddr>) -> [(rate_limit::Limit, String); 2] {
    [
        (ACCESS_CODE_PERSON, format!("{course} {}", actor.account)),
        (ACCESS_CODE, format!("{course} {}", rate_limit::network(from))),
    ]
}

/// Refuses who has typed too many wrong codes.
pub(crate) async fn check_tries(
    app: &App,
    actor: &Actor,
    invite_token: &str,
    code: &str,
    from: Option<IpAddr>,
) -> Result<()> {
    if code.trim().is_empty() {
        return Ok(());
    }
    let found = jhaas_store::course::by_invite_token(app.db.pool(), invite_token).await?;
    let course = found.ok_or(AppError::NotFound)?.id;
    for (limit, who) in tries(actor, course, from) {
        rate_limit::check(app, limit, &who).await?;
    }
    Ok(())
}

/// Counts a wrong code, and says what is wrong with it.
pub(crate) async fn wrong_code(
    app: &App,
    actor: &Actor,
    course: CourseId,
    code: &str,
    from: Option<IpAddr>,
) -> AppError {
    if code.trim().is_empty() {
        return AppError::invalid("code", Message::new("error-invite-code-missing"));
    }
    for (limit, who) in tries(actor, course, from) {
        if let Err(refused) = rate_limit::count(app, limit, &who).await {
            return refused;
        }
    }
    AppError::invalid("code", Message::new("error-invite-code"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_written_down() {
        for typed in ["AB3-CD9", "ab3cd9", " Ab3 cD9 "] {
            assert!(is_code("AB3CD9", typed), "{typed}");
        }
        for other in ["", "AB3CD", "AB3CD99", "AB3CD8", "ÄB3CD9"] {
            assert!(!is_code("AB3CD9", other), "{other}");
        }
    }

    #[test]
    fn a_code_of_ones_own_is_of_letters_and_digits_and_not_too_short() {
        assert_eq!(checked("raum-12").unwrap(), "RAUM12");
        for wrong in ["abc", "", "öäüß", "a b c", "x".repeat(33).as_str(), "a_b_c"] {
            assert!(checked(wrong).is_err(), "{wrong}");
        }
    }
}
