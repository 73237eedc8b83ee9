use crate::{clock, receipt};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    LAYOUT_VERSION, NO_ADDRESS, REFERRAL_LEVELS, TesseraError,
    accounts::{Code, Member, Org},
    events::MemberRegistered,
    seeds,
};

#[derive(Accounts)]
pub struct RegisterMember {
    /// Pays the rent; may be the wallet itself, and carries no data that could alias.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub wallet: Signer,
    pub org: Account<Org>,
    #[account(
        init,
        payer = payer,
        seeds = [seeds::MEMBER, org.address().as_ref(), wallet.address().as_ref()],
        bump
    )]
    pub member: Account<Member>,
    pub code: Option<Account<Code>>,
    pub referrer: Option<Account<Member>>,
    pub system_program: Program<System>,
}

impl RegisterMember {
    pub fn handle(&mut self, bump: u8) -> Result<()> {
        let now = clock::unix_timestamp()?;
        let wallet = *self.wallet.address();
        let (referrers, code) = self.referral()?;
        *self.member = Member {
            org: *self.org.address(),
            wallet,
            referrers,
            receipt_head: [0; 32],
            receipt_seq: 0,
            points: 0,
            lifetime_points: 0,
            registered_at: now,
            expiring_points: [0; 2],
            expiry_epochs: [0; 2],
            code,
            tier: self.org.tier_for(0),
            version: LAYOUT_VERSION,
            bump,
            spare: [0; 21],
        };
        let address = *self.member.address();
        let member = &mut *self.member;
        let event = MemberRegistered {
            receipt: receipt::next(&address, &mut member.receipt_seq, now)?,
            org: member.org,
            wallet,
            referrer: referrers[0],
            code,
        };
        receipt::emit(&mut member.receipt_head, event);
        Ok(())
    }

    /// The wallets above this one, nearest first, and the code that led here.
    #[inline(always)]
    fn referral(&self) -> Result<([Address; REFERRAL_LEVELS], [u8; 16])> {
        let (code, referrer) = match (&self.code, &self.referrer) {
            (None, None) => return Ok(([NO_ADDRESS; REFERRAL_LEVELS], [0; 16])),
            (Some(code), Some(referrer)) => (code, referrer),
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
