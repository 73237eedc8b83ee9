//! The program's entrypoint.
//!
//! Law: charges and subscriptions are what is paid for most, so their accounts are walked here in
//! one pass, which costs a third of what Anchor's walk does; everything else, and what the two mean,
//! is where Anchor has it. No account may stand in two places, but for a payer who is the wallet.

use crate::{
    ID,
    instructions::{Charge, Subscribe},
};
use anchor_lang::{
    ErrorCode, address_eq,
    pinocchio::account::{AccountView, MAX_PERMITTED_DATA_INCREASE, RuntimeAccount},
    prelude::*,
};
use core::mem::MaybeUninit;
use tessera_types::args::{InstructionNumber, SubscribeArgs};

const CHARGE: u8 = InstructionNumber::Charge as u8;
const SUBSCRIBE: u8 = InstructionNumber::Subscribe as u8;

anchor_lang::pinocchio::default_allocator!();
anchor_lang::pinocchio::default_panic_handler!();

/// What an account takes up besides its data: what is said of it, room to grow, the rent epoch.
const AROUND_DATA: usize = size_of::<RuntimeAccount>() + MAX_PERMITTED_DATA_INCREASE + 8;

/// What stands in front of an account that is not one of the earlier ones again.
const FIRST_TIME: u8 = u8::MAX;

/// Called by the runtime with the serialised accounts and, since SIMD-0321, the instruction's data:
/// its length stands in front of it and the program's address behind.
///
/// # Safety
/// For the runtime alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrypoint(input: *mut u8, data: *const u8) -> u64 {
    // SAFETY: what the runtime passes.
    unsafe {
        let len = *data.sub(8).cast::<u64>() as usize;
        let number = if len == 0 { u8::MAX } else { *data };
        let result = match number {
            CHARGE | SUBSCRIBE if !address_eq(&*data.add(len).cast(), &ID) => {
                Err(ErrorCode::DeclaredProgramIdMismatch.into())
            }
            CHARGE => charge(input),
            SUBSCRIBE => subscribe(input, core::slice::from_raw_parts(data.add(1), len - 1)),
            _ => return crate::__anchor_dispatch(input, data),
        };
        match result {
            Ok(()) => 0,
            Err(error) => error.into(),
        }
    }
}

/// Writes every account of an instruction where it stays: copied together they would cost two units
/// each.
macro_rules! fill {
    ($to:ident: $accounts:ident, $($field:ident = $account:expr,)*) => {
        let _ = |$accounts { $($field: _),* }: $accounts| ();
        $((&raw mut (*$to).$field).write($account);)*
    };
}

/// # Safety
/// `input` is what the runtime passes.
#[inline(always)]
unsafe fn charge(input: *mut u8) -> Result<()> {
    // SAFETY: the caller's promise.
    let mut walk = unsafe { Walk::begin(input, Charge::ACCOUNTS)? };
    let mut accounts = MaybeUninit::<Charge>::uninit();
    let to = accounts.as_mut_ptr();
    // SAFETY: as many accounts are asked for as there are, and `fill` writes every field.
    unsafe {
        fill!(
            to: Charge,
            subscription = walk.account()?,
            plan = walk.account()?,
            org = walk.account()?,
            member = walk.account()?,
            authority = walk.account()?,
            payer_token = walk.account()?,
            destination = walk.account()?,
            token_program = walk.account()?,
            mint = walk.optional()?,
            keeper_token = walk.optional()?,
            vault = walk.optional()?,
            ledger_1 = walk.optional()?,
            ledger_2 = walk.optional()?,
            ledger_3 = walk.optional()?,
        );
        accounts.assume_init_mut().handle()
    }
}

