//! Reads a server's transactions.

use super::{
    fault::Fault,
    held::{Read, What},
};
use crate::node::{Calls, Content, Listed, Place, Transaction};
use solana_address::Address;
use solana_signature::Signature;
use tessera_client::{
    carried,
    message::{Assembly, Effects, OutOfRange},
};
use yellowstone_grpc_proto::prelude::{
    Message, SubscribeUpdateTransaction, SubscribeUpdateTransactionInfo, TransactionStatusMeta,
};

/// Reads a transaction; none when it means nothing here.
pub(super) fn transaction(update: SubscribeUpdateTransaction) -> Result<Option<Read>, Fault> {
    let unnamed = || Fault::broken("a transaction has no place or no name");
    let info = update.transaction.ok_or_else(unnamed)?;
    let signature = Signature::try_from(&info.signature[..]).map_err(|_| unnamed())?;
    let index = u32::try_from(info.index).map_err(|_| unnamed())?;
    let what = match effects(&info) {
        Ok(None) => return Ok(None),
        Ok(Some(Effects { calls, touched })) => What::Understood(Transaction {
            signature,
            place: Place {
                slot: update.slot,
                index,
            },
            content: Content::Calls(Calls { calls, touched }),
        }),
        Err(reason) => {
            tracing::warn!(%signature, %reason, "the feed shows a transaction in part");
            What::Unread(Listed {
                signature,
                slot: update.slot,
                index: Some(index),
                failed: false,
            })
        }
    };
    Ok(Some(Read {
        slot: update.slot,
        bank: update.bank_id,
        index,
        what,
    }))
}

/// Why a transaction is not understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Unread {
    #[error("it has no {0}")]
    Without(&'static str),
    #[error("one of its addresses is none")]
    NotAnAddress,
    #[error("{0}")]
    OutOfRange(#[from] OutOfRange),
    #[error("{0}")]
    Calls(#[from] carried::CallError),
}

/// The effects of a transaction; none when it failed or never calls the program.
fn effects(info: &SubscribeUpdateTransactionInfo) -> Result<Option<Effects>, Unread> {
    let meta = info.meta.as_ref().ok_or(Unread::Without("outcome"))?;
    if meta.err.is_some() {
        return Ok(None);
    }
    let message = info
        .transaction
        .as_ref()
        .and_then(|transaction| transaction.message.as_ref())
        .ok_or(Unread::Without("message"))?;
    let mut assembly = Assembly::new(keys(message, meta)?);
    if !assembly.names_program() {
        return Ok(None);
    }
    for instruction in &message.instructions {
        assembly.outer(instruction.program_id_index, &instruction.accounts)?;
    }
    if meta.inner_instructions_none {
        return Err(Unread::Without("inner instructions"));
    }
    for group in &meta.inner_instructions {
        for call in &group.instructions {
            let data = assembly.inner(
                group.index,
                call.program_id_index,
                &call.accounts,
                call.stack_height,
            )?;
            if let Some(data) = data {
                data.clone_from(&call.data);
            }
        }
    }
    let effects = assembly.finish();
    // Without the heights of calls there is no receipt: such a source must fail here.
    carried::receipts(&effects.calls)?;
    Ok(carried::concerns_program(&effects.calls).then_some(effects))
}

/// The message's keys and behind them those from lookup tables, and which are writable.
fn keys(message: &Message, meta: &TransactionStatusMeta) -> Result<Vec<(Address, bool)>, Unread> {
    let header = message.header.as_ref().ok_or(Unread::Without("header"))?;
    let tables = &message.address_table_lookups;
    let writable = tables
        .iter()
        .map(|table| table.writable_indexes.len())
        .sum();
    let readonly = tables
        .iter()
        .map(|table| table.readonly_indexes.len())
        .sum();
    let looked_up: (usize, usize) = (writable, readonly);
    let loaded = (
        &meta.loaded_writable_addresses,
        &meta.loaded_readonly_addresses,
    );
    if (loaded.0.len(), loaded.1.len()) != looked_up {
        return Err(Unread::Without("addresses from its lookup tables"));
    }
    let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    let own = &message.account_keys;
    let signers = size(header.num_required_signatures);
    let written_signers = signers.saturating_sub(size(header.num_readonly_signed_accounts));
    let written = own
        .len()
        .saturating_sub(size(header.num_readonly_unsigned_accounts));
    let own = own.iter().enumerate().map(|(index, key)| {
        let end = if index < signers {
            written_signers
        } else {
            written
        };
        (key, index < end)
    });
    own.chain(loaded.0.iter().map(|key| (key, true)))
        .chain(loaded.1.iter().map(|key| (key, false)))
        .map(|(key, writable)| {
            let key = Address::try_from(&key[..]).map_err(|_| Unread::NotAnAddress)?;
            Ok((key, writable))
        })
        .collect()
}
