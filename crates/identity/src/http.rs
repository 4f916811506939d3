//! The library's requests by the project's HTTP client: no redirects, an end to waiting, an end to answers.

use std::{path::PathBuf, pin::Pin, time::Duration};

use ::http::StatusCode;
use jhaas_hubapi::http::{ClientOptions, HttpError, client, describe, read_limited};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

/// Metadata, keys and tokens are far smaller.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// Somebody waits for it in front of a page.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Fault(String);

#[derive(Clone, Debug)]
pub(crate) struct Http(reqwest::Client);

impl Http {
    pub(crate) fn new(ca_file: Option<PathBuf>) -> Result<Self, HttpError> {
        let options = ClientOptions {
            read_timeout: ANSWER_WITHIN,
            total_timeout: Some(ANSWER_WITHIN),
            ca_file,
            ..ClientOptions::default()
        };
        client(&options).map(Self)
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, Fault> {
        let fault = |error: reqwest::Error| Fault(describe(&error.without_url()));
        let request = reqwest::Request::try_from(request).map_err(fault)?;
        let response = self.0.execute(request).await.map_err(fault)?;
        let status = response.status();
        // Whatever such an answer holds is not about a person.
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Fault(format!("the provider answered {status}")));
        }
        let mut answer = ::http::Response::builder().status(status);
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let body =
            read_limited(response, MAX_ANSWER_BYTES).await.map_err(|error| Fault(error.to_string()))?;
        answer.body(body.to_vec()).map_err(|error| Fault(error.to_string()))
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.answer(request))
    }
}
