use crate::{
    access, clock,
    create::Place,
    declare::accounts,
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError, accounts::Issuer, args::SetIssuerArgs, events::IssuerSet, limits::MIN_EPOCH_SECS,
    seeds,
};

accounts! { SetIssuer {
    /// Pays the rent; may be the authority itself.
    payer payer,
    signer authority,
    mut org,
    key,
    mut issuer,
    system system_program,
    /// This program, so that it can call itself.
    program,
} }

impl SetIssuer {
    #[inline(never)]
    pub fn handle(&mut self, args: &SetIssuerArgs) -> Result<()> {
        let org_place = *self.org.account();
        let org_address = org_place.address();
        let org = access::org_mut(&mut self.org, self.authority.address())?;
        require!(args.spare == [0; 4], TesseraError::SpareNotZero);
        require!(
            args.epoch_secs >= MIN_EPOCH_SECS,
            TesseraError::EpochTooShort
        );
        let moment = clock::moment();
        let key = self.key.address();
        let place = *self.issuer.account();
        let address = place.address();
        let mut slip = Slip::<IssuerSet>::new();
        note!(slip: IssuerSet {
            org: org_address,
            key: key,
            epoch_budget: args.epoch_budget,
            epoch_secs: args.epoch_secs,
            spare: [0; 4],
        });
        let issuer: &mut Issuer;
        if load::exists(&self.issuer) {
            issuer = load::owned_mut(&mut self.issuer)?;
            require_same(&issuer.org, org_address, TesseraError::WrongOrg)?;
            require_same(&issuer.key, key, TesseraError::WrongIssuer)?;
            require!(issuer.header.life == args.life, TesseraError::WrongLife);
            require!(
                issuer.header.receipt_seq == args.seq,
                TesseraError::StaleSeq
            );
            // SAFETY: the event is written.
            unsafe { slip.leave(&mut issuer.header, address, moment.now)? };
        } else {
            require!(args.life == 0 && args.seq == 0, TesseraError::WrongLife);
            let place = Place {
                payer: self.payer.account(),
                account: self.issuer.account(),
                seeds: &[seeds::ISSUER, org_address.as_ref(), key.as_ref()],
            };
            // SAFETY: the event is written.
            unsafe { place.create_with::<Issuer, _>(&moment, &mut slip)? };
            issuer = load::owned_mut(&mut self.issuer)?;
            issuer.epoch_started_at = moment.now;
            org.open_accounts = org.open_accounts.saturating_add(1);
        }
        issuer.epoch_budget = args.epoch_budget;
        issuer.epoch_secs = args.epoch_secs;
        Ok(())
    }
}
