//! Runs one cell over a kernel's WebSocket, in Jupyter's messaging protocol 5.

use futures::{SinkExt, StreamExt};
use jhaas_domain::contract::Failure;
use serde_json::{Value, json};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role},
};

use crate::failure::{permanent, transient};

/// The one request of this connection.
const REQUEST: &str = "jhaas-check";

/// Why there is no output.
#[derive(Debug, thiserror::Error)]
pub(super) enum KernelError {
    #[error("the kernel died")]
    Died,
    #[error("the cell failed: {0}")]
    Raised(String),
    #[error("the connection to the kernel broke: {0}")]
    Broken(String),
}

impl KernelError {
    pub(super) fn failure(&self) -> Failure {
        match self {
            Self::Died => transient("failure-check-kernel-died", self),
            Self::Raised(_) => permanent("failure-check-cell-failed", self),
            Self::Broken(_) => transient("failure-check-kernel-died", self),
        }
    }
}

/// Executes the code and gives what it printed.
pub(super) async fn execute(stream: reqwest::Upgraded, code: &str) -> Result<String, KernelError> {
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
    let request = json!({
        "channel": "shell",
        "header": {
            "msg_id": REQUEST, "msg_type": "execute_request", "session": REQUEST, "username": "", "version": "5.3",
            "date": "1970-01-01T00:00:00Z",
        },
        "parent_header": {},
        "metadata": {},
        "content": {
            "code": code, "silent": false, "store_history": false, "user_expressions": {}, "allow_stdin": false,
            "stop_on_error": true,
        },
        "buffers": [],
    });
    let broken = |error: tokio_tungstenite::tungstenite::Error| KernelError::Broken(error.to_string());
    socket.send(Message::text(request.to_string())).await.map_err(broken)?;
    let mut heard = Heard::default();
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message.map_err(broken)? else { continue };
        let Ok(message) = serde_json::from_str::<Value>(&text) else { continue };
        heard.take(&message)?;
        if heard.complete() {
            return Ok(heard.output);
        }
    }
    Err(KernelError::Broken("it was closed".to_owned()))
}

/// Reply and output come over different channels, in any order.
#[derive(Default)]
struct Heard {
    output: String,
    replied: bool,
    idle: bool,
}

impl Heard {
    fn complete(&self) -> bool {
        self.replied && self.idle
    }

    fn take(&mut self, message: &Value) -> Result<(), KernelError> {
        let content = &message["content"];
        let kind =
            message["header"]["msg_type"].as_str().or(message["msg_type"].as_str()).unwrap_or_default();
        let state = content["execution_state"].as_str().unwrap_or_default();
        if kind == "status" && matches!(state, "dead" | "restarting" | "autorestarting") {
            return Err(KernelError::Died);
        }
        if message["parent_header"]["msg_id"] != REQUEST {
            return Ok(());
        }
        match kind {
            "stream" => self.output.push_str(content["text"].as_str().unwrap_or_default()),
            "error" => {
                return Err(KernelError::Raised(content["evalue"].as_str().unwrap_or_default().to_owned()));
            }
            "execute_reply" => self.replied = true,
            "status" => self.idle |= state == "idle",
            _ => {}
        }
        Ok(())
    }
}
