//! Values that many answers have, and parts of lists.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use jhaas_domain::time::Timestamp;
use jhaas_store::{After, Part};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::request::no_choice;
use crate::problem::Problem;

/// An instant as RFC 3339 in UTC.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Instant(String);

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Self {
        Self(at.to_string())
    }
}

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// An identifier.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Id(String);

impl Id {
    pub(super) fn of(id: impl Display) -> Self {
        Self(id.to_string())
    }
}

impl JsonSchema for Id {
    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "uuid" })
    }
}

/// One of these texts.
pub(super) fn one_of(choices: impl IntoIterator<Item = &'static str>) -> Schema {
    let choices: Vec<&str> = choices.into_iter().collect();
    json_schema!({ "type": "string", "enum": choices })
}

/// The same, or null.
pub(super) fn one_of_or_null(choices: impl IntoIterator<Item = &'static str>) -> Schema {
    let choices: Vec<Option<&str>> = choices.into_iter().map(Some).chain([None]).collect();
    json_schema!({ "type": ["string", "null"], "enum": choices })
}

const MOST: u64 = 100;
const USUAL: u64 = 50;

/// The part of a list that an address asks for.
pub(super) fn after<I: FromStr>(cursor: &Option<String>, limit: Option<u64>) -> Result<After<I>, Problem> {
    let last = cursor.as_deref().map(|cursor| cursor.parse().map_err(|_| no_choice("cursor"))).transpose()?;
    let limit = limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(no_choice("limit"));
    }
    Ok(After { last, limit })
}

/// One part of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub(super) struct Items<T> {
    pub(super) items: Vec<T>,
    /// The parameter `cursor` for the next part; null at the end.
    pub(super) next: Option<String>,
}

impl<T> Items<T> {
    pub(super) fn of<U, I: Display>(part: Part<U, I>, item: impl FnMut(U) -> T) -> Self {
        Self {
            items: part.items.into_iter().map(item).collect(),
            next: part.next.map(|next| next.to_string()),
        }
    }

    /// A list that has only one part.
    pub(super) fn all(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().collect(), next: None }
    }
}

/// Words that go with what is done.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Reason {
    /// What those whom it concerns read in their mail.
    pub(super) reason: String,
}
