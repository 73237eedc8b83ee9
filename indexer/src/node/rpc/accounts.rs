//! Reads accounts: only owner and data, because node software prints other fields in unreadable
//! ways (`rentEpoch` as 18446744073709552000), and only as many bytes of data as the program's own
//! accounts have, because the account may be anybody's.

use super::{
    super::{Commitment, NodeError, Reading, Result, Shard, Tip, shards},
    RpcNode,
    endpoint::PROGRAM_ACCOUNTS,
    failure::{Failure, Kind},
    name,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};
use solana_address::Address;
use tessera_client::types::ID;

const ACCOUNT: &str = "getAccountInfo";
pub(super) const ACCOUNTS: &str = "getMultipleAccounts";
/// The clock's account.
const CLOCK: Address = Address::from_str_const("SysvarC1ock11111111111111111111111111111111");
/// Where the clock's account keeps the Unix time.
const CLOCK_UNIX_TIME: std::ops::Range<usize> = 32..40;

#[derive(Deserialize)]
struct Answer<T> {
    context: Context,
    value: T,
}

#[derive(Deserialize)]
struct Context {
    slot: u64,
}

#[derive(Deserialize)]
pub(super) struct Account {
    owner: String,
    data: (String, String),
}

#[derive(Deserialize)]
struct Keyed {
    pubkey: String,
    account: Account,
}

impl Account {
    pub(super) fn owner(&self, method: &'static str) -> std::result::Result<Address, Failure> {
        address(&self.owner, method)
    }

    pub(super) fn data(
        &self,
        method: &'static str,
        len: usize,
    ) -> std::result::Result<Vec<u8>, Failure> {
        let (data, encoding) = &self.data;
        let data = (encoding == "base64").then(|| BASE64_STANDARD.decode(data).ok());
        let mut data = data
            .flatten()
            .ok_or_else(|| Failure::malformed(method, "an account's bytes"))?;
        data.truncate(len);
        Ok(data)
    }

    fn of_program(
        &self,
        method: &'static str,
        len: usize,
    ) -> std::result::Result<Option<Vec<u8>>, Failure> {
        if self.owner(method)? != ID {
            return Ok(None);
        }
        self.data(method, len).map(Some)
    }
}

impl RpcNode {
    pub(super) async fn read_tip(&self, commitment: Commitment) -> Result<Tip> {
        let config = json!({
            "encoding": "base64",
            "commitment": name(commitment),
            "dataSlice": {"offset": 0, "length": CLOCK_UNIX_TIME.end},
        });
        let params = json!([CLOCK.to_string(), config]);
        self.ask(ACCOUNT, &params, |answer| {
            let malformed = || Failure::malformed(ACCOUNT, "the clock");
            let answer: Answer<Option<Account>> = parse(answer, ACCOUNT)?;
            let account = answer.value.ok_or_else(malformed)?;
            let data = account.data(ACCOUNT, CLOCK_UNIX_TIME.end)?;
            let at = data.get(CLOCK_UNIX_TIME).and_then(|at| at.try_into().ok());
            Ok(Tip {
                slot: answer.context.slot,
                at: i64::from_le_bytes(at.ok_or_else(malformed)?),
            })
        })
        .await
    }

    pub(super) async fn read_accounts(
        &self,
        addresses: &[Address],
        min_slot: u64,
    ) -> Result<Reading> {
        let longest = shards().iter().map(|shard| shard.len).max().unwrap_or(0);
        let of_program = |account: &Account| account.of_program(ACCOUNTS, longest);
        let read = self.read_each(addresses, longest, min_slot, of_program);
        let (slot, accounts) = read.await?;
        Ok(Reading { slot, accounts })
    }

    /// Reads accounts of any owner, the first `len` bytes of each; `read` turns each into a `T`,
    /// and one that does not exist is the default.
    pub(super) async fn read_each<T: Default + Send>(
        &self,
        addresses: &[Address],
        len: usize,
        min_slot: u64,
        read: impl Fn(&Account) -> std::result::Result<T, Failure> + Send + Sync,
    ) -> Result<(u64, Vec<(Address, T)>)> {
        let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let params = json!([names, config(len, min_slot)]);
        self.ask(ACCOUNTS, &params, |answer| {
            let answer: Answer<Vec<Option<Account>>> = parse(answer, ACCOUNTS)?;
            if answer.value.len() != addresses.len() {
                return Err(Failure::malformed(ACCOUNTS, "an account for each address"));
            }
            let accounts = addresses.iter().zip(&answer.value);
            let accounts = accounts
                .map(|(address, account)| {
                    let read = account.as_ref().map_or(Ok(T::default()), &read)?;
                    Ok((*address, read))
                })
                .collect::<std::result::Result<_, _>>()?;
            let slot = reached(ACCOUNTS, answer.context.slot, min_slot)?;
            Ok((slot, accounts))
        })
        .await
    }

    pub(super) async fn read_shard(&self, shard: &Shard, min_slot: u64) -> Result<Reading> {
        let begins = |offset: usize, bytes: &[u8]| {
            let bytes = bs58::encode(bytes).into_string();
            json!({"memcmp": {"offset": offset, "bytes": bytes, "encoding": "base58"}})
        };
        let mut filters = vec![begins(0, &shard.discriminator)];
        if !shard.prefix.is_empty() {
            filters.push(begins(shard.offset, &shard.prefix));
        }
        let mut config = config(shard.len, min_slot);
        config["filters"] = filters.into();
        config["withContext"] = true.into();
        let params = json!([ID.to_string(), config]);
        self.ask(PROGRAM_ACCOUNTS, &params, |answer| {
            let answer: Answer<Vec<Keyed>> = parse(answer, PROGRAM_ACCOUNTS)?;
            let accounts = answer
                .value
                .iter()
                .map(|keyed| {
                    let address = address(&keyed.pubkey, PROGRAM_ACCOUNTS)?;
                    let data = keyed.account.of_program(PROGRAM_ACCOUNTS, shard.len)?;
                    Ok((address, data))
                })
                .collect::<std::result::Result<_, _>>()?;
            let slot = reached(PROGRAM_ACCOUNTS, answer.context.slot, min_slot)?;
            Ok(Reading { slot, accounts })
        })
        .await
    }
}

fn config(len: usize, min_slot: u64) -> Value {
    json!({
        "encoding": "base64",
        "commitment": name(Commitment::Confirmed),
        "minContextSlot": min_slot,
        "dataSlice": {"offset": 0, "length": len},
    })
}

fn parse<T: DeserializeOwned>(
    answer: &RawValue,
    method: &'static str,
) -> std::result::Result<T, Failure> {
    let malformed = |_| Failure::malformed(method, "accounts at a slot");
    serde_json::from_str(answer.get()).map_err(malformed)
}

fn address(text: &str, method: &'static str) -> std::result::Result<Address, Failure> {
    let malformed = |_| Failure::malformed(method, "an address");
    text.parse().map_err(malformed)
}

/// Checks the slot of an answer: some nodes ignore the minimum slot.
fn reached(method: &'static str, slot: u64, min_slot: u64) -> std::result::Result<u64, Failure> {
    if slot < min_slot {
        let error = NodeError::Malformed {
            method,
            missing: "the slot asked for",
        };
        return Err(Failure::new(Kind::Behind, error, "behind"));
    }
    Ok(slot)
}
