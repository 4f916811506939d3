//! Sorts the errors of the file system and of the S3 client into [`ObjectsError`].

use std::{error::Error, io};

use crate::ObjectsError;

/// Enough to see the cause; an S3 service may answer with pages of HTML.
const MAX_DETAIL_CHARS: usize = 500;

pub(crate) fn from_store(error: &object_store::Error) -> ObjectsError {
    use object_store::Error as E;
    if let Some(cause) = io_cause(error) {
        return from_io(cause, chain(error));
    }
    let detail = chain(error);
    match error {
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => ObjectsError::Denied { detail },
        E::InvalidPath { .. } | E::UnknownConfigurationKey { .. } | E::NotSupported { .. } => {
            ObjectsError::Config { detail }
        }
        E::NotImplemented { .. } => ObjectsError::Config { detail },
        // 507 Insufficient Storage, and the codes that services use for a quota.
        _ if ["507 ", "QuotaExceeded", "StorageFull", "InsufficientStorage"]
            .iter()
            .any(|sign| detail.contains(sign)) =>
        {
            ObjectsError::Full { detail }
        }
        _ => ObjectsError::Unreachable { detail },
    }
}

pub(crate) fn from_io(error: &io::Error, detail: String) -> ObjectsError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ObjectsError::Full { detail },
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            ObjectsError::Denied { detail }
        }
        _ => ObjectsError::Unreachable { detail },
    }
}

/// The first cause that is an error of the file system. An S3 client's errors hold some too (connection
/// refused): these are never "full" or "denied".
fn io_cause(error: &object_store::Error) -> Option<&io::Error> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(io) = current.downcast_ref::<io::Error>() {
            return Some(io);
        }
        cause = current.source();
    }
    None
}

/// The error and its causes in one line, each said once.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(current) = cause {
        let more = current.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = current.source();
    }
    if let Some((end, _)) = text.char_indices().nth(MAX_DETAIL_CHARS) {
        text.truncate(end);
        text.push('…');
    }
    text
}
