//! Accounts and transfers of SPL Token and Token-2022.
//!
//! Law: whatever a payment moves or approves goes by as few calls as its token program allows, and
//! the receipt rides it: on SPL Token all of it is one `Batch`. Token-2022 takes one call a transfer
//! and refuses what stands behind it, so there the program calls itself.

use crate::{
    call::{Call, Named, RareCall, Room},
    create::{Allocation, Place},
    declare::Account,
    extensions::{self, AccountRules},
    outcome::{Result, require},
    receipt,
};
use anchor_lang::{
    address_eq,
    cpi::{CpiSeed, CpiSigner, InstructionAccount},
    prelude::*,
};
use pinocchio_token::state::{Account as TokenState, Mint as MintState};
use tessera_types::{
    TesseraError,
    carrier::{
        BATCH_TAIL_LEN, REVOKE_LEN, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, TRANSFER_CHECKED_LEN,
        TRANSFER_LEN, token,
    },
};

/// Where Token-2022 says whether data is a mint's or an account's, and what it says.
const KIND: usize = TokenState::LEN;
const KIND_MINT: u8 = 1;
const KIND_ACCOUNT: u8 = 2;
/// Length of a multisig, whose bytes are its creator's to choose; Token-2022 gives no other account
/// this length.
const MULTISIG_LEN: usize = 355;
/// Behind it stand the extensions.
pub const EXTENSIONS: usize = KIND + 1;

/// Offsets and codes in a token account.
const STATE: usize = 108;
const STATE_FROZEN: u8 = 2;

/// Legs of a payment: merchant, vault, keeper.
const LEGS: usize = 3;

/// Which of the two programs an address is, else `UnsupportedTokenProgram`.
#[inline(never)]
pub fn require_program(program: &Address) -> Result<()> {
    require!(
        is_spl(program) || address_eq(program, &TOKEN_2022_PROGRAM),
        TesseraError::UnsupportedTokenProgram
    );
    Ok(())
}

/// Whether it is SPL Token, and not Token-2022.
#[inline(never)]
pub fn is_spl(program: &Address) -> bool {
    address_eq(program, &TOKEN_PROGRAM)
}

/// The data of an account of `program` that is a mint or token account (`kind`) with at least
/// `len` bytes.
#[inline(always)]
fn data<'a>(view: &'a AccountView, program: &Address, len: usize, kind: u8) -> Option<&'a [u8]> {
    if !view.owned_by(program) {
        return None;
    }
    // SAFETY: token accounts and mints are passed as `Account`, nobody holds a mutable
    // reference to their data, and this one is dropped before a token program is called.
    let data = unsafe { core::slice::from_raw_parts(view.data_ptr(), view.data_len()) };
    let extended = data.len() > KIND && data.len() != MULTISIG_LEN && data[KIND] == kind;
    (data.len() == len || extended).then_some(data)
}

/// An initialised token account of `program`, else `TokenAccountMissing`.
#[inline(always)]
pub fn account<'a>(view: &'a AccountView, program: &Address) -> Result<&'a TokenState> {
    check_account(view, program)?;
    // SAFETY: the structure is bytes only, and there are enough; see `data`.
    Ok(unsafe { &*view.data_ptr().cast() })
}

#[inline(never)]
fn check_account(view: &AccountView, program: &Address) -> Result<()> {
    let data = data(view, program, TokenState::LEN, KIND_ACCOUNT);
    require!(
        data.is_some_and(|data| data[STATE] != 0),
        TesseraError::TokenAccountMissing
    );
    Ok(())
}

/// The same, which must not be frozen.
#[inline(always)]
pub fn thawed<'a>(view: &'a AccountView, program: &Address) -> Result<&'a TokenState> {
    let account = account(view, program)?;
    require!(!is_frozen(view), TesseraError::TokenAccountFrozen);
    Ok(account)
}

