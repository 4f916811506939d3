//! Mails as files in a folder, for the demo and for tests.

use std::{
    io,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use tokio::{fs, io::AsyncWriteExt};

use crate::{Envelope, Mailer, SendError, mime};

/// Writes each mail as one `.eml` file. The file appears whole or not at all; the same mail is the same file.
#[derive(Clone, Debug)]
pub struct FolderMailer {
    folder: PathBuf,
}

impl FolderMailer {
    /// The folder is made at the first mail.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, envelope: &Envelope) -> Result<(), SendError> {
        let bytes = mime::message(envelope)?.formatted();
        let id: String = envelope
            .message_id
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter))
            .collect();
        let name = format!("{:013}-{id}", envelope.date_ms.max(0));
        write(&self.folder, &name, &bytes).await.map_err(|error| {
            SendError::transient(format!("the mail cannot be written to {}: {error}", self.folder.display()))
        })
    }
}

async fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder).await?;
    let partial = folder.join(format!(".{name}.part"));
    let mut file = fs::File::create(&partial).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    drop(file);
    fs::rename(&partial, folder.join(format!("{name}.eml"))).await
}
