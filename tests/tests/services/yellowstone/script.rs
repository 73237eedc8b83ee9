//! Blocks and transactions as the service's messages.

use solana_address::Address;
use solana_signature::Signature;
use tessera_types::{ID, carrier::TOKEN_PROGRAM};
use yellowstone_grpc_proto::prelude::{
    CompiledInstruction, InnerInstruction, InnerInstructions, Message, MessageAddressTableLookup,
    MessageHeader, SubscribeUpdate, SubscribeUpdateBlockMeta, SubscribeUpdateTransaction,
    SubscribeUpdateTransactionInfo, Transaction, TransactionError, TransactionStatusMeta,
    UnixTimestamp, subscribe_update::UpdateOneof,
};

pub(super) const PAYER: Address = Address::new_from_array([1; 32]);
pub(super) const OTHER: Address = Address::new_from_array([2; 32]);
pub(super) const MEMBER: Address = Address::new_from_array([3; 32]);

/// The clock of a slot.
pub(super) fn time(slot: u64) -> i64 {
    1_700_000_000 + i64::try_from(slot).expect("few")
}

/// A signature that names its place.
pub(super) fn signature(slot: u64, index: u64) -> Signature {
    let mut bytes = [7; 64];
    bytes[..8].copy_from_slice(&slot.to_le_bytes());
    bytes[8..16].copy_from_slice(&index.to_le_bytes());
    bytes.into()
}

pub(super) fn update(update: UpdateOneof) -> SubscribeUpdate {
    SubscribeUpdate {
        filters: vec!["tessera".to_owned()],
        update_oneof: Some(update),
        created_at: None,
    }
}

/// The end of a block.
pub(super) fn end(slot: u64, parent: u64) -> SubscribeUpdate {
    update(UpdateOneof::BlockMeta(SubscribeUpdateBlockMeta {
        slot,
        parent_slot: parent,
        block_time: Some(UnixTimestamp {
            timestamp: time(slot),
        }),
        ..Default::default()
    }))
}

/// A block, whole.
pub(super) fn block(
    slot: u64,
    parent: u64,
    transactions: impl IntoIterator<Item = Sent>,
) -> Vec<SubscribeUpdate> {
    let mut updates: Vec<_> = transactions.into_iter().map(|sent| sent.at(slot)).collect();
    updates.push(end(slot, parent));
    updates
}

/// Blocks from slot `first` to `last`, a transaction of ours in each, without those before `from`.
pub(super) fn blocks(first: u64, last: u64, from: Option<u64>) -> Vec<SubscribeUpdate> {
    (first..=last)
        .filter(|slot| from.is_none_or(|from| *slot >= from))
        .flat_map(|slot| block(slot, slot - 1, [Sent::award(0)]))
        .collect()
}

/// A call: index of the instruction that it came of, of the program and the accounts, data, height.
pub(super) type Call = (u32, u32, Vec<u8>, Vec<u8>, u32);

/// A transaction, as the service shows it.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) index: u64,
    pub(super) keys: Vec<Address>,
    /// Instructions: index of the program, indexes of accounts.
    pub(super) outer: Vec<(u32, Vec<u8>)>,
    /// Calls that came of them.
    pub(super) inner: Vec<Call>,
    pub(super) loaded: (Vec<Address>, Vec<Address>),
    pub(super) failed: bool,
}

impl Sent {
    /// Calls the program, which calls the token program.
    pub(super) fn award(index: u64) -> Self {
        Self {
            index,
            keys: vec![PAYER, MEMBER, ID, TOKEN_PROGRAM, OTHER],
            outer: vec![(2, vec![0, 1, 4])],
            inner: vec![(0, 3, vec![1], b"receipt".to_vec(), 2)],
            loaded: (vec![], vec![]),
            failed: false,
        }
    }

    pub(super) fn at(self, slot: u64) -> SubscribeUpdate {
        update(UpdateOneof::Transaction(self.shown(slot)))
    }

    /// It, in a message that gives one signature, and write access to all but the last three of its
    /// own keys.
    pub(super) fn shown(self, slot: u64) -> SubscribeUpdateTransaction {
        let bytes = |keys: &[Address]| keys.iter().map(|key| key.to_bytes().to_vec()).collect();
        let count = |keys: &[Address]| (0..u8::try_from(keys.len()).expect("few")).collect();
        let (writable, readonly) = &self.loaded;
        let tables = MessageAddressTableLookup {
            account_key: vec![9; 32],
            writable_indexes: count(writable),
            readonly_indexes: count(readonly),
        };
        let looked_up = !writable.is_empty() || !readonly.is_empty();
        let instruction = |(program, accounts): &(u32, Vec<u8>)| CompiledInstruction {
            program_id_index: *program,
            accounts: accounts.clone(),
            data: vec![6],
        };
        let message = Message {
            header: Some(MessageHeader {
                num_required_signatures: 1,
                num_readonly_signed_accounts: 0,
                num_readonly_unsigned_accounts: 3,
            }),
            account_keys: bytes(&self.keys),
            recent_blockhash: vec![0; 32],
            instructions: self.outer.iter().map(instruction).collect(),
            versioned: looked_up,
            address_table_lookups: looked_up.then_some(tables).into_iter().collect(),
            config: None,
        };
        let mut inner: Vec<InnerInstructions> = vec![];
        for (outer, program, accounts, data, height) in self.inner {
            if inner.last().is_none_or(|group| group.index != outer) {
                inner.push(InnerInstructions {
                    index: outer,
                    instructions: vec![],
                });
            }
            let group = inner.last_mut().expect("pushed");
            group.instructions.push(InnerInstruction {
                program_id_index: program,
                accounts,
                data,
                stack_height: Some(height),
            });
        }
        let signature = signature(slot, self.index).as_ref().to_vec();
        SubscribeUpdateTransaction {
            slot,
            bank_id: 0,
            transaction: Some(SubscribeUpdateTransactionInfo {
                signature: signature.clone(),
                is_vote: false,
                transaction: Some(Transaction {
                    signatures: vec![signature],
                    message: Some(message),
                }),
                meta: Some(TransactionStatusMeta {
                    err: self.failed.then(|| TransactionError { err: vec![0] }),
                    inner_instructions: inner,
                    log_messages: vec!["Program log: forged".to_owned()],
                    loaded_writable_addresses: bytes(writable),
                    loaded_readonly_addresses: bytes(readonly),
                    ..Default::default()
                }),
                index: self.index,
            }),
        }
    }
}
