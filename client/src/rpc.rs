//! Reads a transaction's calls from a node's answer to `getTransaction` or `getBlock`, which must
//! be requested in a binary encoding (base64). Feature `rpc`.

use crate::{
    carried::OuterCall,
    message::{Assembly, Effects, OutOfRange},
};
use solana_message::VersionedMessage;
use solana_transaction_status_client_types::{
    EncodedTransactionWithStatusMeta, UiCompiledInstruction, UiInnerInstructions, UiInstruction,
    UiLoadedAddresses,
};
use std::collections::HashSet;
use tessera_types::Address;

/// Why an answer does not say what a transaction called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The node has the transaction, but not what became of it.
    #[error("the node does not say what became of the transaction")]
    NoMeta,
    /// The node keeps no inner instructions, and so no receipts.
    #[error("the node keeps no inner instructions of the transaction")]
    NoInnerInstructions,
    /// The transaction or an inner instruction is parsed or listed, not encoded.
    #[error("the transaction is not in a binary encoding; ask for base64")]
    NotBinary,
    /// An instruction names a key or another instruction that the transaction does not have.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// The node leaves out keys from lookup tables, among which the program's may be.
    #[error("the transaction looks up {expected} addresses, the node gives {found}")]
    NoLoadedAddresses {
        /// How many the message names.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// A key from a lookup table cannot be read.
    #[error("loaded address {0:?} is not one")]
    NotAnAddress(String),
    /// The data of a call cannot be read.
    #[error("inner call {inner} of instruction {outer} is not base58")]
    NotBase58 {
        /// Index of the transaction's instruction.
        outer: u8,
        /// Number of the inner call, from 1.
        inner: u16,
    },
}

/// What a node says became of a transaction that succeeded.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// The calls that its instructions made.
    pub inner: Option<&'a [UiInnerInstructions]>,
    /// Its keys from lookup tables.
    pub loaded: Option<&'a UiLoadedAddresses>,
}

/// The calls of a transaction, in order; none when it failed or does not name the program, since
/// then none of them counts. Data and accounts of calls that other programs made stay empty: no
/// receipt stands in them, and they may be of any length.
///
/// # Errors
/// [`AnswerError`] when the answer does not hold all of them.
pub fn calls(answer: &EncodedTransactionWithStatusMeta) -> Result<Vec<OuterCall>, AnswerError> {
    let meta = answer.meta.as_ref().ok_or(AnswerError::NoMeta)?;
    if meta.err.is_some() {
        return Ok(vec![]);
    }
    let transaction = answer.transaction.decode();
    let message = transaction.ok_or(AnswerError::NotBinary)?.message;
    let inner: Option<&Vec<UiInnerInstructions>> = meta.inner_instructions.as_ref().into();
    let outcome = Outcome {
        inner: inner.map(Vec::as_slice),
        loaded: meta.loaded_addresses.as_ref().into(),
    };
    Ok(effects(&message, outcome)?.calls)
}

/// The effects of a transaction that succeeded; empty when it does not name the program. `message`
/// must be sanitized.
///
/// # Errors
/// [`AnswerError`] when `outcome` does not hold all of it.
pub fn effects(message: &VersionedMessage, outcome: Outcome<'_>) -> Result<Effects, AnswerError> {
    let keys = keys(message, outcome.loaded)?.into_iter();
    let writable =
        |place| message.is_maybe_writable_with_reserved_addresses(place, None::<&HashSet<Address>>);
    let keys = keys.enumerate().map(|(place, key)| (key, writable(place)));
    let mut assembly = Assembly::new(keys.collect());
    if !assembly.names_program() {
        return Ok(Effects::default());
    }
    for instruction in message.instructions() {
        assembly.outer(instruction.program_id_index, &instruction.accounts)?;
    }
    for group in outcome.inner.ok_or(AnswerError::NoInnerInstructions)? {
        add(&mut assembly, group)?;
    }
    Ok(assembly.finish())
}

/// All keys of a message, in the order of their indices: those from lookup tables follow its own,
/// writable ones first.
///
/// # Errors
/// [`AnswerError`] when `loaded` does not hold those that it looks up.
pub fn keys(
    message: &VersionedMessage,
    loaded: Option<&UiLoadedAddresses>,
) -> Result<Vec<Address>, AnswerError> {
    let looked_up = message
        .address_table_lookups()
        .unwrap_or_default()
        .iter()
        .map(|table| table.writable_indexes.len() + table.readonly_indexes.len())
        .sum();
    let loaded = self::loaded(loaded)?;
    if loaded.len() != looked_up {
        return Err(AnswerError::NoLoadedAddresses {
            expected: looked_up,
            found: loaded.len(),
        });
    }
    let own = message.static_account_keys().iter().copied();
    Ok(own.chain(loaded).collect())
}

