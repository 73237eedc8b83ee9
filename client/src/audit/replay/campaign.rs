//! Campaigns of vouchers, and what was claimed of them.

use crate::model::command::{ClaimVoucher, CreateCampaign, OpenPage, SetRoot};
use tessera_types::events::{CampaignCreated, PageOpened, RootSet, VoucherClaimed};

pub(super) fn created(event: &CampaignCreated) -> CreateCampaign {
    CreateCampaign {
        org: event.org,
        mint: event.mint,
        token_program: event.token_program,
        terms: event.terms,
    }
}

pub(super) fn root_set(event: &RootSet) -> SetRoot {
    SetRoot {
        campaign: event.receipt.account,
        cap: event.cap,
        root: event.root,
    }
}

pub(super) fn page_opened(event: &PageOpened) -> OpenPage {
    OpenPage {
        campaign: event.campaign,
        number: event.number,
    }
}

/// The receipt does not say that a proof led from the voucher to the root.
pub(super) fn claimed(event: &VoucherClaimed) -> ClaimVoucher {
    ClaimVoucher {
        campaign: event.campaign,
        record: event.receipt.account,
        wallet: event.wallet,
        destination: event.destination,
        entitled: event.entitled,
        index: event.index,
    }
}
