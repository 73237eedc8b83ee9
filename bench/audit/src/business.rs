//! Orgs with plans and members, who refer, subscribe, pay, earn and spend.

use bytemuck::Zeroable;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use tessera_client::{
    Account, Event, address,
    model::{
        Command, Moment, Refusal, State, Transfer, Verdict,
        command::{
            Award, Charge, ClaimCommission, Close, CreateCode, CreateOrg, CreatePlan, Met,
            OpenLedger, PayInvoice, Redeem, RegisterMember, SetConfig, SetIssuer, Signature,
            Subscribe,
        },
    },
    types::{
        Address,
        accounts::{OrgSettings, Tier},
        args::CreatePlanArgs,
        carrier::TOKEN_PROGRAM,
    },
};

/// Seconds of a period.
const PERIOD: u32 = 3_600;
const FIRST_SLOT: u64 = 1_000;
const BEGINNING: i64 = 1_700_000_000;

/// How large it is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Orgs.
    pub orgs: u64,
    /// Plans of each.
    pub plans: u64,
    /// Members of each, beside the one who refers them all.
    pub members: u64,
}

/// What one transaction left.
#[derive(Debug, Clone)]
pub struct Left {
    /// Its slot.
    pub slot: u64,
    /// The receipt, discriminator included.
    pub raw: Vec<u8>,
    /// The tokens that moved.
    pub transfers: Vec<Transfer>,
}

/// An org, and the wallet that refers its members.
struct Org {
    address: Address,
    plans: Vec<Address>,
    referrer: Address,
    issuer: Address,
}

/// A member, and what it subscribes to.
#[derive(Clone, Copy)]
struct Customer {
    org: usize,
    wallet: Address,
    member: Address,
    subscription: Address,
    plan: Address,
    token: Address,
}

/// All of it at a moment.
pub struct Business {
    /// What the receipts so far make.
    pub state: State,
    /// The slot of the next transaction.
    pub slot: u64,
    /// The clock, Unix seconds.
    pub now: i64,
    /// Flags of the plans that are announced.
    pub plan_flags: u8,
    /// What each vault holds.
    pub balances: HashMap<Address, u64>,
    orgs: Vec<Org>,
    customers: Vec<Customer>,
    mint: Address,
    /// Numbers of awards, redemptions and invoices.
    reference: u64,
}

fn named(kind: &str, number: u64) -> Address {
    let hash = Sha256::new()
        .chain_update(kind)
        .chain_update(number.to_le_bytes())
        .finalize();
    Address::new_from_array(hash.into())
}

fn code(org: u64) -> [u8; 16] {
    let mut code = [0; 16];
    let text = format!("CODE{org}");
    code[..text.len()].copy_from_slice(text.as_bytes());
    code
}

fn settings() -> OrgSettings {
    let first = Tier {
        points_threshold: 500,
        points_boost_bps: 1_000,
        discount_bps: 500,
        ..Tier::UNUSED
    };
    OrgSettings {
        quote_authority: named("quotes", 0),
        treasury: named("treasury", 0),
        tiers: [first, Tier::UNUSED, Tier::UNUSED, Tier::UNUSED],
        hold_secs: 600,
        commission_bps: [1_000, 500, 0],
        ..OrgSettings::zeroed()
    }
}

impl Default for Business {
    fn default() -> Self {
        Self {
            state: State::default(),
            slot: FIRST_SLOT,
            now: BEGINNING,
            plan_flags: 0,
            balances: HashMap::new(),
            orgs: vec![],
            customers: vec![],
            mint: named("mint", 0),
            reference: 0,
        }
    }
}

impl Business {
    /// Founds orgs of this size, whose members join and subscribe.
    pub fn found(&mut self, size: Size, left: &mut dyn FnMut(Left)) {
        let config = SetConfig {
            admin: named("admin", 0),
            max_commission_bps: 5_000,
            pause_flags: 0,
        };
        self.act(&config, left);
        for number in 0..size.orgs {
            self.found_org(number, size.plans, left);
        }
        for number in 0..size.members {
            for org in 0..self.orgs.len() {
                self.join(org, number, left);
            }
        }
    }

