//! Campaigns of vouchers, and what was claimed of them.

use super::{Check, Report, State, at, configuration::raise, missing, require_first};
use crate::address;
use crate::model::rules::vesting::{is_kept_by_wallet, vested};
use bytemuck::Zeroable;
use tessera_types::{
    Address,
    accounts::{Campaign, Claim, NullifierPage, PAGE_VOUCHERS},
    events::{CampaignCreated, PageOpened, RootSet, VoucherClaimed},
};

const LAW: Check = Check::Vouchers;

impl State {
    pub(super) fn campaign_created(&mut self, event: &CampaignCreated, report: &mut Report) {
        let (receipt, terms) = (&event.receipt, &event.terms);
        let derived = address::campaign(&event.org, terms.id);
        require_first(report, LAW, receipt, derived);
        self.require_creation(receipt, report);
        self.open_in(receipt, &event.org, report);
        if let Some(org) = self.orgs.get_mut(&event.org) {
            raise(&mut org.highest_campaign_id, terms.id, receipt, report);
        }
        let vault = address::campaign_vault(&receipt.account);
        report.compare(Check::Addresses, at(receipt), "vault", vault, event.vault);
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
        self.campaigns.insert(receipt.account, campaign);
    }

    /// Another root or cap comes only where amounts are cumulative, and never below what was
    /// claimed.
    pub(super) fn root_set(&mut self, event: &RootSet, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(campaign) = self.campaigns.get_mut(&receipt.account) else {
            return missing(report, LAW, receipt, "campaign");
        };
        campaign.root = event.root;
        campaign.cap = event.cap;
        let cumulative = campaign.flags & Campaign::CUMULATIVE != 0;
        let detail = "the root was fixed";
        report.require(LAW, at(receipt), cumulative, detail);
        let covered = event.cap >= campaign.claimed;
        let detail = format!("a cap of {} below {}", event.cap, campaign.claimed);
        report.require(LAW, at(receipt), covered, &detail);
    }

    pub(super) fn page_opened(&mut self, event: &PageOpened, report: &mut Report) {
        let receipt = &event.receipt;
        let derived = address::page(&event.campaign, event.number);
        require_first(report, LAW, receipt, derived);
        let Some(campaign) = self.campaigns.get(&event.campaign) else {
            return missing(report, LAW, receipt, "campaign");
        };
        let open = !is_kept_by_wallet(campaign) && receipt.at < campaign.closes_at;
        let detail = "the campaign has no pages, or has closed";
        report.require(LAW, at(receipt), open, detail);
        let page = NullifierPage {
            campaign: event.campaign,
            number: event.number,
            ..NullifierPage::zeroed()
        };
        self.pages.insert(receipt.account, page);
    }

    pub(super) fn voucher_claimed(&mut self, event: &VoucherClaimed, report: &mut Report) {
        let (receipt, at) = (&event.receipt, at(&event.receipt));
        let Some(campaign) = self.campaigns.get(&event.campaign).copied() else {
            return missing(report, LAW, receipt, "campaign");
        };
        let open = (campaign.opens_at..campaign.closes_at).contains(&receipt.at);
        let detail = "the campaign was not open";
        report.require(LAW, at, open, detail);
        let amount = match is_kept_by_wallet(&campaign) {
            true => self.claim(event, &campaign, report),
            false => self.take(event, report),
        };
        if let Some(amount) = amount {
            report.compare(LAW, at, "amount", amount, event.amount);
        }
        report.require(LAW, at, event.amount > 0, "nothing is paid");
        let claimed = u128::from(campaign.claimed) + u128::from(event.amount);
        let detail = format!("{claimed} of {} are claimed", campaign.cap);
        report.require(LAW, at, claimed <= u128::from(campaign.cap), &detail);
        if let Some(campaign) = self.campaigns.get_mut(&event.campaign) {
            campaign.claimed = campaign.claimed.saturating_add(event.amount);
        }
    }

    /// What the highest of a wallet's vouchers gives now, less what it has had.
    fn claim(
        &mut self,
        event: &VoucherClaimed,
        campaign: &Campaign,
        report: &mut Report,
    ) -> Option<u64> {
        let receipt = &event.receipt;
        if !self.claims.contains_key(&receipt.account) {
            let derived = address::claim(&event.campaign, &event.wallet);
            require_first(report, LAW, receipt, derived);
        }
        let claim = self.claims.entry(receipt.account).or_insert_with(|| Claim {
            campaign: event.campaign,
            wallet: event.wallet,
            ..Claim::zeroed()
        });
        report.compare(
            LAW,
            at(receipt),
            "campaign and wallet",
            (claim.campaign, claim.wallet),
            (event.campaign, event.wallet),
        );
        claim.entitled = claim.entitled.max(event.entitled);
        let vested = vested(campaign, claim.entitled, receipt.at);
        let amount = vested.saturating_sub(claim.claimed);
        claim.claimed = claim.claimed.saturating_add(event.amount);
        Some(amount)
    }

    /// What a voucher on a page gives, once.
    fn take(&mut self, event: &VoucherClaimed, report: &mut Report) -> Option<u64> {
        let receipt = &event.receipt;
        let Some(page) = self.pages.get_mut(&receipt.account) else {
            missing(report, LAW, receipt, "page");
            return None;
        };
        let expected: (Address, u32) = (page.campaign, page.number);
        let number = event.index / PAGE_VOUCHERS;
        let found = (event.campaign, number);
        report.compare(LAW, at(receipt), "campaign and page", expected, found);
        let place = event.index % PAGE_VOUCHERS;
        let word = usize::try_from(place / 64).unwrap_or_default();
        let bit = 1u64 << (place % 64);
        let fresh = page.claimed[word] & bit == 0;
        page.claimed[word] |= bit;
        let detail = format!("voucher {} is claimed a second time", event.index);
        report.require(LAW, at(receipt), fresh, &detail);
        Some(event.entitled)
    }
}
