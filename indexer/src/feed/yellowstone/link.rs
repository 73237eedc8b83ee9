//! The connection to a server.

use super::{
    FeedError, YellowstoneConfig,
    fault::Fault,
    held::{Block, Read},
    read,
};
use crate::node::Tip;
use futures::{FutureExt, SinkExt, StreamExt, future::BoxFuture};
use std::{collections::HashMap, time::Duration};
use tessera_client::types::ID;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use yellowstone_grpc_client::{
    ClientTlsConfig, GeyserGrpcBuilder, GeyserGrpcBuilderError, GeyserGrpcClient,
    GeyserGrpcClientError, GeyserStream, SubscribeRequestSink,
};
use yellowstone_grpc_proto::prelude::{
    CommitmentLevel, SubscribeRequest, SubscribeRequestFilterBlocksMeta,
    SubscribeRequestFilterTransactions, SubscribeRequestPing, SubscribeUpdateBlockMeta,
    subscribe_update::UpdateOneof,
};

/// Longest that a step of connecting takes.
const CONNECT: Duration = Duration::from_secs(10);
/// Time between pings of a quiet connection.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Most bytes of a message: a transaction with the most calls, balances and log lines has about one
/// million.
const LONGEST_MESSAGE: usize = 4 << 20;
/// Most bytes that a server sends ahead.
const WINDOW: u32 = 2 << 20;

/// An update from a connection.
pub(super) enum Update {
    Transaction(Read),
    Block(Block),
    /// The block's transactions may have begun before the connection.
    Forget(u64),
}

pub(super) enum Link {
    Down { until: Instant, replay: bool },
    Connecting(BoxFuture<'static, Result<Connection, Fault>>),
    Up(Box<Connection>),
}

impl Link {
    /// A link without a connection before `until`; the next one begins at the mark or, without
    /// `replay`, wherever the server is.
    pub(super) fn down(until: Instant, replay: bool) -> Self {
        Self::Down { until, replay }
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self, Self::Up(_))
    }

    /// How long there was no connection since `began`.
    pub(super) fn waited(&self, began: Instant) -> Duration {
        match self {
            Self::Up(connection) => connection.since.max(began).elapsed(),
            _ => Duration::ZERO,
        }
    }

    /// The next update, from a new connection that begins at `known` if there is none yet; cancel
    /// safe. After a fault the link must be replaced by [`Self::down`].
    pub(super) async fn hear(
        &mut self,
        config: &YellowstoneConfig,
        known: u64,
        idle: Duration,
    ) -> Result<Update, Fault> {
        let called = Instant::now();
        loop {
            match self {
                Self::Down { until, replay } => {
                    sleep_until(*until).await;
                    let from = replay.then_some(known);
                    *self = Self::Connecting(connect(config.clone(), from).boxed());
                }
                Self::Connecting(connection) => {
                    *self = Self::Up(Box::new(connection.await?));
                }
                Self::Up(connection) => {
                    let until = connection.since.max(called) + idle;
                    let heard = timeout_at(until, connection.update(config)).await;
                    return heard.unwrap_or_else(|_| Err(Fault::broken("no block comes")));
                }
            }
        }
    }
}

/// Checks that address and token are valid.
pub(super) fn check(config: &YellowstoneConfig) -> Result<(), FeedError> {
    match builder(config) {
        Ok(_) => Ok(()),
        Err(Fault::Refused(reason) | Fault::NoReplay(reason) | Fault::Broken(reason)) => {
            Err(FeedError::Broken { reason })
        }
    }
}

fn builder(config: &YellowstoneConfig) -> Result<GeyserGrpcBuilder, Fault> {
    let unusable = |error| match error {
        GeyserGrpcBuilderError::MetadataValueError(_) => Fault::broken("the token is not one"),
        GeyserGrpcBuilderError::TonicError(error) => Fault::of_transport(&error, config),
    };
    let mut builder = GeyserGrpcClient::build_from_shared(config.url.clone())
        .and_then(|builder| builder.x_token(config.token.clone()))
        .map_err(unusable)?
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        // Uncompressed: the limit counts bytes as received, not as unpacked.
        .max_decoding_message_size(LONGEST_MESSAGE);
    if let Some(token) = &mut builder.x_token {
        // Keep the token out of logs of headers.
        token.set_sensitive(true);
    }
    if config.url.starts_with("https:") {
        let tls = ClientTlsConfig::new().with_enabled_roots();
        return builder.tls_config(tls).map_err(unusable);
    }
    Ok(builder)
}

