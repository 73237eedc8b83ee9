//! Calls of other programs, put together piece by piece.

use anchor_lang::{
    cpi::{CpiSigner, InstructionAccount, InstructionView},
    pinocchio::cpi::{CpiAccount, invoke_signed_unchecked},
    prelude::*,
};
use core::{mem::MaybeUninit, slice::from_raw_parts};

/// Most data of a call: a subscription's batch of three entries with the longest receipt.
const MAX_DATA: usize = 560;
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

/// One call, and how far its room is filled. Whoever puts more data into it than it holds has a
/// fault, and the program aborts; who is named and handed over is a matter of a few lines each, none
/// of which depends on what anybody passes in, so that is checked where the program is tested.
pub struct Call<'r, 'a> {
    program: &'a Address,
    room: &'r mut Room<'a>,
    data: usize,
    metas: usize,
    accounts: usize,
}

impl<'r, 'a> Call<'r, 'a> {
    #[inline(always)]
    pub fn new(program: &'a Address, room: &'r mut Room<'a>) -> Self {
        Self {
            program,
            room,
            data: 0,
            metas: 0,
            accounts: 0,
        }
    }

    #[inline(always)]
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.write(value)
    }

    #[inline(always)]
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.write(value)
    }

    #[inline(always)]
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.write(value)
    }

    #[inline(always)]
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let end = self.data + bytes.len();
        assert!(end <= MAX_DATA);
        // SAFETY: both ranges are in bounds and apart.
        unsafe { copy(self.room.data.as_mut_ptr().add(self.data).cast(), bytes) };
        self.data = end;
        self
    }

    /// The head of a batch's entry and its first two fields.
    #[inline(always)]
    pub fn entry(&mut self, accounts: u8, len: usize, number: u8, amount: u64) -> &mut Self {
        let end = self.data + 2 + 9;
        assert!(end <= MAX_DATA);
        // SAFETY: in bounds.
        unsafe {
            let to = self.room.data.as_mut_ptr().add(self.data).cast::<u8>();
            to.write(accounts);
            to.add(1).write(len as u8);
            to.add(2).write(number);
            to.add(3).cast::<u64>().write_unaligned(amount);
        }
        self.data = end;
        self
    }

    #[inline(always)]
    fn write<T: Copy>(&mut self, value: T) -> &mut Self {
        let end = self.data + size_of::<T>();
        assert!(end <= MAX_DATA);
        // SAFETY: in bounds; the chain is little-endian, and so are all numbers on it.
        unsafe {
            let to = self.room.data.as_mut_ptr().add(self.data);
            to.cast::<T>().write_unaligned(value);
        }
        self.data = end;
        self
    }

    /// Names an account at the next place of the call.
    #[inline(always)]
    pub fn meta(&mut self, meta: InstructionAccount<'a>) -> &mut Self {
        debug_assert!(self.metas < MAX_METAS);
        // SAFETY: the longest call is a batch of three transfers and an approval, which name three
        // accounts each.
        unsafe { self.room.metas.get_unchecked_mut(self.metas) }.write(meta);
        self.metas = self.metas.wrapping_add(1);
        self
    }

    /// Hands over an account that is named.
    #[inline(always)]
    pub fn account(&mut self, account: &'a AccountView) -> &mut Self {
        debug_assert!(self.accounts < MAX_ACCOUNTS);
        // SAFETY: that call hands over payer, signer, three receivers and a delegate.
        let slot = unsafe { self.room.accounts.get_unchecked_mut(self.accounts) };
        CpiAccount::init_from_account_view(account, slot);
        self.accounts = self.accounts.wrapping_add(1);
        self
    }

    /// Calls; a refusal by the callee ends the transaction.
    #[inline(always)]
    pub fn send(&self, signers: &[CpiSigner]) {
        // SAFETY: as many of each are written as are counted, and this program holds no reference
        // into the data of an account that the callee can change.
        unsafe {
            let instruction = InstructionView {
                program_id: self.program,
                accounts: from_raw_parts(self.room.metas.as_ptr().cast(), self.metas),
                data: from_raw_parts(self.room.data.as_ptr().cast(), self.data),
            };
            let accounts = from_raw_parts(self.room.accounts.as_ptr().cast(), self.accounts);
            invoke_signed_unchecked(&instruction, accounts, signers);
        }
    }
}

/// Copies bytes by the runtime, which charges ten units for what a loop would take hundreds for.
///
/// # Safety
/// `to` has room for them and does not overlap them.
#[inline(always)]
unsafe fn copy(to: *mut u8, bytes: &[u8]) {
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