/// Whether a token account that was checked already is frozen.
#[inline(always)]
pub fn is_frozen(view: &AccountView) -> bool {
    // SAFETY: a token account has this byte; see `data`.
    view.data_len() > STATE && unsafe { *view.data_ptr().add(STATE) } == STATE_FROZEN
}

/// The data of an initialised mint of `program` and its decimals, else `MintMissing`.
#[inline(always)]
pub fn mint<'a>(view: &'a AccountView, program: &Address) -> Result<(&'a [u8], u8)> {
    check_mint(view, program)?;
    // SAFETY: the structure is bytes only, and there are enough; see `data`.
    unsafe {
        let data = core::slice::from_raw_parts(view.data_ptr(), view.data_len());
        Ok((data, (*data.as_ptr().cast::<MintState>()).decimals()))
    }
}

#[inline(never)]
fn check_mint(view: &AccountView, program: &Address) -> Result<()> {
    let data = data(view, program, MintState::LEN, KIND_MINT).ok_or(TesseraError::MintMissing)?;
    // SAFETY: the structure is bytes only, and there are enough.
    let mint: &MintState = unsafe { &*data.as_ptr().cast() };
    require!(mint.is_initialized(), TesseraError::MintMissing);
    Ok(())
}

/// Decimals of a mint whose tokens can be paid with, and what it means for its token accounts;
/// `consents` as in `extensions::require_payable`.
#[inline(never)]
pub fn payable_mint(
    view: &AccountView,
    program: &Address,
    consents: u8,
) -> Result<(u8, AccountRules)> {
    require_program(program)?;
    let (data, decimals) = mint(view, program)?;
    let rules = match is_spl(program) {
        true => AccountRules::default(),
        false => extensions::require_payable(data, consents)?,
    };
    Ok((decimals, rules))
}

/// The mint as a transfer of `program` names it, with its decimals: `None` on SPL Token.
#[inline(never)]
pub fn transferred_mint<'a>(
    account: &'a Option<Account>,
    program: &Address,
) -> Result<Option<(&'a AccountView, u8)>> {
    require_program(program)?;
    match account {
        Some(account) if !is_spl(program) => {
            let (_, decimals) = mint(account.account(), program)?;
            Ok(Some((account.account(), decimals)))
        }
        _ => Ok(None),
    }
}

/// The same for a deposit, which must arrive in full: the mint is checked again.
#[inline(never)]
pub fn deposited_mint<'a>(
    account: &'a Option<Account>,
    expected: &Address,
    program: &Address,
) -> Result<Option<(&'a AccountView, u8)>> {
    if is_spl(program) {
        return Ok(None);
    }
    let view = account.as_ref().ok_or(TesseraError::MintMissing)?.account();
    require!(
        address_eq(view.address(), expected),
        TesseraError::WrongMint
    );
    let (decimals, _) = payable_mint(view, program, u8::MAX)?;
    Ok(Some((view, decimals)))
}

/// The bump of a token account at a derived address, and whether it was created just now. It is its
/// own owner, so only this program can move what it holds; an account of the token program at its
/// address can only have been made here.
#[inline(never)]
pub fn ensure_vault(place: &Place, mint: &AccountView, rules: &AccountRules) -> Result<(u8, bool)> {
    let program = mint.owner();
    let bump = place.bump().map_err(|_| TesseraError::WrongVault)?;
    if place.account.owned_by(program) {
        thawed(place.account, program)?;
        return Ok((bump, false));
    }
    place.allocate(&Allocation {
        space: match rules.extensions_len {
            0 => TokenState::LEN,
            extensions => EXTENSIONS + extensions,
        },
        owner: program,
        bump,
        tail: &[],
    })?;
    let mut data = [token::INITIALIZE_ACCOUNT_3; 33];
    data[1..].copy_from_slice(place.account.address().as_ref());
    RareCall {
        program,
        data: &data,
        tail: &[],
        accounts: &[Named::writable(place.account), Named::readonly(mint)],
        signers: &[],
    }
    .send();
    Ok((bump, true))
}

