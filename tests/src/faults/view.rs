//! The chain as this node shows it.

use super::{
    listing::Listing,
    node::{Effects, Memory},
    rule::Counts,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use solana_signature::Signature;
use std::collections::{HashMap, HashSet};

/// The lies of this node.
pub(super) struct View {
    pub(super) listing: Listing,
    /// Hidden transactions.
    hidden: HashSet<String>,
    /// Transactions that landed in another slot.
    landed: HashMap<String, u64>,
    /// The earlier state of accounts that hidden transactions wrote, by transaction.
    pub(super) pins: HashMap<String, Effects>,
    /// The slot and state at which the node is frozen.
    pub(super) frozen: Option<Memory>,
    /// The last final slot, if limited.
    pub(super) finalized: Option<u64>,
}

impl View {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            listing: Listing::new(seed),
            hidden: HashSet::new(),
            landed: HashMap::new(),
            pins: HashMap::new(),
            frozen: None,
            finalized: None,
        }
    }

    pub(super) fn clear(&mut self) {
        self.listing.clear();
        self.hidden.clear();
        self.landed.clear();
        self.pins.clear();
        self.frozen = None;
        self.finalized = None;
    }

    pub(super) fn vanish(&mut self, signature: String, effects: Effects) {
        self.landed.remove(&signature);
        self.pins.insert(signature.clone(), effects);
        self.hidden.insert(signature);
    }

    pub(super) fn land_again(&mut self, signature: String, slot: u64) {
        self.hidden.remove(&signature);
        self.pins.remove(&signature);
        self.landed.insert(signature, slot);
    }

    /// Whether the answers of a method may differ from the node's.
    pub(super) fn concerns(&self, method: &str) -> bool {
        let moved = !self.hidden.is_empty() || !self.landed.is_empty() || self.finalized.is_some();
        match method {
            _ if self.frozen.is_some() => true,
            "getSignaturesForAddress" => moved || self.listing.lies(),
            "getTransaction" | "getBlock" | "getSignatureStatuses" => moved,
            "getAccountInfo" | "getMultipleAccounts" | "getProgramAccounts" => {
                !self.pins.is_empty() || self.finalized.is_some()
            }
            "getSlot" => self.finalized.is_some(),
            _ => false,
        }
    }

    /// The frozen slot, if a call wants a later one.
    pub(super) fn behind(&self, params: &Value) -> Option<u64> {
        let slot = self.frozen.as_ref()?.slot;
        let configs = params.as_array()?.iter();
        let mut wanted = configs.filter_map(|config| config.get("minContextSlot")?.as_u64());
        wanted.any(|wanted| wanted > slot).then_some(slot)
    }

    /// The transactions shown in `slot` although the node has them elsewhere.
    pub(super) fn landed_in(&self, slot: u64) -> Vec<String> {
        let landed = self.landed.iter().filter(|(_, at)| **at == slot);
        landed.map(|(signature, _)| signature.clone()).collect()
    }

    /// Whether a transaction of the node is hidden.
    pub(super) fn hides(&self, signature: &str, slot: u64, counts: &Counts) -> bool {
        let slot = self.landed.get(signature).copied().unwrap_or(slot);
        if self.hidden.contains(signature) {
            counts.add("vanished");
            return true;
        }
        let later = self
            .frozen
            .as_ref()
            .is_some_and(|memory| slot > memory.slot);
        if later {
            counts.add("stale");
        }
        later
    }

    /// Moves an entry, with signature and slot, to where the transaction landed.
    pub(super) fn place(&self, entry: &mut Value, counts: &Counts) {
        let Some(slot) = entry["signature"]
            .as_str()
            .and_then(|it| self.landed.get(it))
        else {
            return;
        };
        counts.add("landed again");
        entry["slot"] = json!(slot);
        entry["blockTime"] = Value::Null;
        entry["transactionIndex"] = Value::Null;
    }

    /// Lowers the confirmation status of an entry that must not be final.
    pub(super) fn doubt(&self, entry: &mut Value) {
        let slot = entry["slot"].as_u64().unwrap_or_default();
        if entry["confirmationStatus"] == "finalized" && !self.may_be_final(slot) {
            entry["confirmationStatus"] = json!("confirmed");
            if let Some(confirmations) = entry.get_mut("confirmations") {
                *confirmations = json!(1);
            }
        }
    }

    fn may_be_final(&self, slot: u64) -> bool {
        self.finalized.is_none_or(|last| slot <= last)
    }

    /// Edits a result to what this node shows.
    pub(super) fn show(&self, method: &str, params: &Value, result: &mut Value, counts: &Counts) {
        let other = match method {
            "getAccountInfo" => self.show_account(params, result),
            "getMultipleAccounts" => self.show_accounts(params, result),
            "getProgramAccounts" => self.show_program_accounts(params, result),
            "getTransaction" => self.show_transaction(params, result, counts),
            "getSignatureStatuses" => self.show_statuses(params, result, counts),
            "getBlock" => self.show_block(params, result, counts),
            "getSlot" => self.lower(params, result),
            _ => false,
        };
        if other {
            counts.add("another chain shown");
        }
        if let Some(slot) = result.pointer_mut("/context/slot") {
            self.lower(params, slot);
        }
    }

    /// Lowers a slot to the frozen one or the last final one, by the requested commitment.
    fn lower(&self, params: &Value, slot: &mut Value) -> bool {
        let Some(real) = slot.as_u64() else {
            return false;
        };
        let last_final = self.finalized.filter(|_| wants_final(params));
        let stands = self.frozen.as_ref().map(|memory| memory.slot);
        let shown = real
            .min(last_final.unwrap_or(real))
            .min(stands.unwrap_or(real));
        *slot = json!(shown);
        shown != real
    }

    fn show_transaction(&self, params: &Value, result: &mut Value, counts: &Counts) -> bool {
        let Some(signature) = params[0].as_str() else {
            return false;
        };
        let Some(slot) = result["slot"].as_u64() else {
            return false;
        };
        let slot = self.landed.get(signature).copied().unwrap_or(slot);
        let doubtful = wants_final(params) && !self.may_be_final(slot);
        if doubtful || self.hides(signature, slot, counts) {
            *result = Value::Null;
            return true;
        }
        if self.landed.contains_key(signature) {
            result["slot"] = json!(slot);
            result["blockTime"] = Value::Null;
            return true;
        }
        false
    }

    fn show_statuses(&self, params: &Value, result: &mut Value, counts: &Counts) -> bool {
        let (Some(signatures), Some(places)) =
            (params[0].as_array(), result["value"].as_array_mut())
        else {
            return false;
        };
        let mut changed = false;
        for (signature, place) in signatures.iter().zip(places) {
            let (Some(signature), Some(slot)) = (signature.as_str(), place["slot"].as_u64()) else {
                continue;
            };
            let before = place.clone();
            if self.hides(signature, slot, counts) {
                *place = Value::Null;
            } else {
                if let Some(slot) = self.landed.get(signature) {
                    place["slot"] = json!(slot);
                }
                self.doubt(place);
            }
            changed |= *place != before;
        }
        changed
    }

    /// Removes from a block what is not shown in it. Transactions that landed in it are added
    /// elsewhere.
    fn show_block(&self, params: &Value, result: &mut Value, counts: &Counts) -> bool {
        let Some(slot) = params[0].as_u64() else {
            return false;
        };
        let late = self
            .frozen
            .as_ref()
            .is_some_and(|memory| slot > memory.slot);
        if late || (wants_final(params) && !self.may_be_final(slot)) {
            *result = Value::Null;
            return true;
        }
        let mut gone = false;
        let mut stays = |signature: &str| {
            let leaves = self.landed.get(signature).is_some_and(|at| *at != slot)
                || self.hides(signature, slot, counts);
            gone |= leaves;
            !leaves
        };
        if let Some(signatures) = result["signatures"].as_array_mut() {
            signatures.retain(|signature| signature.as_str().is_none_or(&mut stays));
        }
        if let Some(transactions) = result["transactions"].as_array_mut() {
            transactions.retain(|transaction| {
                let signature = first_signature(&transaction["transaction"]);
                signature.is_none_or(|signature| stays(&signature))
            });
        }
        gone
    }
}

/// Whether a call asks for finalized data, which is the default.
fn wants_final(params: &Value) -> bool {
    let configs = params.as_array().into_iter().flatten();
    let commitment = configs
        .filter_map(|config| config.get("commitment")?.as_str())
        .next();
    commitment.is_none_or(|commitment| commitment == "finalized")
}

/// The first signature of a transaction in base64 or in JSON.
fn first_signature(transaction: &Value) -> Option<String> {
    if let Some(signature) = transaction["signatures"][0].as_str() {
        return Some(signature.to_owned());
    }
    let bytes = BASE64_STANDARD.decode(transaction[0].as_str()?).ok()?;
    // After the count of signatures, which is one byte below 128.
    let signature = Signature::try_from(bytes.get(1..65)?).ok()?;
    Some(signature.to_string())
}
