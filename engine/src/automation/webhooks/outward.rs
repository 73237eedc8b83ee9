//! A client for addresses that organisations and leads name: it follows no redirect, asks no proxy, unpacks
//! nothing, and connects to no address that it may not reach.

use super::{resolver::Checked, sender::WebhookConfig};
use crate::{Error, Result};
use reqwest::{Client, dns::Resolve, redirect::Policy};
use std::{sync::Arc, time::Duration};

/// How long an unused connection is kept, and how many of a host.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
const MAX_IDLE: usize = 4;

/// A client that looks at what `names` answers.
pub(crate) fn outward(
    names: &Arc<dyn Resolve>,
    config: &WebhookConfig,
    agent: &str,
) -> Result<Client> {
    let resolver = Checked {
        names: names.clone(),
        reach: config.reach,
    };
    Client::builder()
        .dns_resolver(Arc::new(resolver))
        .no_proxy()
        .redirect(Policy::none())
        .http1_only()
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .connect_timeout(config.connect_timeout)
        .timeout(config.timeout)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(MAX_IDLE)
        .user_agent(agent)
        .build()
        .map_err(|_| Error::Internal("prepare to ask others"))
}
