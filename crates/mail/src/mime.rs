//! The mail as bytes (RFC 5322, RFC 2046), the same bytes at each attempt.

use std::time::{Duration, SystemTime};

use jhaas_domain::calendar::MEDIA_TYPE;
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use crate::{CalendarFile, Envelope, Person, SendError, wrap};

pub(crate) fn message(envelope: &Envelope) -> Result<Message, SendError> {
    let rendered = &envelope.rendered;
    let mut builder = Message::builder()
        .message_id(Some(wrap::single_line(&envelope.message_id)))
        .date(instant(envelope.date_ms))
        .from(mailbox(&envelope.from, "sender")?)
        .to(mailbox(&envelope.to, "recipient")?)
        .subject(wrap::single_line(&rendered.subject))
        .raw_header(header("Content-Language", rendered.lang.code()))
        // RFC 3834: no out-of-office replies to these.
        .raw_header(header("Auto-Submitted", "auto-generated"));
    if let Some(reply_to) = &envelope.reply_to {
        builder = builder.reply_to(mailbox(reply_to, "reply address")?);
    }
    if let Some(url) = rendered.unsubscribe_url.as_deref().filter(|url| url.is_ascii()) {
        let value = format!("<{}>", wrap::single_line(url).replace(['<', '>', ' '], ""));
        builder = builder.raw_header(header("List-Unsubscribe", &value));
    }
    let body = MultiPart::alternative()
        .boundary(boundary("", &envelope.message_id))
        .singlepart(part(ContentType::TEXT_PLAIN, &rendered.text))
        .singlepart(part(ContentType::TEXT_HTML, &rendered.html));
    let whole = match &rendered.calendar {
        None => body,
        Some(file) => MultiPart::mixed()
            .boundary(boundary("mixed", &envelope.message_id))
            .multipart(body)
            .singlepart(attachment(file)?),
    };
    builder
        .multipart(whole)
        .map_err(|error| SendError::permanent(format!("the mail cannot be written: {error}")))
}

/// `=_` cannot stand in a quoted-printable body, so the boundary cannot either. None of a mail begins like another one of
/// it (RFC 2046, section 5.1.2): what tells them apart stands in front.
fn boundary(of: &str, message_id: &str) -> String {
    let id: String = message_id.chars().filter(|letter| letter.is_ascii_alphanumeric()).take(48).collect();
    format!("=_{of}{id}")
}

fn part(content_type: ContentType, body: &str) -> SinglePart {
    SinglePart::builder()
        .header(content_type)
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(body.to_owned())
}

/// Encoded whole: a calendar file's line ends and folds must arrive as they are.
fn attachment(file: &CalendarFile) -> Result<SinglePart, SendError> {
    let kind = ContentType::parse(MEDIA_TYPE)
        .map_err(|error| SendError::permanent(format!("the attachment cannot be written: {error}")))?;
    Ok(SinglePart::builder()
        .header(kind)
        .header(ContentDisposition::attachment(&file.name))
        .header(ContentTransferEncoding::Base64)
        .body(file.text.clone()))
}

fn mailbox(person: &Person, who: &str) -> Result<Mailbox, SendError> {
    let address: Address = person
        .address
        .parse()
        .map_err(|error| SendError::permanent(format!("the {who}'s address is not valid: {error}")))?;
    let name = wrap::single_line(&person.name);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn instant(millis: i64) -> SystemTime {
    let length = Duration::from_millis(millis.unsigned_abs());
    let shifted = if millis < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(length)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(length)
    };
    shifted.unwrap_or(SystemTime::UNIX_EPOCH)
}
