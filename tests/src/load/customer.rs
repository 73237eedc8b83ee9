//! A customer, and what it does next.

use super::{FOUNDERS, Role, Step, business::Business, key};
use anyhow::{Context, Result};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use solana_account::Account as SolanaAccount;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address;
use tessera_client::{
    Account, address, decode,
    instructions::{
        Cancel, CancelNow, Charge, ClaimCommission, Close, CreateCode, OpenLedger, Redeem, Refund,
        Refundable, RegisterMember, Resume, Subscribe,
    },
    types::{
        accounts::{AccountType, Code, Ledger, Member, Subscription, SubscriptionState},
        args::{RedeemArgs, SubscribeArgs},
    },
};

/// Accounts of a customer.
pub(super) const ADDRESSES: usize = 4;

pub(super) struct Customer {
    key: Keypair,
    token: Address,
    code: [u8; 16],
    /// Index of the customer whose code it uses.
    pub(super) referrer: Option<usize>,
    referral: Option<([u8; 16], Address)>,
    /// Founders keep their codes, which others use.
    is_founder: bool,
    addresses: [Address; ADDRESSES],
}

/// The state of a customer on chain.
pub(super) struct Standing {
    member: Option<Member>,
    subscription: Option<Subscription>,
    code: Option<Code>,
    ledger: Option<Ledger>,
}

/// What a customer can do.
#[derive(Clone, Copy)]
enum Act {
    Join,
    Subscribe,
    Charge,
    Cancel,
    CancelNow,
    Resume,
    Refund,
    CloseSubscription,
    OpenCode,
    CloseCode,
    Award,
    Redeem,
    Claim,
}

impl Standing {
    pub(super) fn decode(accounts: &[Option<SolanaAccount>]) -> Result<Self> {
        let [member, subscription, code, ledger] = accounts else {
            anyhow::bail!("{} accounts of a customer", accounts.len());
        };
        Ok(Self {
            member: decoded(member)?,
            subscription: decoded(subscription)?,
            code: decoded(code)?,
            ledger: decoded(ledger)?,
        })
    }
}

fn decoded<T: AccountType>(account: &Option<SolanaAccount>) -> Result<Option<T>> {
    let data = account.as_ref().map(|account| &account.data);
    Ok(data.map(|data| decode::account(data)).transpose()?)
}

fn code(number: usize) -> [u8; 16] {
    let mut code = [0; 16];
    code[..8].copy_from_slice(format!("C{number:07}").as_bytes());
    code
}

impl Customer {
    pub(super) fn new(seed: u64, number: usize, business: &Business) -> Self {
        let key_of = |number| key(seed, Role::Customer(number));
        let (key, code_of) = (key_of(number), code);
        let (wallet, code) = (key.pubkey(), code_of(number));
        // Each founder is referred by the one before, everybody else by a founder.
        let referrer = match number {
            0 => None,
            _ if number < FOUNDERS => Some(number - 1),
            _ => Some(number % FOUNDERS),
        };
        Self {
            token: get_associated_token_address(&wallet, &business.mint),
            referral: referrer.map(|above| (code_of(above), key_of(above).pubkey())),
            is_founder: number < FOUNDERS,
            addresses: [
                address::member(&business.org, &wallet),
                address::subscription(&business.plan_address, &wallet),
                address::code(&business.org, &code),
                address::ledger(&business.org, &wallet, &business.mint),
            ],
            key,
            code,
            referrer,
        }
    }

    pub(super) fn addresses(&self) -> [Address; ADDRESSES] {
        self.addresses
    }

    /// One thing that it can do in this state, if any.
    pub(super) fn next(
        &self,
        business: &mut Business,
        standing: &Standing,
        referrer: Option<&Standing>,
        now: i64,
        random: &mut StdRng,
    ) -> Result<Option<Step>> {
        let acts = self.acts(standing, referrer, now);
        let Some(act) = acts.choose(random) else {
            return Ok(None);
        };
        if matches!(act, Act::Award) {
            return Ok(Some(business.award(self.key.pubkey())));
        }
        let points = random.random_range(1..=5);
        self.step(*act, business, standing, now, points).map(Some)
    }

