//! Rows of what wallets pay: subscriptions and invoices.

use super::{Row, key, some_key};
use tessera_client::types::accounts::{Invoice, Subscription};
use tessera_store::mirror::{invoice::InvoiceRow, subscription::SubscriptionRow};

impl Row {
    pub(super) fn subscription(self, subscription: &Subscription) -> SubscriptionRow {
        let [ledger_1, ledger_2, ledger_3] = subscription.ledgers.map(some_key);
        let terms = &subscription.terms;
        SubscriptionRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            plan: key(subscription.plan),
            wallet: key(subscription.wallet),
            payer_token: key(subscription.payer_token),
            ledger_1,
            ledger_2,
            ledger_3,
            first_plan: key(subscription.first_plan),
            pending_plan: some_key(subscription.pending_plan),
            price: terms.price.into(),
            period_secs: terms.period_secs.into(),
            grace_secs: terms.grace_secs.into(),
            hold_secs: terms.hold_secs.into(),
            approved_periods: terms.approved_periods.into(),
            commission_bps: terms.commission_bps.map(i32::from).to_vec(),
            boosts_bps: terms.boost_bps.map(i32::from).to_vec(),
            discounts_bps: terms.discount_bps.map(i32::from).to_vec(),
            period_months: terms.period_months.into(),
            anchor_day: terms.anchor_day.into(),
            agreement_seq: subscription.agreement_seq.into(),
            authority_generation: subscription.authority_generation.into(),
            quote_nonce: subscription.quote_nonce.into(),
            quote_deadline: subscription.quote_deadline,
            subscribed_at: subscription.subscribed_at,
            period_start: subscription.period_start,
            paid_through: subscription.paid_through,
            next_due: subscription.next_due,
            paused_until: subscription.paused_until,
            period_debit: subscription.period_debit.into(),
            period_refunded: subscription.period_refunded.into(),
            period_credit: subscription.period_credit.into(),
            period_points: subscription.period_points.into(),
            pending_price: subscription.pending_price.into(),
            pending_periods: subscription.pending_periods.into(),
            periods_paid: subscription.periods_paid.into(),
            state: subscription.state.into(),
            period_flags: subscription.period_flags.into(),
            consents: subscription.consents.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    pub(super) fn invoice(self, invoice: &Invoice) -> InvoiceRow {
        let [ledger_1, ledger_2, ledger_3] = invoice.ledgers.map(some_key);
        InvoiceRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            plan: key(invoice.plan),
            wallet: key(invoice.wallet),
            ledger_1,
            ledger_2,
            ledger_3,
            id: invoice.id.into(),
            deadline: invoice.deadline,
            paid_at: invoice.paid_at,
            debit: invoice.debit.into(),
            refunded: invoice.refunded.into(),
            points: invoice.points.into(),
            commission_bps: invoice.commission_bps.map(i32::from).to_vec(),
            flags: invoice.flags.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }
}