/// # Safety
/// `input` is what the runtime passes.
#[inline(always)]
unsafe fn subscribe(input: *mut u8, args: &[u8]) -> Result<()> {
    let args: SubscribeArgs = match args.split_at_checked(size_of::<SubscribeArgs>()) {
        Some((args, _)) => bytemuck::pod_read_unaligned(args),
        None => return Err(ErrorCode::InstructionDidNotDeserialize.into()),
    };
    // SAFETY: the caller's promise.
    let mut walk = unsafe { Walk::begin(input, Subscribe::ACCOUNTS)? };
    let mut accounts = MaybeUninit::<Subscribe>::uninit();
    let to = accounts.as_mut_ptr();
    // SAFETY: as many accounts are asked for as there are, and `fill` writes every field.
    unsafe {
        let payer = *walk.account()?.account();
        fill!(
            to: Subscribe,
            payer = Signer::load(payer)?,
            wallet = Signer::load(walk.account_or(payer)?)?,
            org = walk.account()?,
            plan = walk.account()?,
            member = walk.account()?,
            subscription = walk.account()?,
            authority = walk.account()?,
            payer_token = walk.account()?,
            destination = walk.account()?,
            token_program = walk.account()?,
            system_program = Program::load(*walk.account()?.account())?,
            mint = walk.optional()?,
            instructions = match walk.optional()? {
                Some(account) => Some(Sysvar::load(*account.account())?),
                None => None,
            },
            vault = walk.optional()?,
            ledger_1 = walk.optional()?,
            ledger_2 = walk.optional()?,
            ledger_3 = walk.optional()?,
        );
        accounts.assume_init_mut().handle(&args)
    }
}

/// A walk over the serialised accounts. No account is met twice but the program itself, which
/// stands for those that are absent.
struct Walk {
    at: *mut u8,
    /// Place of the next account.
    index: u8,
    /// Where the program itself stood first.
    absent: u8,
}

impl Walk {
    /// # Safety
    /// `input` is what the runtime passes.
    #[inline(always)]
    unsafe fn begin(input: *mut u8, accounts: usize) -> Result<Self> {
        // SAFETY: the number of accounts stands first.
        unsafe {
            if *input.cast::<u64>() < accounts as u64 {
                return Err(ErrorCode::AccountNotEnoughKeys.into());
            }
            Ok(Self {
                at: input.add(8),
                index: 0,
                absent: FIRST_TIME,
            })
        }
    }

    /// The next account.
    ///
    /// # Safety
    /// There is one.
    #[inline(always)]
    unsafe fn account(&mut self) -> Result<UncheckedAccount> {
        let account = self.at.cast::<RuntimeAccount>();
        self.index = self.index.wrapping_add(1);
        // SAFETY: the runtime serialises each account with its data and room to grow, aligned to
        // 8 bytes.
        unsafe {
            if (*account).borrow_state != FIRST_TIME {
                return Err(ErrorCode::ConstraintDuplicateMutableAccount.into());
            }
            // No overflow: it is all in memory.
            let next = self
                .at
                .wrapping_add((*account).data_len as usize)
                .wrapping_add(AROUND_DATA + 7);
            self.at = next.map_addr(|address| address & !7);
            UncheckedAccount::load(AccountView::new_unchecked(account))
        }
    }

    /// The next account, which may be the first one again.
    ///
    /// # Safety
    /// There is one.
    #[inline(always)]
    unsafe fn account_or(&mut self, first: AccountView) -> Result<AccountView> {
        // SAFETY: as in `account`; one that was met before is the index of its first place, padded
        // to 8 bytes.
        unsafe {
            if *self.at == 0 {
                self.at = self.at.add(8);
                self.index = self.index.wrapping_add(1);
                return Ok(first);
            }
            Ok(*self.account()?.account())
        }
    }

    /// The next account, unless it is absent.
    ///
    /// # Safety
    /// There is one.
    #[inline(always)]
    unsafe fn optional(&mut self) -> Result<Option<UncheckedAccount>> {
        // SAFETY: as in `account`; one that was met before is the index of its first place, padded
        // to 8 bytes.
        unsafe {
            let first = *self.at;
            if first != FIRST_TIME && first == self.absent {
                self.at = self.at.add(8);
                self.index = self.index.wrapping_add(1);
                return Ok(None);
            }
            let place = self.index;
            let account = self.account()?;
            if address_eq(account.address(), &ID) {
                self.absent = place;
                return Ok(None);
            }
            Ok(Some(account))
        }
    }
}