/// Closes a token account that holds nothing; its rent goes to `to`, and it signs for itself.
#[inline(never)]
pub fn close(view: &AccountView, to: &AccountView, signer: &[CpiSigner]) {
    RareCall {
        program: view.owner(),
        data: &[token::CLOSE_ACCOUNT],
        tail: &[],
        accounts: &[
            Named::writable(view),
            Named::writable(to),
            Named::signer(view),
        ],
        signers: signer,
    }
    .send();
}

/// One transfer of a payment.
pub struct Leg<'a> {
    pub to: &'a AccountView,
    pub amount: u64,
}

/// One transfer and no other.
#[inline(always)]
pub fn alone(to: &AccountView, amount: u64) -> [Option<Leg<'_>>; LEGS] {
    [Some(Leg { to, amount }), None, None]
}

/// What is paid from a vault that signs for itself.
pub struct Payout<'a> {
    pub program: &'a Address,
    /// For Token-2022.
    pub mint: &'a Option<Account>,
    pub vault: &'a AccountView,
    pub destination: &'a AccountView,
    pub amount: u64,
    pub receipt: &'a [u8],
}

impl Payout<'_> {
    /// Pays; `seed`, `parent` and `bump` derive the vault.
    #[inline(never)]
    pub fn send(&self, seed: &'static [u8], parent: &Address, bump: u8) -> Result<()> {
        let bump = [bump];
        let seeds = [
            CpiSeed::from(seed),
            CpiSeed::from(parent.as_ref()),
            CpiSeed::from(&bump[..]),
        ];
        Payment {
            program: self.program,
            mint: transferred_mint(self.mint, self.program)?,
            from: self.vault,
            signer: self.vault,
            legs: alone(self.destination, self.amount),
            approval: None,
            receipt: self.receipt,
        }
        .send(&[CpiSigner::from(&seeds)])
    }
}

