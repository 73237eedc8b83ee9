//! Vouchers that wallets claim.

use super::Command;
use crate::{
    address,
    decode::Event,
    model::{Moment, State, Verdict, rules::vesting},
};
use tessera_types::{
    Address, TesseraError,
    accounts::{Campaign, PAGE_VOUCHERS},
    events::VoucherClaimed,
};

/// A wallet claims what a voucher says.
#[derive(Debug, Clone, Copy)]
pub struct ClaimVoucher {
    /// The campaign.
    pub campaign: Address,
    /// The voucher's page, or the wallet's claim.
    pub record: Address,
    /// The wallet that the voucher names.
    pub wallet: Address,
    /// Token account that receives it.
    pub destination: Address,
    /// What the voucher says, in the mint's smallest unit.
    pub entitled: u64,
    /// The voucher's number.
    pub index: u32,
}

impl Command for ClaimVoucher {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let campaign = verdict.found(state.campaigns.get(&self.campaign), "campaign")?;
        let open = (campaign.opens_at..campaign.closes_at).contains(&moment.now);
        verdict.require(open, TesseraError::CampaignNotOpen);
        let amount = match vesting::is_kept_by_wallet(campaign) {
            true => self.vested(campaign, state, moment, verdict),
            false => self.whole(state, verdict),
        }?;
        verdict.require(amount > 0, TesseraError::VoucherClaimed);
        let claimed = u128::from(campaign.claimed) + u128::from(amount);
        let covered = claimed <= campaign.cap.into();
        verdict.require(covered, TesseraError::CampaignCap);
        Some(Event::VoucherClaimed(VoucherClaimed {
            receipt: state.receipt(self.record, moment),
            campaign: self.campaign,
            wallet: self.wallet,
            destination: self.destination,
            entitled: self.entitled,
            amount,
            index: self.index,
            spare: [0; 4],
        }))
    }
}

impl ClaimVoucher {
    /// What the wallet's highest voucher pays now, less what it has claimed.
    fn vested(
        &self,
        campaign: &Campaign,
        state: &State,
        moment: Moment,
        verdict: &mut Verdict,
    ) -> Option<u64> {
        let (entitled, had) = match state.claims.get(&self.record) {
            Some(claim) => {
                let same = claim.campaign == self.campaign;
                verdict.require(same, TesseraError::WrongCampaign);
                let own = claim.wallet == self.wallet;
                verdict.require(own, TesseraError::WrongWallet);
                (claim.entitled.max(self.entitled), claim.claimed)
            }
            None if state.exists(&self.record) => return verdict.found(None, "claim"),
            None => {
                let derived = address::claim(&self.campaign, &self.wallet);
                let placed = self.record == derived;
                verdict.require(placed, TesseraError::WrongAddress);
                (self.entitled, 0)
            }
        };
        Some(vesting::vested(campaign, entitled, moment.now).saturating_sub(had))
    }

    /// The whole amount, which can be claimed once.
    fn whole(&self, state: &State, verdict: &mut Verdict) -> Option<u64> {
        let page = verdict.found(state.pages.get(&self.record), "page")?;
        let same = page.campaign == self.campaign;
        verdict.require(same, TesseraError::WrongCampaign);
        let placed = page.number == self.index / PAGE_VOUCHERS;
        verdict.require(placed, TesseraError::WrongPage);
        let fresh = !vesting::is_marked(page, self.index);
        verdict.require(fresh, TesseraError::VoucherClaimed);
        Some(self.entitled)
    }
}
