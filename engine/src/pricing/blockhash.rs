//! The one thing that the engine asks of the network itself: everything else is in the mirror.

use async_trait::async_trait;
use solana_hash::Hash;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// How long an answer serves: transactions can be built on a blockhash for about a minute.
const FRESH: Duration = Duration::from_secs(5);
/// How long the node may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The network, as the engine needs it.
#[async_trait]
pub trait Chain: std::fmt::Debug + Send + Sync {
    /// A blockhash that transactions can still be built on.
    ///
    /// # Errors
    /// [`Unreachable`] when the node does not answer.
    async fn latest_blockhash(&self) -> Result<Hash, Unreachable>;
}

/// The node does not answer.
#[derive(Debug, thiserror::Error)]
#[error("the network's node does not answer")]
pub struct Unreachable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The network's blockhashes. The node is asked once for the quotes of a few seconds, and a node
/// that is slow or gone holds up one of them for a second, and none of those after it.
#[derive(Debug)]
pub struct Blockhashes {
    chain: Arc<dyn Chain>,
    latest: Mutex<Option<(Instant, Option<Hash>)>>,
}

impl Blockhashes {
    /// Of this network.
    pub fn of(chain: Arc<dyn Chain>) -> Self {
        Self {
            chain,
            latest: Mutex::default(),
        }
    }

    /// A blockhash of the last few seconds; none when the node did not answer.
    pub async fn latest(&self) -> Option<Hash> {
        // Held while the node is asked, so that all who wait share the answer.
        let mut latest = self.latest.lock().await;
        if let Some((at, hash)) = &*latest
            && at.elapsed() < FRESH
        {
            return *hash;
        }
        let hash = match timeout(PATIENCE, self.chain.latest_blockhash()).await {
            Ok(Ok(hash)) => Some(hash),
            Ok(Err(error)) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                tracing::warn!(error, "quotes go out without a blockhash");
                None
            }
            Err(_) => {
                tracing::warn!("quotes go out without a blockhash: the node is slow");
                None
            }
        };
        *latest = Some((Instant::now(), hash));
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    /// A node that counts how often it is asked and answers after a while.
    #[derive(Debug)]
    struct Node {
        asked: AtomicU8,
        takes: Duration,
    }

    #[async_trait]
    impl Chain for Node {
        async fn latest_blockhash(&self) -> Result<Hash, Unreachable> {
            let before = self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(self.takes).await;
            Ok(Hash::new_from_array([before + 1; 32]))
        }
    }

    fn node(takes: Duration) -> (Arc<Node>, Blockhashes) {
        let node = Arc::new(Node {
            asked: AtomicU8::new(0),
            takes,
        });
        (node.clone(), Blockhashes::of(node))
    }

    #[tokio::test]
    async fn a_node_that_hangs_holds_up_one_quote_for_a_second() {
        let (node, blockhashes) = node(Duration::from_secs(3_600));
        let began = Instant::now();
        for _ in 0..9 {
            assert_eq!(blockhashes.latest().await, None);
        }
        // Were each of them held up, it would take nine.
        assert!(began.elapsed() < PATIENCE * 5);
        assert_eq!(node.asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn quotes_of_a_few_seconds_share_an_answer() {
        let (node, blockhashes) = node(Duration::from_millis(9));
        let of = |byte| Some(Hash::new_from_array([byte; 32]));
        let (first, second) = tokio::join!(blockhashes.latest(), blockhashes.latest());
        assert_eq!((first, second), (of(1), of(1)));
        let long_ago = Instant::now()
            .checked_sub(FRESH)
            .expect("a machine that runs");
        *blockhashes.latest.lock().await = Some((long_ago, of(1)));
        assert_eq!(blockhashes.latest().await, of(2));
        assert_eq!(node.asked.load(Ordering::Relaxed), 2);
    }
}
