//! The program's entrypoint.
//!
//! Law: the accounts of every instruction are walked once, here, and no account that an instruction
//! writes may stand in two of its places, but for who gives or gets lamports only. Charges are
//! what is paid for most, so their accounts are walked without a loop; the one loop for all others
//! keeps the program small.

use crate::{
    ID,
    call::copy,
    declare::{Account, Walked, flag},
    instructions::Charge,
    outcome::Result,
};
use anchor_lang::{
    address_eq,
    pinocchio::account::{MAX_PERMITTED_DATA_INCREASE, RuntimeAccount},
};
use core::{mem::MaybeUninit, ptr::null_mut, slice::from_raw_parts};
use tessera_types::args::InstructionNumber;

const CHARGE: u8 = InstructionNumber::Charge as u8;
const RECEIPT: u8 = InstructionNumber::Receipt as u8;

anchor_lang::pinocchio::default_allocator!();
anchor_lang::pinocchio::default_panic_handler!();

/// What an account takes up besides its data: what is said of it, room to grow, the rent epoch.
const AROUND_DATA: usize = size_of::<RuntimeAccount>() + MAX_PERMITTED_DATA_INCREASE + 8;

/// What stands in front of an account that is not one of the earlier ones again.
const FIRST_TIME: u8 = u8::MAX;

/// Most accounts of an instruction, and most bytes of its arguments.
const MAX_ACCOUNTS: usize = 17;
const MAX_ARGS_LEN: usize = 248;

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
        if len == 0 {
            return INVALID_INSTRUCTION_DATA;
        }
        if !address_eq(&*data.add(len).cast(), &ID) {
            return refusal::INCORRECT_PROGRAM_ID;
        }
        let args = from_raw_parts(data.add(1), len - 1);
        match *data {
            CHARGE => charge(input),
            RECEIPT => 0,
            number => dispatch(number, input, args),
        }
    }
}

/// Codes of what is refused before an instruction runs, those that Anchor has for it.
mod refusal {
    const BUILTIN: u32 = 32;
    pub const INVALID_INSTRUCTION_DATA: u64 = 3 << BUILTIN;
    pub const INCORRECT_PROGRAM_ID: u64 = 7 << BUILTIN;
    pub const MISSING_REQUIRED_SIGNATURE: u64 = 8 << BUILTIN;
    pub const NOT_ENOUGH_ACCOUNT_KEYS: u64 = 11 << BUILTIN;
    pub const DUPLICATE_MUTABLE_ACCOUNT: u64 = 2040;
}
pub use refusal::INVALID_INSTRUCTION_DATA;

/// What the runtime is told.
#[inline(always)]
pub fn code(result: Result<()>) -> u64 {
    match result {
        Ok(()) => 0,
        Err(refusal) => refusal.code(),
    }
}

/// What an instruction is handed.
pub struct Shape {
    /// What to look at, account by account.
    flags: [u8; MAX_ACCOUNTS],
    accounts: u8,
    args_len: u8,
}

impl Shape {
    /// The shape of an instruction with that many bytes of arguments.
    pub const fn of<A: Walked>(args_len: usize) -> Self {
        assert!(A::FLAGS.len() <= MAX_ACCOUNTS && args_len <= MAX_ARGS_LEN);
        let mut flags = [0; MAX_ACCOUNTS];
        let mut at = 0;
        while at < A::FLAGS.len() {
            flags[at] = A::FLAGS[at];
            at += 1;
        }
        Self {
            flags,
            accounts: A::FLAGS.len() as u8,
            args_len: args_len as u8,
        }
    }
}

/// Accounts and arguments as an instruction takes them.
pub struct Handed<'a> {
    /// Where each account is, null where one is absent: the instruction's structure of accounts.
    pub accounts: *mut *mut RuntimeAccount,
    /// The structure of arguments.
    pub args: *const u64,
    /// What follows it.
    pub rest: &'a [u8],
}

