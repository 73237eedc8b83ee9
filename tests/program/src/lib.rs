//! A cluster in memory with the compiled program, a mint, an org and a plan, and fixed keys: bumps
//! and so compute units are the same in every run.

use litesvm::{LiteSVM, types::TransactionMetadata};
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::{Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;
use solana_program_pack::Pack;
use spl_token_interface::{
    instruction as token,
    state::{Account as TokenAccount, Mint},
};
use tessera_client::{
    address, decode,
    instructions::{
        Cancel, Charge, ClaimCommission, CreateCode, CreateOrg, CreatePlan, OpenLedger,
        RegisterMember, Subscribe,
    },
    logs,
    receipts::{ReceiptState, Receipted},
    types::{
        ID, TesseraError,
        accounts::{AccountType, Ledger, Member, Org, Plan, Subscription, Tier},
        args::{CreateOrgArgs, CreatePlanArgs, SubscribeArgs},
    },
};

/// Where `make` leaves the program.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/deploy/tessera.so");

/// The cluster's clock at the start, Unix seconds.
pub const START: i64 = 1_800_000_000;
/// 30 days.
pub const PERIOD: u32 = 2_592_000;
/// 99.00 of a 6-decimal stablecoin.
pub const PRICE: u64 = 99_000_000;
/// Commission of the three levels, basis points.
pub const COMMISSION_BPS: [u16; 3] = [1_000, 500, 250];
/// Points for each charge.
pub const POINTS: u64 = 990;
/// Keeper fee, smallest unit.
pub const KEEPER_FEE: u64 = 50_000;
/// Hold on commission, seconds.
pub const HOLD: u32 = 86_400;
/// Tokens that a customer starts with.
pub const FUNDS: u64 = 1_000_000_000_000;
/// Periods that a customer approves.
pub const PERIODS: u32 = 12;

/// A transaction that went through.
#[derive(Debug)]
pub struct Sent {
    pub compute_units: u64,
    pub logs: Vec<String>,
    pub programs: Vec<Address>,
}

impl Sent {
    /// The program's events, as logged.
    pub fn events(&self) -> Vec<Vec<u8>> {
        logs::events(&self.programs, &self.logs)
            .expect("readable logs")
            .into_iter()
            .map(|event| event.data)
            .collect()
    }
}

/// A transaction that was refused.
#[derive(Debug)]
pub struct Refused {
    pub error: TransactionError,
    pub logs: Vec<String>,
}

impl Refused {
    /// The instruction's error.
    pub fn instruction_error(&self) -> &InstructionError {
        match &self.error {
            TransactionError::InstructionError(_, error) => error,
            other => panic!("not an instruction's error: {other:?}\n{:#?}", self.logs),
        }
    }

    /// Whether the program refused with `expected`.
    #[track_caller]
    pub fn assert_is(&self, expected: TesseraError) {
        let InstructionError::Custom(code) = self.instruction_error() else {
            panic!("expected {expected:?}, got {:?}\n{:#?}", self.error, self.logs);
        };
        assert_eq!(
            TesseraError::from_code(*code),
            Some(expected),
            "code {code}\n{:#?}",
            self.logs
        );
    }
}

pub struct World {
    pub svm: LiteSVM,
    /// Pays every fee and rent.
    pub payer: Keypair,
    pub authority: Keypair,
    pub quote_authority: Keypair,
    pub treasury: Keypair,
    pub mint_authority: Keypair,
    pub mint: Address,
    pub org: Address,
    pub plan: Address,
    pub destination: Address,
    next_nonce: u64,
}

/// A key that is the same in every run.
pub fn key(seed: u8) -> Keypair {
    Keypair::new_from_array([seed; 32])
}

/// A zero-padded referral code.
pub fn code(text: &str) -> [u8; 16] {
    let mut code = [0; 16];
    code[..text.len()].copy_from_slice(text.as_bytes());
    code
}

impl World {
    /// Program, mint, org and plan are there; nobody is a member yet.
    pub fn new() -> Self {
        let mut world = Self::without_org();
        let org = world.create_org_args();
        world
            .send(&[world.create_org(org)], &[&key(2)])
            .expect("create_org");
        let plan = world.create_plan_args();
        world
            .send(&[world.create_plan(plan)], &[&key(2)])
            .expect("create_plan");
        world
    }

    /// Program and mint only.
    pub fn without_org() -> Self {
        let mut svm = LiteSVM::new();
        svm.add_program_from_file(ID, PROGRAM)
            .expect("the program is built by `make test` before the tests run");
        svm.set_sysvar(&Clock {
            unix_timestamp: START,
            ..Clock::default()
        });
        let payer = key(1);
        svm.airdrop(&payer.pubkey(), 1_000_000_000_000)
            .expect("airdrop");
        let mint = key(6).pubkey();
        let org = address::org(1);
        let mut world = Self {
            svm,
            payer,
            authority: key(2),
            quote_authority: key(3),
            treasury: key(4),
            mint_authority: key(5),
            mint,
            org,
            plan: address::plan(&org, 1),
            destination: Address::default(),
            next_nonce: 0,
        };
        world.create_mint(&key(6));
        world.destination = world.create_token_account(&world.treasury.pubkey(), &mint, 0);
        world
    }

    pub fn create_org_args(&self) -> CreateOrgArgs {
        CreateOrgArgs {
            id: 1,
            quote_authority: self.quote_authority.pubkey(),
            treasury: self.treasury.pubkey(),
            tiers: [
                Tier {
                    points_threshold: 2_000,
                    points_boost_bps: 1_000,
                    ..Tier::UNUSED
                },
                Tier {
                    points_threshold: 5_000,
                    points_boost_bps: 2_500,
                    ..Tier::UNUSED
                },
                Tier::UNUSED,
                Tier::UNUSED,
            ],
            hold_secs: HOLD,
            commission_bps: COMMISSION_BPS,
            spare: [0; 6],
        }
    }

    pub fn create_plan_args(&self) -> CreatePlanArgs {
        CreatePlanArgs {
            id: 1,
            price: PRICE,
            price_floor: PRICE / 2,
            price_ceiling: PRICE * 2,
            points_per_charge: POINTS,
            keeper_fee_cap: KEEPER_FEE,
            ends_at: i64::MAX,
            period_secs: PERIOD,
            trial_secs: 0,
            grace_secs: 259_200,
            spare: [0; 4],
        }
    }

    pub fn create_org(&self, args: CreateOrgArgs) -> Instruction {
        CreateOrg {
            payer: self.payer.pubkey(),
            authority: self.authority.pubkey(),
            args,
        }
        .into()
    }

    pub fn create_plan(&self, args: CreatePlanArgs) -> Instruction {
        CreatePlan {
            payer: self.payer.pubkey(),
            authority: self.authority.pubkey(),
            org: self.org,
            mint: self.mint,
            destination: self.destination,
            args,
        }
        .into()
    }

    /// Sends a transaction that the payer and `signers` sign.
    pub fn send(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Sent, Refused> {
        let mut keys = vec![&self.payer];
        keys.extend(signers);
        let transaction = Transaction::new_signed_with_payer(
            instructions,
            Some(&self.payer.pubkey()),
            &keys,
            self.svm.latest_blockhash(),
        );
        let result = self.svm.send_transaction(transaction);
        self.svm.expire_blockhash();
        let programs = instructions.iter().map(|ix| ix.program_id).collect();
        match result {
            Ok(TransactionMetadata {
                compute_units_consumed,
                logs,
                ..
            }) => Ok(Sent {
                compute_units: compute_units_consumed,
                logs,
                programs,
            }),
            Err(failed) => Err(Refused {
                error: failed.err,
                logs: failed.meta.logs,
            }),
        }
    }

    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    /// Moves the cluster's clock forward.
    pub fn advance(&mut self, secs: i64) {
        let mut clock = self.svm.get_sysvar::<Clock>();
        clock.unix_timestamp += secs;
        clock.slot += 1;
        self.svm.set_sysvar(&clock);
    }

    pub fn create_mint(&mut self, mint: &Keypair) {
        let rent = self.svm.minimum_balance_for_rent_exemption(Mint::LEN);
        let create = solana_system_interface::instruction::create_account(
            &self.payer.pubkey(),
            &mint.pubkey(),
            rent,
            Mint::LEN as u64,
            &spl_token_interface::ID,
        );
        let initialize = token::initialize_mint2(
            &spl_token_interface::ID,
            &mint.pubkey(),
            &self.mint_authority.pubkey(),
            None,
            6,
        )
        .expect("instruction");
        self.send(&[create, initialize], &[mint])
            .expect("create mint");
    }

    /// A token account with `amount`, at an address that is the same in every run.
    pub fn create_token_account(&mut self, owner: &Address, mint: &Address, amount: u64) -> Address {
        self.next_nonce += 1;
        let mut seed = [200; 32];
        seed[..8].copy_from_slice(&self.next_nonce.to_le_bytes());
        let account = Keypair::new_from_array(seed);
        let rent = self
            .svm
            .minimum_balance_for_rent_exemption(TokenAccount::LEN);
        let mut instructions = vec![
            solana_system_interface::instruction::create_account(
                &self.payer.pubkey(),
                &account.pubkey(),
                rent,
                TokenAccount::LEN as u64,
                &spl_token_interface::ID,
            ),
            token::initialize_account3(
                &spl_token_interface::ID,
                &account.pubkey(),
                mint,
                owner,
            )
            .expect("instruction"),
        ];
        let mint_authority = self.mint_authority.insecure_clone();
        let mut signers = vec![&account];
        if amount > 0 {
            instructions.push(
                token::mint_to(
                    &spl_token_interface::ID,
                    mint,
                    &account.pubkey(),
                    &mint_authority.pubkey(),
                    &[],
                    amount,
                )
                .expect("instruction"),
            );
            signers.push(&mint_authority);
        }
        self.send(&instructions, &signers)
            .expect("create token account");
        account.pubkey()
    }

    pub fn token(&self, address: &Address) -> TokenAccount {
        let account = self.svm.get_account(address).expect("token account");
        TokenAccount::unpack(&account.data).expect("token account data")
    }

    pub fn balance(&self, address: &Address) -> u64 {
        self.token(address).amount
    }

    pub fn vault(&self) -> Address {
        address::vault(&self.org, &self.mint)
    }

    /// Decodes one of the program's accounts.
    pub fn account<T: AccountType>(&self, address: &Address) -> T {
        let account = self.svm.get_account(address).expect("account");
        decode::account(&account.data).expect("account data")
    }

    /// Rewrites one of the program's accounts, to reach states that no instruction reaches yet.
    pub fn rewrite<T: AccountType>(&mut self, address: &Address, change: impl FnOnce(&mut T)) {
        let mut account = self.svm.get_account(address).expect("account");
        let mut value: T = decode::account(&account.data).expect("account data");
        change(&mut value);
        account.data[8..].copy_from_slice(bytemuck::bytes_of(&value));
        self.svm.set_account(*address, account).expect("set account");
    }

    pub fn org_account(&self) -> Org {
        self.account(&self.org)
    }

    pub fn plan_account(&self) -> Plan {
        self.account(&self.plan)
    }

    pub fn member(&self, wallet: &Keypair) -> Member {
        self.account(&address::member(&self.org, &wallet.pubkey()))
    }

    pub fn ledger_address(&self, wallet: &Keypair) -> Address {
        address::ledger(&self.org, &wallet.pubkey(), &self.mint)
    }

    pub fn ledger(&self, wallet: &Keypair) -> Ledger {
        self.account(&self.ledger_address(wallet))
    }

    pub fn subscription_address(&self, wallet: &Keypair) -> Address {
        address::subscription(&self.plan, &wallet.pubkey())
    }

    pub fn subscription(&self, wallet: &Keypair) -> Subscription {
        self.account(&self.subscription_address(wallet))
    }

    /// The receipts that an account claims.
    pub fn receipts<T: AccountType + Receipted>(&self, address: &Address) -> ReceiptState {
        self.account::<T>(address).receipts()
    }

    pub fn register(&self, wallet: &Keypair, referral: Option<(&str, &Keypair)>) -> Instruction {
        RegisterMember {
            payer: self.payer.pubkey(),
            wallet: wallet.pubkey(),
            org: self.org,
            referral: referral.map(|(text, owner)| (code(text), owner.pubkey())),
        }
        .into()
    }

    pub fn create_code(&self, wallet: &Keypair, text: &str) -> Instruction {
        CreateCode {
            payer: self.payer.pubkey(),
            wallet: wallet.pubkey(),
            org: self.org,
            code: code(text),
        }
        .into()
    }

    pub fn open_ledger(&self, wallet: &Keypair) -> Instruction {
        OpenLedger {
            payer: self.payer.pubkey(),
            org: self.org,
            wallet: wallet.pubkey(),
            mint: self.mint,
        }
        .into()
    }

    pub fn subscribe_args(&self) -> SubscribeArgs {
        SubscribeArgs {
            expected_price: PRICE,
            deadline: self.now() + 60,
            quote_deadline: 0,
            expected_period_secs: PERIOD,
            approved_periods: PERIODS,
            quoted: 0,
            replace_delegate: 0,
            spare: [0; 6],
        }
    }

    pub fn subscribe(
        &self,
        wallet: &Keypair,
        payer_token: Address,
        args: SubscribeArgs,
    ) -> Instruction {
        Subscribe {
            payer: self.payer.pubkey(),
            plan_address: self.plan,
            plan: &self.plan_account(),
            member: &self.member(wallet),
            payer_token,
            args,
        }
        .into()
    }

    pub fn charge(
        &self,
        wallet: &Keypair,
        payer_token: Address,
        keeper_token: Option<Address>,
    ) -> Instruction {
        Charge {
            subscription: &self.subscription(wallet),
            plan: &self.plan_account(),
            payer_token,
            keeper_token,
        }
        .into()
    }

    pub fn cancel(&self, wallet: &Keypair) -> Instruction {
        Cancel {
            wallet: wallet.pubkey(),
            plan: self.plan,
            mint: self.mint,
        }
        .into()
    }

    pub fn claim(&self, wallet: &Keypair, destination: Address, amount: u64) -> Instruction {
        ClaimCommission {
            wallet: wallet.pubkey(),
            org: self.org,
            mint: self.mint,
            destination,
            amount,
        }
        .into()
    }

    /// Registers `wallet`, with a referral when given, and funds a token account for it.
    pub fn join(&mut self, wallet: &Keypair, referral: Option<(&str, &Keypair)>) -> Address {
        self.send(&[self.register(wallet, referral)], &[wallet])
            .expect("register_member");
        self.create_token_account(&wallet.pubkey(), &self.mint.clone(), FUNDS)
    }

    /// Gives a member a code and a ledger, so that it can refer.
    pub fn make_referrer(&mut self, wallet: &Keypair, text: &str) {
        let instructions = [self.create_code(wallet, text), self.open_ledger(wallet)];
        self.send(&instructions, &[wallet]).expect("make referrer");
    }

    /// Four members, each referred by the one before; the last has all three levels above it.
    /// Returns their keys and token accounts, the topmost first.
    pub fn referral_chain(&mut self) -> [(Keypair, Address); 4] {
        const CODES: [&str; 4] = ["TOP", "SECOND", "THIRD", "FOURTH"];
        let mut chain: Vec<(Keypair, Address)> = Vec::new();
        for (index, text) in CODES.into_iter().enumerate() {
            let wallet = key(20 + u8::try_from(index).expect("small"));
            let referral = index
                .checked_sub(1)
                .map(|above| (CODES[above], chain[above].0.insecure_clone()));
            let token = self.join(
                &wallet,
                referral.as_ref().map(|(text, owner)| (*text, owner)),
            );
            self.make_referrer(&wallet, text);
            chain.push((wallet, token));
        }
        chain.try_into().expect("four members")
    }
}
