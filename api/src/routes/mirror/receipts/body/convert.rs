//! From receipts to their JSON.

use super::{
    EventBody, MissedState,
    payment::{charge, refund},
};
use crate::wire::{Hex, Key, U64};
use tessera_client::{
    Event,
    types::accounts::{Config, Org, Plan, SubscriptionState},
};

/// A zero-padded code; all zeros is none.
fn code(padded: &[u8]) -> Option<String> {
    let code = String::from_utf8_lossy(padded);
    let code = code.trim_end_matches('\0');
    (!code.is_empty()).then(|| code.to_owned())
}

/// A value that only a receipt with a quote has; none without one.
fn quoted<T>(nonce: u64, value: T) -> Option<T> {
    (nonce > 0).then_some(value)
}

impl From<Event> for EventBody {
    fn from(event: Event) -> Self {
        match event {
            Event::ConfigSet(event) => Self::ConfigSet {
                admin: event.admin.into(),
                max_commission_bps: event.max_commission_bps,
                creation_paused: event.pause_flags & Config::PAUSE_CREATION != 0,
            },
            Event::AuthorityProposed(event) => Self::AuthorityProposed {
                pending: Key::present(event.pending),
            },
            Event::AuthorityAccepted(event) => Self::AuthorityAccepted {
                authority: event.authority.into(),
            },
            Event::OrgCreated(event) => Self::OrgCreated(event.into()),
            Event::OrgUpdated(event) => Self::OrgUpdated(event.settings.into()),
            Event::OrgPaused(event) => Self::OrgPaused {
                subscribe_paused: event.flags & Org::PAUSE_SUBSCRIBE != 0,
                charge_paused: event.flags & Org::PAUSE_CHARGE != 0,
            },
            Event::PlanCreated(event) => Self::PlanCreated(event.into()),
            Event::PlanSunset(event) => Self::PlanSunset {
                sunset_at: event.at,
            },
            Event::IssuerSet(event) => Self::IssuerSet {
                org: event.org.into(),
                key: event.key.into(),
                epoch_budget: U64(event.epoch_budget),
                epoch_secs: event.epoch_secs,
            },
            Event::CodeCreated(event) => Self::CodeCreated {
                org: event.org.into(),
                owner: event.owner.into(),
                code: code(&event.code),
            },
            Event::CodeOffered(event) => Self::CodeOffered {
                pending_owner: Key::present(event.pending_owner),
            },
            Event::CodeTransferred(event) => Self::CodeTransferred {
                owner: event.owner.into(),
            },
            Event::MemberRegistered(event) => Self::MemberRegistered {
                org: event.org.into(),
                wallet: event.wallet.into(),
                referrers: event
                    .referrers
                    .into_iter()
                    .filter_map(Key::present)
                    .collect(),
                code: code(&event.code),
            },
            Event::Subscribed(event, shares) => Self::Subscribed {
                plan: event.plan.into(),
                wallet: event.wallet.into(),
                payer_token: event.payer_token.into(),
                charge: charge(&event.settlement, &shares),
                terms: event.terms.into(),
                authority_generation: U64(event.authority_generation),
                outstanding: U64(event.outstanding),
                quote_nonce: quoted(event.quote_nonce, U64(event.quote_nonce)),
                quote_deadline: quoted(event.quote_nonce, event.quote_deadline),
                trial_ends_at: (event.trial_ends_at != 0).then_some(event.trial_ends_at),
                permanent_delegate: event.consents & Plan::PERMANENT_DELEGATE != 0,
                metered: event.consents & Plan::METERED != 0,
            },
            Event::Charged(event, shares) => Self::Charged(charge(&event.settlement, &shares)),
            Event::PlanChanged(event, shares) => Self::PlanChanged {
                plan: event.plan.into(),
                charge: charge(&event.settlement, &shares),
                terms: event.terms.into(),
                authority_generation: U64(event.authority_generation),
                outstanding: U64(event.outstanding),
                quote_nonce: quoted(event.quote_nonce, U64(event.quote_nonce)),
                quote_deadline: quoted(event.quote_nonce, event.quote_deadline),
                credit: U64(event.credit),
                at_period_end: event.at_period_end != 0,
                permanent_delegate: event.consents & Plan::PERMANENT_DELEGATE != 0,
            },
            Event::PaymentMissed(event) => Self::PaymentMissed {
                agreement_seq: U64(event.agreement_seq),
                outstanding: U64(event.outstanding),
                state: match SubscriptionState::from_code(event.state) {
                    Some(SubscriptionState::Lapsed) => MissedState::Lapsed,
                    _ => MissedState::PastDue,
                },
            },
            Event::Resumed(event) => Self::Resumed {
                agreement_seq: U64(event.agreement_seq),
                authority_generation: U64(event.authority_generation),
                outstanding: U64(event.outstanding),
            },
            Event::Paused(event) => Self::Paused {
                paused_until: event.paused_until,
                next_due: event.next_due,
            },
            Event::Refunded(event, shares) => Self::Refunded(refund(&event, &shares)),
            Event::InvoicePaid(event, shares) => Self::InvoicePaid {
                plan: event.plan.into(),
                wallet: event.wallet.into(),
                payer_token: event.payer_token.into(),
                id: U64(event.id),
                deadline: event.deadline,
                hold_secs: event.hold_secs,
                commission_bps: event.commission_bps.to_vec(),
                charge: charge(&event.settlement, &shares),
            },
            Event::Cancelled(event) => Self::Cancelled {
                agreement_seq: U64(event.agreement_seq),
                outstanding: U64(event.outstanding),
                paid_through: event.paid_through,
            },
            Event::PointsAwarded(event) => Self::PointsAwarded {
                issuer: event.issuer.into(),
                points: U64(event.points),
                points_expired: U64(event.points_expired),
                balance: U64(event.balance),
                reference: U64(event.reference),
                memo: Hex(event.memo.to_vec()),
            },
            Event::PointsRedeemed(event) => Self::PointsRedeemed {
                points: U64(event.points),
                points_expired: U64(event.points_expired),
                balance: U64(event.balance),
                reference: U64(event.reference),
                memo: Hex(event.memo.to_vec()),
            },
            Event::LedgerOpened(event) => Self::LedgerOpened {
                org: event.org.into(),
                wallet: event.wallet.into(),
                mint: event.mint.into(),
            },
            Event::CommissionReleased(event) => Self::CommissionReleased {
                amount: U64(event.amount),
            },
            Event::CommissionClaimed(event) => Self::CommissionClaimed {
                amount: U64(event.amount),
                destination: event.destination.into(),
            },
            Event::CampaignCreated(event) => Self::CampaignCreated(event.into()),
            Event::RootSet(event) => Self::RootSet {
                cap: U64(event.cap),
                root: Hex(event.root.to_vec()),
            },
            Event::PageOpened(event) => Self::PageOpened {
                campaign: event.campaign.into(),
                number: event.number,
            },
            Event::VoucherClaimed(event) => Self::VoucherClaimed {
                campaign: event.campaign.into(),
                wallet: event.wallet.into(),
                destination: event.destination.into(),
                entitled: U64(event.entitled),
                amount: U64(event.amount),
                index: event.index,
            },
            Event::PoolCreated(event) => Self::PoolCreated(event.into()),
            Event::PoolFunded(event) => Self::PoolFunded {
                amount: U64(event.amount),
                budget: U64(event.budget),
                streams_until: event.streams_until,
            },
            Event::Staked(event) => Self::Staked {
                pool: event.pool.into(),
                wallet: event.wallet.into(),
                amount: U64(event.amount),
                staked: U64(event.staked),
            },
            Event::Unstaked(event) => Self::Unstaked {
                amount: U64(event.amount),
                staked: U64(event.staked),
            },
            Event::Harvested(event) => Self::Harvested {
                amount: U64(event.amount),
                destination: event.destination.into(),
            },
            Event::Closed(event) => Self::Closed {
                lamports: U64(event.lamports),
                head: Hex(event.head.to_vec()),
            },
        }
    }
}