async fn connect(config: YellowstoneConfig, from: Option<u64>) -> Result<Connection, Fault> {
    let late = |_| Fault::broken("no answer");
    let connecting = timeout(CONNECT, builder(&config)?.connect()).await;
    let mut client = connecting
        .map_err(late)?
        .map_err(|error| Fault::of_transport(&error, &config))?;
    let request = client.subscribe_with_request(Some(request(from)));
    let subscribed = timeout(CONNECT, request).await.map_err(late)?;
    let (sink, stream) = subscribed.map_err(|error| match error {
        GeyserGrpcClientError::TonicStatus(status) => {
            Fault::of_status(&status, from.is_some(), &config)
        }
        GeyserGrpcClientError::TransportError(error) => Fault::of_transport(&error, &config),
    })?;
    Ok(Connection {
        _client: client,
        sink,
        stream,
        since: Instant::now(),
        replay: from.is_some(),
        heard: false,
        begun: from.is_some(),
    })
}

fn request(from_slot: Option<u64>) -> SubscribeRequest {
    let ours = SubscribeRequestFilterTransactions {
        vote: Some(false),
        failed: Some(false),
        account_include: vec![ID.to_string()],
        ..Default::default()
    };
    let name = || "tessera".to_owned();
    SubscribeRequest {
        transactions: HashMap::from([(name(), ours)]),
        blocks_meta: HashMap::from([(name(), SubscribeRequestFilterBlocksMeta {})]),
        commitment: Some(CommitmentLevel::Confirmed.into()),
        from_slot,
        ..Default::default()
    }
}

pub(super) struct Connection {
    /// Kept alive: its channel carries the stream.
    _client: GeyserGrpcClient,
    sink: SubscribeRequestSink,
    stream: GeyserStream,
    since: Instant,
    /// Whether it began in the past.
    replay: bool,
    /// Whether anything that was asked for has come.
    heard: bool,
    /// Whether blocks come whole: one that was under way before the connection may have lost its
    /// beginning.
    begun: bool,
}

impl Connection {
    async fn update(&mut self, config: &YellowstoneConfig) -> Result<Update, Fault> {
        loop {
            let next = self.stream.next().await;
            let update = next
                .ok_or_else(|| Fault::broken("the server ended the subscription"))?
                .map_err(|status| Fault::of_status(&status, self.replay && !self.heard, config))?;
            match update.update_oneof {
                Some(UpdateOneof::Transaction(transaction)) => {
                    self.heard = true;
                    if let Some(read) = read::transaction(transaction)? {
                        return Ok(Update::Transaction(read));
                    }
                }
                Some(UpdateOneof::BlockMeta(meta)) => {
                    self.heard = true;
                    if std::mem::replace(&mut self.begun, true) {
                        return self.block(&meta).map(Update::Block);
                    }
                    return Ok(Update::Forget(meta.slot));
                }
                Some(UpdateOneof::Ping(_)) => {
                    let answer = SubscribeRequest {
                        ping: Some(SubscribeRequestPing { id: 1 }),
                        ..Default::default()
                    };
                    // An answer that cannot be sent now is not worth waiting for.
                    let _ = self.sink.send(answer).now_or_never();
                }
                // An update that was not asked for, or of a later version.
                _ => {}
            }
        }
    }

    fn block(&self, meta: &SubscribeUpdateBlockMeta) -> Result<Block, Fault> {
        let time = meta.block_time;
        let at = time.ok_or_else(|| Fault::broken("a block has no time"))?;
        Ok(Block {
            tip: Tip {
                slot: meta.slot,
                at: at.timestamp,
            },
            parent: meta.parent_slot,
            bank: meta.bank_id,
            live: !self.replay,
        })
    }
}
