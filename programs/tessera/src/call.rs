//! Calls of other programs, put together piece by piece.

use anchor_lang::{
    cpi::{CpiSigner, InstructionAccount, InstructionView},
    pinocchio::cpi::{CpiAccount, invoke_signed_unchecked},
    prelude::*,
};
use core::{mem::MaybeUninit, slice::from_raw_parts};

/// Most bytes of a call up to the end of what is copied into it: a subscription's batch of three
/// entries with the longest receipt.
const MAX_BYTES: usize = 512;
/// And most data, with the fields that stand behind that: less than another entry.
const MAX_DATA: usize = MAX_BYTES + 48;
/// Most accounts that a call names, the same one more than once, and most that it hands over.
const MAX_METAS: usize = 12;
const MAX_ACCOUNTS: usize = 6;

/// Where a call is put together. It stays where it is: copying it would cost more than the call.
pub struct Room<'a> {
    data: [MaybeUninit<u8>; MAX_DATA],
    metas: [MaybeUninit<InstructionAccount<'a>>; MAX_METAS],
    accounts: [MaybeUninit<CpiAccount<'a>>; MAX_ACCOUNTS],
}

impl Room<'_> {
    #[inline(always)]
    pub fn new() -> Self {
        Self {
            data: [const { MaybeUninit::uninit() }; MAX_DATA],
            metas: [const { MaybeUninit::uninit() }; MAX_METAS],
            accounts: [const { MaybeUninit::uninit() }; MAX_ACCOUNTS],
        }
    }
}

/// One call, and where its next pieces go. More bytes than it holds are a fault of the program, which
/// then aborts; all else that is written, named and handed over is a matter of a few lines each, none
/// of which depends on what anybody passes in.
pub struct Call<'r, 'a> {
    program: &'a Address,
    room: &'r mut Room<'a>,
    data: *mut u8,
    meta: *mut InstructionAccount<'a>,
    account: *mut MaybeUninit<CpiAccount<'a>>,
}

impl<'r, 'a> Call<'r, 'a> {
    #[inline(always)]
    pub fn new(program: &'a Address, room: &'r mut Room<'a>) -> Self {
        Self {
            program,
            data: room.data.as_mut_ptr().cast(),
            meta: room.metas.as_mut_ptr().cast(),
            account: room.accounts.as_mut_ptr(),
            room,
        }
    }

    #[inline(always)]
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.write(value)
    }

    #[inline(always)]
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.write(value)
    }

    #[inline(always)]
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        assert!(self.len().wrapping_add(bytes.len()) <= MAX_BYTES);
        // SAFETY: both ranges are in bounds and apart.
        unsafe {
            copy(self.data, bytes);
            self.data = self.data.add(bytes.len());
        }
        self
    }

    #[inline(always)]
    fn write<T: Copy>(&mut self, value: T) -> &mut Self {
        // SAFETY: fields fit beside the bytes; the chain is little-endian, and so are all numbers on
        // it.
        unsafe {
            self.data.cast::<T>().write_unaligned(value);
            self.data = self.data.add(size_of::<T>());
        }
        self
    }

    /// How much data is written.
    #[inline(always)]
    fn len(&self) -> usize {
        self.data
            .addr()
            .wrapping_sub(self.room.data.as_ptr().addr())
    }

    /// Names an account at the next place of the call.
    #[inline(always)]
    pub fn meta(&mut self, meta: InstructionAccount<'a>) -> &mut Self {
        // SAFETY: the longest call is a batch of three transfers and an approval, which name three
        // accounts each.
        unsafe {
            self.meta.write(meta);
            self.meta = self.meta.add(1);
        }
        self
    }

    /// Hands over an account that is named.
    #[inline(always)]
    pub fn account(&mut self, account: &'a AccountView) -> &mut Self {
        // SAFETY: that call hands over payer, signer, three receivers and a delegate.
        unsafe {
            CpiAccount::init_from_account_view(account, &mut *self.account);
            self.account = self.account.add(1);
        }
        self
    }

    /// Calls; a refusal by the callee ends the transaction.
    #[inline(always)]
    pub fn send(&self, signers: &[CpiSigner]) {
        // SAFETY: as many of each are written as are counted, and this program holds no reference
        // into the data of an account that the callee can change.
        unsafe {
            let metas = self.room.metas.as_ptr().cast::<InstructionAccount>();
            let accounts = self.room.accounts.as_ptr();
            let instruction = InstructionView {
                program_id: self.program,
                accounts: from_raw_parts(metas, self.meta.offset_from_unsigned(metas)),
                data: from_raw_parts(self.room.data.as_ptr().cast(), self.len()),
            };
            let handed = self.account.cast_const().offset_from_unsigned(accounts);
            let accounts = from_raw_parts(accounts.cast(), handed);
            invoke_signed_unchecked(&instruction, accounts, signers);
        }
    }
}

/// Copies bytes by the runtime, which charges ten units for what a loop would take hundreds for.
///
/// # Safety
/// `to` has room for them and does not overlap them.
#[inline(always)]
pub unsafe fn copy(to: *mut u8, bytes: &[u8]) {
    #[cfg(target_os = "solana")]
    // SAFETY: the caller's promise.
    unsafe {
        anchor_lang::pinocchio::syscalls::sol_memcpy_(to, bytes.as_ptr(), bytes.len() as u64);
    }
    #[cfg(not(target_os = "solana"))]
    // SAFETY: the caller's promise.
    unsafe {
        core::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
    }
}

/// An account of a call that is made rarely, and how the call names it.
pub struct Named<'a> {
    pub view: &'a AccountView,
    pub is_writable: bool,
    pub is_signer: bool,
}

impl<'a> Named<'a> {
    pub const fn readonly(view: &'a AccountView) -> Self {
        Self {
            view,
            is_writable: false,
            is_signer: false,
        }
    }

    pub const fn writable(view: &'a AccountView) -> Self {
        Self {
            view,
            is_writable: true,
            is_signer: false,
        }
    }

    pub const fn signer(view: &'a AccountView) -> Self {
        Self {
            view,
            is_writable: false,
            is_signer: true,
        }
    }

    pub const fn writable_signer(view: &'a AccountView) -> Self {
        Self {
            view,
            is_writable: true,
            is_signer: true,
        }
    }
}

/// A call that is made rarely.
pub struct RareCall<'a> {
    pub program: &'a Address,
    pub data: &'a [u8],
    /// A receipt that stands behind it.
    pub tail: &'a [u8],
    pub accounts: &'a [Named<'a>],
    pub signers: &'a [CpiSigner<'a, 'a>],
}

impl RareCall<'_> {
    /// Calls; a refusal by the callee ends the transaction.
    #[inline(never)]
    pub fn send(&self) {
        let mut room = Room::new();
        let mut call = Call::new(self.program, &mut room);
        call.bytes(self.data).bytes(self.tail);
        for account in self.accounts {
            call.meta(InstructionAccount::new(
                account.view.address(),
                account.is_writable,
                account.is_signer,
            ));
            call.account(account.view);
        }
        call.send(self.signers);
    }
}
