//! `create_campaign`, `set_root` and `open_page`.

use super::{create::created, mints};
use crate::{
    decode::Event,
    model::{
        Call, Command, Effects, State, Verdict,
        command::{CreateCampaign, OpenPage, SetRoot},
    },
};
use tessera_types::{
    ID, TesseraError,
    args::{CreateCampaignArgs, InstructionNumber as Number, OpenPageArgs, SetRootArgs},
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::CreateCampaign => create(state, call, verdict),
        Number::SetRoot => set_root(state, call, verdict),
        _ => open_page(state, call, verdict),
    }
}

fn create(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer payer,
        Signer authority,
        Read config,
        Written org,
        Written campaign,
        Read mint,
        Written vault,
        Read token_program,
        Read _system,
    );
    let terms: CreateCampaignArgs = call.args(verdict)?;
    let create = CreateCampaign {
        org,
        mint,
        token_program,
        terms,
    };
    let event = create.decide(state, call.moment, verdict);
    verdict.found(state.config_at(&config), "config");
    let giver = state.orgs.get(&org)?;
    verdict.require(giver.authority == authority, TesseraError::WrongAuthority);
    mints::require_payable(&mint, &token_program, call, verdict);
    let event = event?;
    if let Event::CampaignCreated(it) = &event {
        verdict.require(it.vault == vault, TesseraError::WrongVault);
    }
    Some(created(event, campaign, payer, call, verdict))
}

fn set_root(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer authority,
        Read org,
        Written campaign,
        Read _program,
    );
    call.require_named(&ID, verdict);
    let args: SetRootArgs = call.args(verdict)?;
    let known = verdict.found(state.campaigns.get(&campaign), "campaign")?;
    verdict.require(known.org == org, TesseraError::WrongOrg);
    let giver = verdict.found(state.orgs.get(&known.org), "org")?;
    verdict.require(giver.authority == authority, TesseraError::WrongAuthority);
    let current = state.seq(&campaign) == Some(args.seq);
    verdict.require(current, TesseraError::StaleSeq);
    let set = SetRoot {
        campaign,
        cap: args.cap,
        root: args.root,
    };
    set.decide(state, call.moment, verdict).map(Into::into)
}

fn open_page(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer payer,
        Read campaign,
        Written page,
        Read _system,
    );
    let args: OpenPageArgs = call.args(verdict)?;
    verdict.require(args.spare == [0; 4], TesseraError::SpareNotZero);
    let open = OpenPage {
        campaign,
        number: args.number,
    };
    let event = open.decide(state, call.moment, verdict)?;
    Some(created(event, page, payer, call, verdict))
}
