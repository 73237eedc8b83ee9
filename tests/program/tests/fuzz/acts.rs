//! What a step means, where the cluster stands: the instruction that it comes to.
//!
//! Most steps choose what makes sense at the moment, so that they get far; each chooses anything
//! else now and then.

mod administration;
mod awards;
mod billing;
mod closing;
mod collecting;
mod ending;
mod extensions;
mod giving;
mod instead;
mod membership;
mod plans;
mod pools;
mod quoting;
mod subscribing;
pub(crate) mod surroundings;
pub(crate) mod time;

use super::{
    books::{Books, Kind},
    chain::Chain,
    dice::Dice,
    people::{Money, People},
    step::Act,
};
use solana_address::Address;
use solana_instruction::Instruction;
use std::collections::BTreeMap;
use tessera_client::{
    types::accounts::{Ledger, Member, Org, Plan, Subscription},
    voucher::{Gift, Node},
};

/// What a step is played on.
pub(crate) struct Scene<'a> {
    pub(crate) chain: &'a Chain,
    pub(crate) books: &'a Books,
    pub(crate) people: &'a People,
    pub(crate) memory: &'a Memory,
}

/// What people keep outside the chain.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    /// The vouchers under a campaign's root.
    pub(crate) gifts: BTreeMap<Node, Vec<Gift>>,
    /// Transactions that were sent last.
    pub(crate) sent: Vec<Attempt>,
}

/// A transaction that somebody sends.
#[derive(Clone)]
pub(crate) struct Attempt {
    pub(crate) instructions: Vec<Instruction>,
    /// Which of them is the program's.
    pub(crate) main: usize,
    /// The vouchers of a new root.
    pub(crate) gifts: Option<(Node, Vec<Gift>)>,
}

impl<T: Into<Instruction>> From<T> for Attempt {
    fn from(instruction: T) -> Self {
        Self {
            instructions: vec![instruction.into()],
            main: 0,
            gifts: None,
        }
    }
}

impl Attempt {
    pub(crate) fn instruction(&mut self) -> &mut Instruction {
        &mut self.instructions[self.main]
    }
}

impl Scene<'_> {
    /// The transaction of an instruction's step, when there is anything for it to be about.
    pub(crate) fn attempt(&self, act: Act, dice: &mut Dice) -> Option<Attempt> {
        match act {
            Act::CreateOrg => self.create_org(dice),
            Act::CreatePlan => self.create_plan(dice),
            Act::RegisterMember => self.register_member(dice),
            Act::CreateCode => self.create_code(dice),
            Act::OpenLedger => self.open_ledger(dice),
            Act::Subscribe => self.subscribe(dice),
            Act::Charge => self.charge(dice),
            Act::Cancel => self.cancel(dice),
            Act::ClaimCommission => self.claim_commission(dice),
            Act::SetIssuer => self.set_issuer(dice),
            Act::Award => self.award(dice),
            Act::Redeem => self.redeem(dice),
            Act::SetConfig => self.set_config(dice),
            Act::UpdateOrg => self.update_org(dice),
            Act::ProposeAuthority => self.propose_authority(dice),
            Act::AcceptAuthority => self.accept_authority(dice),
            Act::PauseOrg => self.pause_org(dice),
            Act::SunsetPlan => self.sunset_plan(dice),
            Act::TransferCode => self.transfer_code(dice),
            Act::AcceptCode => self.accept_code(dice),
            Act::MarkPastDue => self.mark_past_due(dice),
            Act::CancelNow => self.cancel_now(dice),
            Act::Resume => self.resume(dice),
            Act::Pause => self.pause(dice),
            Act::ChangePlan => self.change_plan(dice),
            Act::Refund => self.refund(dice),
            Act::Release => self.release(dice),
            Act::PayInvoice => self.pay_invoice(dice),
            Act::ChargeUpTo => self.charge_up_to(dice),
            Act::CreateCampaign => self.create_campaign(dice),
            Act::SetRoot => self.set_root(dice),
            Act::OpenPage => self.open_page(dice),
            Act::ClaimVoucher => self.claim_voucher(dice),
            Act::CreatePool => self.create_pool(dice),
            Act::FundPool => self.fund_pool(dice),
            Act::Stake => self.stake(dice),
            Act::Unstake => self.unstake(dice),
            Act::Harvest => self.harvest(dice),
            Act::Close => self.close(dice),
            Act::CloseVault => self.close_vault(dice),
            Act::CloseCampaign => self.close_campaign(dice),
            Act::ClosePool => self.close_pool(dice),
            Act::Again => {
                let sent = self.memory.sent.iter().rev().collect::<Vec<_>>();
                dice.pick(&sent).cloned()
            }
            _ => None,
        }
    }

    fn now(&self) -> i64 {
        self.chain.now
    }

    /// Who pays rent: the sponsor, or now and then the wallet itself.
    fn payer(&self, dice: &mut Dice, wallet: Address) -> Address {
        match dice.once_in(3) {
            true => wallet,
            false => self.people.sponsor,
        }
    }

    fn org(&self, dice: &mut Dice) -> Option<(Address, Org)> {
        dice.pick(&self.copies::<Org>())
    }

    fn is_unpaused(&self, org: &Address, flag: u8) -> bool {
        self.books
            .get::<Org>(org)
            .is_some_and(|it| !it.is_paused(flag))
    }

    fn copies<T: Kind + Copy>(&self) -> Vec<(Address, T)> {
        let all = self.books.all::<T>().into_iter();
        all.map(|(address, it)| (address, *it)).collect()
    }

    /// The token accounts of a mint that somebody owns now.
    fn tokens_of(&self, owner: &Address, mint: &Address) -> Vec<Address> {
        let tokens = self.people.tokens.iter().copied();
        let theirs = |address: &Address| {
            let token = self.chain.token(address);
            token.is_some_and(|it| it.owner == *owner && it.mint == *mint)
        };
        tokens.filter(theirs).collect()
    }

    /// A token account that can receive of a mint: mostly one of `owner`'s.
    fn receiver(&self, dice: &mut Dice, owner: &Address, mint: &Address) -> Option<Address> {
        if dice.once_in(10) {
            return dice.pick(&self.people.tokens);
        }
        dice.pick(&self.tokens_of(owner, mint))
            .or_else(|| dice.pick(&self.people.tokens))
    }

    fn money(&self, mint: &Address) -> Option<Money> {
        let mut money = self.people.money.iter().copied();
        money.find(|it| it.mint == *mint)
    }

    fn is_member(&self, org: &Address, wallet: &Address) -> bool {
        let member = self
            .books
            .find::<Member>(|it| (it.org, it.wallet) == (*org, *wallet));
        member.is_some()
    }

    fn has_ledger(&self, org: &Address, wallet: &Address, mint: &Address) -> bool {
        let keys = (*org, *wallet, *mint);
        let ledger = self
            .books
            .find::<Ledger>(|it| (it.org, it.wallet, it.mint) == keys);
        ledger.is_some()
    }

    fn plan(&self, address: &Address) -> Option<Plan> {
        self.books.get(address).copied()
    }

    /// A subscription, and the plan that it is under; a sensible one, mostly.
    fn subscription(
        &self,
        dice: &mut Dice,
        makes_sense: impl Fn(&Subscription, &Plan) -> bool,
    ) -> Option<(Subscription, Plan)> {
        let all: Vec<(Subscription, Plan)> = self
            .books
            .all::<Subscription>()
            .into_iter()
            .filter_map(|(_, it)| Some((*it, self.plan(&it.plan)?)))
            .collect();
        dice.likely(&all, |(it, plan)| makes_sense(it, plan))
    }
}
