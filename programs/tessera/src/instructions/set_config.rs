use crate::{
    clock,
    create::{Place, derive_of},
    declare::accounts,
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
};
use anchor_lang::prelude::*;
use tessera_types::{
    ID, NO_ADDRESS, TesseraError, accounts::Config, args::ConfigArgs, events::ConfigSet,
    limits::MAX_COMMISSION_BPS, seeds,
};

/// The loader that keeps a program's code and its upgrade authority apart from its account.
const UPGRADEABLE_LOADER: Address =
    Address::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");

accounts! { SetConfig {
    /// Pays the rent; may be the admin itself.
    payer payer,
    /// At first the program's upgrade authority, so that nobody comes before its maker.
    signer admin,
    mut config,
    /// Where the loader keeps the program's code and upgrade authority; looked at the first time.
    program_data,
    system system_program,
    /// This program, so that it can call itself.
    program,
} }

impl SetConfig {
    #[inline(never)]
    pub fn handle(&mut self, args: &ConfigArgs) -> Result<()> {
        require!(
            args.max_commission_bps <= MAX_COMMISSION_BPS,
            TesseraError::CommissionTooHigh
        );
        require!(
            args.pause_flags & !Config::PAUSE_CREATION == 0 && args.spare == [0; 5],
            TesseraError::SpareNotZero
        );
        let moment = clock::moment();
        let place = *self.config.account();
        let address = place.address();
        let admin = self.admin.address();
        if !load::exists(&self.config) {
            require!(args.seq == 0, TesseraError::StaleSeq);
            self.require_upgrade_authority()?;
            let place = Place {
                payer: self.payer.account(),
                account: self.config.account(),
                seeds: &[seeds::CONFIG],
            };
            place.create::<Config>(moment.slot)?.admin = *admin;
        }
        let config: &mut Config = load::owned_mut(&mut self.config)?;
        require_same(&config.admin, admin, TesseraError::WrongAuthority)?;
        require!(
            config.header.receipt_seq == args.seq,
            TesseraError::StaleSeq
        );
        config.max_commission_bps = args.max_commission_bps;
        config.pause_flags = args.pause_flags;
        let mut slip = Slip::<ConfigSet>::new();
        note!(slip: ConfigSet {
            admin: admin,
            max_commission_bps: args.max_commission_bps,
            pause_flags: args.pause_flags,
            spare: [0; 5],
        });
        // SAFETY: the event is written.
        unsafe { slip.leave(&mut config.header, address, moment.now) }
    }

    /// The admin must be who may upgrade the program. The loader's account says 3, then the slot of
    /// the last upgrade, then whether there is an authority, and who.
    #[inline(always)]
    fn require_upgrade_authority(&self) -> Result<()> {
        let mut address = NO_ADDRESS;
        derive_of(&[ID.as_ref()], &UPGRADEABLE_LOADER, &mut address);
        let view = self.program_data.account();
        require_same(view.address(), &address, TesseraError::WrongAuthority)?;
        require!(
            view.owned_by(&UPGRADEABLE_LOADER) && view.data_len() >= 45,
            TesseraError::WrongAuthority
        );
        // SAFETY: the data is long enough, and nobody writes it here.
        let data = unsafe { &*view.data_ptr().cast::<[u8; 45]>() };
        let has_authority = data[0] == 3 && data[12] == 1;
        require!(has_authority, TesseraError::WrongAuthority);
        // SAFETY: 32 bytes from 13 on are within the data.
        let authority = unsafe { &*data.as_ptr().add(13).cast::<Address>() };
        require_same(
            authority,
            self.admin.address(),
            TesseraError::WrongAuthority,
        )
    }
}