    fn acts(&self, standing: &Standing, referrer: Option<&Standing>, now: i64) -> Vec<Act> {
        if standing.member.is_none() {
            let open = referrer.is_none_or(|above| above.code.is_some() && above.ledger.is_some());
            return if open { vec![Act::Join] } else { vec![] };
        }
        let mut acts = vec![Act::Award];
        match &standing.subscription {
            None => return vec![Act::Subscribe],
            Some(it) if SubscriptionState::is_live(it.state) => {
                if now >= it.next_due {
                    return vec![Act::Charge];
                }
                acts.extend([Act::Cancel, Act::CancelNow]);
            }
            Some(it) if it.is_paid(now) => acts.push(Act::Resume),
            Some(_) => acts.push(Act::CloseSubscription),
        }
        let refundable = |it: &Subscription| it.period_debit - it.period_refunded > 1;
        if standing.subscription.as_ref().is_some_and(refundable) {
            acts.push(Act::Refund);
        }
        if standing.member.is_some_and(|it| it.points >= 5) {
            acts.push(Act::Redeem);
        }
        let claimable = |it: &Ledger| it.claimable_at(now).is_ok_and(|amount| amount > 0);
        if standing.ledger.as_ref().is_some_and(claimable) {
            acts.push(Act::Claim);
        }
        if !self.is_founder {
            acts.push(match standing.code {
                Some(_) => Act::CloseCode,
                None => Act::OpenCode,
            });
        }
        acts
    }

    fn step(
        &self,
        act: Act,
        business: &Business,
        standing: &Standing,
        now: i64,
        points: u64,
    ) -> Result<Step> {
        let wallet = self.key.pubkey();
        let plan = business.plan();
        let member = standing.member.as_ref().context("no member");
        let subscription = standing.subscription.as_ref().context("no subscription");
        let signed = |instruction| business.step(1, vec![instruction], &[&self.key]);
        Ok(match act {
            Act::Join => {
                let instructions = [&business.fund(&wallet)?[..], &self.join(business)].concat();
                business.step(3, instructions, &[&self.key])
            }
            Act::Subscribe => signed(
                Subscribe {
                    payer: business.payer(),
                    plan_address: business.plan_address,
                    plan: plan?,
                    member: member?,
                    payer_token: self.token,
                    args: SubscribeArgs {
                        terms: business.terms(now),
                        trial_secs: 0,
                        spare: [0; 4],
                    },
                }
                .into(),
            ),
            Act::Charge => {
                let charge = Charge {
                    subscription: subscription?,
                    plan: plan?,
                    keeper_token: None,
                };
                business.step(1, vec![charge.into()], &[])
            }
            Act::Cancel => signed(
                Cancel {
                    subscription: subscription?,
                    token_program: plan?.token_program,
                }
                .into(),
            ),
            Act::CancelNow => signed(
                CancelNow {
                    subscription: subscription?,
                    plan: plan?,
                    authority: business.payer(),
                }
                .into(),
            ),
            Act::Resume => signed(
                Resume {
                    subscription: subscription?,
                    plan: plan?,
                    deadline: now + 3_600,
                    replace_delegate: false,
                }
                .into(),
            ),
            Act::Refund => {
                let (subscription, (treasury, source)) = (subscription?, business.treasury());
                let left = subscription.period_debit - subscription.period_refunded;
                let refund = Refund {
                    authority: business.payer(),
                    source_owner: treasury,
                    payment: Refundable::Subscription(subscription),
                    plan: plan?,
                    source,
                    destination: self.token,
                    amount: left / 2,
                };
                business.step_of_treasury(1, refund.into())
            }
            Act::CloseSubscription => signed(self.close(&Account::Subscription(*subscription?))),
            Act::CloseCode => signed(self.close(&Account::Code(standing.code.context("no code")?))),
            Act::OpenCode => signed(self.open_code(business)),
            Act::Redeem => signed(
                Redeem {
                    wallet,
                    org: business.org,
                    args: RedeemArgs {
                        points,
                        reference: member?.highest_reference + 1,
                        memo: *b"a cup of coffee.",
                    },
                }
                .into(),
            ),
            Act::Claim => signed(
                ClaimCommission {
                    wallet,
                    org: business.org,
                    mint: business.mint,
                    token_program: plan?.token_program,
                    destination: self.token,
                    amount: u64::MAX,
                }
                .into(),
            ),
            Act::Award => anyhow::bail!("the issuer's to do"),
        })
    }

    fn join(&self, business: &Business) -> [Instruction; 3] {
        let (payer, wallet, org) = (business.payer(), self.key.pubkey(), business.org);
        let register = RegisterMember {
            payer,
            wallet,
            org,
            referral: self.referral,
        };
        let ledger = OpenLedger {
            payer,
            org,
            wallet,
            mint: business.mint,
        };
        [register.into(), self.open_code(business), ledger.into()]
    }

    fn open_code(&self, business: &Business) -> Instruction {
        CreateCode {
            payer: business.payer(),
            wallet: self.key.pubkey(),
            org: business.org,
            code: self.code,
        }
        .into()
    }

    fn close(&self, account: &Account) -> Instruction {
        Close {
            owner: self.key.pubkey(),
            account,
        }
        .into()
    }
}
