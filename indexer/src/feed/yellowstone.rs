//! Transactions from a Yellowstone gRPC server.
//!
//! Law: a slow reader costs freshness, never data or memory. Only what fits the connection's
//! windows is read ahead; when the server gives up on a slow reader, the next connection starts at
//! the mark. A node is asked for whatever the server shows only in part.

mod fault;
mod held;
mod link;
mod read;

use super::{Feed, FeedError, Mark, Stretch};
use crate::{
    metrics,
    node::{Commitment, Node},
};
use async_trait::async_trait;
use fault::Fault;
use held::Held;
use link::{Link, Update};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};

/// Longest pause before a connection is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How a server is read.
#[derive(Clone)]
pub struct YellowstoneConfig {
    /// The server; may hold a secret.
    pub url: String,
    /// The secret to send as `x-token`, if the server asks for one.
    pub token: Option<String>,
    /// How long a connection may bring no block before it is given up.
    pub idle: Duration,
    /// Pause after the first failure; it doubles with each that follows.
    pub pause: Duration,
}

impl YellowstoneConfig {
    /// The server at `url`.
    pub fn new(url: impl Into<String>, token: Option<String>) -> Self {
        Self {
            url: url.into(),
            token,
            idle: Duration::from_secs(30),
            pause: Duration::from_millis(500),
        }
    }
}

/// A Yellowstone gRPC server, read at confirmed commitment.
pub struct Yellowstone {
    config: YellowstoneConfig,
    node: Arc<dyn Node>,
    link: Link,
    held: Held,
    /// How long there has been no connection.
    silent: Duration,
    /// Failures since the last block.
    failures: u32,
    /// The last failure.
    failed: Option<String>,
}

impl Yellowstone {
    /// Reads a server; `node` is asked for what it does not show.
    ///
    /// # Errors
    /// [`FeedError::Broken`] when the address or the token is invalid.
    pub fn new(config: YellowstoneConfig, node: Arc<dyn Node>) -> Result<Self, FeedError> {
        link::check(&config)?;
        Ok(Self {
            config,
            node,
            link: Link::down(Instant::now(), true),
            held: Held::new(0),
            silent: Duration::ZERO,
            failures: 0,
            failed: None,
        })
    }

    /// Moves to `mark`. The connection goes on unless the mark lies before what it has handed on.
    fn stand(&mut self, mark: Mark) {
        if mark.slot < self.held.known() {
            self.link = Link::down(Instant::now(), true);
            self.held = Held::new(mark.slot);
        } else {
            self.held.skip(mark.slot);
        }
    }

    /// The connection's next useful update; cancel safe.
    async fn update(&mut self) -> Result<Update, FeedError> {
        loop {
            let left = self.config.idle.saturating_sub(self.silent);
            let heard = self.link.hear(&self.config, self.held.end(), left).await;
            match heard {
                Ok(update) => {
                    self.silent = Duration::ZERO;
                    return Ok(update);
                }
                Err(fault) => self.fail(fault)?,
            }
        }
    }

    /// Gives up the connection and what it showed only in part.
    fn fail(&mut self, fault: Fault) -> Result<(), FeedError> {
        self.held.cut();
        self.silent = Duration::ZERO;
        if let Fault::NoReplay(reason) = fault {
            tracing::info!(
                reason,
                "the feed cannot replay, following it from where it is"
            );
            self.link = Link::down(Instant::now(), false);
            return Ok(());
        }
        let pause = self.config.pause.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        self.link = Link::down(Instant::now() + pause.min(LONGEST_PAUSE), true);
        let (Fault::Refused(reason) | Fault::Broken(reason) | Fault::NoReplay(reason)) = &fault;
        metrics::feed_failure();
        if self.failed.is_none() {
            tracing::warn!(reason, "the feed's connection broke");
        }
        self.failed = Some(reason.clone());
        match fault {
            Fault::Refused(reason) => Err(FeedError::Refused { reason }),
            Fault::Broken(_) | Fault::NoReplay(_) => Ok(()),
        }
    }

    fn receive(&mut self, update: Update) -> Result<(), FeedError> {
        match update {
            Update::Block(block) => {
                self.failures = 0;
                self.failed = None;
                self.held.block(block);
            }
            Update::Forget(slot) => self.held.forget(slot),
            Update::Transaction(read) => self.held.transaction(read),
        }
        if self.held.too_much() {
            let from = self.held.known();
            self.held = Held::new(from);
            self.link = Link::down(Instant::now(), true);
            return Err(FeedError::Gap {
                from,
                resume: None,
                reason: "a block holds more than is held at a time".to_owned(),
            });
        }
        Ok(())
    }

    /// Hands on what is complete, after asking a node for transactions that were not understood.
    async fn hand_on(&mut self) -> Result<Stretch, FeedError> {
        while let Some(listed) = self.held.unread() {
            let whole = self
                .node
                .transaction(&listed, Commitment::Confirmed)
                .await?;
            self.held.resolve(&listed, whole);
        }
        Ok(self.held.take())
    }

    /// The result when there is no news.
    fn quiet(&self) -> Result<Stretch, FeedError> {
        match &self.failed {
            Some(reason) if !self.link.is_up() => Err(FeedError::Broken {
                reason: reason.clone(),
            }),
            _ => Ok(Stretch::default()),
        }
    }
}

#[async_trait]
impl Feed for Yellowstone {
    async fn next(&mut self, mark: Mark, patience: Duration) -> Result<Stretch, FeedError> {
        self.stand(mark);
        let deadline = Instant::now() + patience;
        loop {
            if self.held.enough() {
                return self.hand_on().await;
            }
            let ready = self.held.ready();
            if let Some(resume) = self.held.hole().filter(|_| !ready) {
                return Err(FeedError::Gap {
                    from: self.held.known(),
                    resume: Some(resume),
                    reason: "the blocks that follow are missing".to_owned(),
                });
            }
            let began = Instant::now();
            let wait = if ready { began } else { deadline };
            match timeout(wait.saturating_duration_since(began), self.update()).await {
                Ok(update) => self.receive(update?)?,
                Err(_) if ready => return self.hand_on().await,
                Err(_) => {
                    self.silent += self.link.waited(began);
                    return self.quiet();
                }
            }
        }
    }
}
