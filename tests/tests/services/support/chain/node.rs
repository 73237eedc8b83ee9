//! What the scripted node answers.

use super::{Chain, Changes};
use solana_address::Address;
use solana_signature::Signature;
use tessera_indexer::node::{
    Commitment, Content, Listed, Listing, Node, NodeError, Reading, Result, Shard, Status, Tip,
    Transaction, async_trait,
};
use tessera_types::ID;

#[async_trait]
impl Node for Chain {
    async fn genesis_hash(&self) -> Result<[u8; 32]> {
        Ok(self.state().genesis)
    }

    async fn tip(&self, commitment: Commitment) -> Result<Tip> {
        let state = self.state();
        Ok(Tip {
            slot: state.tip(commitment) + state.ahead,
            at: 1_000,
        })
    }

    async fn shard(&self, shard: &Shard, _: u64) -> Result<Reading> {
        let state = self.state();
        if !state.lists_accounts {
            return Err(NodeError::Refused {
                method: "getProgramAccounts",
                reason: "excluded".to_owned(),
            });
        }
        let matches = |data: &[u8]| {
            let place = shard.offset..shard.offset + shard.prefix.len();
            data.starts_with(&shard.discriminator) && data.get(place) == Some(&shard.prefix[..])
        };
        Ok(Reading {
            slot: state.now(),
            accounts: state
                .live()
                .into_iter()
                .filter(|(_, data)| matches(data))
                .map(|(address, data)| (address, Some(data)))
                .collect(),
        })
    }

    async fn accounts(&self, addresses: &[Address], _: u64) -> Result<Reading> {
        let mut state = self.state();
        state.readings += addresses.len();
        let mut live = state.live();
        Ok(Reading {
            slot: state.now(),
            accounts: addresses
                .iter()
                .map(|address| (*address, live.remove(address)))
                .collect(),
        })
    }

    async fn signatures(&self, listing: &Listing) -> Result<Vec<Listed>> {
        let state = self.state();
        let forgotten = |before: &Signature| state.forgotten.contains(before);
        if let Some(before) = listing.before.filter(forgotten) {
            return Err(NodeError::UnknownTransaction(before));
        }
        if state.refused.contains(&listing.address) {
            return Err(NodeError::Rpc {
                method: "getSignaturesForAddress",
                reason: "the history is not there".to_owned(),
                code: Some(-32603),
            });
        }
        let names = |(_, transaction, changes): &&(Listed, Transaction, Changes)| {
            let changed = |(address, _): &(Address, Option<Vec<u8>>)| *address == listing.address;
            listing.address == ID
                || changes.iter().any(changed) && transaction.content != Content::Nothing
        };
        let mut newest_first: Vec<Listed> = state
            .visible(listing.commitment)
            .filter(names)
            .map(|(info, ..)| *info)
            .collect();
        newest_first.reverse();
        let skipped = newest_first
            .into_iter()
            .skip_while(|info| {
                listing
                    .before
                    .is_some_and(|before| info.signature != before)
            })
            .skip(usize::from(listing.before.is_some()));
        Ok(skipped
            .take_while(|info| Some(info.signature) != listing.until)
            .filter(|info| !state.unlisted.contains(&info.signature))
            .take(state.page)
            .collect())
    }

    async fn transaction(&self, listed: &Listed, commitment: Commitment) -> Result<Transaction> {
        let stuck = self.state().stuck.contains(&listed.signature);
        if stuck {
            return std::future::pending().await;
        }
        let state = self.state();
        if state.withheld.contains(&listed.signature) {
            return Err(NodeError::Withheld {
                signature: listed.signature,
                reason: "its calls are missing".to_owned(),
            });
        }
        state
            .visible(commitment)
            .find(|(info, ..)| info.signature == listed.signature)
            .filter(|_| !state.unknown.contains(&listed.signature))
            .map(|(_, transaction, _)| transaction.clone())
            .ok_or(NodeError::UnknownTransaction(listed.signature))
    }

    async fn statuses(&self, signatures: &[Signature]) -> Result<Vec<Option<Status>>> {
        let state = self.state();
        let status = |signature: &Signature| {
            let found = state
                .visible(Commitment::Confirmed)
                .find(|(info, ..)| info.signature == *signature);
            let shown = found.map(|(info, ..)| Status {
                slot: info.slot,
                finalized: info.slot <= state.tip(Commitment::Finalized),
            });
            let forked = state.forked.get(signature).map(|slot| Status {
                slot: *slot,
                finalized: false,
            });
            shown.or(forked)
        };
        Ok(signatures.iter().map(status).collect())
    }
}