/// Runs the instruction of this number with `data` and returns its code.
///
/// # Safety
/// `input` is what the runtime passes.
#[inline(always)]
unsafe fn dispatch(number: u8, input: *mut u8, data: &[u8]) -> u64 {
    let Some(shape) = crate::SHAPES.get(number as usize) else {
        return INVALID_INSTRUCTION_DATA;
    };
    let Some((taken, rest)) = data.split_at_checked(shape.args_len as usize) else {
        return INVALID_INSTRUCTION_DATA;
    };
    let mut args = [const { MaybeUninit::<u64>::uninit() }; MAX_ARGS_LEN / 8];
    let mut accounts = [const { MaybeUninit::<*mut RuntimeAccount>::uninit() }; MAX_ACCOUNTS];
    let to = accounts.as_mut_ptr().cast::<*mut RuntimeAccount>();
    // SAFETY: there is room for any shape's arguments and accounts, the walk writes as many as there
    // are flags, and what is required is never null.
    unsafe {
        copy(args.as_mut_ptr().cast(), taken);
        let flags = shape.flags.get_unchecked(..shape.accounts as usize);
        let refused = walk(input, flags, to);
        if refused != 0 {
            return refused;
        }
        let handed = Handed {
            accounts: to,
            args: args.as_ptr().cast(),
            rest,
        };
        crate::run(number, handed)
    }
}

/// A list as Borsh writes it: how many (u32), then one behind the other.
#[inline(never)]
pub fn list(data: &[u8]) -> Option<&[[u8; 32]]> {
    let (count, list) = data.split_first_chunk()?;
    list.as_chunks()
        .0
        .get(..u32::from_le_bytes(*count) as usize)
}

/// Writes where each account is, null where one is absent, and returns the code of a refusal.
///
/// # Safety
/// `input` is what the runtime passes, and `to` has room for as many as there are flags.
#[inline(never)]
unsafe fn walk(input: *mut u8, flags: &[u8], to: *mut *mut RuntimeAccount) -> u64 {
    let mut met = Met {
        flags: flags.as_ptr(),
        to,
        itself: null_mut(),
    };
    // SAFETY: the number of accounts stands first; each is then there with its data and room to
    // grow, aligned to 8 bytes, or as the index of its first place, padded to 8.
    unsafe {
        if *input.cast::<u64>() < flags.len() as u64 {
            return refusal::NOT_ENOUGH_ACCOUNT_KEYS;
        }
        let mut at = input.add(8);
        let mut next = to;
        for flag in flags {
            let first = *at;
            if first != FIRST_TIME {
                at = at.add(8);
                let refused = met.again(first as usize, *flag, next);
                if refused != 0 {
                    return refused;
                }
                next = next.add(1);
                continue;
            }
            let mut account = at.cast::<RuntimeAccount>();
            at = after(at);
            // Most are neither looked at nor absent.
            if *flag & flag::SIGNER != 0 {
                if (*account).is_signer == 0 {
                    return refusal::MISSING_REQUIRED_SIGNATURE;
                }
            } else if *flag & flag::OPTIONAL != 0 && address_eq(&(*account).address, &ID) {
                met.itself = account;
                account = null_mut();
            }
            next.write(account);
            next = next.add(1);
        }
    }
    0
}

/// What was met so far.
struct Met {
    flags: *const u8,
    to: *mut *mut RuntimeAccount,
    /// The program itself, where it stood for an account that is absent.
    itself: *mut RuntimeAccount,
}

