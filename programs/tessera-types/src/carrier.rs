//! Which bytes of the program's calls are a receipt.
//!
//! Law: the receipt of one invocation of the program is what stands behind the last field of the
//! calls that this very invocation makes, in order, put together. The callees ignore those bytes
//! and charge nothing for them (Token-2022 does not, so its calls carry nothing); nodes keep them
//! whole among the inner instructions. What others write behind their own calls is nothing: only the
//! caller decides.

use crate::Address;

/// SPL Token.
pub const TOKEN_PROGRAM: Address =
    Address::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// Token-2022.
pub const TOKEN_2022_PROGRAM: Address =
    Address::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
/// The System program.
pub const SYSTEM_PROGRAM: Address = Address::new_from_array([0; 32]);

/// First byte of the program's call to itself, which carries a receipt and does nothing else.
pub const SELF_CALL: u8 = 255;

/// Most bytes that ride one entry of SPL Token's `Batch`, whose entries count their length in
/// a byte: what a `Transfer` leaves of it.
pub const BATCH_TAIL_LEN: usize = u8::MAX as usize - TRANSFER_LEN;

/// Length of `Transfer` and `Approve`: number, amount.
pub const TRANSFER_LEN: usize = 9;
/// Length of `TransferChecked`: number, amount, decimals.
pub const TRANSFER_CHECKED_LEN: usize = 10;
/// Length of `Revoke`.
pub const REVOKE_LEN: usize = 1;
/// Length of the System program's `CreateAccount`: number, lamports, space, owner.
pub const CREATE_ACCOUNT_LEN: usize = 52;
/// Length of the System program's `Assign`: number, owner.
pub const ASSIGN_LEN: usize = 36;

/// Numbers of the token programs' instructions that the program calls.
pub mod token {
    /// `Transfer`
    pub const TRANSFER: u8 = 3;
    /// `Approve`
    pub const APPROVE: u8 = 4;
    /// `Revoke`
    pub const REVOKE: u8 = 5;
    /// `CloseAccount`
    pub const CLOSE_ACCOUNT: u8 = 9;
    /// `TransferChecked`
    pub const TRANSFER_CHECKED: u8 = 12;
    /// `InitializeAccount3`
    pub const INITIALIZE_ACCOUNT_3: u8 = 18;
    /// `Batch`
    pub const BATCH: u8 = 255;
}

/// Hands the bytes of a receipt that a call with `data` to `program` carries to `take`, in order.
/// The call is one that the Tessera program made; any other carries nothing.
pub fn carried<'a>(program: &Address, data: &'a [u8], mut take: impl FnMut(&'a [u8])) {
    let tail = |len: usize| data.get(len..).unwrap_or_default();
    if *program == crate::ID {
        if data.first() == Some(&SELF_CALL) {
            take(tail(1));
        }
    } else if *program == SYSTEM_PROGRAM {
        match data.first_chunk() {
            Some([0, 0, 0, 0]) => take(tail(CREATE_ACCOUNT_LEN)),
            Some([1, 0, 0, 0]) => take(tail(ASSIGN_LEN)),
            _ => {}
        }
    } else if *program == TOKEN_PROGRAM {
        if data.first() != Some(&token::BATCH) {
            return take(tail(token_len(data)));
        }
        let mut rest = tail(1);
        while let [_, len, entries @ ..] = rest {
            let Some((entry, next)) = entries.split_at_checked(usize::from(*len)) else {
                return;
            };
            take(entry.get(token_len(entry)..).unwrap_or_default());
            rest = next;
        }
    }
}

/// Length of a token instruction's own fields; `usize::MAX` when it carries nothing.
fn token_len(data: &[u8]) -> usize {
    match data.first() {
        Some(&token::TRANSFER | &token::APPROVE) => TRANSFER_LEN,
        Some(&token::TRANSFER_CHECKED) => TRANSFER_CHECKED_LEN,
        Some(&token::REVOKE) => REVOKE_LEN,
        _ => usize::MAX,
    }
}
