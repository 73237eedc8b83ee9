//! Where every sequence begins: orgs with plans of every kind, members below each other, a campaign
//! of each kind and a pool, made by the same transactions as everything later.

use super::{
    acts::Attempt,
    chain::Chain,
    failure::{Failure, law},
    people::{HUGE, People},
    stage::Stage,
};
use solana_address::Address;
use solana_instruction::Instruction;
use tessera_client::{
    address,
    instructions::{
        CreateCode, CreateOrg, CreatePlan, CreatePool, OpenLedger, RegisterMember, SetConfig,
        SetIssuer,
    },
    types::{
        accounts::{OrgSettings, Plan, Tier},
        args::{ConfigArgs, CreateOrgArgs, CreatePlanArgs, SetIssuerArgs},
    },
};
use world::{CLUSTER_TAG, World};

const DAY: u32 = 86_400;

/// The beginning, on this code.
///
/// # Errors
/// When a law is broken already.
pub(crate) fn genesis(code: &[u8]) -> Result<Stage, Failure> {
    let mut world = World::without_config();
    let people = People::settle(&mut world);
    world::deploy(&mut world.svm, code, &people.admin);
    let mut stage = Stage::new(Chain::new(world.svm), people);
    for instruction in beginning(&stage.people) {
        let attempt = Attempt::from(instruction);
        stage.chain.advance(0, 1);
        stage.run(attempt)?;
    }
    let (tried, done) = (stage.tally.steps(), stage.receipts_len());
    law!(
        "nothing is refused in the beginning",
        tried == done,
        "{done} of {tried}"
    );
    Ok(stage)
}

fn beginning(people: &People) -> Vec<Instruction> {
    let mut all = vec![
        SetConfig {
            payer: people.sponsor,
            admin: people.admin,
            args: ConfigArgs {
                seq: 0,
                max_commission_bps: 5_000,
                pause_flags: 0,
                spare: [0; 5],
            },
        }
        .into(),
    ];
    for founder in 0..2 {
        org(people, founder, &mut all);
    }
    small_org(people, &mut all);
    members(people, &mut all);
    all
}

/// An org with its plans, issuers and pool.
fn org(people: &People, founder: usize, all: &mut Vec<Instruction>) {
    let authority = people.founders[founder];
    let org = address::org(&authority, 1);
    let args = CreateOrgArgs {
        id: 1,
        cluster_tag: CLUSTER_TAG,
        settings: settings(people, founder),
    };
    let payer = people.sponsor;
    all.push(
        CreateOrg {
            payer,
            authority,
            args,
        }
        .into(),
    );
    let mut id = 0;
    let mut sell = |money: usize, args: CreatePlanArgs| {
        id += 1;
        all.push(plan(people, founder, money, CreatePlanArgs { id, ..args }));
    };
    let base = plan_args();
    let monthly = CreatePlanArgs {
        period_secs: 0,
        period_months: 1,
        ..base
    };
    let metered = CreatePlanArgs {
        flags: Plan::METERED,
        keeper_fee_cap: 0,
        ..base
    };
    sell(0, base);
    sell(
        0,
        CreatePlanArgs {
            price: 2 * base.price + 7,
            price_ceiling: u64::MAX,
            flags: Plan::PRORATED,
            ..base
        },
    );
    sell(
        0,
        CreatePlanArgs {
            flags: Plan::PRORATED,
            ..monthly
        },
    );
    sell(
        1,
        CreatePlanArgs {
            flags: Plan::PRORATED | Plan::PERMANENT_DELEGATE,
            ..monthly
        },
    );
    sell(
        1,
        CreatePlanArgs {
            flags: Plan::PERMANENT_DELEGATE,
            trial_secs: 3 * DAY,
            ..base
        },
    );
    if founder == 0 {
        sell(
            0,
            CreatePlanArgs {
                trial_secs: 7_200,
                ..monthly
            },
        );
        sell(
            0,
            CreatePlanArgs {
                period_months: 12,
                price: 1,
                price_floor: 1,
                keeper_fee_cap: 0,
                ..monthly
            },
        );
        sell(0, metered);
        sell(
            1,
            CreatePlanArgs {
                flags: Plan::METERED | Plan::PERMANENT_DELEGATE,
                ..metered
            },
        );
        sell(
            HUGE,
            CreatePlanArgs {
                price: u64::MAX / 2,
                price_floor: 1,
                price_ceiling: u64::MAX,
                keeper_fee_cap: 0,
                ..base
            },
        );
    }
    // Not for long.
    sell(
        0,
        CreatePlanArgs {
            ends_at: world::START + i64::from(100 * DAY),
            ..base
        },
    );
    for key in &people.issuers {
        all.push(
            SetIssuer {
                payer,
                authority,
                org,
                key: *key,
                args: SetIssuerArgs {
                    epoch_budget: 5_000,
                    life: 0,
                    seq: 0,
                    epoch_secs: DAY,
                    spare: [0; 4],
                },
            }
            .into(),
        );
    }
    let (stake, reward) = (people.money[0], people.money[founder]);
    all.push(
        CreatePool {
            payer,
            authority,
            org,
            stake_mint: stake.mint,
            stake_token_program: stake.program,
            reward_mint: reward.mint,
            reward_token_program: reward.program,
            id: 1,
        }
        .into(),
    );
}

