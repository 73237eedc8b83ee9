//! The org, its plans and its customers on the model, and everything that they do.

mod open;

use super::{Scenario, figures::Month};
use tessera_client::{
    Event, address,
    model::{
        Command, Moment, Refusal, Standing, State, Verdict,
        command::{
            Cancel, Charge, ClaimCommission, CreateCode, MarkPastDue, Met, OpenLedger, Redeem,
            Refund, RegisterMember, Signature, Subscribe,
        },
    },
    types::{
        Address,
        accounts::{Subscription, SubscriptionState},
    },
};

pub(super) struct Business<'a> {
    scenario: &'a Scenario,
    state: State,
    /// Rises with every event, so that no two lives are the same.
    slot: u64,
    org: Address,
    mint: Address,
    /// The merchant's token account.
    destination: Address,
    plans: Vec<Offer>,
    customers: Vec<Customer>,
    claims_from: u64,
    /// What a charge costs its keeper, in the token's smallest unit.
    cost: u64,
}

/// A plan as it is sold.
struct Offer {
    address: Address,
    price: u64,
    trial: bool,
    grace_secs: i64,
    /// Seconds after which a charge pays its keeper; none when it never does.
    patience: Option<i64>,
}

struct Customer {
    wallet: Address,
    token_account: Address,
    member: Address,
    subscription: Address,
    ledger: Address,
    code: [u8; 16],
    plan: usize,
}

/// An address that no seeds derive.
fn made_up(kind: u8, number: usize) -> Address {
    let mut bytes = [0; 32];
    bytes[0] = kind;
    bytes[1..9].copy_from_slice(&(number as u64).to_le_bytes());
    Address::new_from_array(bytes)
}

