//! Creation of accounts at derived addresses.
//!
//! Law: an address is derived here and nowhere else; lamports that somebody sent there before are
//! kept and counted. The call of the System program that gives the account to its owner carries the
//! account's first receipt, when it has one.

use crate::{
    call::{Named, RareCall, copy},
    clock::Moment,
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, stamp},
};
use anchor_lang::{
    cpi::{CpiSeed, CpiSigner, find_program_address, rent_exempt_lamports},
    prelude::{AccountView, Address},
};
use core::{mem::MaybeUninit, slice::from_raw_parts};
use tessera_types::{
    ID, NO_ADDRESS, TesseraError,
    accounts::{AccountType, DISCRIMINATOR_LEN, Header},
    carrier::{ASSIGN_LEN, CREATE_ACCOUNT_LEN, SYSTEM_PROGRAM},
    events::{EventType, Receipt},
};

/// Most seeds of an address, its bump included.
const MAX_SEEDS: usize = 5;

/// Writes down the address that the seeds derive, and returns its canonical bump.
#[inline(always)]
pub fn derive(seeds: &[&[u8]], address: &mut Address) -> u8 {
    derive_of(seeds, &ID, address)
}

/// The same of another program.
#[inline(never)]
pub fn derive_of(seeds: &[&[u8]], program: &Address, address: &mut Address) -> u8 {
    let bump;
    (*address, bump) = find_program_address(seeds, program);
    bump
}

/// An address that is to be taken, and who pays for it.
pub struct Place<'a> {
    pub payer: &'a AccountView,
    pub account: &'a AccountView,
    /// Without the bump.
    pub seeds: &'a [&'a [u8]],
}

/// A kind of account.
struct Kind {
    discriminator: u64,
    len: usize,
}

impl Kind {
    #[inline(always)]
    fn of<T: AccountType>() -> Self {
        Self {
            discriminator: u64::from_le_bytes(T::DISCRIMINATOR),
            len: T::LEN,
        }
    }
}

/// What an address is to become.
pub struct Allocation<'a> {
    /// Bytes of data.
    pub space: usize,
    pub owner: &'a Address,
    /// Of the address.
    pub bump: u8,
    /// Stands behind the call that gives the account to its owner.
    pub tail: &'a [u8],
}

impl<'a> Place<'a> {
    /// The canonical bump, when the account stands at the address that the seeds derive.
    #[inline(never)]
    pub fn bump(&self) -> Result<u8> {
        let mut address = NO_ADDRESS;
        let bump = derive(self.seeds, &mut address);
        require_same(self.account.address(), &address, TesseraError::WrongAddress)?;
        Ok(bump)
    }

