//! A call of every instruction that goes through as things stand in [`super::cast`], some in more
//! ways than one, so that each account is met both where it is there and where it is created.

use super::cast::{
    ACTIVE, CHANGER, Cast, DEBTOR, EMPTY, GONE, ISSUER, KEEPER, LEAVER, METERED, NEW, NEXT,
    NEXT_ADMIN, NUMBERED, NUMBERED_OVER, PAID_INVOICE, PAYER, SPONSOR, STRANGER, THIRD, VESTING,
    VESTING_OVER, empty_org, ending_place, gifts, tree,
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;
use tessera_client::{
    address,
    instructions::{AcceptAuthority, ProposeAuthority},
    types::{
        accounts::{Config, Plan},
        args::{ProposeAuthorityArgs, SignedTerms},
        limits::MIN_STREAM_SECS,
    },
};
use world::{PRICE, World, code, key};

/// An instruction that goes through.
#[derive(Clone)]
pub(crate) struct Call {
    /// The instruction's name.
    pub(crate) name: &'static str,
    /// What is peculiar to it.
    pub(crate) variant: &'static str,
    /// What stands before it in the transaction.
    pub(crate) before: Vec<Instruction>,
    pub(crate) instruction: Instruction,
}

impl Call {
    pub(crate) fn title(&self) -> String {
        match self.variant {
            "" => self.name.to_owned(),
            variant => format!("{} ({variant})", self.name),
        }
    }
}

/// Those of the world's org, their rents paid by a sponsor.
pub(crate) fn all(world: &mut World, cast: &Cast) -> Vec<Call> {
    let mut calls = Calls(Vec::new());
    calls.settings(world, cast);
    calls.membership(world);
    calls.subscriptions(world, cast);
    calls.changes(world);
    calls.payments(world, cast);
    calls.vouchers(world, cast);
    calls.stakes(world, cast);
    calls.closes(world, cast);
    calls.0
}

struct Calls(Vec<Call>);

/// Instructions whose first account pays the rent.
const SPONSORED: [&str; 12] = [
    "create_org",
    "create_plan",
    "register_member",
    "create_code",
    "open_ledger",
    "subscribe",
    "set_issuer",
    "set_config",
    "pay_invoice",
    "create_campaign",
    "open_page",
    "create_pool",
];

impl Calls {
    fn add(&mut self, name: &'static str, variant: &'static str, instruction: Instruction) {
        self.add_behind(name, variant, vec![], instruction);
    }

    fn add_behind(
        &mut self,
        name: &'static str,
        variant: &'static str,
        before: Vec<Instruction>,
        mut instruction: Instruction,
    ) {
        if SPONSORED.contains(&name) || ["claim_voucher", "stake"].contains(&name) {
            instruction.accounts[0].pubkey = key(SPONSOR).pubkey();
        }
        self.0.push(Call {
            name,
            variant,
            before,
            instruction,
        });
    }

    fn settings(&mut self, world: &mut World, cast: &Cast) {
        let authority = world.authority.insecure_clone();
        let mut args = world.create_org_args();
        args.id = 30;
        self.add("create_org", "", world.create_org(args));
        let mut args = world.create_plan_args();
        args.id = 7;
        self.add("create_plan", "vault is there", world.create_plan(args));
        let home = (world.mint, world.destination);
        (world.mint, world.destination) = (cast.reward_mint, cast.reward_source);
        self.add("create_plan", "first in its mint", world.create_plan(args));
        (world.mint, world.destination) = home;
        self.add("set_issuer", "new", world.set_issuer(&key(51), 5));
        self.add("set_issuer", "known", world.set_issuer(&key(ISSUER), 5));
        let mut config = world.config_args();
        config.seq = world.config().header.receipt_seq;
        self.add("set_config", "", world.set_config(config));
        self.add("update_org", "", world.update_org(world.org_settings()));
        let next = key(NEXT).pubkey();
        self.add(
            "propose_authority",
            "org",
            world.propose_authority(&authority, next),
        );
        self.add(
            "accept_authority",
            "org",
            world.accept_authority(&key(NEXT)),
        );
        let config: Config = world.config();
        let propose = ProposeAuthority {
            authority: config.admin,
            account: address::config(),
            args: ProposeAuthorityArgs {
                seq: config.header.receipt_seq,
                pending: next,
            },
        };
        self.add("propose_authority", "config", propose.into());
        let accept = AcceptAuthority {
            authority: key(NEXT_ADMIN).pubkey(),
            account: address::config(),
        };
        self.add("accept_authority", "config", accept.into());
        self.add("pause_org", "", world.pause_org(1));
        let fourth = world.place_of_plan(4);
        let sunset = world.within(fourth, |world| world.sunset_plan(world.now()));
        self.add("sunset_plan", "", sunset);
    }

    fn membership(&mut self, world: &mut World) {
        let payer = key(PAYER);
        let register = world.register(&key(STRANGER), Some(("FOURTH", &payer)));
        self.add("register_member", "", register);
        let create = world.create_code(&payer, code("ANOTHER"));
        self.add("create_code", "", create);
        self.add("open_ledger", "new", world.open_ledger(&key(ACTIVE)));
        self.add("open_ledger", "open", world.open_ledger(&key(THIRD)));
        let offer = world.transfer_code(&payer, "FOURTH", key(THIRD).pubkey());
        self.add("transfer_code", "", offer);
        self.add("accept_code", "", world.accept_code(&payer, "OFFERED"));
        self.add("award", "", world.award(&key(ISSUER), &payer, 5));
        self.add("redeem", "", world.redeem(&payer, 5));
    }

    fn subscriptions(&mut self, world: &mut World, cast: &Cast) {
        let second = world.place_of_plan(2);
        let fifth = world.place_of_plan(5);
        world.within(second, |world| {
            let price = PRICE - 1;
            let deadline = world.now();
            let (_, verification) = world.quote(&key(NEW), price, deadline);
            let args = world.quoted_args(price, deadline);
            let subscribe = world.subscribe(&key(NEW), cast.token(NEW), args);
            self.add_behind("subscribe", "new, quoted", vec![verification], subscribe);
            let args = world.subscribe_args();
            let again = world.subscribe(&key(GONE), cast.token(GONE), args);
            self.add("subscribe", "again", again);
            self.add("cancel", "", world.cancel(&key(ACTIVE)));
            self.add("cancel_now", "", world.cancel_now(&key(ACTIVE)));
            self.add("resume", "", world.resume(&key(LEAVER)));
            let until = world.now() + 60;
            self.add("pause", "", world.pause(&key(ACTIVE), until));
        });
        let keeper = Some(cast.token(KEEPER));
        self.add("charge", "", world.charge(&key(PAYER), keeper));
        self.add("mark_past_due", "", world.mark_past_due(&key(DEBTOR)));
        world.within(fifth, |world| {
            let charge = world.charge_up_to(&key(METERED), PRICE / 2);
            self.add("charge_up_to", "", charge);
        });
    }

    fn changes(&mut self, world: &mut World) {
        let (third, fourth) = (world.place_of_plan(3), world.place_of_plan(4));
        let wallet = key(CHANGER);
        let deadline = world.now();
        let offer = world.within(fourth, |world| world.offer(&wallet, PRICE - 1, deadline));
        let plain = world.change_terms(fourth);
        let quoted = SignedTerms {
            price: offer.price,
            quote_deadline: offer.deadline,
            quote_nonce: offer.nonce,
            quote_most_periods: offer.most_periods,
            quoted: 1,
            ..plain
        };
        let subscription = world.within(third, |world| world.subscription_address(&wallet));
        let verification = world.sign_quote(&key(3), &offer.of_change(subscription));
        world.within(third, |world| {
            let now = world.change_plan(&wallet, fourth, quoted, false);
            self.add_behind("change_plan", "now, quoted", vec![verification], now);
            let later = world.change_plan(&wallet, fourth, plain, true);
            self.add("change_plan", "later", later);
        });
    }

    fn payments(&mut self, world: &mut World, cast: &Cast) {
        let third = key(THIRD);
        let claim = world.claim(&third, cast.token(THIRD), u64::MAX);
        self.add("claim_commission", "", claim);
        self.add("release", "", world.release(&third));
        let refund = world.refund(&key(PAYER), PRICE / 3);
        self.add("refund", "subscription", refund);
        let token = cast.token(ACTIVE);
        let refund = world.refund_invoice(&key(ACTIVE), PAID_INVOICE, token, 300);
        self.add("refund", "invoice", refund);
        let args = world.invoice_args(PAID_INVOICE + 1, 1_000);
        let [verification, pay] = world.pay_invoice(&key(PAYER), cast.token(PAYER), args);
        self.add_behind("pay_invoice", "", vec![verification], pay);
    }

    fn vouchers(&mut self, world: &mut World, cast: &Cast) {
        let args = world.campaign_args(tree(world, 5).root());
        self.add("create_campaign", "", world.create_campaign(args));
        self.add("set_root", "", world.set_root(VESTING, [7; 32], u64::MAX));
        self.add("open_page", "", world.open_page(NUMBERED, 1));
        for (id, place, variant) in [
            (NUMBERED, 0, "by number"),
            (VESTING, 0, "by wallet, known"),
            (VESTING, 1, "by wallet, new"),
        ] {
            let proof = tree(world, id).proof(place).expect("a proof");
            let token = cast.token([ACTIVE, NEW][place]);
            let claim = world.claim_voucher(id, &gifts()[place], &proof, token);
            self.add("claim_voucher", variant, claim);
        }
        let rest = world.destination;
        let close = world.close_campaign(NUMBERED_OVER, rest);
        self.add("close_campaign", "", close);
    }

    fn stakes(&mut self, world: &mut World, cast: &Cast) {
        let active = key(ACTIVE);
        let create = world.create_pool(3, &cast.reward_mint);
        self.add("create_pool", "", create);
        let fund = world.fund_pool(1, cast.reward_source, 7_200, MIN_STREAM_SECS);
        self.add("fund_pool", "", fund);
        let stake = world.stake(1, &active, cast.token(ACTIVE), 10);
        self.add("stake", "more", stake);
        let stake = world.stake(1, &key(NEW), cast.token(NEW), 10);
        self.add("stake", "new", stake);
        let unstake = world.unstake(1, &active, cast.token(ACTIVE), 10);
        self.add("unstake", "", unstake);
        let harvest = world.harvest(1, &active, cast.reward_token);
        self.add("harvest", "", harvest);
        let rest = (world.destination, cast.reward_source);
        self.add("close_pool", "", world.close_pool(2, rest.0, rest.1));
    }

    fn closes(&mut self, world: &mut World, cast: &Cast) {
        let org = world.org;
        let plan: Plan = world.account(&address::plan(&org, 2));
        assert_eq!(plan.vault_rent_payer, Address::default());
        let wallet = |seed: u8| key(seed).pubkey();
        let campaign = |id| address::campaign(&org, id);
        let authority = || world.authority.insecure_clone();
        let ending = ending_place(world);
        for (variant, owner, account) in [
            ("org", authority(), empty_org(world)),
            ("plan", authority(), address::plan(&org, 6)),
            (
                "issuer",
                authority(),
                address::issuer(&org, &wallet(ISSUER)),
            ),
            ("code", key(PAYER), address::code(&org, &code("SPARE"))),
            ("ledger", key(EMPTY), world.ledger_address(&key(EMPTY))),
            (
                "authority",
                key(GONE),
                address::authority(&cast.token(GONE)),
            ),
            (
                "subscription",
                key(GONE),
                address::subscription(&address::plan(&org, 2), &wallet(GONE)),
            ),
            (
                "invoice",
                key(ACTIVE),
                world.invoice_address(&key(ACTIVE), PAID_INVOICE),
            ),
            (
                "page",
                key(SPONSOR),
                address::page(&campaign(NUMBERED_OVER), 0),
            ),
            (
                "claim",
                key(ACTIVE),
                address::claim(&campaign(VESTING_OVER), &wallet(ACTIVE)),
            ),
            (
                "position",
                key(EMPTY),
                world.position_address(1, &key(EMPTY)),
            ),
        ] {
            let close = world.close_account(&owner, &account);
            self.add("close", variant, close);
        }
        let close = world.within(ending, |world| world.close_vault());
        self.add("close_vault", "", close);
    }
}