fn loaded(loaded: Option<&UiLoadedAddresses>) -> Result<Vec<Address>, AnswerError> {
    let names = loaded.map_or((&[][..], &[][..]), |loaded| {
        (&loaded.writable, &loaded.readonly)
    });
    names
        .0
        .iter()
        .chain(names.1)
        .map(|name| {
            name.parse()
                .map_err(|_| AnswerError::NotAnAddress(name.clone()))
        })
        .collect()
}

fn add(assembly: &mut Assembly, group: &UiInnerInstructions) -> Result<(), AnswerError> {
    for (before, instruction) in group.instructions.iter().enumerate() {
        let UiInstruction::Compiled(instruction) = instruction else {
            return Err(AnswerError::NotBinary);
        };
        let wanted = assembly.inner(
            group.index,
            instruction.program_id_index,
            &instruction.accounts,
            instruction.stack_height,
        )?;
        if let Some(wanted) = wanted {
            *wanted = data(instruction).ok_or(AnswerError::NotBase58 {
                outer: group.index,
                inner: u16::try_from(before + 1).unwrap_or(u16::MAX),
            })?;
        }
    }
    Ok(())
}

fn data(instruction: &UiCompiledInstruction) -> Option<Vec<u8>> {
    bs58::decode(&instruction.data).into_vec().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carried::InnerCall;
    use base64::{Engine, prelude::BASE64_STANDARD};
    use serde_json::{Value, json};
    use solana_message::{MessageHeader, compiled_instruction::CompiledInstruction, v0};
    use tessera_types::{ID, carrier::TOKEN_PROGRAM};

    const PAYER: Address = Address::new_from_array([1; 32]);
    const OTHER: Address = Address::new_from_array([2; 32]);

    /// A version 0 transaction with these static keys behind the payer's, `loaded` keys from a table,
    /// and an instruction for each index of a program.
    fn transaction(keys: &[Address], (writable, readonly): (u8, u8), programs: &[u8]) -> Value {
        let count = |len: usize| u8::try_from(len).expect("few");
        let mut bytes = [&[1][..], &[0; 64], &[0x80, 1, 0, 0, count(keys.len() + 1)]].concat();
        bytes.extend(PAYER.as_ref());
        bytes.extend(keys.iter().flat_map(Address::to_bytes));
        bytes.extend([0; 32]);
        bytes.push(count(programs.len()));
        bytes.extend(programs.iter().flat_map(|program| [*program, 0, 0]));
        bytes.push(u8::from(writable + readonly > 0));
        if writable + readonly > 0 {
            bytes.extend([9; 32]);
            for loaded in [writable, readonly] {
                bytes.push(loaded);
                bytes.extend(0..loaded);
            }
        }
        json!([BASE64_STANDARD.encode(bytes), "base64"])
    }

    fn answer(transaction: Value, changes: Value) -> EncodedTransactionWithStatusMeta {
        let mut meta = json!({
            "err": null, "status": {"Ok": null}, "fee": 0, "preBalances": [], "postBalances": [],
            "innerInstructions": [], "loadedAddresses": {"writable": [], "readonly": []},
        });
        for (name, value) in changes.as_object().expect("fields") {
            meta[name] = value.clone();
        }
        let answer = json!({"transaction": transaction, "meta": meta, "version": 0});
        serde_json::from_value(answer).expect("an answer")
    }

    fn inner(program: u8, data: &str, height: u32) -> Value {
        json!({"programIdIndex": program, "accounts": [], "data": data, "stackHeight": height})
    }

    fn encoded(data: &[u8]) -> String {
        bs58::encode(data).into_string()
    }

    #[test]
    fn an_answer_that_does_not_hold_all_calls_is_an_error() {
        let sent = || transaction(&[ID], (0, 0), &[1]);
        let mut unknown = answer(sent(), json!({}));
        unknown.meta = None;
        assert_eq!(calls(&unknown), Err(AnswerError::NoMeta));

        let refused = |changes| calls(&answer(sent(), changes)).expect_err("refused");
        let dropped = refused(json!({"innerInstructions": null}));
        assert_eq!(dropped, AnswerError::NoInnerInstructions);
        let calls_of_none = json!([{"index": 3, "instructions": [inner(1, "", 2)]}]);
        let stray = json!({"innerInstructions": calls_of_none});
        assert_eq!(refused(stray), OutOfRange(3).into());
        let group =
            |call: Value| json!({"innerInstructions": [{"index": 0, "instructions": [call]}]});
        let unnamed = refused(group(inner(7, "", 2)));
        assert_eq!(unnamed, OutOfRange(7).into());
        let odd = refused(group(inner(1, "0", 2)));
        assert_eq!(odd, AnswerError::NotBase58 { outer: 0, inner: 1 });
        let parsed =
            json!({"program": "spl-token", "programId": "x", "parsed": {}, "stackHeight": 2});
        assert_eq!(refused(group(parsed)), AnswerError::NotBinary);
        let loaded = json!({"loadedAddresses": {"writable": ["x"], "readonly": []}});
        assert_eq!(refused(loaded), AnswerError::NotAnAddress("x".to_owned()));
        let listed = json!({"accountKeys": [], "signatures": []});
        assert_eq!(
            calls(&answer(listed, json!({}))),
            Err(AnswerError::NotBinary)
        );
    }

    #[test]
    fn nothing_came_of_a_transaction_that_failed_or_does_not_name_the_program() {
        let failed = json!({"err": "AccountNotFound", "status": {"Err": "AccountNotFound"}});
        let failed = answer(transaction(&[ID], (0, 0), &[1]), failed);
        assert_eq!(calls(&failed), Ok(vec![]));
        let foreign = json!({"innerInstructions": null});
        let foreign = answer(transaction(&[OTHER], (0, 0), &[1]), foreign);
        assert_eq!(calls(&foreign), Ok(vec![]));
    }

    #[test]
    fn keys_from_lookup_tables_follow_the_static_ones_writable_first() {
        let changes = json!({
            "loadedAddresses": {
                "writable": [OTHER.to_string()],
                "readonly": [TOKEN_PROGRAM.to_string()],
            },
            "innerInstructions": [{"index": 0, "instructions": [
                inner(3, &encoded(b"abc"), 2), inner(2, &encoded(b"d"), 2),
            ]}],
        });
        let found = calls(&answer(transaction(&[ID], (1, 1), &[1]), changes));
        let call = |program, data: &[u8]| InnerCall {
            program,
            accounts: vec![],
            data: data.to_vec(),
            height: Some(2),
        };
        let expected = OuterCall {
            program: ID,
            inner: vec![call(TOKEN_PROGRAM, b"abc"), call(OTHER, b"d")],
        };
        assert_eq!(found, Ok(vec![expected]));
    }

    #[test]
    fn the_program_s_own_calls_say_what_they_were_handed() {
        let call =
            json!({"programIdIndex": 2, "accounts": [0, 3, 1], "data": "", "stackHeight": 2});
        let changes = json!({"innerInstructions": [{"index": 0, "instructions": [call]}]});
        let sent = || transaction(&[ID, TOKEN_PROGRAM, OTHER], (0, 0), &[1]);
        let found = calls(&answer(sent(), changes)).expect("calls");
        assert_eq!(found[0].inner[0].accounts, [PAYER, OTHER, ID]);
        let call = json!({"programIdIndex": 2, "accounts": [4], "data": "", "stackHeight": 2});
        let changes = json!({"innerInstructions": [{"index": 0, "instructions": [call]}]});
        let unnamed = calls(&answer(sent(), changes));
        assert_eq!(unnamed, Err(OutOfRange(4).into()));
    }

    #[test]
    fn data_of_calls_that_others_made_is_not_even_decoded() {
        let changes = json!({"innerInstructions": [{"index": 0, "instructions": [
            inner(1, "not base58: 0OIl", 2),
            inner(2, "0", 2),
            inner(1, &encoded(b"mine"), 3),
            inner(2, "0", 4),
            inner(1, &encoded(b"too"), 3),
        ]}]});
        let sent = transaction(&[TOKEN_PROGRAM, ID, OTHER], (0, 0), &[3]);
        let found = calls(&answer(sent, changes)).expect("calls");
        let data: Vec<&[u8]> = found[0].inner.iter().map(|call| &call.data[..]).collect();
        assert_eq!(data, [&b""[..], b"", b"mine", b"", b"too"]);
    }

    #[test]
    fn what_the_message_does_not_let_be_written_is_not_touched() {
        let key = |byte: u8| Address::new_from_array([byte; 32]);
        let message = VersionedMessage::V0(v0::Message {
            header: MessageHeader {
                num_required_signatures: 2,
                num_readonly_signed_accounts: 1,
                num_readonly_unsigned_accounts: 2,
            },
            account_keys: vec![key(1), key(2), key(3), key(4), ID],
            instructions: vec![
                CompiledInstruction::new_from_raw_parts(4, vec![], vec![0, 1, 2, 3]),
                CompiledInstruction::new_from_raw_parts(3, vec![], vec![5]),
            ],
            address_table_lookups: vec![v0::MessageAddressTableLookup {
                account_key: key(9),
                writable_indexes: vec![0, 1],
                readonly_indexes: vec![2],
            }],
            ..v0::Message::default()
        });
        let named = |byte| key(byte).to_string();
        let loaded = UiLoadedAddresses {
            writable: vec![named(5), named(6)],
            readonly: vec![named(7)],
        };
        let group = json!([{"index": 1, "instructions": [
            {"programIdIndex": 4, "accounts": [6, 7, 0], "data": "", "stackHeight": 2},
        ]}]);
        let inner: Vec<UiInnerInstructions> = serde_json::from_value(group).expect("inner calls");
        let outcome = |loaded| Outcome {
            inner: Some(&inner),
            loaded,
        };
        let missing = AnswerError::NoLoadedAddresses {
            expected: 3,
            found: 0,
        };
        assert_eq!(effects(&message, outcome(None)), Err(missing));
        let found = effects(&message, outcome(Some(&loaded))).expect("effects");
        assert_eq!(found.touched, [key(1), key(3), key(6)]);
    }
}