    /// Creates an account of kind `T` in `slot` that has no receipt yet; all behind its header is
    /// zero.
    #[inline(always)]
    pub fn create<T: AccountType>(&self, slot: u64) -> Result<&'a mut T> {
        self.create_kind(&Kind::of::<T>(), slot)?;
        // SAFETY: the account was created just now, with that length.
        Ok(unsafe { load::data_mut::<T>(self.account) })
    }

    #[inline(never)]
    fn create_kind(&self, kind: &Kind, slot: u64) -> Result<()> {
        let header = Header::new(self.bump()?, slot, *self.payer.address());
        self.open(kind, &header, &[])
    }

    /// Creates an account of kind `T` at `moment` whose first receipt is the event in `slip`, and
    /// which begins, behind its header, with the event's fields in the same order. (A test holds them
    /// to each other.)
    ///
    /// # Safety
    /// All of the event but its receipt is written.
    #[inline(always)]
    pub unsafe fn create_with<T: AccountType, E: EventType>(
        &self,
        moment: &Moment,
        slip: &mut Slip<E>,
    ) -> Result<&'a mut T> {
        const {
            assert!(size_of::<T>() - size_of::<Header>() >= size_of::<E>() - size_of::<Receipt>());
        }
        let event = ((&raw mut *slip).cast(), DISCRIMINATOR_LEN + size_of::<E>());
        // SAFETY: the caller's promise; the account was created just now, with that length.
        unsafe {
            self.create_filled(&Kind::of::<T>(), moment, &event)?;
            Ok(load::data_mut::<T>(self.account))
        }
    }

    /// # Safety
    /// `event` points to that many bytes, of which the receipt is not written yet.
    #[inline(never)]
    unsafe fn create_filled(
        &self,
        kind: &Kind,
        moment: &Moment,
        event: &(*mut u8, usize),
    ) -> Result<()> {
        let mut header = Header::new(self.bump()?, moment.slot, *self.payer.address());
        let address = self.account.address();
        // SAFETY: the caller's promise; the account has room for the fields behind its header, and is
        // elsewhere.
        unsafe {
            stamp(event.0, event.1, &mut header, address, moment.now)?;
            let tail = from_raw_parts(event.0, event.1);
            self.open(kind, &header, tail)?;
            let fields = &tail[DISCRIMINATOR_LEN + size_of::<Receipt>()..];
            let data = { *self.account }.data_mut_ptr();
            copy(data.add(DISCRIMINATOR_LEN + size_of::<Header>()), fields);
        }
        Ok(())
    }

    #[inline(never)]
    fn open(&self, kind: &Kind, header: &Header, tail: &[u8]) -> Result<()> {
        self.allocate(&Allocation {
            space: kind.len,
            owner: &ID,
            bump: header.bump,
            tail,
        })?;
        // SAFETY: the account was created just now, longer than that.
        unsafe {
            let data = { *self.account }.data_mut_ptr();
            data.cast::<u64>().write(kind.discriminator);
            data.add(DISCRIMINATOR_LEN).cast::<Header>().write(*header);
        }
        Ok(())
    }

    /// Creates the account as it is asked for; all its bytes are zero.
    #[inline(never)]
    pub fn allocate(&self, allocation: &Allocation) -> Result<()> {
        let Allocation {
            space,
            owner,
            bump,
            tail,
        } = *allocation;
        let account = self.account;
        require!(
            account.owned_by(&SYSTEM_PROGRAM) && account.data_len() == 0,
            TesseraError::AccountExists
        );
        let bump = [bump];
        let mut seeds = [const { MaybeUninit::<CpiSeed>::uninit() }; MAX_SEEDS];
        for (to, seed) in seeds.iter_mut().zip(self.seeds) {
            to.write(CpiSeed::from(*seed));
        }
        seeds[self.seeds.len()].write(CpiSeed::from(&bump[..]));
        // SAFETY: as many are written.
        let seeds = unsafe { from_raw_parts(seeds.as_ptr().cast(), self.seeds.len() + 1) };
        let signer = [CpiSigner::from(seeds)];

        let rent = rent_exempt_lamports(space).map_err(|_| TesseraError::ArithmeticOverflow)?;
        let both = [
            Named::writable_signer(self.payer),
            Named::writable_signer(account),
        ];
        let paid = System {
            accounts: &both,
            signers: &signer,
        };
        let alone = System {
            accounts: &both[1..],
            ..paid
        };
        let mut data = [0; CREATE_ACCOUNT_LEN];
        if account.lamports() == 0 {
            data[4..12].copy_from_slice(&rent.to_le_bytes());
            data[12..20].copy_from_slice(&(space as u64).to_le_bytes());
            data[20..].copy_from_slice(owner.as_ref());
            paid.call(&data, tail);
            return Ok(());
        }
        let missing = rent.saturating_sub(account.lamports());
        if missing > 0 {
            data[0] = 2;
            data[4..12].copy_from_slice(&missing.to_le_bytes());
            paid.call(&data[..12], &[]);
        }
        data[0] = 8;
        data[4..12].copy_from_slice(&(space as u64).to_le_bytes());
        alone.call(&data[..12], &[]);
        data[0] = 1;
        data[4..ASSIGN_LEN].copy_from_slice(owner.as_ref());
        alone.call(&data[..ASSIGN_LEN], tail);
        Ok(())
    }
}

/// What calls of the System program have in common.
struct System<'a> {
    accounts: &'a [Named<'a>],
    signers: &'a [CpiSigner<'a, 'a>],
}

impl System<'_> {
    #[inline(never)]
    fn call(&self, data: &[u8], tail: &[u8]) {
        RareCall {
            program: &SYSTEM_PROGRAM,
            data,
            tail,
            accounts: self.accounts,
            signers: self.signers,
        }
        .send();
    }
}
