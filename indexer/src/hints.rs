//! Notifications that something happened. Their content is ignored: each only wakes the indexer to
//! look sooner, so losing all of them costs freshness and nothing else.

use crate::metrics;
use futures::StreamExt;
use solana_account_decoder_client_types::{UiAccountEncoding, UiDataSliceConfig};
use solana_commitment_config::CommitmentConfig;
use solana_pubsub_client::{
    nonblocking::pubsub_client::PubsubClient, pubsub_client::PubsubClientError,
};
use solana_rpc_client_api::config::{RpcAccountInfoConfig, RpcProgramAccountsConfig};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tessera_client::types;
use tokio::sync::Notify;

/// A connection that is silent for this long is dead: a live node notifies of every slot.
const IDLE: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Wakes `wake` whenever the node at `url` (WebSocket) says that an account of the program changed;
/// reconnects for ever.
pub(crate) async fn listen(url: String, wake: Arc<Notify>) -> Infallible {
    let mut pause = FIRST_PAUSE;
    let mut ear = Ear::default();
    loop {
        let ended = connection(&url, &wake, &mut ear).await;
        metrics::reconnect();
        // Look now for what happened without a connection.
        wake.notify_one();
        match std::mem::take(&mut ear.heard) {
            true => pause = FIRST_PAUSE,
            false => ear.note_silence(ended),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether hints come.
#[derive(Default)]
struct Ear {
    /// Whether this connection brought any.
    heard: bool,
    /// Whether the silence was logged.
    deaf: bool,
}

impl Ear {
    fn note_message(&mut self) {
        self.heard = true;
        if std::mem::take(&mut self.deaf) {
            tracing::info!("hints of the node's web socket come again");
        }
    }

    /// Logs once that no hints come. The error's own words may hold the address, and so a key.
    fn note_silence(&mut self, ended: Result<(), PubsubClientError>) {
        if std::mem::replace(&mut self.deaf, true) {
            return;
        }
        let reason = match ended {
            Err(PubsubClientError::SubscribeFailed { .. }) => "it refuses to be subscribed to",
            Err(_) => "it cannot be connected to",
            Ok(()) => "it says nothing",
        };
        tracing::warn!(
            reason,
            "no hints come from the node's web socket (--ws-url): changes are seen at the next poll"
        );
    }
}

/// Listens until the connection breaks or goes silent.
async fn connection(url: &str, wake: &Notify, ear: &mut Ear) -> Result<(), PubsubClientError> {
    let client = PubsubClient::new(url.to_owned()).await?;
    let config = RpcProgramAccountsConfig {
        account_config: RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            // No data: the account is read when it is looked for.
            data_slice: Some(UiDataSliceConfig {
                offset: 0,
                length: 0,
            }),
            commitment: Some(CommitmentConfig::confirmed()),
            min_context_slot: None,
        },
        ..RpcProgramAccountsConfig::default()
    };
    let (changes, _) = client.program_subscribe(&types::ID, Some(config)).await?;
    let (slots, _) = client.slot_subscribe().await?;
    let hints = changes.map(|_| true);
    let heartbeats = slots.map(|_| false);
    let mut messages = futures::stream::select(hints, heartbeats);
    while let Ok(Some(hint)) = tokio::time::timeout(IDLE, messages.next()).await {
        ear.note_message();
        if hint {
            wake.notify_one();
        }
    }
    Ok(())
}
