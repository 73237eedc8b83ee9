//! The calls of a transaction in a node's answer to `getTransaction` or `getBlock`, which must be
//! asked for in a binary encoding (base64). Feature `rpc`.

use crate::carried::{InnerCall, OuterCall};
use solana_transaction_status_client_types::{
    EncodedTransactionWithStatusMeta, UiCompiledInstruction, UiInnerInstructions, UiInstruction,
    UiLoadedAddresses, UiTransactionStatusMeta,
};
use tessera_types::{Address, ID};

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
    #[error("index {0} is out of the transaction's range")]
    OutOfRange(u8),
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

/// The calls of a transaction, in order; none when it failed or does not name the program, since
/// then none of them counts. Data of calls that other programs made stays empty: no receipt stands
/// in it, and it may be as long as somebody likes.
///
/// # Errors
/// [`AnswerError`] when the answer does not hold all of them.
pub fn calls(answer: &EncodedTransactionWithStatusMeta) -> Result<Vec<OuterCall>, AnswerError> {
    let meta = answer.meta.as_ref().ok_or(AnswerError::NoMeta)?;
    if meta.err.is_some() {
        return Ok(vec![]);
    }
    let message = answer
        .transaction
        .decode()
        .ok_or(AnswerError::NotBinary)?
        .message;
    let mut keys = message.static_account_keys().to_vec();
    let looked_up = message
        .address_table_lookups()
        .unwrap_or_default()
        .iter()
        .map(|table| table.writable_indexes.len() + table.readonly_indexes.len())
        .sum();
    let loaded = loaded(meta)?;
    if loaded.len() != looked_up {
        return Err(AnswerError::NoLoadedAddresses {
            expected: looked_up,
            found: loaded.len(),
        });
    }
    keys.extend(loaded);
    if !keys.contains(&ID) {
        return Ok(vec![]);
    }
    let mut calls = message
        .instructions()
        .iter()
        .map(|instruction| {
            Ok(OuterCall {
                program: key(&keys, instruction.program_id_index)?,
                inner: vec![],
            })
        })
        .collect::<Result<Vec<_>, AnswerError>>()?;
    let inner: Option<&Vec<UiInnerInstructions>> = meta.inner_instructions.as_ref().into();
    for group in inner.ok_or(AnswerError::NoInnerInstructions)? {
        let call = calls
            .get_mut(usize::from(group.index))
            .ok_or(AnswerError::OutOfRange(group.index))?;
        add(call, group, &keys)?;
    }
    Ok(calls)
}

/// Keys from lookup tables: they count on from the message's own, writable ones first.
fn loaded(meta: &UiTransactionStatusMeta) -> Result<Vec<Address>, AnswerError> {
    let loaded: Option<&UiLoadedAddresses> = meta.loaded_addresses.as_ref().into();
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

fn key(keys: &[Address], index: u8) -> Result<Address, AnswerError> {
    keys.get(usize::from(index))
        .copied()
        .ok_or(AnswerError::OutOfRange(index))
}

fn add(
    call: &mut OuterCall,
    group: &UiInnerInstructions,
    keys: &[Address],
) -> Result<(), AnswerError> {
    // Programs under way, as far as the heights say it.
    let mut stack = vec![call.program];
    for (inner, instruction) in (1..).zip(&group.instructions) {
        let UiInstruction::Compiled(instruction) = instruction else {
            return Err(AnswerError::NotBinary);
        };
        let program = key(keys, instruction.program_id_index)?;
        let callers = instruction.stack_height.map_or(0, |height| {
            usize::try_from(height)
                .unwrap_or(usize::MAX)
                .saturating_sub(1)
        });
        stack.truncate(callers);
        let data = match stack.last() {
            Some(&ID) => data(instruction).ok_or(AnswerError::NotBase58 {
                outer: group.index,
                inner,
            })?,
            _ => vec![],
        };
        stack.push(program);
        call.inner.push(InnerCall {
            program,
            data,
            height: instruction.stack_height,
        });
    }
    Ok(())
}

fn data(instruction: &UiCompiledInstruction) -> Option<Vec<u8>> {
    bs58::decode(&instruction.data).into_vec().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, prelude::BASE64_STANDARD};
    use serde_json::{Value, json};
    use tessera_types::carrier::TOKEN_PROGRAM;

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
        let stray = json!({"innerInstructions": [{"index": 3, "instructions": []}]});
        assert_eq!(refused(stray), AnswerError::OutOfRange(3));
        let group =
            |call: Value| json!({"innerInstructions": [{"index": 0, "instructions": [call]}]});
        let unnamed = refused(group(inner(7, "", 2)));
        assert_eq!(unnamed, AnswerError::OutOfRange(7));
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
}
