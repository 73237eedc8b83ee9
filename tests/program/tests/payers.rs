//! Wallets that have no key: a multisig's vault, for which its program signs by calling. Who pays
//! rent, who pays the transaction's fee and whose tokens move are three different parties.

use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_sdk_ids::ed25519_program;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    instructions::{
        Cancel, Charge, ClaimCommission, CreateCode, OpenLedger, RegisterMember, Subscribe,
    },
    quote::{Offer, Quote},
    types::{
        TesseraError,
        accounts::{AccountType, Authority, Code, Ledger, Member, Subscription},
        args::SubscribeArgs,
    },
};
use world::{
    CLUSTER_TAG, FUNDS, HOLD, PERIOD, PERIODS, PRICE, World, code,
    forwarder::{forwarded, vault},
    key,
};

const QUOTED: u64 = PRICE - 5;

/// A multisig's vault with tokens, and somebody else who pays the rent of what it opens.
struct Multisig {
    world: World,
    rent_payer: Keypair,
    token: Address,
}

impl Multisig {
    fn new() -> Self {
        let mut world = World::new();
        world.add_forwarder();
        let rent_payer = key(80);
        let airdrop = world.svm.airdrop(&rent_payer.pubkey(), 1_000_000_000);
        airdrop.expect("airdrop");
        let token = world.create_token_account(&vault(), FUNDS);
        Self {
            world,
            rent_payer,
            token,
        }
    }

    /// Has the multisig's program execute `instruction`, behind `before`.
    fn execute(
        &mut self,
        before: &[Instruction],
        instruction: &Instruction,
    ) -> Result<world::Sent, world::Refused> {
        let instructions = [before, &[forwarded(instruction)]].concat();
        self.world.send(&instructions, &[&self.rent_payer])
    }

    fn register(&self) -> Instruction {
        RegisterMember {
            payer: self.rent_payer.pubkey(),
            wallet: vault(),
            org: self.world.org,
            referral: None,
        }
        .into()
    }

    fn subscribe(&self, args: SubscribeArgs) -> Instruction {
        Subscribe {
            payer: self.rent_payer.pubkey(),
            plan_address: self.world.plan,
            plan: &self.world.plan_account(),
            member: &self.world.account(&self.member_address()),
            payer_token: self.token,
            args,
        }
        .into()
    }

    /// The verification of a quote for the vault.
    fn quote(&self) -> Instruction {
        let quote = Offer {
            cluster_tag: CLUSTER_TAG,
            org: self.world.org,
            plan: self.world.plan,
            wallet: vault(),
            price: QUOTED,
            deadline: self.world.now(),
            nonce: 1,
            most_periods: PERIODS,
        };
        let world = &self.world;
        world.sign_quote(&world.quote_authority, &Quote::from(quote))
    }

    fn quoted_args(&self) -> SubscribeArgs {
        self.world.quoted_args(QUOTED, self.world.now())
    }

    fn member_address(&self) -> Address {
        address::member(&self.world.org, &vault())
    }

    fn subscription(&self) -> Subscription {
        let address = address::subscription(&self.world.plan, &vault());
        self.world.account(&address)
    }

    fn charge(&self) -> Instruction {
        Charge {
            subscription: &self.subscription(),
            plan: &self.world.plan_account(),
            keeper_token: None,
        }
        .into()
    }

    fn cancel(&self) -> Instruction {
        Cancel {
            subscription: &self.subscription(),
            token_program: self.world.token_program,
        }
        .into()
    }

    #[track_caller]
    fn assert_rent_paid_by<T: AccountType>(&self, address: &Address, payer: &Address) {
        let account: T = self.world.account(address);
        assert_eq!(account.header().rent_payer, *payer, "{}", T::NAME);
    }
}

/// A member whose subscription on a quote's terms is live.
fn subscribed() -> Multisig {
    let mut multisig = Multisig::new();
    let register = multisig.register();
    multisig.execute(&[], &register).expect("register");
    let quote = multisig.quote();
    let subscribe = multisig.subscribe(multisig.quoted_args());
    multisig.execute(&[quote], &subscribe).expect("subscribe");
    multisig
}

#[test]
fn nobody_signs_for_the_vault_but_its_program() {
    let mut multisig = Multisig::new();
    let register = multisig.register();
    let unsigned = world::unsigned(&register, &vault());
    let refused = multisig.world.send(&[unsigned], &[&multisig.rent_payer]);
    assert!(refused.is_err());

    let mut multisig = subscribed();
    let cancel = world::unsigned(&multisig.cancel(), &vault());
    assert!(multisig.world.send(&[cancel], &[]).is_err());
}

#[test]
fn without_its_verification_the_vaults_quote_is_missing() {
    let mut multisig = Multisig::new();
    let register = multisig.register();
    multisig.execute(&[], &register).expect("register");
    let subscribe = multisig.subscribe(multisig.quoted_args());
    multisig
        .execute(&[], &subscribe)
        .expect_err("no quote")
        .assert_is(TesseraError::QuoteMissing);
}

/// Squads: the verification stands in front of the instruction that executes.
#[test]
fn a_multisig_subscribes_on_a_quote_in_front_of_its_execution() {
    let multisig = subscribed();
    let subscription = multisig.subscription();
    assert_eq!(subscription.terms.price, QUOTED);
    assert_eq!(
        (subscription.quote_nonce, subscription.wallet),
        (1, vault())
    );
    let world = &multisig.world;
    assert_eq!(world.balance(&multisig.token), FUNDS - QUOTED);
    let approved = world.token(&multisig.token).delegated_amount;
    assert_eq!(approved, QUOTED * u64::from(PERIODS));
}

