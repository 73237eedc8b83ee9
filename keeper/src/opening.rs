//! Opens token accounts that the keeper is paid into.
//!
//! The law here: they are opened only for mints that the operator named, with what charges leave in
//! the purse; and one that was opened is not opened again just because a node shows it late.

use crate::{
    Keeper,
    error::Result,
    message::Budget,
    prepare::Prepared,
    pulse::{BYTE, HEADER, Pulse},
    spend::{LOOK, LOOKS, Rest},
};
use spl_associated_token_account_interface::{
    address::get_associated_token_address_with_program_id,
    instruction::create_associated_token_account_idempotent,
};
use std::collections::HashMap;
use tessera_client::types::Address;
use tokio::time::sleep;

/// Budget of opening a token account.
const OPENING: Budget = Budget {
    units: 80_000,
    loaded: 4 << 20,
    unit_price: 0,
};
/// Bytes of a token account, with what Token-2022 usually adds.
const TOKEN_ACCOUNT: u64 = 200;

/// When token accounts may be opened.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    rest: Rest,
    /// How long each mint is left alone, longer each time that its account was opened and is not
    /// shown.
    opened: HashMap<Address, Rest>,
}

impl Keeper {
    /// Opens token accounts to be paid into, as far as the purse reaches, and waits until the node
    /// shows them. Returns the cost without the rent, lamports.
    pub(crate) async fn open(&self, prepared: &Prepared, pulse: &Pulse) -> Result<u64> {
        let mut opening = self.opening.lock().await;
        let Opening { rest, opened } = &mut *opening;
        if !rest.is_over() {
            return Ok(0);
        }
        let keeper = self.address();
        let each = BYTE * (HEADER + TOKEN_ACCOUNT) + OPENING.fee();
        let affordable = usize::try_from(pulse.spare(0) / each).unwrap_or(usize::MAX);
        let missing = prepared.unopened.iter();
        let wanted: Vec<(&Address, &Address)> = missing
            .filter(|(mint, _)| opened.get(mint).is_none_or(Rest::is_over))
            .take(affordable)
            .collect();
        let open = wanted.iter().map(|(mint, program)| {
            vec![create_associated_token_account_idempotent(
                &keeper, &keeper, mint, program,
            )]
        });
        let spent = self.spend(open.collect(), OPENING, rest).await?;
        for (mint, _) in &wanted {
            opened.entry(**mint).or_default().begin();
        }
        if spent.landed > 0 {
            let own = wanted.iter().map(|(mint, program)| {
                get_associated_token_address_with_program_id(&keeper, mint, program)
            });
            self.see(&own.collect::<Vec<Address>>()).await?;
        }
        Ok(spent.fees)
    }

    /// Waits until the node shows accounts, for a while.
    async fn see(&self, addresses: &[Address]) -> Result<()> {
        for _ in 0..LOOKS {
            let accounts = self.node.accounts(addresses).await?;
            if addresses.iter().all(|it| accounts.get(it).is_some()) {
                break;
            }
            sleep(LOOK).await;
        }
        Ok(())
    }
}