impl Business<'_> {
    fn run(&mut self, command: &dyn Command, now: i64) -> Result<Event, Refusal> {
        let moment = Moment {
            now,
            slot: self.slot,
        };
        let mut verdict = Verdict::default();
        let event = command.decide(&self.state, moment, &mut verdict);
        if let Some(broken) = verdict.refusals().next() {
            return Err(broken);
        }
        let event = event.ok_or(Refusal::Missing("account"))?;
        self.state.evolve(&event);
        self.slot += 1;
        Ok(event)
    }

    /// Runs a command if the rules allow it, and counts its event.
    fn count(&mut self, command: &dyn Command, now: i64, month: &mut Month) -> Option<Event> {
        let event = self.run(command, now).ok()?;
        month.count(&event);
        Some(event)
    }

    pub(super) fn customers(&self) -> usize {
        self.customers.len()
    }

    fn agreement(&self, customer: usize) -> Option<&Subscription> {
        let customer = self.customers.get(customer)?;
        self.state.subscription(&customer.subscription)
    }

    /// When the next period can be collected, Unix seconds; none for a customer without a
    /// subscription.
    pub(super) fn next_due(&self, customer: usize) -> Option<i64> {
        let it = self.agreement(customer)?;
        SubscriptionState::is_live(it.state).then_some(it.next_due)
    }

    /// Whether the current period was paid and not refunded.
    pub(super) fn has_paid(&self, customer: usize) -> bool {
        let paid = |it: &Subscription| it.period_debit > it.period_refunded;
        self.agreement(customer).is_some_and(paid)
    }

    /// Whether every signed period has been collected.
    pub(super) fn is_used_up(&self, customer: usize) -> bool {
        let approved = |it: &Subscription| it.periods_paid > it.terms.approved_periods;
        self.agreement(customer).is_some_and(approved)
    }

    fn offer(&self, customer: usize) -> &Offer {
        &self.plans[self.customers[customer].plan]
    }

    pub(super) fn grace_secs(&self, customer: usize) -> i64 {
        self.offer(customer).grace_secs
    }

    /// How long keepers let a charge wait until its fee covers their cost, seconds; 0 where it
    /// never does, because the org charges then.
    pub(super) fn patience(&self, customer: usize) -> i64 {
        self.offer(customer).patience.unwrap_or(0)
    }

    /// A wallet registers, by the code of `referrer` if any, and subscribes. Returns its number.
    pub(super) fn join(
        &mut self,
        plan: usize,
        referrer: Option<usize>,
        now: i64,
        month: &mut Month,
    ) -> usize {
        let number = self.customers.len();
        let wallet = made_up(1, number);
        let code = referrer.map(|it| self.customers[it].code);
        let plan_address = self.plans[plan].address;
        let customer = Customer {
            wallet,
            token_account: made_up(2, number),
            member: address::member(&self.org, &wallet),
            subscription: address::subscription(&plan_address, &wallet),
            ledger: address::ledger(&self.org, &wallet, &self.mint),
            code: code_of(number),
            plan,
        };
        let (member, own) = (customer.member, customer.code);
        self.customers.push(customer);
        let org = self.org;
        let register = RegisterMember { org, wallet, code };
        let joins: [&dyn Command; 3] = [
            &register,
            &CreateCode {
                org,
                owner: wallet,
                code: own,
            },
            // Everybody may refer, so everybody has a ledger.
            &OpenLedger {
                member,
                mint: self.mint,
            },
        ];
        for command in joins {
            self.count(command, now, month);
        }
        self.sign(number, self.plans[plan].trial, now, month);
        number
    }

    /// A wallet signs again.
    pub(super) fn subscribe(&mut self, customer: usize, now: i64, month: &mut Month) {
        self.sign(customer, false, now, month);
    }

    fn sign(&mut self, number: usize, trial: bool, now: i64, month: &mut Month) {
        let customer = &self.customers[number];
        let offer = &self.plans[customer.plan];
        let subscribe = Subscribe {
            subscription: customer.subscription,
            plan: offer.address,
            wallet: customer.wallet,
            payer_token: customer.token_account,
            signature: Signature {
                price: offer.price,
                approved_periods: self.scenario.customers.approved_periods,
                quote: None,
                consents: 0,
            },
            trial,
            met: Met {
                approved: true,
                slot: self.slot,
            },
            vault_frozen: false,
        };
        let price = offer.price;
        if let Some(event) = self.count(&subscribe, now, month) {
            discount(&event, price, month);
        }
    }

    /// A keeper that profits from it, or else the org, collects a period.
    pub(super) fn charge(&mut self, customer: usize, now: i64, month: &mut Month) {
        let keeper = self.offer(customer).patience.is_some();
        let price = self.agreement(customer).map_or(0, |it| it.terms.price);
        let charge = Charge {
            subscription: self.customers[customer].subscription,
            keeper,
            vault_frozen: false,
        };
        let Some(event) = self.count(&charge, now, month) else {
            return;
        };
        discount(&event, price, month);
        month.by_keepers += u64::from(keeper);
        month.by_org += u64::from(!keeper);
        month.collecting_lamports += u128::from(self.scenario.keeper.lamports_per_charge);
    }

    pub(super) fn cancel(&mut self, customer: usize, now: i64, month: &mut Month) {
        let cancel = Cancel {
            subscription: self.customers[customer].subscription,
            cut_short: false,
        };
        self.count(&cancel, now, month);
    }

    /// Marks a payment that cannot be collected; returns whether the subscription lapsed.
    pub(super) fn mark(&mut self, customer: usize, now: i64) -> bool {
        let mark = MarkPastDue {
            subscription: self.customers[customer].subscription,
            can_pay: false,
        };
        let lapsed = SubscriptionState::Lapsed as u8;
        let event = self.run(&mark, now);
        matches!(event, Ok(Event::PaymentMissed(event)) if event.state == lapsed)
    }

    /// Refunds the last payment.
    pub(super) fn refund(&mut self, customer: usize, now: i64, month: &mut Month) {
        let Some(it) = self.agreement(customer) else {
            return;
        };
        let refund = Refund {
            payment: self.customers[customer].subscription,
            amount: it.period_debit.saturating_sub(it.period_refunded),
            source: self.destination,
            destination: self.customers[customer].token_account,
            vault_frozen: false,
            vault_holds: u64::MAX,
        };
        self.count(&refund, now, month);
    }

    /// A member spends all points.
    pub(super) fn redeem(&mut self, customer: usize, now: i64, month: &mut Month) {
        let member = self.customers[customer].member;
        let redeem = Redeem {
            member,
            points: u64::try_from(self.state.spendable(&member, now)).unwrap_or(u64::MAX),
            // Once a month at most, so no number comes twice.
            reference: u64::try_from(now).unwrap_or(0),
            memo: [0; 16],
        };
        self.count(&redeem, now, month);
    }

    /// A referrer claims what can be claimed, if it is worth it.
    pub(super) fn claim(&mut self, customer: usize, now: i64, month: &mut Month) {
        let customer = &self.customers[customer];
        let claimable = self.state.claimable(&customer.ledger, now);
        if claimable < u128::from(self.claims_from.max(1)) {
            return;
        }
        let claim = ClaimCommission {
            ledger: customer.ledger,
            amount: u64::MAX,
            destination: customer.token_account,
        };
        self.count(&claim, now, month);
    }

    pub(super) fn standing(&self, now: i64) -> Standing {
        self.state.standing(now)
    }
}

/// Counts the discount of a tier.
fn discount(event: &Event, price: u64, month: &mut Month) {
    let settled = event.settlement().filter(|(it, _)| it.debit > 0);
    if let Some((settlement, _)) = settled {
        month.discounts += u128::from(price.saturating_sub(settlement.debit));
    }
}

/// A customer's code: `C` and the number.
fn code_of(number: usize) -> [u8; 16] {
    let mut code = [0; 16];
    for (place, letter) in code.iter_mut().zip(format!("C{number:08}").bytes()) {
        *place = letter;
    }
    code
}
