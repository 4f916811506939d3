//! From columns to values and back.

use jhaas_domain::time::Timestamp;
use sea_orm::prelude::Uuid;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Result, StoreError};

/// The rows that this version can read. One that it cannot must not hold up all others; it is named in the log.
pub(crate) fn readable<Row, T>(
    rows: Vec<Row>,
    id: impl Fn(&Row) -> Uuid,
    read: impl Fn(Row) -> Result<T>,
) -> Vec<T> {
    let one = |row: Row| {
        let id = id(&row);
        read(row).inspect_err(|error| tracing::error!(%id, %error, "store.row_unreadable")).ok()
    };
    rows.into_iter().filter_map(one).collect()
}

pub(crate) fn state<T>(found: Option<T>, column: &'static str) -> Result<T> {
    found.ok_or(StoreError::Corrupt(column))
}

pub(crate) fn json<T: DeserializeOwned>(text: &str, column: &'static str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt(column))
}

pub(crate) fn optional_json<T: DeserializeOwned>(
    text: Option<&str>,
    column: &'static str,
) -> Result<Option<T>> {
    text.map(|text| json(text, column)).transpose()
}

pub(crate) fn to_json<T: Serialize>(value: &T, column: &'static str) -> Result<String> {
    serde_json::to_string(value).map_err(|_| StoreError::Corrupt(column))
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn unsigned(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

pub(crate) fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
