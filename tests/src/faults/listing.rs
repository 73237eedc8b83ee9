//! Lists of transactions. Each page is cut from the node's whole list, so that omissions, additions
//! and moves are consistent on all pages.

use super::{rule::Counts, view::View};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use solana_address::Address;
use solana_rpc_client_api::custom_error::JSON_RPC_SERVER_ERROR_FILTER_TRANSACTION_NOT_FOUND;
use solana_signature::Signature;
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
};

/// Most entries that are listed.
const PAGE: u64 = 1_000;

/// Lies of lists.
pub(super) struct Listing {
    /// Number of further lists that each transaction is left out of.
    pub(super) late: HashMap<String, u32>,
    /// Probability that a transaction is left out at first, and of how many lists.
    pub(super) late_by_chance: Option<(f64, u32)>,
    /// Transactions for which chance has already decided.
    seen: HashSet<String>,
    /// Seed of the order within slots.
    pub(super) order: Option<u64>,
    /// Forged entries, by address.
    forged: Vec<(String, Value)>,
    random: StdRng,
}

impl Listing {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            late: HashMap::new(),
            late_by_chance: None,
            seen: HashSet::new(),
            order: None,
            forged: Vec::new(),
            random: StdRng::seed_from_u64(seed),
        }
    }

    pub(super) fn clear(&mut self) {
        self.late.clear();
        self.late_by_chance = None;
        self.order = None;
        self.forged.clear();
    }

    pub(super) fn lies(&self) -> bool {
        !self.late.is_empty()
            || self.late_by_chance.is_some()
            || self.order.is_some()
            || !self.forged.is_empty()
    }

    pub(super) fn forge(&mut self, address: &Address, signature: &Signature, slot: u64) {
        let entry = json!({
            "signature": signature.to_string(), "slot": slot, "err": null, "memo": null,
            "blockTime": null, "confirmationStatus": "confirmed", "transactionIndex": null,
        });
        self.forged.push((address.to_string(), entry));
    }

    /// Whether the transaction is left out of this list.
    fn is_late(&mut self, signature: &str) -> bool {
        if let Some((probability, lists)) = self.late_by_chance
            && self.seen.insert(signature.to_owned())
            && self.random.random_bool(probability)
        {
            self.late.insert(signature.to_owned(), lists);
        }
        match self.late.get_mut(signature) {
            None => false,
            Some(0) => {
                self.late.remove(signature);
                false
            }
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

impl View {
    /// The requested page, out of everything that the node lists; an error code if the page's start
    /// is not in the list.
    pub(super) fn list(
        &mut self,
        params: &Value,
        mut all: Vec<Value>,
        counts: &Counts,
    ) -> Result<Vec<Value>, i64> {
        let config = &params[1];
        all.retain(|entry| !self.hides(text(entry), slot(entry), counts));
        for entry in &mut all {
            self.place(entry, counts);
            self.doubt(entry);
        }
        let forged = self.listing.forged.iter();
        let forged = forged.filter(|(address, _)| params[0] == **address);
        for (_, entry) in forged {
            counts.add("forged entry");
            all.insert(0, entry.clone());
        }
        all.sort_by_key(|entry| Reverse(slot(entry)));
        if let Some(seed) = self.listing.order {
            counts.add("slots reordered");
            let hasher = BuildHasherDefault::<DefaultHasher>::new();
            let place = |entry: &Value| hasher.hash_one((seed, text(entry)));
            all.sort_by_cached_key(|entry| (Reverse(slot(entry)), place(entry)));
        }
        let final_only = config["commitment"].as_str().unwrap_or("finalized") == "finalized";
        if self.finalized.is_some() && final_only {
            all.retain(|entry| entry["confirmationStatus"] == "finalized");
        }

        let position = |name: &str| {
            let wanted = config[name].as_str()?;
            Some(all.iter().position(|entry| text(entry) == wanted))
        };
        let begin = match position("before") {
            Some(Some(position)) => position + 1,
            Some(None) => return Err(JSON_RPC_SERVER_ERROR_FILTER_TRANSACTION_NOT_FOUND),
            None => 0,
        };
        let end = position("until").flatten().unwrap_or(all.len()).max(begin);
        let limit = config["limit"].as_u64().unwrap_or(PAGE);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut page: Vec<Value> = all.drain(begin..end).take(limit).collect();
        page.retain(|entry| {
            let late = self.listing.is_late(text(entry));
            if late {
                counts.add("listed late");
            }
            !late
        });
        Ok(page)
    }
}

pub(super) fn text(entry: &Value) -> &str {
    entry["signature"].as_str().unwrap_or_default()
}

pub(super) fn slot(entry: &Value) -> u64 {
    entry["slot"].as_u64().unwrap_or_default()
}
