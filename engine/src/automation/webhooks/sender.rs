//! One message to one endpoint: a POST that follows no redirect, asks no proxy, unpacks nothing, and waits
//! for no receiver for longer than a few seconds.

use super::{outward::outward, resolver::System};
use crate::Result;
use reqwest::{
    Client, Response,
    dns::Resolve,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use tessera_domain::{
    automation::webhook::{Reach, endpoint_url, excerpt, retry_after},
    time::Timestamp,
};

/// Bytes of an answer that are read at least, if there are as many.
const READ_BYTES: usize = 1_024;
/// Most characters of what is kept of a failure.
const MAX_ERROR_CHARS: usize = 300;

const USER_AGENT: &str = concat!("Tessera-Webhooks/", env!("CARGO_PKG_VERSION"));

/// Where webhooks go, and for how long receivers are waited for.
#[derive(Debug, Clone, Copy)]
pub struct WebhookConfig {
    /// Which addresses they go to.
    pub reach: Reach,
    /// How long a connection may take, with the look-up of its name.
    pub connect_timeout: Duration,
    /// How long everything may take.
    pub timeout: Duration,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            reach: Reach::Public,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
        }
    }
}

/// What sends webhooks; cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    config: WebhookConfig,
    names: Arc<dyn Resolve>,
    /// Made when the first message is sent.
    client: Arc<OnceLock<Client>>,
}

/// A message, ready to be sent.
#[derive(Debug)]
pub(super) struct Letter<'a> {
    pub(super) url: &'a str,
    pub(super) id: &'a str,
    pub(super) at: Timestamp,
    /// All signatures, with spaces between them.
    pub(super) signatures: String,
    pub(super) body: &'a str,
}

/// What came of sending it.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status, if there was an answer.
    pub(super) status: Option<u16>,
    /// How long the receiver asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// The beginning of the answer's body.
    pub(super) body: Option<String>,
    /// Why there was no answer, or not all of it.
    pub(super) error: Option<String>,
    pub(super) took: Duration,
}

impl Webhooks {
    /// With the system's resolver.
    pub fn new(config: WebhookConfig) -> Self {
        Self::resolving(config, Arc::new(System))
    }

    /// The same with another resolver, whose answers are looked at like the system's.
    pub fn resolving(config: WebhookConfig, names: Arc<dyn Resolve>) -> Self {
        Self {
            config,
            names,
            client: Arc::default(),
        }
    }

    /// Which addresses messages go to.
    pub fn reach(&self) -> Reach {
        self.config.reach
    }

    /// Sends a message, and waits for the answer.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) when nothing can be sent to anybody.
    pub(super) async fn send(&self, letter: &Letter<'_>) -> Result<Answer> {
        let client = self.client()?;
        let begun = Instant::now();
        let mut answer = Answer {
            status: None,
            retry_after: None,
            body: None,
            error: None,
            took: Duration::ZERO,
        };
        // Another setting may have been in force when it was given, and an address needs no resolver.
        let url = match endpoint_url(letter.url, self.config.reach) {
            Ok(url) => url,
            Err(refusal) => {
                answer.error = Some(refusal.to_string());
                return Ok(answer);
            }
        };
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", letter.id)
            .header("webhook-timestamp", letter.at.secs().to_string())
            .header("webhook-signature", &letter.signatures)
            .body(letter.body.to_owned());
        match request.send().await {
            Ok(response) => read(response, letter.at, &mut answer).await,
            Err(error) => answer.error = Some(words(error)),
        }
        answer.took = begun.elapsed();
        Ok(answer)
    }

    fn client(&self) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = outward(&self.names, &self.config, USER_AGENT)?;
        Ok(self.client.get_or_init(|| client))
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// Reads the beginning of an answer and leaves the rest.
async fn read(mut response: Response, now: Timestamp, answer: &mut Answer) {
    answer.status = Some(response.status().as_u16());
    let asked = response.headers().get(RETRY_AFTER);
    let asked = asked.and_then(|value| value.to_str().ok());
    answer.retry_after = asked.and_then(|text| retry_after(text, now));
    let mut body = Vec::new();
    while body.len() < READ_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(chunk.get(..READ_BYTES).unwrap_or(&chunk)),
            Ok(None) => break,
            Err(error) => {
                answer.error = Some(words(error));
                break;
            }
        }
    }
    answer.body = Some(excerpt(&body));
}

/// What went wrong, without the URL, which may hold a secret of its receiver.
pub(crate) fn words(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words.chars().take(MAX_ERROR_CHARS).collect()
}
