//! Of all verifications that the runtime accepts, one encoding is a quote.

use super::*;

/// A verification of the quote whose data is changed by `change`, which keeps it valid for the
/// runtime.
#[track_caller]
fn assert_malformed(change: impl FnOnce(&World, &mut Vec<u8>, &Quote) -> Vec<Instruction>) {
    assert_refused(
        |world, wallet| {
            let (quote, mut verification) = world.quote(wallet, QUOTED, DEADLINE);
            let mut instructions = change(world, &mut verification.data, &quote);
            instructions.push(verification);
            instructions
        },
        TesseraError::QuoteMalformed,
    );
}

#[test]
fn no_offset_points_into_another_instruction() {
    // Signature, key and message in turn come from an identical verification before it.
    for (field, index) in [(4, 0), (8, 0), (14, 0)] {
        assert_malformed(|world, data, quote| {
            let mut twin = world.sign_quote(&world.quote_authority, quote);
            // So that it is none itself.
            twin.accounts.push(AccountMeta::new_readonly(ID, false));
            data[field..field + 2].copy_from_slice(&[index, 0]);
            vec![twin]
        });
    }
}

#[test]
fn no_offset_names_this_instruction_by_number() {
    for field in [4, 8, 14] {
        assert_malformed(|_, data, _| {
            data[field..field + 2].copy_from_slice(&[0, 0]);
            vec![]
        });
    }
}

#[test]
fn a_message_within_a_longer_one_is_refused() {
    assert_malformed(|_, data, _| {
        data.push(0);
        vec![]
    });
}

#[test]
fn two_signatures_in_one_verification_are_refused() {
    assert_malformed(|world, data, _| {
        let other = quote::message(&bytemuck::Zeroable::zeroed());
        let signature = world.quote_authority.sign_message(&other);
        let (key, len) = (world.quote_authority.pubkey(), MESSAGE_LEN);
        // Two offset tables, then the good parts, then the others.
        let base = 2 + 2 * 14;
        let first = [base + 32, base, base + 96];
        let second = first.map(|offset| offset + 96 + len);
        let mut two = vec![2, 0];
        for [signature_at, key_at, message_at] in [first, second] {
            for value in [
                signature_at,
                0xffff,
                key_at,
                0xffff,
                message_at,
                len,
                0xffff,
            ] {
                two.extend_from_slice(&u16::try_from(value).expect("short").to_le_bytes());
            }
        }
        two.extend_from_slice(&data[PUBLIC_KEY_OFFSET..]);
        two.extend_from_slice(key.as_ref());
        two.extend_from_slice(signature.as_ref());
        two.extend_from_slice(&other);
        *data = two;
        vec![]
    });
}

#[test]
fn no_signature_at_all_is_refused() {
    assert_malformed(|_, data, _| {
        data[0] = 0;
        data.truncate(2);
        vec![]
    });
}
