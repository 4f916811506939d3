//! Texts by key: the Fluent bundles of all languages, read once.

use std::sync::OnceLock;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use intl_memoizer::{Memoizable, concurrent::IntlLangMemoizer};
use jhaas_domain::message::{Message, Value};
use unic_langid::LanguageIdentifier;

use crate::{Lang, format};

type Bundle = FluentBundle<FluentResource>;

/// The text of `key` in `lang` with its variables filled in.
///
/// A key that a language lacks is taken from [`Lang::FALLBACK`]; a key that is nowhere is shown itself, with a
/// warning in the log. In debug builds both, and a variable that is not given, panic: tests find them.
#[must_use]
pub fn text(lang: Lang, key: &str, args: &[(&str, Value)]) -> String {
    let values = args.iter().map(|(name, value)| (*name, value));
    find(lang, key, values).unwrap_or_else(|fault| {
        debug_assert!(false, "text {key} ({lang}): {}", fault.what);
        fault.shown
    })
}

/// Puts a stored message into words. Unlike [`text`] it never panics: the message may come from another version.
#[must_use]
pub fn message(lang: Lang, message: &Message) -> String {
    let values = message.values.iter().map(|(name, value)| (name.as_str(), value));
    find(lang, &message.key, values).unwrap_or_else(|fault| {
        tracing::warn!(key = message.key, lang = lang.code(), what = fault.what, "lang.text.incomplete");
        fault.shown
    })
}

/// Every key of a language's own files, terms left out.
pub fn keys(lang: Lang) -> impl Iterator<Item = &'static str> {
    lang.locale().files.iter().flat_map(|(_, source)| source.lines()).filter_map(|line| {
        let (key, _) = line.split_once('=')?;
        let key = key.trim_end();
        let is_key = key.starts_with(|first: char| first.is_ascii_alphabetic())
            && key.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
        is_key.then_some(key)
    })
}

struct Fault {
    what: String,
    shown: String,
}

fn find<'a>(
    lang: Lang,
    key: &str,
    values: impl Iterator<Item = (&'a str, &'a Value)> + Clone,
) -> Result<String, Fault> {
    if let Some(found) = in_bundle(lang, key, values.clone()) {
        return found;
    }
    match in_bundle(Lang::FALLBACK, key, values) {
        Some(Ok(shown)) => Err(Fault { what: "is missing in this language".to_owned(), shown }),
        Some(Err(fault)) => Err(fault),
        None => Err(Fault { what: "is in no language".to_owned(), shown: key.to_owned() }),
    }
}

fn in_bundle<'a>(
    lang: Lang,
    key: &str,
    values: impl Iterator<Item = (&'a str, &'a Value)>,
) -> Option<Result<String, Fault>> {
    let bundle = bundle(lang);
    let pattern = bundle.get_message(key)?.value()?;
    let mut args = FluentArgs::new();
    for (name, value) in values {
        args.set(name.to_owned(), fluent(value));
    }
    let mut errors = Vec::new();
    let shown = bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
    if errors.is_empty() {
        return Some(Ok(shown));
    }
    let what = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Some(Err(Fault { what, shown }))
}

fn fluent(value: &Value) -> FluentValue<'_> {
    match value {
        Value::Integer(number) => FluentValue::from(*number),
        Value::Number(number) => FluentValue::from(*number),
        Value::Text(text) => FluentValue::from(text.as_str()),
    }
}

fn bundle(lang: Lang) -> &'static Bundle {
    static BUNDLES: OnceLock<Vec<Bundle>> = OnceLock::new();
    &BUNDLES.get_or_init(|| Lang::all().map(load).collect())[lang.index()]
}

fn load(lang: Lang) -> Bundle {
    let identifier = lang.code().parse::<LanguageIdentifier>().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![identifier]);
    // Isolation marks would end up in subjects, addresses and copied text.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(number));
    for (file, source) in lang.locale().files {
        // What a file with a fault has besides is still used; the tests refuse the fault.
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(resource, errors)| {
            tracing::warn!(lang = lang.code(), file, ?errors, "lang.file.faulty");
            resource
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::warn!(lang = lang.code(), file, ?errors, "lang.file.repeats");
        }
    }
    bundle
}

/// Writes the numbers inside texts as the language does.
fn number(value: &FluentValue<'_>, memoizer: &IntlLangMemoizer) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let lang = memoizer.with_try_get::<Lang, _, _>((), |lang| *lang).ok()?;
    Some(format::number(lang, number.value))
}

impl Memoizable for Lang {
    type Args = ();
    type Error = std::convert::Infallible;

    fn construct(identifier: LanguageIdentifier, (): ()) -> Result<Self, Self::Error> {
        Ok(Self::parse(identifier.language.as_str()).unwrap_or_default())
    }
}
