use super::create_org::require_settings;
use crate::{
    access, clock,
    declare::accounts,
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Config, Org},
    args::{PauseOrgArgs, UpdateOrgArgs},
    events::{OrgPaused, OrgUpdated},
};

accounts! { UpdateOrg {
    signer authority,
    config,
    mut org,
    /// This program, so that it can call itself.
    program,
} }

accounts! {
    /// By the program's admin.
    PauseOrg {
        signer admin,
        config,
        mut org,
        /// This program, so that it can call itself.
        program,
    }
}

impl UpdateOrg {
    #[inline(never)]
    pub fn handle(&mut self, args: &UpdateOrgArgs) -> Result<()> {
        let place = *self.org.account();
        let address = place.address();
        let config: &Config = load::owned(&self.config)?;
        let org = access::org_mut(&mut self.org, self.authority.address())?;
        require!(org.header.receipt_seq == args.seq, TesseraError::StaleSeq);
        require_settings(&args.settings, config)?;
        org.settings = args.settings;
        let mut slip = Slip::<OrgUpdated>::new();
        note!(slip: OrgUpdated { settings: &args.settings, });
        let now = clock::now();
        // SAFETY: the event is written.
        unsafe { slip.leave(&mut org.header, address, now) }
    }
}

impl PauseOrg {
    #[inline(never)]
    pub fn handle(&mut self, args: &PauseOrgArgs) -> Result<()> {
        let place = *self.org.account();
        let address = place.address();
        let config: &Config = load::owned(&self.config)?;
        let signer = self.admin.address();
        require_same(&config.admin, signer, TesseraError::WrongAuthority)?;
        let org: &mut Org = load::owned_mut(&mut self.org)?;
        require!(org.header.receipt_seq == args.seq, TesseraError::StaleSeq);
        require!(
            args.flags & !(Org::PAUSE_SUBSCRIBE | Org::PAUSE_CHARGE) == 0 && args.spare == [0; 7],
            TesseraError::SpareNotZero
        );
        org.admin_pause_flags = args.flags;
        let mut slip = Slip::<OrgPaused>::new();
        note!(slip: OrgPaused { flags: args.flags, spare: [0; 7], });
        let now = clock::now();
        // SAFETY: the event is written.
        unsafe { slip.leave(&mut org.header, address, now) }
    }
}