impl Met {
    /// Writes an account that stood in an earlier place; a null one is the program itself, which was
    /// absent there.
    ///
    /// # Safety
    /// `first` is an earlier place, which is written, and `next` can be.
    #[inline(never)]
    unsafe fn again(&self, first: usize, flag: u8, next: *mut *mut RuntimeAccount) -> u64 {
        // SAFETY: the caller's promise.
        unsafe {
            let mut account = *self.to.add(first);
            let optional = flag & flag::OPTIONAL != 0;
            if account.is_null() {
                if !optional {
                    account = self.itself;
                }
            } else if optional && address_eq(&(*account).address, &ID) {
                account = null_mut();
            } else if (flag | *self.flags.add(first)) & flag::WRITTEN != 0 {
                return refusal::DUPLICATE_MUTABLE_ACCOUNT;
            }
            if flag & flag::SIGNER != 0 && (*account).is_signer == 0 {
                return refusal::MISSING_REQUIRED_SIGNATURE;
            }
            next.write(account);
        }
        0
    }
}

/// What follows an account that is met for the first time.
///
/// # Safety
/// It stands there.
#[inline(always)]
unsafe fn after(at: *mut u8) -> *mut u8 {
    // SAFETY: the caller's promise. No overflow: it is all in memory.
    let next = unsafe { at.wrapping_add((*at.cast::<RuntimeAccount>()).data_len as usize) };
    next.wrapping_add(AROUND_DATA + 7)
        .map_addr(|address| address & !7)
}

/// Writes every account of an instruction where it stays: copied together they would cost two units
/// each.
macro_rules! fill {
    ($to:ident: $accounts:ident, $($field:ident = $account:expr,)*) => {
        let _ = |$accounts { $($field: _),* }: $accounts| ();
        $((&raw mut (*$to).$field).write($account?);)*
    };
}

/// # Safety
/// `input` is what the runtime passes.
#[inline(always)]
unsafe fn charge(input: *mut u8) -> u64 {
    let mut accounts = MaybeUninit::<Charge>::uninit();
    let to = accounts.as_mut_ptr();
    // SAFETY: `fill` writes every field, or the walk ends.
    unsafe {
        let filled = (|| {
            let mut walk = Walk::begin(input, Charge::FLAGS.len())?;
            fill!(
                to: Charge,
                subscription = walk.account(),
                plan = walk.account(),
                org = walk.account(),
                member = walk.account(),
                authority = walk.account(),
                payer_token = walk.account(),
                destination = walk.account(),
                token_program = walk.account(),
                mint = walk.optional(),
                keeper_token = walk.optional(),
                vault = walk.optional(),
                ledger_1 = walk.optional(),
                ledger_2 = walk.optional(),
                ledger_3 = walk.optional(),
            );
            Ok(())
        })();
        match filled {
            Ok(()) => code(accounts.assume_init_mut().handle()),
            Err(refused) => refused,
        }
    }
}

/// A walk over the serialised accounts, unrolled. No account is met twice but the program itself,
/// which stands for those that are absent.
struct Walk {
    at: *mut u8,
    /// Place of the next account.
    index: u8,
    /// Where the program itself stood first.
    absent: u8,
}

/// What a walk found, or the code of a refusal.
type Found<T> = core::result::Result<T, u64>;

impl Walk {
    /// # Safety
    /// `input` is what the runtime passes.
    #[inline(always)]
    unsafe fn begin(input: *mut u8, accounts: usize) -> Found<Self> {
        // SAFETY: the number of accounts stands first.
        unsafe {
            if *input.cast::<u64>() < accounts as u64 {
                return Err(refusal::NOT_ENOUGH_ACCOUNT_KEYS);
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
    unsafe fn account(&mut self) -> Found<Account> {
        let account = self.at.cast::<RuntimeAccount>();
        self.index = self.index.wrapping_add(1);
        // SAFETY: see `walk`.
        unsafe {
            if (*account).borrow_state != FIRST_TIME {
                return Err(refusal::DUPLICATE_MUTABLE_ACCOUNT);
            }
            self.at = after(self.at);
            Ok(Account::new(account))
        }
    }

    /// The next account, unless it is absent.
    ///
    /// # Safety
    /// There is one.
    #[inline(always)]
    unsafe fn optional(&mut self) -> Found<Option<Account>> {
        // SAFETY: see `walk`.
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
