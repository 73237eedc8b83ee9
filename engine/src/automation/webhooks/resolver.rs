//! Names to addresses, of which only those are left that webhooks may go to. A connection is made to an
//! address that was looked at here, so whatever a name leads to a moment later has no effect.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{net::SocketAddr, sync::Arc};
use tessera_domain::automation::webhook::Reach;
use tokio::net::lookup_host;

/// Why there is no address to connect to.
#[derive(Debug, thiserror::Error)]
#[error("the host has no address that webhooks may be sent to")]
struct NoAddress;

/// The system's own resolver.
#[derive(Debug)]
pub(crate) struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

/// A resolver whose answers are looked at.
pub(super) struct Checked {
    pub(super) names: Arc<dyn Resolve>,
    pub(super) reach: Reach,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (asked, reach) = (self.names.resolve(name), self.reach);
        Box::pin(async move {
            let allowed: Vec<SocketAddr> = asked
                .await?
                .filter(|address| reach.allows(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(NoAddress.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
