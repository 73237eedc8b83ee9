use crate::{
    clock,
    create::Place,
    declare::accounts,
    load,
    outcome::{Result, require, require_same, same},
    receipt::{Slip, note},
};
use anchor_lang::prelude::*;
use core::mem::offset_of;
use tessera_types::{
    NO_ADDRESS, REFERRAL_LEVELS, TesseraError,
    accounts::{Code, Member, Org},
    events::MemberRegistered,
    seeds,
};

accounts! { RegisterMember {
    /// Pays the rent; may be the wallet itself.
    payer payer,
    signer wallet,
    org,
    mut member,
    optional code,
    optional referrer,
    system system_program,
} }

/// Who referred a wallet, as it stands in event and account.
#[repr(C)]
struct Referral {
    referrers: [Address; REFERRAL_LEVELS],
    code: [u8; 16],
}

const _: () = assert!(
    offset_of!(MemberRegistered, code)
        == offset_of!(MemberRegistered, referrers) + offset_of!(Referral, code)
);

impl RegisterMember {
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let tier = load::owned::<Org>(&self.org)?.tier_for(0);
        let (org, wallet) = (self.org.address(), self.wallet.address());
        let mut slip = Slip::<MemberRegistered>::new();
        note!(slip: MemberRegistered {
            org: org,
            wallet: wallet,
            referrers: [NO_ADDRESS; REFERRAL_LEVELS],
            code: [0; 16],
        });
        // SAFETY: they stand in the event as in the structure, and are written.
        let referral = unsafe { &mut *(&raw mut (*slip.event()).referrers).cast::<Referral>() };
        self.refer(referral)?;
        let place = Place {
            payer: self.payer.account(),
            account: self.member.account(),
            seeds: &[seeds::MEMBER, org.as_ref(), wallet.as_ref()],
        };
        let moment = clock::moment();
        // SAFETY: the event is written.
        let member: &mut Member = unsafe { place.create_with(&moment, &mut slip)? };
        member.registered_at = moment.now;
        member.tier = tier;
        Ok(())
    }

    /// Writes down the wallets above this one, nearest first, and the code that led here.
    #[inline(always)]
    fn refer(&self, referral: &mut Referral) -> Result<()> {
        let (code, referrer): (&Code, &Member) = match (&self.code, &self.referrer) {
            (None, None) => return Ok(()),
            (Some(code), Some(referrer)) => (load::owned(code)?, load::owned(referrer)?),
            _ => return Err(TesseraError::MissingReferrer.into()),
        };
        let wallet = self.wallet.address();
        require_same(&code.org, self.org.address(), TesseraError::WrongOrg)?;
        require!(!same(&code.owner, wallet), TesseraError::SelfReferral);
        require_same(&referrer.org, &code.org, TesseraError::WrongReferrer)?;
        require_same(&referrer.wallet, &code.owner, TesseraError::WrongReferrer)?;
        for above in &referrer.referrers {
            require!(!same(above, wallet), TesseraError::ReferralCycle);
        }
        let [first, second, _] = &referrer.referrers;
        referral.referrers[0] = referrer.wallet;
        referral.referrers[1] = *first;
        referral.referrers[2] = *second;
        referral.code = code.code;
        Ok(())
    }
}
