//! What asks sites and services: within bounds of time and bytes, and nothing that it may not reach.

use crate::{
    Result,
    automation::webhooks::{System, WebhookConfig, outward, words},
};
use reqwest::{Client, RequestBuilder, Response, dns::Resolve};
use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tessera_domain::automation::webhook::Reach;

const USER_AGENT: &str = concat!("Tessera-Companies/", env!("CARGO_PKG_VERSION"));
/// Most characters of what is kept of a failure.
const MAX_PROBLEM_CHARS: usize = 200;

/// How others are asked.
#[derive(Debug, Clone, Copy)]
pub struct LookupConfig {
    /// Which addresses are asked.
    pub reach: Reach,
    /// Whether companies' sites are asked without TLS, as those of tests are.
    pub plain: bool,
    /// How long a connection may take, with the look-up of its name.
    pub connect_timeout: Duration,
    /// How long everything may take.
    pub timeout: Duration,
}

impl Default for LookupConfig {
    fn default() -> Self {
        Self {
            reach: Reach::Public,
            plain: false,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
        }
    }
}

/// What asks sites and services; cheap to clone.
#[derive(Clone)]
pub struct Lookups {
    pub(super) config: LookupConfig,
    names: Arc<dyn Resolve>,
    /// Made when a provider is asked first.
    client: Arc<OnceLock<Client>>,
}

/// Why nothing was learnt, for people.
#[derive(Debug)]
pub(super) struct Problem(pub(super) String);

impl Problem {
    pub(super) fn new(what: impl AsRef<str>) -> Self {
        Self(what.as_ref().chars().take(MAX_PROBLEM_CHARS).collect())
    }
}

impl From<reqwest::Error> for Problem {
    fn from(error: reqwest::Error) -> Self {
        Self::new(words(error))
    }
}

/// What came of asking.
pub(super) type Asked<T> = std::result::Result<T, Problem>;

impl Lookups {
    /// With the system's resolver.
    pub fn new(config: LookupConfig) -> Self {
        Self::resolving(config, Arc::new(System))
    }

    /// The same with another resolver, whose answers are looked at like the system's.
    pub fn resolving(config: LookupConfig, names: Arc<dyn Resolve>) -> Self {
        Self {
            config,
            names,
            client: Arc::default(),
        }
    }

    /// Which addresses are asked.
    pub fn reach(&self) -> Reach {
        self.config.reach
    }

    pub(super) fn client(&self) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let config = WebhookConfig {
            reach: self.config.reach,
            connect_timeout: self.config.connect_timeout,
            timeout: self.config.timeout,
        };
        let client = outward(&self.names, &config, USER_AGENT)?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// Sends a request and expects an answer.
pub(super) async fn sent(request: RequestBuilder) -> Asked<Response> {
    Ok(request.send().await?)
}

/// Refuses an answer of another status than success.
pub(super) fn unless_failed(response: &Response) -> Asked<()> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    Err(Problem::new(format!("answered {}", status.as_u16())))
}

/// The first `most` bytes of an answer; what comes behind them is left.
pub(super) async fn beginning(mut response: Response, most: usize) -> Asked<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = most.saturating_sub(body.len());
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if body.len() >= most {
            break;
        }
    }
    Ok(body)
}

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookups")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