/// An org with one plan, whose vault can close.
fn small_org(people: &People, all: &mut Vec<Instruction>) {
    let (payer, authority) = (people.sponsor, people.founders[2]);
    let args = CreateOrgArgs {
        id: 1,
        cluster_tag: CLUSTER_TAG,
        settings: settings(people, 2),
    };
    all.push(
        CreateOrg {
            payer,
            authority,
            args,
        }
        .into(),
    );
    all.push(plan(
        people,
        2,
        0,
        CreatePlanArgs {
            id: 1,
            ..plan_args()
        },
    ));
}

fn settings(people: &People, founder: usize) -> OrgSettings {
    let tier = |points_threshold, points_boost_bps, discount_bps| Tier {
        points_threshold,
        points_boost_bps,
        discount_bps,
        spare: [0; 4],
    };
    OrgSettings {
        quote_authority: people.quote_keys[0],
        meter_authority: people.meters[0],
        treasury: people.treasuries[founder],
        tiers: [
            tier(900, 1_000, 500),
            tier(3_000, 2_333, 1_111),
            tier(6_000, 3_000, 3_000),
            Tier::UNUSED,
        ],
        hold_secs: DAY,
        points_epoch_secs: 7 * DAY,
        commission_bps: [1_000, 500, 250],
        pause_flags: 0,
        points_expiry_epochs: 2,
    }
}

fn plan_args() -> CreatePlanArgs {
    CreatePlanArgs {
        id: 0,
        price: 99_000_000,
        price_floor: 33_000_000,
        price_ceiling: 198_000_000,
        points_per_charge: 990,
        keeper_fee_cap: 50_000,
        ends_at: i64::MAX,
        period_secs: 30 * DAY,
        trial_secs: 0,
        grace_secs: 3 * DAY,
        period_months: 0,
        flags: 0,
        spare: [0; 2],
    }
}

fn plan(people: &People, founder: usize, money: usize, args: CreatePlanArgs) -> Instruction {
    let authority = people.founders[founder];
    let (owner, money) = (people.treasuries[founder], people.money[money]);
    CreatePlan {
        payer: people.sponsor,
        authority,
        org: address::org(&authority, 1),
        mint: money.mint,
        token_program: money.program,
        destination: people.first_token(&owner, &money.mint),
        args,
    }
    .into()
}

/// In the first org each wallet is referred by the one before, in the second by the first or nobody.
fn members(people: &People, all: &mut Vec<Instruction>) {
    let orgs = [0, 1, 2].map(|founder| address::org(&people.founders[founder], 1));
    for (place, wallet) in people.wallets[..6].iter().enumerate() {
        for (number, org) in orgs.iter().enumerate().take(if place < 4 { 3 } else { 1 }) {
            let above = match (number, place) {
                (_, 0) => None,
                (0, _) => Some(place - 1),
                (_, _) => (place % 2 == 1).then_some(0),
            };
            all.push(
                RegisterMember {
                    payer: people.sponsor,
                    wallet: *wallet,
                    org: *org,
                    referral: above.map(|it| (code(it), people.wallets[it])),
                }
                .into(),
            );
            all.push(
                CreateCode {
                    payer: *wallet,
                    wallet: *wallet,
                    org: *org,
                    code: code(place),
                }
                .into(),
            );
            for money in &people.money {
                all.push(open(people.sponsor, *org, *wallet, money.mint));
            }
        }
    }
}

fn open(payer: Address, org: Address, wallet: Address, mint: Address) -> Instruction {
    OpenLedger {
        payer,
        org,
        wallet,
        mint,
    }
    .into()
}

fn code(place: usize) -> [u8; 16] {
    world::code(&format!("CODE_{place}"))
}