/// What one call of the program has a token program do.
pub struct Payment<'a> {
    pub program: &'a Address,
    /// Mint and decimals, which Token-2022 asks for in each transfer.
    pub mint: Option<(&'a AccountView, u8)>,
    pub from: &'a AccountView,
    /// Owner or delegate of `from`.
    pub signer: &'a AccountView,
    pub legs: [Option<Leg<'a>>; LEGS],
    /// A delegate and what it may move from now on; with nothing to move it is revoked.
    pub approval: Option<(&'a AccountView, u64)>,
    /// The receipt that rides it.
    pub receipt: &'a [u8],
}

impl<'a> Payment<'a> {
    /// Pays. `seeds` sign for a delegate or a vault. Each way is a function of its own: together they
    /// would go through the stack.
    #[inline(never)]
    pub fn send(&self, seeds: &[CpiSigner]) -> Result<()> {
        if !address_eq(self.program, &TOKEN_PROGRAM) {
            return self.checked(seeds);
        }
        // A call of one thing goes without a batch, which older token programs do not have.
        match (&self.legs, &self.approval) {
            ([Some(leg), None, None], None) => self.transfer(leg, seeds),
            ([None, None, None], None) => receipt::carry(self.receipt),
            ([None, None, None], _) => self.approve_alone(self.receipt, seeds),
            _ => self.batch(seeds),
        }
        Ok(())
    }

    /// One transfer of SPL Token.
    #[inline(never)]
    fn transfer(&self, leg: &Leg<'a>, seeds: &[CpiSigner]) {
        let mut room = Room::new();
        let mut call = Call::new(self.program, &mut room);
        call.u8(token::TRANSFER).u64(leg.amount).bytes(self.receipt);
        self.name_parties(leg, &mut call);
        call.account(self.from)
            .account(leg.to)
            .account(self.signer)
            .send(seeds);
    }

    /// All of it on Token-2022, which takes no byte behind the last field.
    #[inline(never)]
    fn checked(&self, seeds: &[CpiSigner]) -> Result<()> {
        for leg in self.legs.iter().flatten() {
            let (mint, decimals) = self.mint.ok_or(TesseraError::MintMissing)?;
            let mut data = [token::TRANSFER_CHECKED; TRANSFER_CHECKED_LEN];
            data[1..9].copy_from_slice(&leg.amount.to_le_bytes());
            data[9] = decimals;
            RareCall {
                program: self.program,
                data: &data,
                tail: &[],
                accounts: &[
                    Named::writable(self.from),
                    Named::readonly(mint),
                    Named::writable(leg.to),
                    Named::signer(self.signer),
                ],
                signers: seeds,
            }
            .send();
        }
        self.approve_alone(&[], seeds);
        if !self.receipt.is_empty() {
            receipt::carry(self.receipt);
        }
        Ok(())
    }

    /// Names who gives, who gets and who signs.
    #[inline(always)]
    fn name_parties(&self, leg: &Leg<'a>, call: &mut Call<'_, 'a>) {
        call.meta(InstructionAccount::writable(self.from.address()));
        call.meta(InstructionAccount::writable(leg.to.address()));
        call.meta(InstructionAccount::readonly_signer(self.signer.address()));
    }

    /// The approval, if there is one, in a call of its own.
    #[inline(never)]
    fn approve_alone(&self, receipt: &[u8], seeds: &[CpiSigner]) {
        let Some((delegate, amount)) = self.approval else {
            return;
        };
        let mut data = [token::APPROVE; TRANSFER_LEN];
        data[1..].copy_from_slice(&amount.to_le_bytes());
        let accounts = [
            Named::writable(self.from),
            Named::readonly(delegate),
            Named::signer(self.signer),
        ];
        // What revokes names no delegate, which stands last then.
        let revocation = [
            Named::writable(self.from),
            Named::signer(self.signer),
            Named::readonly(delegate),
        ];
        let (data, accounts): (&[u8], _) = match amount {
            0 => (&[token::REVOKE], &revocation),
            _ => (&data, &accounts),
        };
        RareCall {
            program: self.program,
            data,
            tail: receipt,
            accounts,
            signers: seeds,
        }
        .send();
    }

    #[inline(always)]
    fn approve(&self, delegate: &'a AccountView, amount: u64, call: &mut Call<'_, 'a>) {
        call.meta(InstructionAccount::writable(self.from.address()));
        if amount > 0 {
            call.u8(token::APPROVE).u64(amount);
            call.meta(InstructionAccount::readonly(delegate.address()));
        } else {
            call.u8(token::REVOKE);
        }
        call.meta(InstructionAccount::readonly_signer(self.signer.address()));
    }

    /// All of it in one call: each entry carries as much of the receipt as its length byte counts.
    #[inline(never)]
    fn batch(&self, seeds: &[CpiSigner]) {
        let mut room = Room::new();
        let mut call = Call::new(self.program, &mut room);
        call.u8(token::BATCH)
            .account(self.from)
            .account(self.signer);
        let mut rest = self.receipt;
        for leg in self.legs.iter().flatten() {
            let (carried, next) = rest.split_at(rest.len().min(BATCH_TAIL_LEN));
            rest = next;
            call.u8(3).u8((TRANSFER_LEN + carried.len()) as u8);
            call.u8(token::TRANSFER).u64(leg.amount);
            if !carried.is_empty() {
                call.bytes(carried);
            }
            self.name_parties(leg, &mut call);
            call.account(leg.to);
        }
        if let Some((delegate, amount)) = self.approval {
            let (accounts, len) = match amount {
                0 => (2, REVOKE_LEN),
                _ => (3, TRANSFER_LEN),
            };
            call.u8(accounts).u8((len + rest.len()) as u8);
            self.approve(delegate, amount, &mut call);
            call.account(delegate).bytes(rest);
        }
        call.send(seeds);
    }
}
