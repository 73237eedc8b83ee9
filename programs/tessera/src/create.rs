//! Creation of accounts at derived addresses.
//!
//! Law: an address is derived here and nowhere else; lamports that somebody sent there before are
//! kept and counted. The call of the System program that gives the account to its owner carries the
//! account's first receipt, when it has one.

use crate::{
    call::{Call, Room},
    load,
    receipt::Slip,
};
use anchor_lang::{
    address_eq,
    cpi::{CpiSeed, CpiSigner, InstructionAccount, rent_exempt_lamports},
    prelude::*,
};
use tessera_types::{
    ID, TesseraError,
    accounts::{AccountType, Header},
    carrier::SYSTEM_PROGRAM,
    events::EventType,
};

/// Most seeds of an address, its bump included.
const MAX_SEEDS: usize = 5;

/// The address that the seeds derive, and its canonical bump.
#[inline(never)]
pub fn derive(seeds: &[&[u8]]) -> (Address, u8) {
    find_program_address(seeds, &ID)
}

/// An address that is to be taken, and who pays for it.
pub struct Place<'a> {
    pub payer: &'a AccountView,
    pub account: &'a AccountView,
    /// Without the bump.
    pub seeds: &'a [&'a [u8]],
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
    #[inline(always)]
    pub fn bump(&self) -> Result<u8> {
        let (address, bump) = derive(self.seeds);
        require!(
            address_eq(&address, self.account.address()),
            TesseraError::WrongAddress
        );
        Ok(bump)
    }

    /// Creates an account of kind `T` with this header; all behind it is zero.
    #[inline(always)]
    pub fn create<T: AccountType>(&self, header: Header, tail: &[u8]) -> Result<&'a mut T> {
        self.allocate(&Allocation {
            space: T::LEN,
            owner: &ID,
            bump: header.bump,
            tail,
        })?;
        // SAFETY: the account was created just now, with that length.
        let (discriminator, data) = unsafe {
            let mut view = *self.account;
            (
                &mut *view.data_mut_ptr().cast::<[u8; 8]>(),
                load::data_mut::<T>(self.account),
            )
        };
        *discriminator = T::DISCRIMINATOR;
        *data.header_mut() = header;
        Ok(data)
    }

    /// Creates an account of kind `T` whose first receipt is `event`'s, at `now` (Unix seconds).
    #[inline(always)]
    pub fn create_with<T: AccountType, E: EventType>(
        &self,
        mut header: Header,
        now: i64,
        event: impl FnOnce(tessera_types::events::Receipt) -> E,
    ) -> Result<&'a mut T> {
        let mut slip = Slip::new();
        let receipt = slip.next(&mut header, self.account.address(), now)?;
        let tail = slip.seal(&mut header, event(receipt));
        self.create(header, tail)
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
        let seeds: [CpiSeed; MAX_SEEDS] =
            core::array::from_fn(|index| match self.seeds.get(index) {
                Some(seed) => CpiSeed::from(*seed),
                None => CpiSeed::from(&bump[..]),
            });
        let signer = [CpiSigner::from(&seeds[..self.seeds.len() + 1])];

        let rent = rent_exempt_lamports(space)?;
        let mut room = Room::new();
        let payer = self.payer;
        if account.lamports() == 0 {
            let mut create = Call::new(&SYSTEM_PROGRAM, &mut room);
            create.u32(0).u64(rent).u64(space as u64);
            create.bytes(owner.as_ref()).bytes(tail);
            create.meta(InstructionAccount::writable_signer(payer.address()));
            create.meta(InstructionAccount::writable_signer(account.address()));
            create.account(payer).account(account).send(&signer);
            return Ok(());
        }
        let missing = rent.saturating_sub(account.lamports());
        if missing > 0 {
            let mut transfer = Call::new(&SYSTEM_PROGRAM, &mut room);
            transfer.u32(2).u64(missing);
            transfer.meta(InstructionAccount::writable_signer(payer.address()));
            transfer.meta(InstructionAccount::writable(account.address()));
            transfer.account(payer).account(account).send(&[]);
        }
        let mut allocate = Call::new(&SYSTEM_PROGRAM, &mut room);
        allocate.u32(8).u64(space as u64);
        allocate.meta(InstructionAccount::writable_signer(account.address()));
        allocate.account(account).send(&signer);
        let mut assign = Call::new(&SYSTEM_PROGRAM, &mut room);
        assign.u32(1).bytes(owner.as_ref()).bytes(tail);
        assign.meta(InstructionAccount::writable_signer(account.address()));
        assign.account(account).send(&signer);
        Ok(())
    }
}
