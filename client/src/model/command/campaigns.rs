//! Campaigns of vouchers: their creation, their root, their pages.

use super::{Command, configuration::require_creation};
use crate::{
    address,
    decode::Event,
    model::{Moment, State, Verdict, rules::vesting},
};
use tessera_types::{
    Address, TesseraError,
    accounts::Campaign,
    args::CreateCampaignArgs,
    events::{CampaignCreated, PageOpened, RootSet},
};

/// An org announces what it gives to wallets on a list.
#[derive(Debug, Clone, Copy)]
pub struct CreateCampaign {
    /// The org.
    pub org: Address,
    /// Token that is given.
    pub mint: Address,
    /// Program that owns the mint.
    pub token_program: Address,
    /// The campaign's terms.
    pub terms: CreateCampaignArgs,
}

impl Command for CreateCampaign {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        require_creation(state, verdict);
        let org = verdict.found(state.orgs.get(&self.org), "org")?;
        let terms = &self.terms;
        let rises = terms.id > org.highest_campaign_id;
        verdict.require(rises, TesseraError::IdNotRising);
        let known = terms.flags | Campaign::CUMULATIVE == Campaign::CUMULATIVE;
        let plain = known && terms.spare == [0; 7];
        verdict.require(plain, TesseraError::SpareNotZero);
        verdict.require(terms.cap > 0, TesseraError::CampaignCap);
        require_times(terms, moment.now, verdict);

        let campaign = address::campaign(&self.org, terms.id);
        let fresh = !state.exists(&campaign);
        verdict.require(fresh, TesseraError::AccountExists);
        Some(Event::CampaignCreated(CampaignCreated {
            receipt: state.receipt(campaign, moment),
            org: self.org,
            mint: self.mint,
            token_program: self.token_program,
            vault: address::campaign_vault(&campaign),
            terms: self.terms,
        }))
    }
}

/// Checks that the time to claim is not empty and not over, and that everything vests before its
/// end.
fn require_times(terms: &CreateCampaignArgs, now: i64, verdict: &mut Verdict) {
    let longest = terms.cliff_secs.max(terms.vesting_secs);
    let vests_at = i128::from(terms.vesting_starts_at) + i128::from(longest);
    let fits = i64::try_from(vests_at).is_ok();
    verdict.require(fits, TesseraError::ArithmeticOverflow);
    let ends = i128::from(terms.closes_at);
    let after = [terms.opens_at.into(), now.into(), vests_at];
    let in_order = after.into_iter().all(|it| ends > it);
    // A campaign without vesting must leave the times of vesting at zero.
    let unused = terms.vesting_starts_at == 0 && terms.cliff_secs == 0;
    let vests = terms.vesting_secs > 0;
    verdict.require(in_order && (vests || unused), TesseraError::CampaignTimes);
}

/// An org replaces the root of a campaign whose vouchers state a wallet's total so far.
#[derive(Debug, Clone, Copy)]
pub struct SetRoot {
    /// The campaign.
    pub campaign: Address,
    /// Most that may be claimed in all, in the mint's smallest unit.
    pub cap: u64,
    /// Merkle root over the vouchers.
    pub root: [u8; 32],
}

impl Command for SetRoot {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let campaign = verdict.found(state.campaigns.get(&self.campaign), "campaign")?;
        let cumulative = campaign.flags & Campaign::CUMULATIVE != 0;
        verdict.require(cumulative, TesseraError::RootFixed);
        let covered = self.cap >= campaign.claimed;
        verdict.require(covered, TesseraError::CampaignCap);
        Some(Event::RootSet(RootSet {
            receipt: state.receipt(self.campaign, moment),
            cap: self.cap,
            root: self.root,
        }))
    }
}

/// Anybody pays for the page that marks claimed vouchers.
#[derive(Debug, Clone, Copy)]
pub struct OpenPage {
    /// The campaign.
    pub campaign: Address,
    /// The page's number.
    pub number: u32,
}

impl Command for OpenPage {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let campaign = verdict.found(state.campaigns.get(&self.campaign), "campaign")?;
        let paged = !vesting::is_kept_by_wallet(campaign);
        verdict.require(paged, TesseraError::WrongPage);
        let open = moment.now < campaign.closes_at;
        verdict.require(open, TesseraError::CampaignNotOpen);
        let page = address::page(&self.campaign, self.number);
        let fresh = !state.exists(&page);
        verdict.require(fresh, TesseraError::AccountExists);
        Some(Event::PageOpened(PageOpened {
            receipt: state.receipt(page, moment),
            campaign: self.campaign,
            number: self.number,
            spare: [0; 4],
        }))
    }
}