    fn found_org(&mut self, number: u64, plans: u64, left: &mut dyn FnMut(Left)) {
        let authority = named("authority", number);
        let create = CreateOrg {
            authority,
            id: number,
            cluster_tag: [7; 8],
            settings: settings(),
        };
        let org = self.act(&create, left);
        let key = named("key", number);
        let issuer = SetIssuer {
            org,
            key,
            epoch_budget: u64::MAX,
            epoch_secs: 86_400,
        };
        let issuer = self.act(&issuer, left);
        let plans = (1..=plans)
            .map(|id| {
                let terms = CreatePlanArgs {
                    id,
                    price: 10_000 + id,
                    price_floor: 10_000,
                    price_ceiling: 20_000,
                    points_per_charge: 100,
                    keeper_fee_cap: 10,
                    ends_at: i64::MAX,
                    period_secs: PERIOD,
                    grace_secs: 600,
                    flags: self.plan_flags,
                    ..CreatePlanArgs::zeroed()
                };
                let plan = CreatePlan {
                    org,
                    mint: self.mint,
                    token_program: TOKEN_PROGRAM,
                    destination: named("destination", number),
                    terms,
                };
                self.act(&plan, left)
            })
            .collect();
        let referrer = named("referrer", number);
        let register = RegisterMember {
            org,
            wallet: referrer,
            code: None,
        };
        let member = self.act(&register, left);
        let create = CreateCode {
            org,
            owner: referrer,
            code: code(number),
        };
        self.act(&create, left);
        let mint = self.mint;
        self.act(&OpenLedger { member, mint }, left);
        self.orgs.push(Org {
            address: org,
            plans,
            referrer,
            issuer,
        });
    }

    fn join(&mut self, org: usize, number: u64, left: &mut dyn FnMut(Left)) {
        let at = self.orgs[org].address;
        let number = number * self.orgs.len() as u64 + org as u64;
        let wallet = named("wallet", number);
        let register = RegisterMember {
            org: at,
            wallet,
            code: Some(code(org as u64)),
        };
        let member = self.act(&register, left);
        let plans = &self.orgs[org].plans;
        let place = usize::try_from(number / 7).unwrap_or(0) % plans.len();
        let plan = plans[place];
        let price = 10_001 + place as u64;
        let customer = Customer {
            org,
            wallet,
            member,
            subscription: address::subscription(&plan, &wallet),
            plan,
            token: named("token", number),
        };
        let subscribe = Subscribe {
            subscription: customer.subscription,
            plan,
            wallet,
            payer_token: customer.token,
            signature: Signature {
                price,
                approved_periods: 100_000,
                quote: None,
                consents: self.plan_flags,
            },
            trial: false,
            met: Met {
                approved: true,
                slot: self.slot,
            },
            vault_frozen: false,
        };
        self.act(&subscribe, left);
        self.customers.push(customer);
    }

    /// Members beside the referrers.
    pub fn customers(&self) -> usize {
        self.customers.len()
    }

    /// The subscription of a customer, and its member account.
    pub fn accounts_of(&self, customer: usize) -> (Address, Address) {
        let it = self.customers[customer % self.customers.len()];
        (it.subscription, it.member)
    }

    /// The vault of an org.
    pub fn vault(&self, org: usize) -> Address {
        address::vault(&self.orgs[org].address, &self.mint)
    }

    /// An org.
    pub fn org(&self, org: usize) -> Address {
        self.orgs[org].address
    }

    /// Lets a period pass, until some seconds behind its end.
    pub fn period_passes(&mut self) {
        self.now += i64::from(PERIOD);
    }

    /// Collects a period of a customer's subscription; false when none can be collected.
    pub fn charge(&mut self, customer: usize, left: &mut dyn FnMut(Left)) -> bool {
        let it = self.customers[customer % self.customers.len()];
        let due = self
            .state
            .subscription(&it.subscription)
            .is_some_and(|it| it.next_due <= self.now);
        if due {
            let charge = Charge {
                subscription: it.subscription,
                keeper: true,
                vault_frozen: false,
            };
            return self.attempt(&charge, left).is_ok();
        }
        false
    }

    /// Gives a customer points.
    pub fn award(&mut self, customer: usize, left: &mut dyn FnMut(Left)) {
        let it = self.customers[customer % self.customers.len()];
        self.reference += 1;
        let award = Award {
            issuer: self.orgs[it.org].issuer,
            member: it.member,
            points: 5,
            reference: self.reference,
            memo: [0; 16],
        };
        self.act(&award, left);
    }

    /// Spends a point of a customer; `reference` counts up for each.
    pub fn redeem(&mut self, customer: usize, reference: u64, left: &mut dyn FnMut(Left)) {
        let it = self.customers[customer % self.customers.len()];
        let redeem = Redeem {
            member: it.member,
            points: 1,
            reference,
            memo: [0; 16],
        };
        self.act(&redeem, left);
    }

