//! The place of a transaction in its slot, when its own answer does not state it: from the block's
//! list of signatures. The lists of the last few slots are kept, because neighbours are looked up
//! together.

use super::{
    super::{Commitment, NodeError, Result},
    RpcNode,
    failure::{Failure, Kind},
    name,
};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use solana_signature::Signature;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OnceCell;

const METHOD: &str = "getBlock";
/// How many slots are kept, a few thousand signatures each.
const KEPT: usize = 16;

type Block = Arc<OnceCell<Vec<Signature>>>;

/// Signatures of the last slots that were asked for.
#[derive(Default)]
pub(super) struct Blocks(Mutex<VecDeque<(u64, Block)>>);

impl Blocks {
    fn get(&self, slot: u64) -> Block {
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, block)) = blocks.iter().find(|(kept, _)| *kept == slot) {
            return block.clone();
        }
        if blocks.len() == KEPT {
            blocks.pop_front();
        }
        let block = Block::default();
        blocks.push_back((slot, block.clone()));
        block
    }

    fn forget(&self, stale: &Block) {
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.retain(|(_, block)| !Arc::ptr_eq(block, stale));
    }
}

impl RpcNode {
    /// The transaction's place among those of `slot`.
    pub(super) async fn index(
        &self,
        signature: Signature,
        slot: u64,
        commitment: Commitment,
    ) -> Result<u32> {
        // The kept list may be of a block that was replaced.
        for _ in 0..2 {
            let block = self.blocks.get(slot);
            let signatures = block
                .get_or_try_init(|| self.block(signature, slot, commitment))
                .await?;
            if let Some(index) = signatures.iter().position(|it| *it == signature) {
                return Ok(u32::try_from(index).unwrap_or(u32::MAX));
            }
            self.blocks.forget(&block);
        }
        Err(lacking())
    }

    async fn block(
        &self,
        signature: Signature,
        slot: u64,
        commitment: Commitment,
    ) -> Result<Vec<Signature>> {
        let config = json!({
            "encoding": "base64",
            "transactionDetails": "signatures",
            "rewards": false,
            "commitment": name(commitment),
            "maxSupportedTransactionVersion": u8::MAX,
        });
        self.ask(METHOD, &json!([slot, config]), |answer| {
            let signatures = signatures(answer)?;
            if !signatures.contains(&signature) {
                return Err(Failure::new(Kind::Behind, lacking(), "behind"));
            }
            Ok(signatures)
        })
        .await
    }
}

fn lacking() -> NodeError {
    NodeError::Malformed {
        method: METHOD,
        missing: "a transaction of the slot",
    }
}

#[derive(Deserialize)]
struct Answer {
    signatures: Vec<String>,
}

fn signatures(answer: &RawValue) -> std::result::Result<Vec<Signature>, Failure> {
    let malformed = || Failure::malformed(METHOD, "the slot's signatures");
    let answer: Option<Answer> = serde_json::from_str(answer.get()).map_err(|_| malformed())?;
    let answer = answer.ok_or_else(|| Failure::new(Kind::Behind, lacking(), "null"))?;
    let parsed = answer.signatures.iter().map(|signature| signature.parse());
    parsed
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| malformed())
}