/// Swig: a signer of the wallet's own is verified by the same precompile, in front or behind.
#[test]
fn a_verification_of_the_multisigs_own_does_not_get_in_the_way() {
    for own_first in [true, false] {
        let mut multisig = Multisig::new();
        let register = multisig.register();
        multisig.execute(&[], &register).expect("register");
        let (quote, mut args) = (multisig.quote(), multisig.quoted_args());
        let unrelated = bytemuck::Zeroable::zeroed();
        let own = multisig.world.sign_quote(&key(81), &unrelated);
        assert_eq!(own.program_id, ed25519_program::ID);
        let before = match own_first {
            true => [own, quote],
            false => [quote, own],
        };
        args.terms.quote_index = 7;
        let subscribe = multisig.subscribe(args);
        multisig.execute(&before, &subscribe).expect("subscribe");
        assert_eq!(multisig.subscription().terms.price, QUOTED);
    }
}

#[test]
fn the_vault_is_charged_claims_and_cancels() {
    let mut multisig = subscribed();
    multisig.world.advance(i64::from(PERIOD));
    let charge = multisig.charge();
    multisig.world.send(&[charge], &[]).expect("by anybody");
    multisig.world.advance(i64::from(PERIOD));
    let charge = multisig.charge();
    multisig.execute(&[], &charge).expect("by a call");
    let balance = multisig.world.balance(&multisig.token);
    assert_eq!(balance, FUNDS - 3 * QUOTED);

    let cancel = multisig.cancel();
    let sent = multisig.execute(&[], &cancel).expect("cancel");
    assert!(matches!(sent.event(), Event::Cancelled(_)));
    let world = &multisig.world;
    assert!(world.token(&multisig.token).delegate.is_none());
    let address = address::subscription(&world.plan, &vault());
    assert_eq!(world.assert_receipts::<Subscription>(&address), 4);
}

#[test]
fn the_vault_refers_and_claims_what_it_earned() {
    let mut multisig = Multisig::new();
    let register = multisig.register();
    multisig.execute(&[], &register).expect("register");
    let (org, mint, rent_payer) = (
        multisig.world.org,
        multisig.world.mint,
        multisig.rent_payer.pubkey(),
    );
    let create = CreateCode {
        payer: rent_payer,
        wallet: vault(),
        org,
        code: code("VAULT"),
    };
    multisig.execute(&[], &create.into()).expect("create_code");
    let open = OpenLedger {
        payer: rent_payer,
        org,
        wallet: vault(),
        mint,
    };
    multisig.execute(&[], &open.into()).expect("open_ledger");

    let (world, customer) = (&mut multisig.world, key(30));
    let payer = world.payer.pubkey();
    let register = RegisterMember {
        payer,
        wallet: customer.pubkey(),
        org,
        referral: Some((code("VAULT"), vault())),
    };
    world
        .send(&[register.into()], &[&customer])
        .expect("register");
    let token = world.create_token_account(&customer.pubkey(), FUNDS);
    world.subscribed(&customer, token);
    world.advance(i64::from(HOLD));
    let claim = ClaimCommission {
        wallet: vault(),
        org,
        mint,
        token_program: world.token_program,
        destination: multisig.token,
        amount: u64::MAX,
    };
    multisig.execute(&[], &claim.into()).expect("claim");
    let balance = multisig.world.balance(&multisig.token);
    assert_eq!(balance, FUNDS + PRICE / 10);

    multisig.assert_rent_paid_by::<Code>(&address::code(&org, &code("VAULT")), &rent_payer);
    multisig.assert_rent_paid_by::<Ledger>(&address::ledger(&org, &vault(), &mint), &rent_payer);
}

#[test]
fn who_paid_the_rent_is_recorded_and_nobody_else_paid_it() {
    let fresh = Multisig::new();
    let lamports = |multisig: &Multisig, address: &Address| {
        multisig.world.svm.get_balance(address).unwrap_or_default()
    };
    let (rent_payer, fee_payer) = (fresh.rent_payer.pubkey(), fresh.world.payer.pubkey());
    let before = (lamports(&fresh, &rent_payer), lamports(&fresh, &fee_payer));
    let multisig = subscribed();
    let accounts = [
        multisig.member_address(),
        address::subscription(&multisig.world.plan, &vault()),
        address::authority(&multisig.token),
    ];
    multisig.assert_rent_paid_by::<Member>(&accounts[0], &rent_payer);
    multisig.assert_rent_paid_by::<Subscription>(&accounts[1], &rent_payer);
    multisig.assert_rent_paid_by::<Authority>(&accounts[2], &rent_payer);
    let rent: u64 = accounts
        .map(|account| lamports(&multisig, &account))
        .iter()
        .sum();
    assert_eq!(lamports(&multisig, &rent_payer), before.0 - rent);
    // Five signatures: two of the fee payer, two of the rent payer, one in the verification.
    assert_eq!(lamports(&multisig, &fee_payer), before.1 - 5 * 5_000);
    assert_eq!(lamports(&multisig, &vault()), 0);
}

#[test]
fn the_vault_may_pay_the_rent_itself() {
    let mut multisig = Multisig::new();
    let airdrop = multisig.world.svm.airdrop(&vault(), 1_000_000_000);
    airdrop.expect("airdrop");
    let by_itself =
        |instruction: Instruction, payer: &Address| world::replace(&instruction, payer, &vault());
    let payer = multisig.rent_payer.pubkey();
    let register = by_itself(multisig.register(), &payer);
    multisig.execute(&[], &register).expect("register");
    let args = multisig.world.subscribe_args();
    let subscribe = by_itself(multisig.subscribe(args), &payer);
    multisig.execute(&[], &subscribe).expect("subscribe");
    assert_eq!(multisig.subscription().header.rent_payer, vault());
    let token = multisig.token;
    multisig.assert_rent_paid_by::<Authority>(&address::authority(&token), &vault());
}
