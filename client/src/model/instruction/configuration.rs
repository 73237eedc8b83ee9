//! `set_config`, `create_org`, `update_org` and `pause_org`.

use super::create::created;
use crate::{
    address,
    model::{
        Call, Command, Effects, State, Verdict,
        command::{CreateOrg, PauseOrg, SetConfig, UpdateOrg},
    },
};
use tessera_types::{
    ID, TesseraError,
    args::{ConfigArgs, CreateOrgArgs, InstructionNumber as Number, PauseOrgArgs, UpdateOrgArgs},
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::SetConfig => set_config(state, call, verdict),
        Number::CreateOrg => create_org(state, call, verdict),
        Number::UpdateOrg => update_org(state, call, verdict),
        _ => pause_org(state, call, verdict),
    }
}

/// The first time, the program's upgrade authority must sign, so that nobody else can be first.
fn set_config(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer payer,
        Signer admin,
        Written config,
        Read program_data,
        Read _,
        Read _,
    );
    call.require_named(&ID, verdict);
    let args: ConfigArgs = call.args(verdict)?;
    verdict.require(args.spare == [0; 5], TesseraError::SpareNotZero);
    let set = SetConfig {
        admin,
        max_commission_bps: args.max_commission_bps,
        pause_flags: args.pause_flags,
    };
    if state.exists(&config) {
        verdict.found(state.config_at(&config), "config");
        let seq = state.seq(&config);
        verdict.require(seq == Some(args.seq), TesseraError::StaleSeq);
        return set.decide(state, call.moment, verdict).map(Into::into);
    }
    verdict.require(args.seq == 0, TesseraError::StaleSeq);
    let maker = call.surroundings.upgrade_authority() == Some(admin);
    let named = program_data == address::program_data();
    verdict.require(maker && named, TesseraError::WrongAuthority);
    let event = set.decide(state, call.moment, verdict)?;
    Some(created(event, config, payer, call, verdict))
}

fn create_org(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer payer,
        Signer authority,
        Read config,
        Written org,
        Read _,
    );
    let args: CreateOrgArgs = call.args(verdict)?;
    verdict.found(state.config_at(&config), "config")?;
    let create = CreateOrg {
        authority,
        id: args.id,
        cluster_tag: args.cluster_tag,
        settings: args.settings,
    };
    let event = create.decide(state, call.moment, verdict)?;
    Some(created(event, org, payer, call, verdict))
}

fn update_org(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer authority,
        Read config,
        Written org,
        Read _,
    );
    call.require_named(&ID, verdict);
    let args: UpdateOrgArgs = call.args(verdict)?;
    verdict.found(state.config_at(&config), "config")?;
    let known = verdict.found(state.orgs.get(&org), "org")?;
    verdict.require(known.authority == authority, TesseraError::WrongAuthority);
    let seq = state.seq(&org);
    verdict.require(seq == Some(args.seq), TesseraError::StaleSeq);
    let settings = args.settings;
    let update = UpdateOrg { org, settings };
    update.decide(state, call.moment, verdict).map(Into::into)
}

fn pause_org(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer admin,
        Read config,
        Written org,
        Read _,
    );
    call.require_named(&ID, verdict);
    let args: PauseOrgArgs = call.args(verdict)?;
    verdict.require(args.spare == [0; 7], TesseraError::SpareNotZero);
    let config = verdict.found(state.config_at(&config), "config")?;
    verdict.require(config.admin == admin, TesseraError::WrongAuthority);
    let seq = state.seq(&org);
    verdict.require(seq == Some(args.seq), TesseraError::StaleSeq);
    let flags = args.flags;
    let pause = PauseOrg { org, flags };
    pause.decide(state, call.moment, verdict).map(Into::into)
}
