//! Invoices, refunds, and what becomes of commission.

use super::{Attempt, Dice, Scene, quoting::together};
use solana_address::Address;
use tessera_client::{
    instructions::{ClaimCommission, PayInvoice, Refund, Refundable, Release},
    quote::Bill,
    types::{
        accounts::{Invoice, Ledger, Member, Org, Plan},
        args::PayInvoiceArgs,
    },
};
use world::CLUSTER_TAG;

impl Scene<'_> {
    pub(super) fn pay_invoice(&self, dice: &mut Dice) -> Option<Attempt> {
        let plans = self.copies::<Plan>();
        let (plan_address, plan) = dice.likely(&plans, |(_, it)| {
            self.is_unpaused(&it.org, Org::PAUSE_CHARGE)
        })?;
        let members = self.copies::<Member>();
        let (_, member) = dice.likely(&members, |(_, it)| {
            it.org == plan.org && self.has_ledgers(it, &plan.mint)
        })?;
        let org: &Org = self.books.get(&plan.org)?;
        let payer_token = self.receiver(dice, &member.wallet, &plan.mint)?;
        let args = PayInvoiceArgs {
            id: dice.below(6) as u64,
            amount: match dice.once_in(8) {
                true => dice.amount(self.chain.balance(&payer_token)),
                false => dice.amount(50_000_000).min(u64::MAX / 2),
            },
            points: dice.of_these([0, 100, 700, 3, u64::MAX / 3]),
            deadline: self.now()
                + i64::from(dice.of_these([60, 0, 864_000, 3_600, 1, 86_400, 5, -1])),
            quote_index: u8::from(dice.once_in(4)),
            consents: plan.flags & Plan::PERMANENT_DELEGATE,
            spare: [0; 6],
        };
        let bill = Bill {
            cluster_tag: CLUSTER_TAG,
            org: plan.org,
            plan: plan_address,
            wallet: member.wallet,
            amount: args.amount,
            points: args.points,
            deadline: args.deadline,
            id: args.id,
        };
        let verification = self.verified(dice, org, bill.into());
        let pay = PayInvoice {
            payer: self.payer(dice, member.wallet),
            plan: &plan,
            member: &member,
            payer_token,
            args,
        };
        Some(together(dice, pay.into(), Some(verification)))
    }

    pub(super) fn refund(&self, dice: &mut Dice) -> Option<Attempt> {
        if dice.once_in(3) {
            let all: Vec<(Invoice, Plan)> = self
                .books
                .all::<Invoice>()
                .into_iter()
                .filter_map(|(_, it)| Some((*it, self.plan(&it.plan)?)))
                .collect();
            let (it, plan) = dice.likely(&all, |(it, _)| it.refunded < it.debit)?;
            let left = it.debit - it.refunded;
            return self.refunded(dice, Refundable::Invoice(&it), &plan, it.wallet, left);
        }
        let (it, plan) = self.subscription(dice, |it, _| it.period_refunded < it.period_debit)?;
        let left = it.period_debit.saturating_sub(it.period_refunded);
        self.refunded(dice, Refundable::Subscription(&it), &plan, it.wallet, left)
    }

    fn refunded(
        &self,
        dice: &mut Dice,
        payment: Refundable,
        plan: &Plan,
        wallet: Address,
        left: u64,
    ) -> Option<Attempt> {
        let org: &Org = self.books.get(&plan.org)?;
        let treasury = org.settings.treasury;
        let source = match dice.once_in(3) {
            true => self.receiver(dice, &treasury, &plan.mint)?,
            false => plan.destination,
        };
        let owner = self.chain.token(&source).map(|it| it.owner);
        let refund = Refund {
            authority: org.authority,
            source_owner: owner
                .filter(|it| self.people.can_sign(it))
                .unwrap_or(treasury),
            payment,
            plan,
            source,
            destination: self.receiver(dice, &wallet, &plan.mint)?,
            amount: dice.amount(left),
        };
        Some(refund.into())
    }

    pub(super) fn release(&self, dice: &mut Dice) -> Option<Attempt> {
        let now = self.now();
        let ledgers = self.copies::<Ledger>();
        let (_, it) = dice.likely(&ledgers, |(_, it)| it.held > 0 && now >= it.release_at)?;
        let (org, wallet, mint) = (it.org, it.wallet, it.mint);
        Some(Release { org, wallet, mint }.into())
    }

    pub(super) fn claim_commission(&self, dice: &mut Dice) -> Option<Attempt> {
        let now = self.now();
        let ledgers = self.copies::<Ledger>();
        let can = |it: &Ledger| it.claimable_at(now).unwrap_or(0);
        let (_, it) = dice.likely(&ledgers, |(_, it)| {
            let vault = self.chain.token(&it.vault);
            can(it) > 0 && vault.is_some_and(|vault| !vault.is_frozen())
        })?;
        let amount = match dice.once_in(2) {
            true => dice.amount(can(&it)),
            false => u64::MAX,
        };
        let claim = ClaimCommission {
            wallet: it.wallet,
            org: it.org,
            mint: it.mint,
            token_program: self.money(&it.mint)?.program,
            destination: self.receiver(dice, &it.wallet, &it.mint)?,
            amount,
        };
        Some(claim.into())
    }
}
