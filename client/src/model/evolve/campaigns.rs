//! Campaigns, their pages, and what was claimed of them.

use super::configuration::open_in;
use crate::{
    decode::Event,
    model::{State, rules::vesting},
};
use bytemuck::Zeroable;
use tessera_types::{
    accounts::{Campaign, Claim, NullifierPage},
    events::{CampaignCreated, PageOpened, RootSet, VoucherClaimed},
};

pub(super) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::CampaignCreated(event) => created(state, event),
        Event::RootSet(event) => root_set(state, event),
        Event::PageOpened(event) => page_opened(state, event),
        Event::VoucherClaimed(event) => claimed(state, event),
        _ => {}
    }
}

fn created(state: &mut State, event: &CampaignCreated) {
    let terms = &event.terms;
    open_in(state, &event.org);
    if let Some(org) = state.orgs.get_mut(&event.org) {
        org.highest_campaign_id = terms.id;
    }
    let campaign = Campaign {
        org: event.org,
        mint: event.mint,
        token_program: event.token_program,
        vault: event.vault,
        id: terms.id,
        cap: terms.cap,
        opens_at: terms.opens_at,
        closes_at: terms.closes_at,
        vesting_starts_at: terms.vesting_starts_at,
        root: terms.root,
        cliff_secs: terms.cliff_secs,
        vesting_secs: terms.vesting_secs,
        flags: terms.flags,
        ..Campaign::zeroed()
    };
    state.campaigns.insert(event.receipt.account, campaign);
}

fn root_set(state: &mut State, event: &RootSet) {
    if let Some(campaign) = state.campaigns.get_mut(&event.receipt.account) {
        campaign.root = event.root;
        campaign.cap = event.cap;
    }
}

fn page_opened(state: &mut State, event: &PageOpened) {
    let page = NullifierPage {
        campaign: event.campaign,
        number: event.number,
        ..NullifierPage::zeroed()
    };
    state.pages.insert(event.receipt.account, page);
}

fn claimed(state: &mut State, event: &VoucherClaimed) {
    let Some(campaign) = state.campaigns.get_mut(&event.campaign) else {
        return;
    };
    campaign.claimed = campaign.claimed.saturating_add(event.amount);
    let record = event.receipt.account;
    if !vesting::is_kept_by_wallet(campaign) {
        if let Some(page) = state.pages.get_mut(&record) {
            vesting::mark(page, event.index);
        }
        return;
    }
    let claim = state.claims.entry(record).or_insert_with(|| Claim {
        campaign: event.campaign,
        wallet: event.wallet,
        ..Claim::zeroed()
    });
    claim.entitled = claim.entitled.max(event.entitled);
    claim.claimed = claim.claimed.saturating_add(event.amount);
}
