//! Messages that something happened. They are never read for what happened: each only wakes the
//! indexer to look sooner, so losing all of them costs freshness and nothing else.

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

/// A connection that says nothing for this long is dead: a living node tells every slot.
const IDLE: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Wakes `wake` whenever the node at `url` (WebSocket) says that an account of the program changed;
/// reconnects for ever.
pub(crate) async fn listen(url: String, wake: Arc<Notify>) -> Infallible {
    let mut pause = FIRST_PAUSE;
    loop {
        let mut heard = false;
        if let Err(error) = connection(&url, &wake, &mut heard).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "no hints");
        }
        metrics::reconnect();
        // What happened while nobody listened is looked for now.
        wake.notify_one();
        if heard {
            pause = FIRST_PAUSE;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Listens until the connection breaks or goes silent.
async fn connection(url: &str, wake: &Notify, heard: &mut bool) -> Result<(), PubsubClientError> {
    let client = PubsubClient::new(url.to_owned()).await?;
    let config = RpcProgramAccountsConfig {
        account_config: RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            // Which account, and what stands in it, is read when it is looked for.
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
        *heard = true;
        if hint {
            wake.notify_one();
        }
    }
    Ok(())
}
