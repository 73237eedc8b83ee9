//! The program makes no tokens and loses none.

use crate::{
    chain::{Sent, token},
    failure::{Failure, law},
};
use solana_account::AccountSharedData;
use solana_address::Address;
use std::collections::BTreeMap;

pub(super) fn conserved(sent: &Sent) -> Result<(), Failure> {
    let mut sums: BTreeMap<Address, i128> = BTreeMap::new();
    let mut add = |account: Option<&AccountSharedData>, sign: i128| {
        if let Some(token) = account.and_then(token) {
            *sums.entry(token.mint).or_default() += sign * i128::from(token.amount);
        }
    };
    for met in sent.accounts.iter().filter(|met| met.is_changed()) {
        add(met.before.as_ref(), -1);
        add(met.after.as_ref(), 1);
    }
    for (mint, sum) in sums {
        law!("tokens are conserved", sum == 0, "{sum} of {mint}");
    }
    Ok(())
}
