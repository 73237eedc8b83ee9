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
use tessera_types::{
    args::InstructionNumber,
    seeded::{Bug, seeded},
};

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

/// What the entrypoint returns to the runtime: 0, or the refusal's code.
#[inline(always)]
pub fn code(result: Result<()>) -> u64 {
    // SAFETY: a refusal is a number other than zero, which is what went well.
    unsafe { core::mem::transmute(result) }
}

/// What an instruction is handed, in one word: bytes of arguments, number of accounts, and of each
/// account what to look at, the first one's lowest.
#[derive(Clone, Copy)]
pub struct Shape(u64);

impl Shape {
    const ACCOUNTS_AT: u32 = 8;
    const ACCOUNTS_MASK: u64 = 0b1_1111;
    const FLAGS_AT: u32 = 13;

    /// The shape of an instruction with that many bytes of arguments.
    pub const fn of<A: Walked>(args_len: usize) -> Self {
        let accounts = A::FLAGS.len();
        assert!(accounts <= MAX_ACCOUNTS && args_len <= MAX_ARGS_LEN);
        assert!(Self::FLAGS_AT as usize + MAX_ACCOUNTS * flag::BITS as usize <= 64);
        let mut word = args_len as u64 | (accounts as u64) << Self::ACCOUNTS_AT;
        let mut at = 0;
        while at < accounts {
            word |= (A::FLAGS[at]) << (Self::FLAGS_AT + at as u32 * flag::BITS);
            at += 1;
        }
        Self(word)
    }

    #[inline(always)]
    fn args_len(self) -> usize {
        self.0 as u8 as usize
    }

    #[inline(always)]
    fn accounts(self) -> usize {
        (self.0 >> Self::ACCOUNTS_AT & Self::ACCOUNTS_MASK) as usize
    }

    /// Flags of all accounts, the first one's lowest.
    #[inline(always)]
    fn flags(self) -> u64 {
        self.0 >> Self::FLAGS_AT
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
    // The last one carries a receipt.
    let [shapes @ .., _] = crate::SHAPES else {
        return INVALID_INSTRUCTION_DATA;
    };
    let Some(shape) = shapes.get(number as usize) else {
        return INVALID_INSTRUCTION_DATA;
    };
    let Some((taken, rest)) = data.split_at_checked(shape.args_len()) else {
        return INVALID_INSTRUCTION_DATA;
    };
    let mut shape = *shape;
    if seeded(Bug::MissingSigner) && number == InstructionNumber::Redeem as u8 {
        shape.0 &= !(1 << Shape::FLAGS_AT);
    }
    let mut args = [const { MaybeUninit::<u64>::uninit() }; MAX_ARGS_LEN / 8];
    let mut accounts = [const { MaybeUninit::<*mut RuntimeAccount>::uninit() }; MAX_ACCOUNTS];
    let to = accounts.as_mut_ptr().cast::<*mut RuntimeAccount>();
    // SAFETY: there is room for any shape's arguments and accounts, the walk writes as many as there
    // are in the shape, and what is required is never null.
    unsafe {
        copy(args.as_mut_ptr().cast(), taken);
        let refused = walk(input, shape, to);
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
/// `input` is what the runtime passes, and `to` has room for the shape's accounts.
#[inline(never)]
unsafe fn walk(input: *mut u8, shape: Shape, to: *mut *mut RuntimeAccount) -> u64 {
    let mut flags = shape.flags();
    let mut met = Met {
        flags,
        to,
        itself: null_mut(),
    };
    // SAFETY: the number of accounts stands first; each is then there with its data and room to
    // grow, aligned to 8 bytes, or as the index of its first place, padded to 8.
    unsafe {
        if *input.cast::<u64>() < shape.accounts() as u64 {
            return refusal::NOT_ENOUGH_ACCOUNT_KEYS;
        }
        let mut at = input.add(8);
        let mut next = to;
        let end = to.add(shape.accounts());
        while next != end {
            let first = *at;
            if first != FIRST_TIME {
                at = at.add(8);
                let refused = met.again(first as u32, flags, next);
                if refused != 0 {
                    return refused;
                }
            } else {
                let mut account = at.cast::<RuntimeAccount>();
                at = after(at);
                // Most are neither looked at nor absent.
                if flags & flag::SIGNER != 0 {
                    if (*account).is_signer == 0 {
                        return refusal::MISSING_REQUIRED_SIGNATURE;
                    }
                } else if flags & flag::OPTIONAL != 0 && address_eq(&(*account).address, &ID) {
                    met.itself = account;
                    account = null_mut();
                }
                next.write(account);
            }
            next = next.add(1);
            flags >>= flag::BITS;
        }
    }
    0
}

/// What was met so far.
struct Met {
    /// Of all accounts, the first one's lowest.
    flags: u64,
    to: *mut *mut RuntimeAccount,
    /// The program itself, where it stood for an account that is absent.
    itself: *mut RuntimeAccount,
}

impl Met {
    /// Writes an account that stood in an earlier place; a null one is the program itself, which was
    /// absent there. The lowest of `flags` are those of the place that is written.
    ///
    /// # Safety
    /// `first` is an earlier place, which is written, and `next` can be.
    #[inline(never)]
    unsafe fn again(&self, first: u32, flags: u64, next: *mut *mut RuntimeAccount) -> u64 {
        let earlier = self.flags >> first.wrapping_mul(flag::BITS);
        // SAFETY: the caller's promise.
        unsafe {
            let mut account = *self.to.add(first as usize);
            let optional = flags & flag::OPTIONAL != 0;
            if account.is_null() {
                if !optional {
                    account = self.itself;
                }
            } else if optional && address_eq(&(*account).address, &ID) {
                account = null_mut();
            } else if (flags | earlier) & flag::WRITTEN != 0 {
                return refusal::DUPLICATE_MUTABLE_ACCOUNT;
            }
            if flags & flag::SIGNER != 0 && (*account).is_signer == 0 {
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
