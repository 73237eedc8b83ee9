//! Balances of token accounts, and how transactions changed them.
//!
//! Law: a balance is 0 only if the node says that the account does not exist, or lists balances
//! without it; whatever else a node leaves out, another has to state.

use super::{
    super::{Commitment, Result, TokenBalances, TokenChange},
    RpcNode,
    accounts::{self, ACCOUNTS},
    failure::Failure,
    transaction::{self, Lack, METHOD, part},
};
use serde::Deserialize;
use serde_json::Value;
use solana_address::Address;
use solana_signature::Signature;
use solana_transaction_status_client_types::{EncodedTransaction, UiLoadedAddresses};
use tessera_client::{
    rpc::{self, AnswerError},
    types::carrier::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM},
};

/// Bytes of the balance in a token account of either token program.
const AMOUNT: std::ops::Range<usize> = 64..72;

#[derive(Deserialize)]
struct Answer {
    transaction: EncodedTransaction,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    #[serde(default)]
    loaded_addresses: Value,
    #[serde(default)]
    pre_token_balances: Value,
    #[serde(default)]
    post_token_balances: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Balance {
    account_index: usize,
    ui_token_amount: Amount,
}

#[derive(Deserialize)]
struct Amount {
    amount: String,
}

impl RpcNode {
    /// What at most [`super::super::MAX_ACCOUNTS`] token accounts hold, confirmed, at `min_slot` or
    /// later; 0 for one that does not exist.
    ///
    /// # Errors
    /// [`super::super::NodeError`] when no node states it.
    pub async fn token_balances(
        &self,
        accounts: &[Address],
        min_slot: u64,
    ) -> Result<TokenBalances> {
        let read = self.read_each(accounts, AMOUNT.end, min_slot, amount);
        let (slot, balances) = read.await?;
        Ok(TokenBalances { slot, balances })
    }

    /// How a transaction, at `commitment`, changed a token account; none when it does not name it,
    /// or when this version cannot read it.
    ///
    /// # Errors
    /// [`super::super::NodeError`] when no node shows it with what token accounts held.
    pub async fn token_change(
        &self,
        signature: Signature,
        account: &Address,
        commitment: Commitment,
    ) -> Result<Option<TokenChange>> {
        let params = transaction::params(signature, commitment);
        self.ask(METHOD, &params, |answer| {
            let answer: Answer = transaction::parse(signature, answer)?;
            let read = change(signature, &answer, account);
            Ok(transaction::understood(signature, read)?.unwrap_or(None))
        })
        .await
    }
}

/// The balance; 0 for an account that is no token account.
fn amount(account: &accounts::Account) -> std::result::Result<u64, Failure> {
    if ![TOKEN_PROGRAM, TOKEN_2022_PROGRAM].contains(&account.owner(ACCOUNTS)?) {
        return Ok(0);
    }
    let data = account.data(ACCOUNTS, AMOUNT.end)?;
    let amount = data.get(AMOUNT).and_then(|amount| amount.try_into().ok());
    let missing = || Failure::malformed(ACCOUNTS, "what a token account holds");
    amount.map(u64::from_le_bytes).ok_or_else(missing)
}

fn change(
    signature: Signature,
    answer: &Answer,
    account: &Address,
) -> std::result::Result<Option<TokenChange>, Lack> {
    let meta = answer.meta.as_ref();
    let meta = meta.ok_or_else(|| withheld(&AnswerError::NoMeta))?;
    let message = transaction::message(signature, &answer.transaction)?;
    let loaded: Option<UiLoadedAddresses> = part(&meta.loaded_addresses)?;
    let keys = rpc::keys(&message, loaded.as_ref()).map_err(|error| withheld(&error))?;
    let (before, after) = (&meta.pre_token_balances, &meta.post_token_balances);
    let Some(place) = keys.iter().position(|key| key == account) else {
        return Ok(None);
    };
    Ok(Some(TokenChange {
        before: balance(before, place)?,
        after: balance(after, place)?,
    }))
}

/// A balance before or after; an account that does not exist then has none.
fn balance(balances: &Value, place: usize) -> std::result::Result<u64, Lack> {
    let lack = || Lack::Withheld("the node gives no balances of token accounts".to_owned());
    let balances: Vec<Balance> = part(balances)?.ok_or_else(lack)?;
    let mut balances = balances.into_iter();
    let Some(found) = balances.find(|it| it.account_index == place) else {
        return Ok(0);
    };
    found.ui_token_amount.amount.parse().map_err(|_| lack())
}

fn withheld(error: &AnswerError) -> Lack {
    Lack::Withheld(error.to_string())
}