    /// Pays an invoice of a customer.
    pub fn invoice(&mut self, customer: usize, left: &mut dyn FnMut(Left)) -> Address {
        let it = self.customers[customer % self.customers.len()];
        self.reference += 1;
        let pay = PayInvoice {
            plan: it.plan,
            wallet: it.wallet,
            payer_token: it.token,
            id: self.reference,
            amount: 500,
            points: 3,
            deadline: self.now + 10,
            vault_frozen: false,
        };
        self.act(&pay, left)
    }

    /// Closes an account that nothing needs any more.
    pub fn close(&mut self, account: Address, left: &mut dyn FnMut(Left)) {
        self.act(
            &Close {
                account,
                lamports: 1,
            },
            left,
        );
    }

    /// Pays a referrer its commission, when it has some.
    pub fn claim(&mut self, org: usize, left: &mut dyn FnMut(Left)) {
        let Org {
            address, referrer, ..
        } = self.orgs[org % self.orgs.len()];
        let ledger = address::ledger(&address, &referrer, &self.mint);
        if self.state.claimable(&ledger, self.now) > 0 {
            let claim = ClaimCommission {
                ledger,
                amount: u64::MAX,
                destination: referrer,
            };
            self.act(&claim, left);
        }
    }

    /// Somebody sends a vault units that nobody asked for, or its issuer takes some.
    pub fn send(&mut self, vault: Address, amount: i64) {
        let held = self.balances.entry(vault).or_default();
        *held = held.saturating_add_signed(amount);
    }

    /// Every account that is open.
    pub fn accounts(&self, addresses: &[Address]) -> Vec<(Address, Account)> {
        let accounts = addresses.iter();
        accounts
            .filter_map(|it| Some((*it, self.state.account(it)?)))
            .collect()
    }

    /// Does what the model decides, and returns the account that it is about.
    ///
    /// # Panics
    /// When the model refuses: then the story is wrong.
    fn act(&mut self, command: &dyn Command, left: &mut dyn FnMut(Left)) -> Address {
        match self.attempt(command, left) {
            Ok(account) => account,
            Err(refusals) => panic!("the model refuses: {refusals:?}"),
        }
    }

    /// The same, unless the model refuses.
    fn attempt(
        &mut self,
        command: &dyn Command,
        left: &mut dyn FnMut(Left),
    ) -> Result<Address, Vec<Refusal>> {
        let moment = Moment {
            now: self.now,
            slot: self.slot,
        };
        let mut verdict = Verdict::default();
        let event = command.decide(&self.state, moment, &mut verdict);
        let refusals: Vec<_> = verdict.refusals().collect();
        let Some(event) = event.filter(|_| refusals.is_empty()) else {
            return Err(refusals);
        };
        let transfers = self.transfers(&event);
        for Transfer { from, to, amount } in &transfers {
            self.balances.entry(*to).and_modify(|it| *it += amount);
            let given = |it: &mut u64| *it = it.saturating_sub(*amount);
            self.balances.entry(*from).and_modify(given);
        }
        if let Event::PlanCreated(it) = &event {
            self.balances.entry(it.vault).or_default();
        }
        self.state.evolve(&event);
        left(Left {
            slot: self.slot,
            raw: event.encode(),
            transfers,
        });
        Ok(event.receipt().account)
    }

    fn transfers(&self, event: &Event) -> Vec<Transfer> {
        let plan = |plan: &Address| match self.state.account(plan) {
            Some(Account::Plan(plan)) => (plan.destination, plan.vault),
            other => panic!("{other:?} is no plan"),
        };
        let payment = match event {
            Event::Subscribed(it, _) => Some((it.payer_token, plan(&it.plan))),
            Event::InvoicePaid(it, _) => Some((it.payer_token, plan(&it.plan))),
            Event::Charged(it, _) => {
                let known = self.state.subscription(&it.receipt.account);
                known.map(|it| (it.payer_token, plan(&it.plan)))
            }
            _ => None,
        };
        let mut transfers = vec![];
        if let (Some((from, (destination, vault))), Some((settlement, shares))) =
            (payment, event.settlement())
        {
            let shared: u64 = shares.iter().map(|it| it.amount).sum();
            let legs = [
                (destination, settlement.merchant),
                (vault, shared - settlement.debt_repaid),
                (named("keeper", 0), settlement.keeper_fee),
            ];
            transfers.extend(legs.map(|(to, amount)| Transfer { from, to, amount }));
        }
        if let Event::CommissionClaimed(it) = event
            && let Some(Account::Ledger(ledger)) = self.state.account(&it.receipt.account)
        {
            transfers.push(Transfer {
                from: ledger.vault,
                to: it.destination,
                amount: it.amount,
            });
        }
        transfers.retain(|it| it.amount > 0);
        transfers
    }
}
