use crate::{clock, create::Place, load};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    NO_ADDRESS, REFERRAL_LEVELS, TesseraError,
    accounts::{Code, Header, Member, Org},
    events::MemberRegistered,
    seeds,
};

#[derive(Accounts)]
pub struct RegisterMember {
    /// Pays the rent; may be the wallet itself, and carries no data that could alias.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub wallet: Signer,
    pub org: UncheckedAccount,
    #[account(mut)]
    pub member: UncheckedAccount,
    pub code: Option<UncheckedAccount>,
    pub referrer: Option<UncheckedAccount>,
    pub system_program: Program<System>,
}

impl RegisterMember {
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let tier = load::owned::<Org>(&self.org)?.tier_for(0);
        let (referrers, code) = self.referral()?;
        let (org, wallet) = (*self.org.address(), *self.wallet.address());
        let place = Place {
            payer: self.payer.account(),
            account: self.member.account(),
            seeds: &[seeds::MEMBER, org.as_ref(), wallet.as_ref()],
        };
        let moment = clock::moment()?;
        let header = Header::new(place.bump()?, moment.slot, *self.payer.address());
        let member: &mut Member =
            place.create_with(header, moment.now, |receipt| MemberRegistered {
                receipt,
                org,
                wallet,
                referrers,
                code,
            })?;
        member.org = org;
        member.wallet = wallet;
        member.referrers = referrers;
        member.code = code;
        member.registered_at = moment.now;
        member.tier = tier;
        Ok(())
    }

    /// The wallets above this one, nearest first, and the code that led here.
    #[inline(always)]
    fn referral(&self) -> Result<([Address; REFERRAL_LEVELS], [u8; 16])> {
        let (code, referrer): (&Code, &Member) = match (&self.code, &self.referrer) {
            (None, None) => return Ok(([NO_ADDRESS; REFERRAL_LEVELS], [0; 16])),
            (Some(code), Some(referrer)) => (load::owned(code)?, load::owned(referrer)?),
            _ => return Err(TesseraError::MissingReferrer.into()),
        };
        let wallet = self.wallet.address();
        require!(
            address_eq(&code.org, self.org.address()),
            TesseraError::WrongOrg
        );
        require!(!address_eq(&code.owner, wallet), TesseraError::SelfReferral);
        require!(
            address_eq(&referrer.org, &code.org) && address_eq(&referrer.wallet, &code.owner),
            TesseraError::WrongReferrer
        );
        require!(
            !referrer
                .referrers
                .iter()
                .any(|above| address_eq(above, wallet)),
            TesseraError::ReferralCycle
        );
        let [first, second, _] = referrer.referrers;
        Ok(([referrer.wallet, first, second], code.code))
    }
}
