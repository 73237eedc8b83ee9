//! Invoices, which are paid once.

use super::{
    Check, Report, State, at, missing, require_first,
    settlement::{Bill, Payment},
};
use crate::address;
use crate::model::rules::payment::levels;
use bytemuck::Zeroable;
use tessera_types::{
    NO_ADDRESS,
    accounts::{Invoice, Org},
    events::{InvoicePaid, LedgerShare},
};

impl State {
    pub(super) fn invoice_paid(
        &mut self,
        event: &InvoicePaid,
        shares: &[LedgerShare],
        report: &mut Report,
    ) {
        let (receipt, settlement) = (&event.receipt, &event.settlement);
        let derived = address::invoice(&event.plan, &event.wallet, event.id);
        require_first(report, Check::Charges, receipt, derived);
        let Some(plan) = self.plans.get(&event.plan).copied() else {
            return missing(report, Check::Charges, receipt, "plan");
        };
        let Some(org) = self.orgs.get(&plan.org).copied() else {
            return missing(report, Check::Charges, receipt, "org");
        };
        self.require_running(receipt, &plan.org, Org::PAUSE_CHARGE, report);
        let in_time = receipt.at <= event.deadline;
        let detail = "it is paid after its deadline";
        report.require(Check::Charges, at(receipt), in_time, detail);
        let debit = settlement.debit;
        report.require(Check::Charges, at(receipt), debit > 0, "nothing is paid");
        report.compare(
            Check::Commission,
            at(receipt),
            "rates and hold",
            (org.settings.commission_bps, org.settings.hold_secs),
            (event.commission_bps, event.hold_secs),
        );
        let fee = settlement.keeper_fee;
        report.compare(Check::Charges, at(receipt), "keeper fee", 0, fee);

        let member = address::member(&plan.org, &event.wallet);
        let Some(referrers) = self.member(&member).map(|it| it.referrers) else {
            return missing(report, Check::Charges, receipt, "member");
        };
        let ledgers = referrers.map(|referrer| match referrer {
            NO_ADDRESS => NO_ADDRESS,
            referrer => address::ledger(&plan.org, &referrer, &plan.mint),
        });
        self.require_ledgers(receipt, &ledgers, report);
        let bill = Bill {
            member,
            debit,
            // What the invoice gave, as far as there was room.
            points: settlement.points,
            ledgers,
            commission_bps: event.commission_bps,
            hold_secs: event.hold_secs,
            flags: 0,
            period: (receipt.at, receipt.at),
        };
        let payment = Payment {
            receipt,
            settlement,
            shares,
        };
        self.settle(&bill, &payment, report);
        let invoice = Invoice {
            plan: event.plan,
            wallet: event.wallet,
            ledgers,
            id: event.id,
            deadline: event.deadline,
            paid_at: receipt.at,
            debit,
            points: settlement.points,
            commission_bps: event.commission_bps,
            flags: settlement.flags,
            levels: levels(&ledgers),
            ..Invoice::zeroed()
        };
        self.invoices.insert(receipt.account, invoice);
    }
}
