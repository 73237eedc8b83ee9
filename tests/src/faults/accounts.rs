//! Accounts as the proxy shows them: in another state than the node's, in the requested form.

use super::view::View;
use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use solana_rpc_client_api::filter::RpcFilterType;

/// An account as a node showed it.
#[derive(Clone, Debug)]
pub(super) struct Account {
    json: Value,
    data: Vec<u8>,
}

impl Account {
    /// From an answer in base64.
    pub(super) fn new(json: &Value) -> Result<Self> {
        let data = json["data"][0].as_str().context("an account's data")?;
        Ok(Self {
            data: BASE64_STANDARD.decode(data)?,
            json: json.clone(),
        })
    }

    /// The account as JSON, with the data slice of `config`; always in base64.
    fn shown(&self, config: &Value) -> Value {
        let number = |name: &str| {
            let number = config["dataSlice"][name].as_u64()?;
            usize::try_from(number).ok()
        };
        let mut shown = self.json.clone();
        if let (Some(offset), Some(length)) = (number("offset"), number("length")) {
            let data = self.data.get(offset..).unwrap_or_default();
            let data = &data[..length.min(data.len())];
            shown["data"] = json!([BASE64_STANDARD.encode(data), "base64"]);
        }
        shown
    }

    fn is_of(&self, program: &Value) -> bool {
        self.json["owner"] == *program
    }

    /// Whether it passes the filters of a `getProgramAccounts`; an unknown filter lets nothing
    /// pass.
    fn passes(&self, filters: &Value) -> bool {
        let Some(filters) = filters.as_array() else {
            return true;
        };
        filters.iter().all(
            |filter| match serde_json::from_value::<RpcFilterType>(filter.clone()) {
                Ok(RpcFilterType::DataSize(size)) => self.data.len() as u64 == size,
                Ok(RpcFilterType::Memcmp(compare)) => compare.bytes_match(&self.data),
                _ => false,
            },
        )
    }
}

impl View {
    /// The account to show in place of the node's, if any.
    fn instead(&self, address: &str, real: &Value) -> Option<Option<&Account>> {
        if let Some(pinned) = self.pins.values().find_map(|pins| pins.get(address)) {
            return Some(pinned.as_ref());
        }
        let memory = self.frozen.as_ref()?;
        match memory.accounts.get(address) {
            Some(account) => Some(Some(account)),
            None if memory.owns(real) => Some(None),
            None => None,
        }
    }

    /// Replaces the node's account by the one to show; returns whether they differ.
    fn put(&self, address: &Value, config: &Value, place: &mut Value) -> bool {
        let Some(instead) = address.as_str().and_then(|it| self.instead(it, place)) else {
            return false;
        };
        *place = instead.map_or(Value::Null, |account| account.shown(config));
        true
    }

    /// Edits the result of `getAccountInfo`.
    pub(super) fn show_account(&self, params: &Value, result: &mut Value) -> bool {
        self.put(&params[0], &params[1], &mut result["value"])
    }

    /// Edits the result of `getMultipleAccounts`.
    pub(super) fn show_accounts(&self, params: &Value, result: &mut Value) -> bool {
        let (Some(addresses), Some(places)) =
            (params[0].as_array(), result["value"].as_array_mut())
        else {
            return false;
        };
        let mut changed = false;
        for (address, place) in addresses.iter().zip(places) {
            changed |= self.put(address, &params[1], place);
        }
        changed
    }

    /// Edits the result of `getProgramAccounts`.
    pub(super) fn show_program_accounts(&self, params: &Value, result: &mut Value) -> bool {
        let (program, config) = (&params[0], &params[1]);
        let list = match result {
            Value::Object(_) => &mut result["value"],
            list => list,
        };
        let Some(list) = list.as_array_mut() else {
            return false;
        };
        let keyed = |(address, account): (&String, &Account)| {
            let belongs = account.is_of(program) && account.passes(&config["filters"]);
            belongs.then(|| json!({"pubkey": address, "account": account.shown(config)}))
        };
        let memory = self.frozen.as_ref().filter(|memory| {
            let program = program.as_str();
            program.is_some_and(|program| memory.programs.contains(program))
        });
        if let Some(memory) = memory {
            *list = memory.accounts.iter().filter_map(keyed).collect();
        }
        for pins in self.pins.values() {
            list.retain(|entry| {
                let address = entry["pubkey"].as_str();
                address.is_none_or(|address| !pins.contains_key(address))
            });
            let then = pins
                .iter()
                .filter_map(|(address, account)| keyed((address, account.as_ref()?)));
            list.extend(then);
        }
        memory.is_some() || !self.pins.is_empty()
    }
}
